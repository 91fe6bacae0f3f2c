package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
)

// Source reads the tables of a database whole, for a copy into another engine.
// As long as it is open, no process serves the directory.
type Source struct {
	conn *sqlite.Conn
	lock *os.File
	meta store.Meta
}

// OpenSource opens the database in dir.
//
// Errors: fs.ErrNotExist if there is none; store.ErrUnavailable if a process
// serves it; store.ErrOlder, store.ErrNewer; the system's.
func OpenSource(ctx context.Context, dir string) (_ *Source, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read the database in %s: %w", dir, explain(ctx, err))
		}
	}()
	path := filepath.Join(dir, name)
	if err := present(path); err != nil {
		return nil, err
	}
	s := &Source{}
	if s.lock, err = lock(dir); err != nil {
		return nil, err
	}
	if s.conn, err = sqlite.OpenConn(path, sqlite.OpenReadOnly); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	s.conn.SetBusyTimeout(busy)
	if err = current(s.conn); err == nil {
		err = sqlitex.ExecuteTransient(s.conn, "SELECT epoch, secret FROM meta", &sqlitex.ExecOptions{
			ResultFunc: func(stmt *sqlite.Stmt) error {
				s.meta = store.Meta{Epoch: stmt.ColumnText(0), Secret: blob(stmt, 1)}
				return nil
			},
		})
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Meta returns what was made with the database.
func (s *Source) Meta() store.Meta { return s.meta }

// Rows calls fn with the rows of a table, in the order of key, after the first
// skip ones. A value is an int64, a string, a []byte or nil.
func (s *Source) Rows(ctx context.Context, table string, columns []string, key string, skip int64, fn func(row []any) error) error {
	s.conn.SetInterrupt(ctx.Done())
	defer s.conn.SetInterrupt(nil)
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " ORDER BY " + key + " LIMIT -1 OFFSET ?"
	var failed error
	err := sqlitex.ExecuteTransient(s.conn, query, &sqlitex.ExecOptions{
		Args: []any{skip},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			row := make([]any, len(columns))
			for i := range row {
				switch stmt.ColumnType(i) {
				case sqlite.TypeInteger:
					row[i] = stmt.ColumnInt64(i)
				case sqlite.TypeText:
					row[i] = stmt.ColumnText(i)
				case sqlite.TypeBlob:
					row[i] = append([]byte{}, blob(stmt, i)...)
				}
			}
			failed = fn(row)
			return failed
		},
	})
	if failed != nil {
		return failed
	}
	return explain(ctx, err)
}

// Close lets go of the database.
func (s *Source) Close() error { return errors.Join(s.conn.Close(), s.lock.Close()) }
