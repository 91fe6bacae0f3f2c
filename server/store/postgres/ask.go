package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/server/store"
)

// asker runs statements over one connection, in a transaction that somebody
// else ends. The first statement takes the beginning of that transaction along,
// in one round trip.
type asker struct {
	ctx    context.Context // the transaction's lifetime
	conn   *pgx.Conn
	begin  string // the BEGIN that is not sent yet; "" if it is
	broken error  // the first error that ended the transaction
	hit    bool   // somebody asked after that
}

// refuse notes why nothing of the transaction can be stored. From then on every
// statement fails with the same.
func (a *asker) refuse(err error) error {
	if err != nil && a.broken == nil {
		a.broken = err
	}
	return err
}

// open sends a BEGIN that has waited for company.
func (a *asker) open() error {
	if a.begin == "" {
		return nil
	}
	begin := a.begin
	a.begin = ""
	_, err := a.conn.Exec(a.ctx, begin)
	return a.refuse(wrap(err))
}

// rows asks, and hands the rows of the answer to take.
func (a *asker) rows(take func(rows pgx.Rows) error, query string, args ...any) error {
	if a.broken != nil {
		a.hit = true
		return a.broken
	}
	if a.begin != "" {
		return a.firstRows(take, query, args)
	}
	rows, err := a.conn.Query(a.ctx, query, args...)
	if err != nil {
		return a.refuse(wrap(err))
	}
	return a.drain(rows, take)
}

// firstRows is rows for the first statement of a transaction.
func (a *asker) firstRows(take func(rows pgx.Rows) error, query string, args []any) error {
	var batch pgx.Batch
	batch.Queue(a.begin)
	batch.Queue(query, args...)
	a.begin = ""
	results := a.conn.SendBatch(a.ctx, &batch)
	if _, err := results.Exec(); err != nil {
		_ = results.Close() // repeats the error
		return a.refuse(wrap(err))
	}
	rows, err := results.Query()
	if err == nil {
		err = a.drain(rows, take)
	} else {
		err = a.refuse(wrap(err))
	}
	if end := results.Close(); err == nil && end != nil {
		err = a.refuse(wrap(end))
	}
	return err
}

// drain reads all rows of an answer.
func (a *asker) drain(rows pgx.Rows, take func(rows pgx.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			rows.Close()
			return a.refuse(wrap(err))
		}
	}
	rows.Close()
	return a.refuse(wrap(rows.Err()))
}

// exec runs a statement and returns how many rows it changed.
func (a *asker) exec(query string, args ...any) (int64, error) {
	if a.broken != nil {
		a.hit = true
		return 0, a.broken
	}
	if err := a.open(); err != nil {
		return 0, err
	}
	tag, err := a.conn.Exec(a.ctx, query, args...)
	return tag.RowsAffected(), a.refuse(wrap(err))
}

// list reads all rows.
func list[T any](a *asker, scan func(rows pgx.Rows) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := a.rows(func(rows pgx.Rows) error {
		v, err := scan(rows)
		if err == nil {
			all = append(all, v)
		}
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// one reads a single row: ErrNotFound if there is none.
func one[T any](a *asker, scan func(rows pgx.Rows) (T, error), query string, args ...any) (T, error) {
	all, err := list(a, scan, query, args...)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// is asks a question of yes or no.
func (a *asker) is(query string, args ...any) (bool, error) {
	return one(a, scanBool, query, args...)
}

// Codes of errors, from the appendix of PostgreSQL's manual.
const (
	codeUnique       = "23505"
	codeSerialize    = "40001"
	codeDeadlock     = "40P01"
	codeNotAvailable = "55P03"
	codeDiskFull     = "53100"
)

// engineError is an error of the store with its cause told, but not handed out.
type engineError struct {
	kind  error // one of the store's
	code  string
	fatal bool // the connection is gone, or was about to go
	err   error
}

// Error implements error.
func (e *engineError) Error() string { return fmt.Sprintf("%v (%v)", e.kind, e.err) }

// Unwrap tells the kind, and not the cause: a driver's error stays here.
func (e *engineError) Unwrap() error { return e.kind }

// wrap turns an error of the engine into one of the store's.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	var mine *engineError
	if errors.As(err, &mine) || errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrOlder) {
		return err
	}
	wrapped := &engineError{kind: store.ErrUnavailable, err: err}
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		wrapped.fatal = true // the connection did not answer
		return wrapped
	}
	wrapped.code = told.Code
	wrapped.fatal = told.SeverityUnlocalized == "FATAL" || told.SeverityUnlocalized == "PANIC"
	switch told.Code {
	case codeUnique:
		wrapped.kind = store.ErrExists
	case codeDiskFull:
		wrapped.kind = store.ErrFull
	}
	return wrapped
}

// again reports whether the same functions, run from their beginning, may
// succeed: somebody else was in the way, or the connection went.
func again(err error) bool {
	var e *engineError
	if !errors.As(err, &e) {
		return false
	}
	switch e.code {
	case codeUnique, codeSerialize, codeDeadlock, codeNotAvailable:
		return true
	}
	return e.fatal
}

// storable reports whether a column of text can hold s. What cannot be stored
// is not there to be found either.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// clean makes s storable. Rules above see to names and the like; this is for
// what other programs call themselves.
func clean(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// int64s are ids as an array.
func int64s[T ~int64](ids []T) []int64 {
	all := make([]int64, len(ids))
	for i, id := range ids {
		all[i] = int64(id)
	}
	return all
}
