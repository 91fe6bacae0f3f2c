package main

import (
	"context"
	"errors"
	"fmt"

	"parley/server/store/postgres"
)

// restored is `parley restored`.
type restored struct {
	Store string `env:"PARLEY_STORE" required:"" placeholder:"postgres://…" help:"The database, which no node may use meanwhile."`
}

// Validate is called by kong.
func (c *restored) Validate() error {
	if at := (where{Store: c.Store}); !at.shared() {
		return errors.New("--store must name a PostgreSQL database: parley restore does all of it for SQLite")
	}
	return nil
}

// Run begins a new epoch.
func (c *restored) Run(ctx context.Context) error {
	before, epoch, err := postgres.Restored(ctx, c.Store, random)
	if err != nil {
		return err
	}
	fmt.Printf("Its epoch is new (%s, before %s): clients fetch their rooms again, and send what they had queued.\n", epoch, before)
	return nil
}
