package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"parley/server/store"
	"parley/server/store/storetest"
)

// TestReadReports: they are read beside the process that serves the database,
// and no other data than this release's is misread.
func TestReadReports(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	storetest.Reported(t, s, func(all bool) ([]store.Reported, error) { return ReadReports(context.Background(), dir, all) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, name), []byte("not a database, but long enough to look at"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		ctx  context.Context
		dir  string
		want error
	}{
		"no database":        {context.Background(), t.TempDir(), fs.ErrNotExist},
		"no database at all": {context.Background(), foreign, ErrForeign},
		"an older release's": {context.Background(), first(t), store.ErrOlder},
		"a newer release's":  {context.Background(), changed(t, "PRAGMA user_version = 1000"), store.ErrNewer},
		"ended":              {ended, dir, context.Canceled},
	} {
		if list, err := ReadReports(c.ctx, c.dir, true); !errors.Is(err, c.want) || list != nil {
			t.Errorf("%s: %v, %v", what, list, err)
		}
	}
}
