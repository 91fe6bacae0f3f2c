package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"parley/server/store"
)

// lock takes the directory for this process. The kernel gives it back when the
// file is closed or the process ends, however it ends; the file itself stays.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: another process serves %s", store.ErrUnavailable, dir)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}

// create makes the database file, readable by its owner alone, and syncs the
// directories that lead to it: SQLite syncs those of its log, but not these.
func create(dir string) error {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

// settle syncs what the last process has left in dir. If it was killed before
// it could, the log ends with commits that are whole and not on the disk: they
// must not be read, and so told to whoever asks for their keys again, as long as
// a power cut can take them back. And the log may be copied into a database that
// was not synced yet, which only an index that a backup holds on to remembers.
func settle(dir string) error {
	log, err := os.OpenFile(filepath.Join(dir, name+"-wal"), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return errors.Join(log.Sync(), log.Close(), db.Sync(), db.Close(), syncDir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
