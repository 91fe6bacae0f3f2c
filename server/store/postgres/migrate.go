package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
)

// files holds the migrations: numbered from 1 without gaps, append-only. A
// released one never changes.
//
//go:embed migrations/*.sql
var files embed.FS

// migrating is the advisory lock under which the schema changes: nodes may
// start together. writing is the one of the plain lane.
const (
	migrating = 0x7061726c6579_01
	writing   = 0x7061726c6579_02
)

// Migrate brings the database to this release's schema, making it where there
// is none, and returns the number of the schema that it found and of the one
// that it left.
func Migrate(ctx context.Context, url string, random func([]byte)) (from, to int, err error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return 0, 0, fmt.Errorf("migrate the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if from, to, err = migrate(ctx, conn, files); err == nil {
		_, err = loadMeta(ctx, conn, random)
	}
	if err != nil {
		err = fmt.Errorf("migrate the database: %w", wrap(err))
	}
	return from, to, err
}

// prepare checks that the database keeps what it acknowledges (Promise 1), and
// makes or mends what is in it.
func prepare(ctx context.Context, url string, random func([]byte)) (meta store.Meta, err error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return meta, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, _, err = migrate(ctx, conn, files); err != nil {
		return meta, wrap(err)
	}
	meta, err = loadMeta(ctx, conn, random)
	return meta, wrap(err)
}

// connect opens the connection of a start, to a server that keeps what it is
// told.
func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	conn, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := sound(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// dial opens a connection of which nothing but ctx bounds how long it takes.
func dial(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // its text may hold the password
		return nil, fmt.Errorf("%w: the address of the database is not understood", store.ErrUnavailable)
	}
	asked := config.RuntimeParams["synchronous_commit"]
	configure(config, nil)
	delete(config.RuntimeParams, "synchronous_commit")
	if asked != "" {
		config.RuntimeParams["synchronous_commit"] = asked
	}
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, away(ctx, err)
	}
	return conn, nil
}

// sound refuses a server that would lose or garble what it acknowledges.
func sound(ctx context.Context, conn *pgx.Conn) error {
	for _, must := range []struct {
		setting string
		bad     string
		why     string
	}{
		{"fsync", "off", "a power cut would lose acknowledged messages"},
		{"full_page_writes", "off", "a power cut would damage the database"},
		{"synchronous_commit", "off", "a crash would lose acknowledged messages"},
	} {
		var is string
		if err := conn.QueryRow(ctx, "SELECT current_setting($1)", must.setting).Scan(&is); err != nil {
			return wrap(err)
		}
		if is == must.bad {
			return fmt.Errorf("%w: PostgreSQL runs with %s = %s: %s", store.ErrUnavailable, must.setting, is, must.why)
		}
	}
	var encoding string
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return wrap(err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("%w: the database's encoding is %s; make it with ENCODING 'UTF8' TEMPLATE template0", store.ErrUnavailable, encoding)
	}
	if err := writable(ctx, conn); err != nil {
		return fmt.Errorf("%w: %v", store.ErrUnavailable, err)
	}
	return nil
}

// migrate brings the database to the last of migrations, each in a transaction
// together with its number. Every transaction takes the lock: who comes second
// finds it done.
func migrate(ctx context.Context, conn *pgx.Conn, migrations fs.FS) (from, to int, err error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // in the order of their numbers
	if err != nil {
		return 0, 0, err
	}
	for first := true; ; first = false {
		var found int
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if found, err = schema(ctx, tx); err != nil || found >= len(names) {
				return err
			}
			script, err := fs.ReadFile(migrations, names[found])
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, string(script)); err != nil {
				return fmt.Errorf("migration %s: %w", names[found], err)
			}
			_, err = tx.Exec(ctx, "UPDATE parley_schema SET version = $1", found+1)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		if first {
			from = found
		}
		if found > len(names) {
			return from, found, newer(found, len(names))
		}
		if found == len(names) {
			return from, found, nil
		}
	}
}

func newer(version, known int) error {
	return fmt.Errorf("%w: its schema is number %d, this release knows %d; start the newer release, or restore a backup from before it",
		store.ErrNewer, version, known)
}

// schema takes the lock and reads the number of the schema.
func schema(ctx context.Context, tx pgx.Tx) (version int, err error) {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrating)); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS parley_schema (version integer NOT NULL)"); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, "SELECT version FROM parley_schema").Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		_, err = tx.Exec(ctx, "INSERT INTO parley_schema (version) VALUES (0)")
	}
	return version, err
}

// loadMeta reads what the database was born with, giving birth where needed.
func loadMeta(ctx context.Context, conn *pgx.Conn, random func([]byte)) (meta store.Meta, err error) {
	var copied bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('copying') IS NOT NULL").Scan(&copied); err != nil {
		return meta, err
	}
	if copied {
		return meta, fmt.Errorf("%w: it is an unfinished copy; run parley copy again", store.ErrUnavailable)
	}
	fresh := store.NewMeta(random)
	_, err = conn.Exec(ctx, "INSERT INTO meta (epoch, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING", fresh.Epoch, fresh.Secret)
	if err != nil {
		return meta, err
	}
	if _, err := conn.Exec(ctx, "DELETE FROM lanes WHERE at < now() - interval '7 days'"); err != nil { // of nodes that are no more
		return meta, err
	}
	err = conn.QueryRow(ctx, "SELECT epoch, secret FROM meta").Scan(&meta.Epoch, &meta.Secret)
	return meta, err
}
