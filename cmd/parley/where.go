package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// where says where the data is, in every command that needs it.
type where struct {
	Data  string `env:"PARLEY_DATA" default:"./data" type:"path" help:"The directory that everything is kept in."`
	Store string `env:"PARLEY_STORE" default:"sqlite" help:"The database: sqlite, in the data directory, sqlite:DIRECTORY, or, for several nodes, postgres://…."`
}

// databaseDir returns the directory that --store names.
func (w *where) databaseDir() (string, error) {
	kind, dir, named := strings.Cut(w.Store, ":")
	if kind != "sqlite" || named && dir == "" {
		return "", fmt.Errorf("--store %q: this release knows sqlite and sqlite:DIRECTORY", w.Store)
	}
	if !named {
		return w.Data, nil
	}
	return filepath.Clean(dir), nil
}

// own makes sure that --store names a directory. For a database of PostgreSQL
// instead says what to do.
func (w *where) own(instead string) error {
	if w.shared() {
		return errors.New("PostgreSQL has tools of its own for that: " + instead)
	}
	_, err := w.databaseDir()
	return err
}

// shared reports whether --store names a database that several nodes share.
func (w *where) shared() bool {
	return strings.HasPrefix(w.Store, "postgres://") || strings.HasPrefix(w.Store, "postgresql://")
}

// filesDir is where the files are that the database in dir tells of.
func filesDir(dir string) string { return filepath.Join(dir, "files") }
