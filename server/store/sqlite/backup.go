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
)

var (
	// ErrForeign says that a file is no database of Parley.
	ErrForeign = errors.New("sqlite: not a Parley database")
	// ErrDamaged says that a database does not pass its integrity check.
	ErrDamaged = errors.New("sqlite: the database is damaged")
)

// Copy says what a copied database holds.
type Copy struct {
	Epoch           string
	Rooms, Messages int64
	Bytes           int64 // of the file
}

// Backup copies the database in dir into the file target, as it is at one
// instant, whether or not a process serves it meanwhile. The copy is checked
// and synced before it gets its name. It holds nothing of what was erased
// before, and is readable by its owner alone.
//
// Errors: fs.ErrExist if there is a target already, fs.ErrNotExist if there is
// no database, ErrForeign, ErrDamaged, store.ErrNewer, store.ErrFull,
// store.ErrUnavailable; ctx's; the system's. Then there is no target.
func Backup(ctx context.Context, dir, target string) (Copy, error) {
	c, err := backup(ctx, filepath.Join(dir, name), target)
	if err != nil {
		return c, fmt.Errorf("back up %s: %w", dir, err)
	}
	return c, nil
}

func backup(ctx context.Context, source, target string) (_ Copy, err error) {
	if err := present(source); err != nil {
		return Copy{}, err
	}
	// The empty file holds the name from here on, so that nothing that somebody
	// else puts there is ever overwritten.
	reserved, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Copy{}, fmt.Errorf("the backup is never written over a file: %w", err)
	}
	if err != nil {
		return Copy{}, err
	}
	part, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".part-*")
	defer func() {
		if err != nil {
			_ = os.Remove(target) // the first error is the one to tell
		}
	}()
	if err = errors.Join(err, reserved.Close()); err != nil {
		return Copy{}, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	if err = part.Close(); err != nil {
		return Copy{}, err
	}
	if err = vacuum(ctx, source, part.Name()); err != nil {
		return Copy{}, err
	}
	c, err := examine(ctx, part.Name())
	if err != nil {
		return c, err
	}
	return c, publish(part.Name(), target)
}

// vacuum writes a database anew into an empty file. It reads one snapshot, next
// to whoever writes; only the emptying of the log has to wait for its end.
func vacuum(ctx context.Context, source, target string) error {
	return reading(ctx, source, func(conn *sqlite.Conn) error {
		return sqlitex.ExecuteTransient(conn, "VACUUM INTO ?", &sqlitex.ExecOptions{Args: []any{target}})
	})
}

// examine makes sure that a file is a whole database of this release or an older
// one, and tells what it holds.
func examine(ctx context.Context, path string) (c Copy, err error) {
	known, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return c, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	c.Bytes = info.Size()
	err = reading(ctx, path, func(conn *sqlite.Conn) error {
		version, err := number(conn, "PRAGMA user_version")
		if err != nil {
			return err
		}
		tables, err := number(conn, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'rooms', 'messages', 'sends')`)
		switch {
		case err != nil:
			return err
		case version < 1 || tables != 4:
			return ErrForeign
		case version > int64(len(known)):
			return newer(version, len(known))
		}
		return inspect(conn, &c)
	})
	return c, err
}

// inspect runs the integrity check and counts.
func inspect(conn *sqlite.Conn, c *Copy) error {
	verdict, err := word(conn, "PRAGMA integrity_check(1)")
	if err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, verdict)
	}
	if c.Epoch, err = word(conn, "SELECT epoch FROM meta"); err != nil {
		return err
	}
	if c.Epoch == "" {
		return ErrForeign
	}
	if c.Rooms, err = number(conn, "SELECT count(*) FROM rooms"); err != nil {
		return err
	}
	c.Messages, err = number(conn, "SELECT coalesce(sum(n), 0) FROM rooms")
	return err
}

// Blobs lists the contents that the files in a database have, as store.File
// names them. Databases of releases before there were files have none.
func Blobs(ctx context.Context, path string) (blobs []string, err error) {
	err = reading(ctx, path, func(conn *sqlite.Conn) error {
		there, err := number(conn, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'files'`)
		if err != nil || there == 0 {
			return err
		}
		return sqlitex.ExecuteTransient(conn, `SELECT DISTINCT blob FROM files ORDER BY blob`, &sqlitex.ExecOptions{
			ResultFunc: func(stmt *sqlite.Stmt) error {
				blobs = append(blobs, stmt.ColumnText(0))
				return nil
			},
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", path, err)
	}
	return blobs, nil
}

// reading runs fn over a connection that writes nothing into the database.
func reading(ctx context.Context, path string, fn func(*sqlite.Conn) error) (err error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return explain(ctx, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	conn.SetBusyTimeout(busy)
	conn.SetInterrupt(ctx.Done())
	return explain(ctx, fn(conn))
}

// explain turns an error of the engine into one that may be told.
func explain(ctx context.Context, err error) error {
	code := sqlite.ErrCode(err)
	var explained *engineError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrForeign), errors.Is(err, ErrDamaged), errors.Is(err, store.ErrOlder), errors.Is(err, store.ErrNewer), errors.As(err, &explained):
		return err
	}
	switch code.ToPrimary() {
	case sqlite.ResultNotADB:
		return ErrForeign
	case sqlite.ResultCorrupt:
		return fmt.Errorf("%w (%v)", ErrDamaged, err)
	case sqlite.ResultFull:
		return fmt.Errorf("%w (%v)", store.ErrFull, err)
	}
	return &engineError{code: code, err: err}
}

// present makes sure that there is a file at path.
func present(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database: %w", err)
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", path, ErrForeign)
	}
	return nil
}

// publish syncs a file and gives it its name.
func publish(part, target string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	return syncDir(filepath.Dir(target))
}

// word runs a statement that answers with one text first; "" for no answer.
func word(conn *sqlite.Conn, query string) (text string, err error) {
	first := true
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			if first {
				text, first = stmt.ColumnText(0), false
			}
			return nil
		},
	})
	return text, err
}
