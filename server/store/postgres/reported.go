package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
)

// ErrForeign says that a database is not one of Parley's.
var ErrForeign = errors.New("postgres: there is nothing of Parley in the database")

// ReadReports reads what was reported in direct rooms, or in all, the oldest
// first, whether or not nodes use the database meanwhile, or a standby of it.
//
// Errors: ErrForeign, store.ErrOlder, store.ErrNewer, store.ErrUnavailable; ctx's.
func ReadReports(ctx context.Context, url string, all bool) (reports []store.Reported, err error) {
	conn, err := dial(ctx, url)
	if err == nil {
		defer conn.Close(context.WithoutCancel(ctx))
		err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			if err := current(ctx, tx); err != nil {
				return err
			}
			rows, err := tx.Query(ctx, reported, all)
			if err == nil {
				reports, err = pgx.CollectRows(rows, scanReported)
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the reports: %w", away(ctx, err))
	}
	return reports, nil
}

const reported = `SELECT p.id, p.room, p.seq, p.author, p.at, p.reason, r.kind, r.name,
	p.author, coalesce(b.name, ''), coalesce(b.avatar, ''), coalesce(b.kind, ''),
	x.author, coalesce(a.name, ''), coalesce(a.avatar, ''), coalesce(a.kind, ''),` + rowColumns + `
	FROM reports p JOIN rooms r ON r.id = p.room JOIN messages x ON x.room = p.room AND x.seq = p.seq
	LEFT JOIN accounts b ON b.id = p.author LEFT JOIN accounts a ON a.id = x.author
	WHERE $1 OR r.kind = 'direct' ORDER BY p.at, p.id`

func scanReported(rows pgx.CollectableRow) (r store.Reported, err error) {
	var reason []byte
	var row rowAt
	into := []any{
		&r.ID, (*int64)(&r.Report.Room), (*int64)(&r.Seq), (*int64)(&r.By), (*int64)(&r.At), &reason, &r.Kind, &r.Name,
		(*int64)(&r.Reporter.ID), &r.Reporter.Name, &r.Reporter.Avatar, &r.Reporter.Kind,
		(*int64)(&r.Author.ID), &r.Author.Name, &r.Author.Avatar, &r.Author.Kind,
	}
	if err = rows.Scan(append(into, row.into()...)...); err != nil {
		return r, err
	}
	r.Reason = string(reason)
	r.Row, err = row.done()
	return r, err
}

// current makes sure that a database has the schema of this release.
func current(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('parley_schema') IS NOT NULL").Scan(&there); err != nil {
		return err
	}
	if !there {
		return &engineError{kind: ErrForeign, err: errors.New("it has no schema")}
	}
	known, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := tx.QueryRow(ctx, "SELECT version FROM parley_schema").Scan(&version); err != nil {
		return err
	}
	switch {
	case version > len(known):
		return newer(version, len(known))
	case version < len(known):
		return fmt.Errorf("%w: its schema is number %d, this release has %d", store.ErrOlder, version, len(known))
	}
	return nil
}
