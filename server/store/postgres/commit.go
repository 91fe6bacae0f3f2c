package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

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

// transaction is one that writes, on a connection of its own.
type transaction struct {
	pooled *pgxpool.Conn
	conn   *pgx.Conn
	xid    string // its number, and
	line   string // the line of history in which that means anything
}

// lineOf reads a connection's line of history: it forks when a standby takes
// over.
func lineOf(ctx context.Context, conn *pgx.Conn) (line string, err error) {
	err = conn.QueryRow(ctx, "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)").Scan(&line)
	return line, err
}

const lineKey = "line"

// transact has a connection of its own for fn, which begins a transaction and
// ends it.
func (s *Store) transact(ctx context.Context, fn func(t *transaction) error) error {
	pooled, err := s.writers.Acquire(ctx)
	if err != nil {
		e := &engineError{kind: store.ErrUnavailable, fatal: true, err: err}
		return e
	}
	defer pooled.Release() // which drops it if it is still in a transaction
	t := &transaction{pooled: pooled, conn: pooled.Conn()}
	t.line, _ = t.conn.PgConn().CustomData()[lineKey].(string)
	return fn(t)
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
// number says so for certain: as long as its backend lives, which may not have
// read the COMMIT yet, the transaction is in progress. The error says that
// nobody can know: the number is from another line of history, or the database
// is away for too long. Whoever sends the same key again will learn it.
func (s *Store) outcome(t *transaction) (stored bool, err error) {
	pid := t.conn.PgConn().PID()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		var status string
		status, err = s.ask(ctx, t, pid)
		switch status {
		case "committed":
			return true, nil
		case "aborted":
			return false, nil
		case "lost":
			return false, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false, errors.Join(ctx.Err(), err)
		}
	}
}

// ask asks once. A transaction that is still in progress is ended: nobody
// listens to it any more.
func (s *Store) ask(ctx context.Context, t *transaction, pid uint32) (status string, err error) {
	pooled, err := s.writers.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer pooled.Release()
	conn := pooled.Conn()
	if line, _ := conn.PgConn().CustomData()[lineKey].(string); line != t.line {
		return "lost", fmt.Errorf("another server has taken over (line %s, was %s)", line, t.line)
	}
	err = conn.QueryRow(ctx, "SELECT coalesce(pg_xact_status($1::text::xid8), 'lost')", t.xid).Scan(&status)
	if err == nil && status == "in progress" {
		_, err = conn.Exec(ctx, "SELECT pg_terminate_backend($1)", int32(pid))
	}
	return status, err
}
