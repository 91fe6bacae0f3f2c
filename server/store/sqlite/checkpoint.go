package sqlite

import (
	"time"

	"zombiezen.com/go/sqlite"
)

// checkpointPages is the length of the log at which it is copied into the
// database: 32 MiB. A longer one makes fewer checkpoints, each of which writes
// a page once however often it changed, but slower reads and a slower start
// after a crash.
const checkpointPages = 8000

// truncateWait is how long emptying the log waits for views to end, with all
// who post behind it. Views are short, but a backup reads for long.
const truncateWait = time.Second

// checkpoint copies the log into the database when it has grown enough. It runs
// after the batch is answered. If a view still needs the log's beginning, the
// log goes on growing until a later one.
func (w *writer) checkpoint() {
	if w.failed != nil {
		return
	}
	_, pages, err := w.wal("PRAGMA wal_checkpoint(NOOP)")
	if pages < w.copied {
		w.copied = 0 // all of it was copied, so that the last commit began it anew
	}
	if err == nil && pages >= w.copied+checkpointPages {
		if err = w.scrub(pages); err == nil {
			_, w.copied, err = w.wal("PRAGMA wal_checkpoint(PASSIVE)")
		}
	}
	w.checked(err)
}

// truncate copies the whole log into the database and empties its file, so that
// nothing that was erased stays in it. A view that runs for long makes it give
// up until the next time.
func (w *writer) truncate() {
	if w.failed != nil || !w.dirty {
		return
	}
	_, pages, err := w.wal("PRAGMA wal_checkpoint(NOOP)")
	if err == nil {
		err = w.scrub(pages)
	}
	blocked := false
	if err == nil {
		w.conn.SetBusyTimeout(truncateWait)
		blocked, _, err = w.wal("PRAGMA wal_checkpoint(TRUNCATE)")
		w.conn.SetBusyTimeout(busy)
	}
	w.dirty = blocked || err != nil
	w.checked(err)
}

// wal runs a checkpoint and returns whether somebody was in its way, and how
// many pages the log holds.
func (w *writer) wal(pragma string) (blocked bool, pages int64, err error) {
	type answer struct {
		blocked bool
		pages   int64
	}
	a, err := one(w.tx.ask(pragma), func(stmt *sqlite.Stmt, at int) (answer, error) {
		return answer{blocked: stmt.ColumnBool(at), pages: stmt.ColumnInt64(at + 1)}, nil
	})
	return a.blocked, a.pages, err
}

// checked ends the writer's work if a checkpoint failed for another reason than
// a full disk: a sync of the database that failed must not be tried again.
func (w *writer) checked(err error) {
	if err != nil && !passes(err) {
		w.fail(err)
	}
}
