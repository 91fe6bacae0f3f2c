package fts

import (
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// mergePages is how much of the table is merged in one transaction.
const mergePages = 500

// purging is how far the follower is with removing the words of rows that were
// edited or recalled from the file (Promise 8).
type purging int

const (
	purgeNone purging = iota
	purgeDue
	purgeMerging
)

// purge does a piece of it, so that following does not have to wait for all:
// merging leaves the words out, rewriting the file leaves nothing of the old
// pages, and the log is emptied.
func (f *follower) purge() error {
	err := f.purgePiece()
	if err != nil {
		f.purging = purgeNone // until the next time
	}
	return wrap(err)
}

func (f *follower) purgePiece() error {
	switch f.purging {
	case purgeDue:
		stale, err := f.number("SELECT stale FROM meta")
		if err != nil || stale == 0 {
			f.purging = purgeNone
			return err
		}
		f.purging = purgeMerging
		_, err = f.merge(-mergePages) // begins with all that there is
		return err
	case purgeMerging:
		going, err := f.merge(mergePages)
		if err != nil || going {
			return err
		}
		f.purging = purgeNone
		return f.rewrite()
	}
	return nil
}

// merge merges some pages of the table, and reports whether it had any to.
func (f *follower) merge(pages int) (bool, error) {
	const changes = "SELECT total_changes()"
	before, err := f.number(changes)
	if err != nil {
		return false, err
	}
	err = sqlitex.Execute(f.conn, "INSERT INTO words (words, rank) VALUES ('merge', ?)", &sqlitex.ExecOptions{Args: []any{pages}})
	if err != nil {
		return false, err
	}
	after, err := f.number(changes)
	return after-before >= 2, err // the statement itself counts as one
}

// rewrite makes the file anew out of what it holds, and empties the log.
func (f *follower) rewrite() error {
	if err := sqlitex.ExecuteTransient(f.conn, "VACUUM", nil); err != nil {
		return err
	}
	blocked, err := f.number("PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil || blocked != 0 { // by a search: then the next time does it
		return err
	}
	return sqlitex.ExecuteTransient(f.conn, "UPDATE meta SET stale = 0", nil)
}

// number runs a statement that answers with one number first.
func (f *follower) number(query string) (n int64, err error) {
	err = sqlitex.ExecuteTransient(f.conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			n = stmt.ColumnInt64(0)
			return nil
		},
	})
	return n, err
}
