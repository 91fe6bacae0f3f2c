package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
)

var _ store.Store = (*Store)(nil)

// Older versions of SQLite can corrupt a database in WAL mode when one
// connection resets the log while another commits: with an older engine this
// does not compile.
const _ = uint(sqlite.VersionNumber - 3_051_003)

const (
	name = "parley.db"

	// readers bounds the views that run at once. They are short, and more than
	// the processors can run gain nothing.
	readers = 8

	// busy is how long a connection waits for another's lock. Only the log's
	// truncation and its recovery make anybody wait.
	busy = 10 * time.Second
)

// Options are store.Options, all of which are needed, and the engine's own.
type Options struct {
	store.Options
	// Truncate is how often the log is emptied, if something was written
	// since. 0 means 10 minutes; Promise 8 allows an hour, tries that found
	// the log in use included.
	Truncate time.Duration

	pages int64 // see checkpointPages; tests have less
}

// Store is a database in a directory.
type Store struct {
	meta   store.Meta
	lock   *os.File
	writer *writer
	copier *copier
	views  chan *sqlite.Conn // the read connections that are free
	tails  tails
	tokens tokens

	closing sync.Once
	closed  chan struct{}
	err     error // what Close returns; set before over is closed
	over    chan struct{}
}

// Open opens the database in dir, making both where there is none, and brings
// it to this release's schema.
//
// Errors: ErrNewer if a newer release wrote it; ErrUnavailable if another
// process serves it; the system's.
func Open(ctx context.Context, dir string, options Options) (*Store, error) {
	s, err := open(ctx, dir, options)
	if err != nil {
		return nil, fmt.Errorf("open the database in %s: %w", dir, err)
	}
	return s, nil
}

func open(ctx context.Context, dir string, options Options) (_ *Store, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &Store{
		views:  make(chan *sqlite.Conn, readers),
		closed: make(chan struct{}),
		over:   make(chan struct{}),
	}
	if s.lock, err = lock(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.lock.Close()
		}
	}()
	if err := errors.Join(create(dir), settle(dir)); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	conn, err := connectLog(path, writerPragmas)
	if err != nil {
		return nil, err
	}
	if err = s.connectReaders(path); err == nil {
		s.meta, err = prepare(ctx, conn, path, options.Random)
	}
	if err == nil {
		s.copier, err = newCopier(path)
	}
	if err != nil { // perhaps of a sync: as in Close, nothing may be synced any more
		return nil, errors.Join(err, conn.Close(), s.closeReaders(len(s.views)))
	}
	if options.pages == 0 {
		options.pages = checkpointPages
	}
	if options.Truncate == 0 {
		options.Truncate = 10 * time.Minute
	}
	s.writer = startWriter(conn, s.copier, &s.tokens, path+"-wal", options)
	return s, nil
}

// The settings of a connection; doc.go says why.
var (
	writerPragmas = []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA fullfsync = ON", // on macOS fsync alone does not reach the disk
		"PRAGMA checkpoint_fullfsync = ON",
		"PRAGMA secure_delete = ON",
		"PRAGMA wal_autocheckpoint = 0",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA cache_size = -32000", // KiB
	}
	readerPragmas = []string{
		"PRAGMA query_only = ON",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA cache_size = -8000",
	}
)

// connect opens a connection. PRAGMAs are run one by one, since most of them do
// nothing inside a transaction.
func connect(path string, flags sqlite.OpenFlags, pragmas []string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busy)
	for _, pragma := range pragmas {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", pragma, err), conn.Close())
		}
	}
	return conn, nil
}

// prepare checks that the writer's connection is what doc.go relies on, and
// makes or mends what is in the database.
func prepare(ctx context.Context, conn *sqlite.Conn, path string, random func([]byte)) (store.Meta, error) {
	mode := ""
	err := sqlitex.ExecuteTransient(conn, "PRAGMA journal_mode", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			mode = stmt.ColumnText(0)
			return nil
		},
	})
	if err != nil {
		return store.Meta{}, err
	}
	if mode != "wal" { // a file system without shared memory refuses silently
		return store.Meta{}, fmt.Errorf("%w: the journal mode is %q, not wal", store.ErrUnavailable, mode)
	}
	if err := keep(ctx, conn, path, files); err != nil {
		return store.Meta{}, fmt.Errorf("back up before a migration: %w", err)
	}
	if err := migrate(conn, files); err != nil {
		return store.Meta{}, err
	}
	return loadMeta(conn, random)
}

func (s *Store) connectReaders(path string) error {
	for range readers {
		conn, err := connect(path, sqlite.OpenReadOnly, readerPragmas)
		if err != nil {
			return err
		}
		s.views <- conn
	}
	return nil
}

// closeReaders waits until n read connections are free and closes them.
func (s *Store) closeReaders(n int) (err error) {
	for range n {
		err = errors.Join(err, (<-s.views).Close())
	}
	return err
}

// Meta implements store.Store.
func (s *Store) Meta() store.Meta { return s.meta.Clone() }

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.writer.update(ctx, fn)
}

// usable returns why nothing can be read.
func (s *Store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.closed:
		return store.ErrUnavailable
	default:
		return nil
	}
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.view(ctx, func(r *reader) error { return fn(r) })
}

func (s *Store) view(ctx context.Context, fn func(*reader) error) (err error) {
	if err := s.usable(ctx); err != nil { // before any connection that may be free still
		return err
	}
	var conn *sqlite.Conn
	select {
	case conn = <-s.views:
	case <-s.closed:
		return store.ErrUnavailable
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.views <- conn }()
	r := &reader{conn: conn, tails: &s.tails}
	if err := r.exec(r.ask("BEGIN")); err != nil {
		return err
	}
	defer func() {
		// Only reads are given up, so that its failing loses nothing; but the
		// connection could not be used again.
		if end := r.exec(r.ask("ROLLBACK")); err == nil {
			err = end
		}
	}()
	return fn(r)
}

// Close implements store.Store. The writer's connection is closed last, since
// the last to close empties and deletes the log; after a failed sync first,
// since then nothing may be synced any more, and those that only read cannot.
func (s *Store) Close() error {
	s.closing.Do(func() {
		defer close(s.over)
		close(s.closed)
		conn, failed := s.writer.stop()
		s.err = s.copier.close() // before the last: it would sync nothing
		if failed {
			s.err = errors.Join(s.err, conn.Close(), s.closeReaders(readers))
		} else {
			s.err = errors.Join(s.err, s.closeReaders(readers), conn.Close())
		}
		s.err = errors.Join(s.err, s.copier.done(), s.lock.Close())
	})
	<-s.over
	return s.err
}
