package sqlite

import (
	"errors"
	"fmt"
	"strconv"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// Statements are prepared once, and kept. But where SQLite thinks that the value
// of a parameter may matter to the plan, as in a limit or in a comparison beside
// others, it plans the statement again each time that it is bound, for ten times
// what it takes to run. It does not look into (SELECT ?).

// ask is a prepared statement on the way to its answer. Parameters are bound in
// their order. A connection has one at a time.
type ask struct {
	from *reader
	stmt *sqlite.Stmt
	n    int
	err  error
}

// ask prepares a statement; the connection keeps it for the next time. In a
// transaction of the writer, what still waits to be written goes first.
func (r *reader) ask(query string) *ask {
	if r.before != nil {
		if err := r.before(); err != nil {
			r.asking = ask{from: r, err: err}
			return &r.asking
		}
	}
	return r.askPast(query)
}

// askPast is ask for a statement that does not mind what waits to be written.
func (r *reader) askPast(query string) *ask {
	stmt, err := r.conn.Prepare(query)
	r.asking = ask{from: r, stmt: stmt, err: err}
	return &r.asking
}

func (a *ask) next() bool {
	a.n++
	return a.err == nil
}

func (a *ask) int(v int64) *ask {
	if a.next() {
		a.stmt.BindInt64(a.n, v)
	}
	return a
}

func (a *ask) bool(v bool) *ask {
	if a.next() {
		a.stmt.BindBool(a.n, v)
	}
	return a
}

func (a *ask) text(v string) *ask {
	if a.next() {
		a.stmt.BindText(a.n, v)
	}
	return a
}

// textOrNull binds NULL for the empty string.
func (a *ask) textOrNull(v string) *ask {
	if a.next() && v != "" {
		a.stmt.BindText(a.n, v)
	}
	return a
}

func (a *ask) blob(v []byte) *ask {
	if a.next() {
		a.stmt.BindBytes(a.n, v)
	}
	return a
}

// blobOrNull binds NULL for no bytes.
func (a *ask) blobOrNull(v []byte) *ask {
	if a.next() && len(v) > 0 {
		a.stmt.BindBytes(a.n, v)
	}
	return a
}

// step moves to the next row.
func (a *ask) step() (bool, error) {
	if a.err == nil {
		var row bool
		if row, a.err = a.stmt.Step(); a.err == nil {
			return row, nil
		}
	}
	return false, a.from.wrap(a.err)
}

// done lets go of the rows: they would hold on to the snapshot.
func (a *ask) done() {
	if a.err == nil {
		_ = a.stmt.Reset() // repeats the error of the last step, of which there is none
	}
}

// exec runs a statement that has no answer.
func (r *reader) exec(a *ask) error {
	defer a.done()
	_, err := a.step()
	return err
}

// one reads a single row: ErrNotFound if there is none.
func one[T any](a *ask, scan func(stmt *sqlite.Stmt, at int) (T, error)) (T, error) {
	defer a.done()
	var none T
	switch row, err := a.step(); {
	case err != nil:
		return none, err
	case !row:
		return none, store.ErrNotFound
	}
	return scan(a.stmt, 0)
}

// any reports whether there is a row.
func (r *reader) any(a *ask) (bool, error) {
	defer a.done()
	return a.step()
}

// arrayOf writes ids as a JSON array.
func arrayOf[ID ~int64](ids []ID) string {
	array := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			array = append(array, ',')
		}
		array = strconv.AppendInt(array, int64(id), 10)
	}
	return string(append(array, ']'))
}

// revs runs a query that takes ids as a JSON array, and answers with those that
// exist and their revisions.
func revs[ID, Rev ~int64](r *reader, query string, ids []ID) (map[ID]Rev, error) {
	a := r.ask(query).text(arrayOf(ids))
	defer a.done()
	found := make(map[ID]Rev, len(ids))
	for {
		row, err := a.step()
		if err != nil || !row {
			return found, err
		}
		found[ID(a.stmt.ColumnInt64(0))] = Rev(a.stmt.ColumnInt64(1))
	}
}

// list reads all rows.
func list[T any](a *ask, scan func(stmt *sqlite.Stmt, at int) (T, error)) ([]T, error) {
	defer a.done()
	var all []T
	for {
		row, err := a.step()
		if err != nil || !row {
			return all, err
		}
		v, err := scan(a.stmt, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

// wrap turns an error of the engine into one of the store's. It remembers what
// is no matter of a single statement, so that the transaction ends even if the
// function that met it goes on.
func (r *reader) wrap(err error) error {
	switch code := sqlite.ErrCode(err); {
	case code == sqlite.ResultConstraintUnique, code == sqlite.ResultConstraintPrimaryKey, code == sqlite.ResultConstraintRowID:
		return fmt.Errorf("%w (%v)", store.ErrExists, err)
	case code.ToPrimary() == sqlite.ResultFull, code == sqlite.ResultIOErrSHMSize: // the log's index cannot grow
		err = fmt.Errorf("%w (%v)", store.ErrFull, err)
	default:
		err = &engineError{code: code, err: err}
	}
	if r.broken == nil {
		r.broken = err
	}
	return err
}

// engineError is ErrUnavailable with its cause told, but not handed out.
type engineError struct {
	code sqlite.ResultCode
	err  error
}

// Error implements error.
func (e *engineError) Error() string { return fmt.Sprintf("%v (%v)", store.ErrUnavailable, e.err) }

// Unwrap makes it ErrUnavailable.
func (e *engineError) Unwrap() error { return store.ErrUnavailable }

// passes says whether writing may go on after an error: that of a full disk, of
// a lock, of memory, of a statement. It does not after one of the disk or of
// what is on it.
func passes(err error) bool {
	var e *engineError
	if !errors.As(err, &e) {
		return true
	}
	switch e.code.ToPrimary() {
	case sqlite.ResultIOErr, sqlite.ResultCorrupt, sqlite.ResultNotADB, sqlite.ResultCantOpen, sqlite.ResultProtocol:
		return false
	}
	return true
}
