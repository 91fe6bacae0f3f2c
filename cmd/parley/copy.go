package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"parley/server/store"
	"parley/server/store/postgres"
	"parley/server/store/sqlite"
)

// copying is `parley copy`.
type copying struct {
	From string `required:"" placeholder:"sqlite:DIRECTORY" help:"The database to copy. No server may use it."`
	To   string `required:"" placeholder:"postgres://…" help:"An empty database, or the unfinished copy of the same one."`
}

// Validate is called by kong.
func (c *copying) Validate() error {
	from, to := where{Store: c.From}, where{Store: c.To}
	if _, err := from.databaseDir(); err != nil || !to.shared() {
		return errors.New("--from is sqlite:DIRECTORY and --to is postgres://…")
	}
	return nil
}

// Run copies everything, or goes on with what was interrupted.
func (c *copying) Run(ctx context.Context) error {
	from := where{Store: c.From}
	dir, err := from.databaseDir()
	if err != nil {
		return err
	}
	source, err := sqlite.OpenSource(ctx, dir)
	if err != nil {
		return advise(err, map[error]string{
			fs.ErrNotExist: "is it the directory that the server used?", store.ErrOlder: "start the server of this release on it once",
		})
	}
	copied, err := postgres.Copy(ctx, c.To, source, func(what string) { fmt.Println(what) })
	if err = errors.Join(err, source.Close()); err != nil {
		return advise(err, map[error]string{
			postgres.ErrDiffers: "was it changed, or the source served, since the copy began? Make a new database, and copy again",
		})
	}
	fmt.Printf("Copied %d rows, %d of them before, and compared them, room by room (%d).\n", copied.Rows, copied.Found, copied.Rooms)
	fmt.Printf("What was uploaded is in %s: copy that directory to where --files will point.\n", filesDir(dir))
	return nil
}
