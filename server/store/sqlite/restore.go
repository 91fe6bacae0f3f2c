package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/shared/chat"
)

// restoring is the name of a database that is not whole yet.
const restoring = name + ".restoring"

// Restore makes a data directory of a backup. The database gets a new epoch,
// so that clients that have seen more than it holds begin anew (Promise 5), and
// this release's schema; the table restores tells where it came from. What was
// signed out or recalled since the backup is again as it was.
//
// What lies beside the database, beside puts there: it is called with the names
// of the contents that files have, while dir is held, before the database gets
// its name. nil: nothing does. If it fails, the rest is undone.
//
// Errors: fs.ErrExist if dir is not empty, fs.ErrNotExist if there is no source,
// ErrForeign, ErrDamaged, store.ErrNewer, store.ErrFull, store.ErrUnavailable
// if another process serves dir; ctx's; the system's. Then there is no database
// in dir.
func Restore(ctx context.Context, source, dir string, random func([]byte), now chat.Time, beside func(blobs []string) error) (Copy, error) {
	c, err := restore(ctx, source, dir, random, now, beside)
	if err != nil {
		return c, fmt.Errorf("restore %s into %s: %w", source, dir, err)
	}
	return c, nil
}

func restore(ctx context.Context, source, dir string, random func([]byte), now chat.Time, beside func([]string) error) (_ Copy, err error) {
	if err := present(source); err != nil {
		return Copy{}, err
	}
	if _, err := examine(ctx, source); err != nil {
		return Copy{}, err
	}
	held, err := vacant(dir)
	if err != nil {
		return Copy{}, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	part := filepath.Join(dir, restoring)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Copy{}, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part) // the first error is the one to tell
		}
	}()
	if err = f.Close(); err != nil {
		return Copy{}, err
	}
	if err = vacuum(ctx, source, part); err != nil {
		return Copy{}, err
	}
	if err = explain(ctx, rebirth(ctx, part, source, random, now)); err != nil {
		return Copy{}, err
	}
	c, err := examine(ctx, part)
	if err != nil {
		return c, err
	}
	if beside != nil {
		blobs, err := Blobs(ctx, part)
		if err == nil {
			err = beside(blobs)
		}
		if err != nil {
			return c, err
		}
	}
	if err = publish(part, filepath.Join(dir, name)); err != nil {
		return c, err
	}
	return c, syncDir(filepath.Dir(dir))
}

// vacant takes an empty or missing directory for this process. The file of the
// lock, which outlives every process, does not count.
func vacant(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
		if err := empty(dir); err != nil { // before anything is put there
			return nil, err
		}
	}
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	if err := empty(dir); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return held, nil
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lock" {
			return fmt.Errorf("the directory is not empty: it holds %s: %w", e.Name(), fs.ErrExist)
		}
	}
	return nil
}

// rebirth brings a copy to this release's schema and begins a new epoch in it.
// Nothing is synced yet: the file has no name that counts.
func rebirth(ctx context.Context, path, source string, random func([]byte), now chat.Time) (err error) {
	conn, err := connect(path, sqlite.OpenReadWrite, []string{"PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	conn.SetInterrupt(ctx.Done())
	if err := migrate(conn, files); err != nil {
		return err
	}
	if source, err = filepath.Abs(source); err != nil {
		return err
	}
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	epoch := store.NewMeta(random).Epoch // the secret stays: hashes of what was sent are keyed with it
	err = sqlitex.ExecuteTransient(conn, "INSERT INTO restores (epoch, before, source, at) SELECT ?, epoch, ?, ? FROM meta",
		&sqlitex.ExecOptions{Args: []any{epoch, source, int64(now)}})
	if err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(conn, "UPDATE meta SET epoch = ?", &sqlitex.ExecOptions{Args: []any{epoch}})
}
