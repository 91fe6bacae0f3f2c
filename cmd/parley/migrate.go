package main

import (
	"context"
	"errors"
	"fmt"

	"parley/server/store/postgres"
)

// migrate is `parley migrate`.
type migrate struct {
	Store string `env:"PARLEY_STORE" required:"" placeholder:"postgres://…" help:"The database."`
}

// Validate is called by kong.
func (c *migrate) Validate() error {
	if at := (where{Store: c.Store}); !at.shared() {
		return errors.New("--store must name a PostgreSQL database: the server migrates SQLite by itself")
	}
	return nil
}

// Run brings the schema up to date, whether or not nodes use it meanwhile, which
// do the same when they start.
func (c *migrate) Run(ctx context.Context) error {
	from, to, err := postgres.Migrate(ctx, c.Store, random)
	if err != nil {
		return err
	}
	if from == to {
		fmt.Printf("The schema is number %d, as it was.\n", to)
	} else {
		fmt.Printf("The schema was number %d, and is number %d.\n", from, to)
	}
	return nil
}
