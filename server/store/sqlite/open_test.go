package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/server/store/storetest"
)

var options = Options{Options: store.Options{Random: storetest.Random, Fatal: func(error) {}}}

func TestOneProcessServesADirectory(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	_, err := Open(context.Background(), dir, options)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "another process serves") {
		t.Errorf("second Open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openStore(t, dir).Close(); err != nil {
		t.Error(err)
	}
}

// raw runs statements on the database of a closed store.
func raw(t *testing.T, dir, script string) {
	t.Helper()
	conn, err := sqlite.OpenConn(filepath.Join(dir, name), sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range strings.Split(script, ";") {
		if err := sqlitex.ExecuteTransient(conn, statement, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNewerDataIsRefused: Promise 15.
func TestNewerDataIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := openStore(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, dir, "PRAGMA user_version = 1000")
	for range 2 { // and the first refusal keeps no lock
		_, err := Open(context.Background(), dir, options)
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "number 1000") {
			t.Fatalf("Open: %v", err)
		}
	}
}

func TestMigrations(t *testing.T) {
	conn, err := sqlite.OpenConn(filepath.Join(t.TempDir(), name), sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	file := func(script string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(script)} }
	version := func(want int64) {
		t.Helper()
		if got, err := number(conn, "PRAGMA user_version"); err != nil || got != want {
			t.Errorf("user_version %d, %v; want %d", got, err, want)
		}
	}
	migrations := fstest.MapFS{
		"migrations/0001_a.sql": file("CREATE TABLE a (x); INSERT INTO a VALUES (1);"),
		"migrations/0002_b.sql": file("UPDATE a SET x = 2; CREATE TABLE a (y);"),
	}
	if err := migrate(conn, migrations); err == nil || !strings.Contains(err.Error(), "0002_b.sql") {
		t.Errorf("a failing migration: %v", err)
	}
	version(1)
	if x, err := number(conn, "SELECT x FROM a"); err != nil || x != 1 {
		t.Errorf("half of a migration is there: %d, %v", x, err)
	}
	migrations["migrations/0002_b.sql"] = file("UPDATE a SET x = x + 10;")
	for range 2 { // the second time there is nothing to do
		if err := migrate(conn, migrations); err != nil {
			t.Fatal(err)
		}
		version(2)
		if x, err := number(conn, "SELECT x FROM a"); err != nil || x != 11 {
			t.Errorf("x is %d, %v; want 11", x, err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := openStore(t, dir)
	defer s.Close()
	for _, path := range []string{dir, filepath.Join(dir, name), filepath.Join(dir, name+"-wal"), filepath.Join(dir, "lock")} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
	}
}

// TestSettings reads back what durability and erasure rest on: a PRAGMA that
// does not take is silent.
func TestSettings(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	err := s.Update(context.Background(), func(storeTx store.Tx) error {
		for pragma, want := range map[string]int64{
			"synchronous": 2, "secure_delete": 1, "wal_autocheckpoint": 0, "temp_store": 2,
		} {
			got, err := number(storeTx.(*tx).conn, "PRAGMA "+pragma)
			if err != nil || got != want {
				t.Errorf("%s is %d, %v; want %d", pragma, got, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(context.Background(), dir, options); err == nil {
		s.Close()
		t.Error("opened")
	}
}
