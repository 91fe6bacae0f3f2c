package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"parley/server/store"
	"parley/server/store/sqlite"
	"parley/shared/chat"
)

// backup is `parley backup`.
type backup struct {
	where
	Target string `arg:"" type:"path" help:"The file to write. It must not exist yet."`
}

// Validate is called by kong.
func (c *backup) Validate() error {
	_, err := c.databaseDir()
	return err
}

// Run copies the database, whether or not a server uses it meanwhile.
func (c *backup) Run(ctx context.Context) error {
	dir, err := c.databaseDir()
	if err != nil {
		return err
	}
	made, err := sqlite.Backup(ctx, dir, c.Target)
	if err != nil {
		return advise(err, map[error]string{
			fs.ErrExist: "name a file that does not exist yet", fs.ErrNotExist: "is --data the directory that the server uses?",
		})
	}
	fmt.Printf("Backed up %s into %s (%d KiB).\n", contents(made), c.Target, (made.Bytes+1023)/1024)
	return nil
}

// restore is `parley restore`.
type restore struct {
	where
	Source string `arg:"" type:"path" help:"The file that parley backup wrote."`
}

// Validate is called by kong.
func (c *restore) Validate() error {
	_, err := c.databaseDir()
	return err
}

// Run makes the data directory, which must be empty or missing.
func (c *restore) Run(ctx context.Context) error {
	dir, err := c.databaseDir()
	if err != nil {
		return err
	}
	made, err := sqlite.Restore(ctx, c.Source, dir, random, chat.Time(time.Now().UnixMilli()))
	if err != nil {
		return advise(err, map[error]string{
			fs.ErrExist:          "move what is there away, or name another --data",
			store.ErrUnavailable: "stop the server, and restore into an empty directory",
		})
	}
	fmt.Printf("Restored %s into %s.\nIts epoch is new (%s): clients fetch their rooms again, and send what they had queued.\n",
		contents(made), dir, made.Epoch)
	return nil
}

func contents(c sqlite.Copy) string {
	return fmt.Sprintf("%d rooms with %d messages", c.Rooms, c.Messages)
}

// advise adds what to do about an error, where that is known.
func advise(err error, advice map[error]string) error {
	for cause, what := range advice {
		if errors.Is(err, cause) {
			return fmt.Errorf("%w; %s", err, what)
		}
	}
	if errors.Is(err, store.ErrFull) {
		return fmt.Errorf("%w; nothing was left behind", err)
	}
	return err
}
