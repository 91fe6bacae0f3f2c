package sqlite

import (
	"errors"
	"os"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	// checkpointPages is the length of the log at which it is copied into the
	// database: 64 MiB. A longer one makes fewer checkpoints, each of which
	// writes a page once however often it changed, but slower reads and a
	// slower start after a crash.
	checkpointPages = 16_000

	// What has come into the log while it was copied is copied in turn, a few
	// times at most, until little is left. That the writer copies itself: only
	// when all is copied the log can begin anew.
	restPages  = 500
	restRounds = 5
)

// truncateWait is how long emptying the log waits for views to end, with all
// who post behind it. Views are short, but a backup reads for long.
const truncateWait = time.Second

// copier copies the log into the database beside the writer. Nothing may
// overwrite the log before the database is synced: a snapshot that keeps holds
// prevents that, so that the sync is ours and not SQLite's, which would sync
// the log as well, against the commits of the writer; it has been synced.
type copier struct {
	keeps  *reader
	copies *reader
	file   *os.File
}

var copierPragmas = []string{
	"PRAGMA synchronous = OFF",
	"PRAGMA wal_autocheckpoint = 0",
}

func newCopier(path string) (*copier, error) {
	keeps, err := connect(path, sqlite.OpenReadOnly, readerPragmas)
	if err != nil {
		return nil, err
	}
	copies, err := connect(path, sqlite.OpenReadWrite, copierPragmas)
	if err != nil {
		return nil, errors.Join(err, keeps.Close())
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, keeps.Close(), copies.Close())
	}
	return &copier{keeps: &reader{conn: keeps}, copies: &reader{conn: copies}, file: file}, nil
}

// close closes the connections, and done the file. Closing that lets go of the
// locks that any connection of this process has on the database, as POSIX has
// it: it must come after the last of them.
func (c *copier) close() (err error) {
	for _, r := range []*reader{c.keeps, c.copies} {
		if r != nil {
			err = errors.Join(err, r.conn.Close())
		}
	}
	return err
}

func (c *copier) done() error { return c.file.Close() }

// run copies the log as far as it goes now and returns how far that is. After
// an error of the disk it goes on keeping the log.
func (c *copier) run() (pages int64, err error) {
	if err := c.keeps.exec(c.keeps.ask("BEGIN")); err != nil {
		return 0, err
	}
	_, err = c.keeps.any(c.keeps.ask("SELECT 1 FROM meta")) // the snapshot begins
	if err == nil {
		var state walState
		state, err = c.copies.wal("PRAGMA wal_checkpoint(PASSIVE)")
		pages = state.copied
	}
	if err == nil {
		if err = c.file.Sync(); err != nil {
			err = &engineError{code: sqlite.ResultIOErrFsync, err: err}
		}
	}
	if err != nil && !passes(err) {
		return 0, err
	}
	return pages, errors.Join(err, c.keeps.exec(c.keeps.ask("ROLLBACK")))
}

// walState is what a checkpoint says.
type walState struct {
	blocked bool  // somebody was in its way
	log     int64 // how many pages the log holds
	copied  int64 // how many of them have been copied
}

func (r *reader) wal(pragma string) (walState, error) {
	return one(r.ask(pragma), func(stmt *sqlite.Stmt, at int) (walState, error) {
		return walState{blocked: stmt.ColumnBool(at), log: stmt.ColumnInt64(at + 1), copied: stmt.ColumnInt64(at + 2)}, nil
	})
}

// copied is how a run of the copier ended.
type copied struct {
	pages int64
	err   error
}

// checkpoint sees to the log after a commit: it lets it be copied when it has
// grown enough, beside the writer, and goes on until nearly all is copied. If a
// view still needs the log's beginning, the log goes on growing until later.
func (w *writer) checkpoint() {
	if w.failed != nil {
		return
	}
	err := w.inspect()
	if w.frames < w.copied {
		w.copied = 0 // all of it was copied, so that the last commit began it anew
	}
	if err == nil && w.copying == nil && w.frames >= w.copied+w.pages {
		if err = w.scrubAll(); err == nil {
			w.rounds = 0
			w.copy()
		}
	}
	w.checked(err)
}

// copy begins to copy the log. The goroutine ends when that is done.
func (w *writer) copy() {
	w.rounds++
	done := make(chan copied, 1)
	w.copying = done
	go func() {
		pages, err := w.copier.run()
		if err != nil && !passes(err) {
			w.lost.Store(true)
		}
		done <- copied{pages, err}
	}()
}

// sound reports whether the copier has lost a sync.
func (w *writer) sound() error {
	if w.lost.Load() {
		return &engineError{code: sqlite.ResultIOErrFsync, err: errors.New("the database could not be synced")}
	}
	return nil
}

// copyEnded takes the answer of the copier.
func (w *writer) copyEnded(c copied) {
	w.copying = nil
	if w.failed != nil {
		return
	}
	switch {
	case c.err != nil:
		w.copied = w.frames
		w.checked(c.err)
	case w.overdue:
		w.truncate()
	case w.frames-c.pages > restPages && w.rounds < restRounds:
		w.copy()
	default:
		_, err := w.tx.wal("PRAGMA wal_checkpoint(PASSIVE)")
		w.copied = w.frames
		w.checked(err)
	}
}

// truncate copies the whole log into the database and empties its file, so that
// nothing that was erased stays in it. A view that runs for long makes it give
// up until the next time.
func (w *writer) truncate() {
	if w.failed != nil || !w.dirty {
		return
	}
	if w.overdue = w.copying != nil; w.overdue {
		return // when it has ended
	}
	state, err := walState{}, w.scrubAll()
	if err == nil {
		w.conn.SetBusyTimeout(truncateWait)
		state, err = w.tx.wal("PRAGMA wal_checkpoint(TRUNCATE)")
		w.conn.SetBusyTimeout(busy)
	}
	w.dirty = state.blocked || err != nil
	w.checked(err)
}

// checked ends the writer's work if a checkpoint failed for another reason than
// a full disk: a sync of the database that failed must not be tried again.
func (w *writer) checked(err error) {
	if err != nil && !passes(err) {
		w.fail(err)
	}
}
