package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
)

// files holds the migrations: numbered from 1 without gaps, append-only. A
// released one never changes.
//
//go:embed migrations/*.sql
var files embed.FS

// migrate brings the database to the last of migrations, each in a transaction
// together with its number in user_version.
func migrate(conn *sqlite.Conn, migrations fs.FS) error {
	names, err := fs.Glob(migrations, "migrations/*.sql") // in the order of their numbers
	if err != nil {
		return err
	}
	version, err := number(conn, "PRAGMA user_version")
	if err != nil {
		return err
	}
	if version > int64(len(names)) {
		return newer(version, len(names))
	}
	for i := int(version); i < len(names); i++ {
		script, err := fs.ReadFile(migrations, names[i])
		if err != nil {
			return err
		}
		if err := migrateOne(conn, i+1, string(script)); err != nil {
			return fmt.Errorf("migration %s: %w", names[i], err)
		}
	}
	return nil
}

// keep backs a database up that migrations are about to change (Promise 15),
// beside it, under the number of its schema. A backup of that name is of an
// earlier try: since then the older release may have written more.
func keep(ctx context.Context, conn *sqlite.Conn, path string, migrations fs.FS) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	version, err := number(conn, "PRAGMA user_version")
	if err != nil || version == 0 || version >= int64(len(names)) {
		return err
	}
	if epoch, err := word(conn, "SELECT epoch FROM meta"); err != nil || epoch == "" {
		return err // its making was interrupted: nothing was ever stored in it
	}
	target := kept(path, version)
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err = backup(ctx, path, target)
	return err
}

// kept is where the backup of a schema lies.
func kept(path string, version int64) string {
	return fmt.Sprintf("%s.schema-%d", path, version)
}

func newer(version int64, known int) error {
	return fmt.Errorf("%w: its schema is number %d, this release knows %d; start the newer release, or restore a backup from before it",
		store.ErrNewer, version, known)
}

func migrateOne(conn *sqlite.Conn, version int, script string) (err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := sqlitex.ExecuteScript(conn, script, nil); err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(conn, "PRAGMA user_version = "+strconv.Itoa(version), nil)
}

// loadMeta reads what the database was born with, giving birth where needed.
func loadMeta(conn *sqlite.Conn, random func([]byte)) (meta store.Meta, err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return meta, err
	}
	defer end(&err)
	err = sqlitex.ExecuteTransient(conn, "SELECT epoch, secret FROM meta", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			meta = store.Meta{Epoch: stmt.ColumnText(0), Secret: blob(stmt, 1)}
			return nil
		},
	})
	if err != nil || meta.Epoch != "" {
		return meta, err
	}
	meta = store.NewMeta(random)
	return meta, sqlitex.ExecuteTransient(conn, "INSERT INTO meta (epoch, secret) VALUES (?, ?)",
		&sqlitex.ExecOptions{Args: []any{meta.Epoch, meta.Secret}})
}

// number runs a statement that answers with one number first.
func number(conn *sqlite.Conn, query string) (n int64, err error) {
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			n = stmt.ColumnInt64(0)
			return nil
		},
	})
	return n, err
}
