package fts

import (
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// purge removes the words of rows that were edited or recalled from the file,
// if there are any (Promise 8). Merging leaves them out, rewriting the file
// leaves nothing of the old pages, and the log is emptied.
func (f *follower) purge() error {
	if f.conn == nil {
		return nil
	}
	stale := false
	err := sqlitex.Execute(f.conn, "SELECT stale FROM meta", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			stale = stmt.ColumnBool(0)
			return nil
		},
	})
	if err != nil || !stale {
		return wrap(err)
	}
	for _, query := range []string{"INSERT INTO words (words) VALUES ('optimize')", "VACUUM"} {
		if err := sqlitex.ExecuteTransient(f.conn, query, nil); err != nil {
			return wrap(err)
		}
	}
	blocked := false // by a search: then the next time does it
	err = sqlitex.ExecuteTransient(f.conn, "PRAGMA wal_checkpoint(TRUNCATE)", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			blocked = stmt.ColumnBool(0)
			return nil
		},
	})
	if err != nil || blocked {
		return wrap(err)
	}
	return wrap(sqlitex.ExecuteTransient(f.conn, "UPDATE meta SET stale = 0", nil))
}
