package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/server/store"
)

// persist has a batch tried until it is stored, refused, or patience ends. try
// answers what it can, and returns what was rolled back.
func (s *Store) persist(batch []*op, try func(ctx context.Context, batch []*op) (left []*op, err error)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		left, err := try(ctx, batch)
		if err == nil {
			return
		}
		batch = left
		var e *engineError
		if away := errors.As(err, &e) && e.fatal; !away && len(batch) > 1 {
			for _, o := range batch { // one of them is in the way of the others
				s.persist([]*op{o}, try)
			}
			return
		}
		if !again(err) || ctx.Err() != nil {
			answer(batch, err)
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// answer tells the callers of a batch that it failed.
func answer(batch []*op, err error) {
	for _, o := range batch {
		if o.taken.CompareAndSwap(false, true) || o.begun {
			o.err = err
			close(o.done)
		}
	}
}

// transaction is one that writes, on a connection of its own. It leaves its
// number with its lane, for outcome.
type transaction struct {
	conn   *pgx.Conn
	lane   *lane
	number int64
}

// backend says which process of the server a connection has.
type backend struct {
	pid   int32
	start time.Time
}

const backendKey = "backend"

// findBackend asks for it, once for each connection.
func findBackend(ctx context.Context, conn *pgx.Conn) error {
	var b backend
	err := conn.QueryRow(ctx, "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()").Scan(&b.pid, &b.start)
	conn.PgConn().CustomData()[backendKey] = b
	return err
}

const leaveNumber = `INSERT INTO lanes (id, last, at) VALUES ($1, $2, now())
	ON CONFLICT (id) DO UPDATE SET last = excluded.last, at = excluded.at`

// commit queues what ends the transaction.
func (t *transaction) commit(b *pgx.Batch, tag *pgconn.CommandTag) {
	b.Queue(leaveNumber, t.lane.id, t.number)
	b.Queue("COMMIT").Exec(func(committed pgconn.CommandTag) error {
		*tag = committed
		return nil
	})
}

// transact has a connection of its own for fn, which begins a transaction and
// ends it.
func (s *Store) transact(ctx context.Context, l *lane, fn func(t *transaction) error) error {
	pooled, err := s.writers.Acquire(ctx)
	if err != nil {
		return &engineError{kind: store.ErrUnavailable, fatal: true, err: err}
	}
	defer pooled.Release() // which drops it if it is still in a transaction
	l.number++
	return fn(&transaction{conn: pooled.Conn(), lane: l, number: l.number})
}

// rollback ends a transaction of which nothing shall be stored.
func (t *transaction) rollback(ctx context.Context) {
	if !t.conn.IsClosed() {
		_, _ = t.conn.Exec(ctx, "ROLLBACK") // what fails here is dropped with the connection
	}
}

// conclude commits, and tells what became of it to those who wait. send commits
// and returns its answer. The error is that of a batch of which nothing is
// stored.
func (s *Store) conclude(ctx context.Context, t *transaction, done []*op, send func() (pgconn.CommandTag, error)) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	tag, err := send()
	if err == nil && tag.String() != "COMMIT" {
		return &engineError{kind: store.ErrUnavailable, err: fmt.Errorf("the transaction ended with %s", tag)}
	}
	if err = wrap(err); err != nil {
		var e *engineError
		if errors.As(err, &e) && !e.fatal {
			t.rollback(ctx)
			return err
		}
		stored, unknown := s.outcome(t)
		if unknown != nil {
			answer(done, fmt.Errorf("%w: what became of a commit is not known: %v", store.ErrUnavailable, unknown))
			return nil
		}
		if !stored {
			return err
		}
	}
	for _, o := range done {
		if o.err == nil {
			for _, tell := range o.told {
				tell()
			}
		}
		close(o.done)
	}
	return nil
}

// outcome finds out whether a transaction whose answer was lost is stored. Its
// backend may not even have read the COMMIT yet: so that is ended first; then the
// number that the lane has left says it. (The server's own number of the
// transaction would not: after a crash it is given to another.) The error says
// that the database is away for too long; whoever sends the same key again will
// learn it.
func (s *Store) outcome(t *transaction) (stored bool, err error) {
	was, _ := t.conn.PgConn().CustomData()[backendKey].(backend)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		var alive bool
		if alive, stored, err = s.ask(ctx, t, was); err == nil && !alive {
			return stored, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, errors.Join(ctx.Err(), err)
		}
	}
}

// ask asks once.
func (s *Store) ask(ctx context.Context, t *transaction, was backend) (alive, stored bool, err error) {
	pooled, err := s.writers.Acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer pooled.Release()
	conn := pooled.Conn()
	err = conn.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
		WHERE pid = $1 AND backend_start = $2`, was.pid, was.start).Scan(&alive)
	if err != nil || alive {
		return alive, false, err
	}
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM lanes WHERE id = $1 AND last = $2)", t.lane.id, t.number).Scan(&stored)
	return false, stored, err
}
