package postgres

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/shared/chat"
)

// writePlain runs functions without a plan. Of all nodes one does so at a time:
// that is what makes them one after the other, whatever they touch.
func (s *Store) writePlain(batch []*op) { s.persist(batch, s.tryPlain) }

func (s *Store) tryPlain(ctx context.Context, batch []*op) (left []*op, err error) {
	left = batch
	err = s.transact(ctx, s.plain, func(t *transaction) error {
		x := &tx{held: make(map[chat.RoomID]*identity)}
		x.asker = asker{ctx: ctx, conn: t.conn, begin: "BEGIN"}
		if err := x.enter(batch); err != nil {
			t.rollback(ctx)
			return err
		}
		done, err := x.runAll(batch)
		left = done
		if err != nil {
			t.rollback(ctx)
			return err
		}
		return s.conclude(ctx, t, done, func() (tag pgconn.CommandTag, err error) {
			var b pgx.Batch
			t.commit(&b, &tag)
			err = t.conn.SendBatch(ctx, &b).Close()
			return tag, err
		})
	})
	return left, err
}

// enter takes the locks: that of the lane, then those of the rooms that an
// earlier try has come upon.
func (x *tx) enter(batch []*op) error {
	_, err := one(&x.asker, scanString, `SELECT pg_advisory_xact_lock($1)::text`, int64(writing))
	if err != nil || len(batch) > 1 {
		return err
	}
	for _, id := range batch[0].rooms {
		if _, err := x.hold(id); err != nil {
			return err
		}
	}
	return nil
}

// runAll runs the functions of a batch and returns those that have begun. Its
// error is that of the engine, and everybody's: nothing of the batch is stored.
func (x *tx) runAll(batch []*op) (done []*op, err error) {
	lone := len(batch) == 1
	for i, o := range batch {
		if !o.begin() {
			continue
		}
		done = append(done, o)
		if err := x.runOne(o, lone); err != nil {
			return append(done, batch[i+1:]...), err
		}
	}
	return done, nil
}

// runOne runs a function and takes back what it did if it fails. What it fails
// with goes into its op; an error of the engine is returned. A lone function
// needs no savepoint: if it fails there is nothing that its rollback could harm.
func (x *tx) runOne(o *op, lone bool) error {
	x.told = nil
	held, last := x.held, x.last
	if !lone {
		x.held = maps.Clone(held)
		if _, err := x.exec("SAVEPOINT one"); err != nil {
			return err
		}
	}
	o.err = o.fn(x)
	o.told = x.told
	if x.broken != nil { // whether or not the function has passed it on
		o.err, o.rooms = nil, x.wants()
		return x.broken
	}
	switch {
	case lone && o.err != nil:
		if _, err := x.exec("ROLLBACK"); err != nil {
			return err
		}
		_, err := x.exec("BEGIN") // for the commit of nothing
		return err
	case lone:
		return nil
	case o.err != nil:
		x.held, x.last = held, last // it lets go of the locks that were taken since
		_, err := x.exec("ROLLBACK TO one")
		return err
	}
	_, err := x.exec("RELEASE one")
	return err
}
