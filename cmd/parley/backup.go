package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"parley/server/files"
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
	return c.own("copy it with pg_dump, or keep its log (point-in-time recovery), and the files beside it")
}

// Run copies the database, and then the files that it tells of, whether or not
// a server uses them meanwhile. A file that goes in between was recalled, or
// belonged to nothing.
func (c *backup) Run(ctx context.Context) error {
	dir, err := c.databaseDir()
	if err != nil {
		return err
	}
	if _, err = os.Lstat(besideOf(c.Target)); err == nil {
		return fmt.Errorf("%s: %w; name a file that does not exist yet", besideOf(c.Target), fs.ErrExist)
	}
	made, err := sqlite.Backup(ctx, dir, c.Target)
	var copied files.Copied
	if err == nil {
		copied, err = c.files(ctx, dir)
	}
	if err != nil {
		return advise(err, map[error]string{
			fs.ErrExist: "name a file that does not exist yet", fs.ErrNotExist: "is --data the directory that the server uses?",
		})
	}
	fmt.Printf("Backed up %s into %s (%d KiB).\n", contents(made), c.Target, (made.Bytes+1023)/1024)
	tellFiles(copied, besideOf(c.Target))
	return nil
}

// files copies what the backup tells of, or leaves nothing.
func (c *backup) files(ctx context.Context, dir string) (copied files.Copied, err error) {
	blobs, err := sqlite.Blobs(ctx, c.Target)
	if err == nil && len(blobs) > 0 {
		copied, err = files.Copy(ctx, filesDir(dir), besideOf(c.Target), blobs)
	}
	if err != nil {
		return copied, errors.Join(err, os.Remove(c.Target), os.RemoveAll(besideOf(c.Target)))
	}
	return copied, nil
}

// besideOf is where the files of a backup are.
func besideOf(backup string) string { return backup + ".files" }

func tellFiles(copied files.Copied, where string) {
	if copied.Files > 0 {
		fmt.Printf("With %d files in %s (%d KiB).\n", copied.Files, where, (copied.Bytes+1023)/1024)
	}
	if copied.Missing > 0 {
		fmt.Printf("%d files were not there any more.\n", copied.Missing)
	}
}

// restore is `parley restore`.
type restore struct {
	where
	Source       string `arg:"" type:"path" help:"The file that parley backup wrote. The directory of the same name with .files belongs to it."`
	WithoutFiles bool   `help:"Go on without the directory, if it is lost: messages stay, their files do not."`
}

// Validate is called by kong.
func (c *restore) Validate() error {
	return c.own("stop all nodes, bring it back with pg_restore or point-in-time recovery, then run parley restored")
}

// Run makes the data directory, which must be empty or missing.
func (c *restore) Run(ctx context.Context) error {
	dir, err := c.databaseDir()
	if err != nil {
		return err
	}
	var copied files.Copied
	made, err := sqlite.Restore(ctx, c.Source, dir, random, chat.Time(time.Now().UnixMilli()), func(blobs []string) (err error) {
		copied, err = c.files(ctx, dir, blobs)
		return err
	})
	if err != nil && copied.Files > 0 {
		err = errors.Join(err, os.RemoveAll(filesDir(dir)))
	}
	if err != nil {
		return advise(err, map[error]string{
			errNoFiles:           "bring it back beside the backup, or restore --without-files",
			fs.ErrExist:          "move what is there away, or name another --data",
			store.ErrUnavailable: "stop the server, and restore into an empty directory",
		})
	}
	fmt.Printf("Restored %s into %s.\nIts epoch is new (%s): clients fetch their rooms again, and send what they had queued.\n",
		contents(made), dir, made.Epoch)
	tellFiles(copied, filesDir(dir))
	return nil
}

var errNoFiles = errors.New("the files of the backup are not there")

// files copies the files of a backup into a data directory, or leaves none.
func (c *restore) files(ctx context.Context, dir string, blobs []string) (files.Copied, error) {
	from := besideOf(c.Source)
	if len(blobs) == 0 || c.WithoutFiles {
		return files.Copied{}, nil
	}
	if _, err := os.Stat(from); err != nil {
		return files.Copied{}, fmt.Errorf("%w: %w", errNoFiles, err)
	}
	copied, err := files.Copy(ctx, from, filesDir(dir), blobs)
	if err != nil {
		return copied, errors.Join(err, os.RemoveAll(filesDir(dir)))
	}
	return copied, nil
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
