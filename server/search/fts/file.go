package fts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/shared/words"
)

// form is the form of the file: it changes with the schema and with the tokens.
const form = 1_000*words.Version + 2

const schema = `
	CREATE TABLE meta (
		epoch TEXT NOT NULL,
		stale INTEGER NOT NULL -- whether words of deleted rows are left
	) STRICT;
	CREATE TABLE rooms (
		id  INTEGER PRIMARY KEY,
		seq INTEGER NOT NULL,
		rev INTEGER NOT NULL
	) STRICT;
	CREATE TABLE docs (
		id   INTEGER PRIMARY KEY, -- see number.go
		room INTEGER NOT NULL,
		seq  INTEGER NOT NULL,
		sum  BLOB NOT NULL -- of the text that was indexed, keyed
	) STRICT;
	CREATE UNIQUE INDEX docs_row ON docs (room, seq);
	CREATE VIRTUAL TABLE words USING fts5(
		tokens, content = '', contentless_delete = 1, detail = none, prefix = '3 4 5 6', tokenize = 'ascii');
	-- Merge when there are 8 segments of a size, not 4: half of the work, and a
	-- search looks into a few more.
	INSERT INTO words (words, rank) VALUES ('automerge', 8);
`

// errUseless says that the file must be made anew.
var errUseless = errors.New("the search index is of no use")

// pragmas are the settings of the connection that writes. The file needs no
// syncs: see doc.go.
var pragmas = []string{
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = NORMAL",
	"PRAGMA secure_delete = ON",
	"PRAGMA temp_store = MEMORY",
	"PRAGMA cache_size = -16000", // KiB
}

// open opens the file to write, made anew if it is of no use.
func (i *Index) open(ctx context.Context) (*sqlite.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := i.reuse()
	if errors.Is(err, errUseless) {
		if !errors.Is(err, fs.ErrNotExist) {
			i.options.Log.Info("the search index is made anew", "cause", err)
		}
		conn, err = i.remake()
	}
	return conn, err
}

// reuse opens the file that is there.
func (i *Index) reuse() (*sqlite.Conn, error) {
	if _, err := os.Stat(i.path); err != nil {
		return nil, fmt.Errorf("%w: %w", errUseless, err)
	}
	conn, err := i.connect()
	if err != nil {
		return nil, err
	}
	if err := i.check(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// check tells whether the file is this store's, in this release's form.
func (i *Index) check(conn *sqlite.Conn) error {
	var found int64
	err := sqlitex.ExecuteTransient(conn, "PRAGMA user_version", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			found = stmt.ColumnInt64(0)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errUseless, err)
	}
	if found != form {
		return fmt.Errorf("%w: its form is number %d, not %d", errUseless, found, form)
	}
	epoch := ""
	err = sqlitex.ExecuteTransient(conn, "SELECT epoch FROM meta", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			epoch = stmt.ColumnText(0)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errUseless, err)
	}
	if epoch != i.store.Meta().Epoch {
		return fmt.Errorf("%w: it is of another epoch", errUseless)
	}
	return nil
}

// remake deletes what is there and makes an empty file. Searches that still
// read the old one see its end.
func (i *Index) remake() (*sqlite.Conn, error) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(i.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	f, err := os.OpenFile(i.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // for its owner alone
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	conn, err := i.connect()
	if err != nil {
		return nil, err
	}
	if err := i.fill(conn); err != nil {
		return nil, errors.Join(wrap(err), conn.Close())
	}
	i.made.Add(1)
	i.damaged.Store(false)
	return conn, nil
}

func (i *Index) fill(conn *sqlite.Conn) (err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := sqlitex.ExecuteScript(conn, schema, nil); err != nil {
		return err
	}
	err = sqlitex.ExecuteTransient(conn, "INSERT INTO meta (epoch, stale) VALUES (?, 0)",
		&sqlitex.ExecOptions{Args: []any{i.store.Meta().Epoch}})
	if err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(conn, fmt.Sprint("PRAGMA user_version = ", form), nil)
}

func (i *Index) connect() (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(i.path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, wrap(err)
	}
	conn.SetBusyTimeout(busy)
	for _, pragma := range pragmas {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return nil, errors.Join(wrap(err), conn.Close())
		}
	}
	return conn, nil
}

// wrap turns an error of the engine into one of the store's, which also says
// whether the file is of no use.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return fmt.Errorf("%w: %w (%v)", store.ErrUnavailable, errUseless, err)
	case sqlite.ResultFull:
		return fmt.Errorf("%w (%v)", store.ErrFull, err)
	}
	return fmt.Errorf("%w (%v)", store.ErrUnavailable, err)
}
