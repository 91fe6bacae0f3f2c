package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
)

// Restored begins a new epoch in a database that was brought back to an older
// state, and returns the names of the old one and the new one. Clients that know
// what is gone now would else take other rows for it, when revisions come again.
// Whatever else the database holds stays as it is.
//
// No node may use it meanwhile: a node goes on in the epoch that it began with,
// and ends when it comes to connect anew.
//
// Errors: ErrForeign; store.ErrUnavailable, also if nodes use it.
func Restored(ctx context.Context, url string, random func([]byte)) (before, epoch string, err error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return "", "", fmt.Errorf("begin a new epoch: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	epoch = store.NewMeta(random).Epoch // the secret stays: hashes of what was sent are keyed with it
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := unused(ctx, tx); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, "SELECT epoch FROM meta FOR UPDATE").Scan(&before)
		if errors.Is(err, pgx.ErrNoRows) {
			return &engineError{kind: ErrForeign, err: errors.New("it is empty, or an unfinished copy")}
		}
		if err == nil {
			_, err = tx.Exec(ctx, "UPDATE meta SET epoch = $1", epoch)
		}
		return err
	})
	if err != nil {
		return "", "", fmt.Errorf("begin a new epoch: %w", away(ctx, err))
	}
	return before, epoch, nil
}

// leaving is how long a connection that was closed may still be there: its
// server's process ends a while later.
const leaving = 3 * time.Second

// unused makes sure that the database is Parley's, and that nobody else of
// Parley is connected to it. Nodes are told by the name that all their
// connections have.
func unused(ctx context.Context, tx pgx.Tx) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('meta') IS NOT NULL AND to_regclass('parley_schema') IS NOT NULL").Scan(&there); err != nil {
		return err
	}
	if !there {
		return &engineError{kind: ErrForeign, err: errors.New("it has no schema")}
	}
	for until := time.Now().Add(leaving); ; {
		var connections int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name LIKE 'parley%' AND pid <> pg_backend_pid()`).Scan(&connections)
		switch {
		case err != nil || connections == 0:
			return err
		case time.Now().After(until):
			return &engineError{kind: store.ErrUnavailable, err: fmt.Errorf("%d other connections of Parley are open; stop all nodes first", connections)}
		}
		// The next look is at what is there then, not what this transaction has seen.
		if _, err := tx.Exec(ctx, "SELECT pg_stat_clear_snapshot(), pg_sleep(0.05)"); err != nil {
			return err
		}
	}
}
