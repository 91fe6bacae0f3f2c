package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"parley/server/store"
	"parley/server/store/storetest"
)

// TestReadReports: they are read beside the nodes, and no other data than this
// release's is misread.
func TestReadReports(t *testing.T) {
	url, ctx := cluster.Database(t), context.Background()
	if _, err := ReadReports(ctx, url, true); !errors.Is(err, ErrForeign) {
		t.Errorf("an empty database: %v", err)
	}
	s := openStore(t, url)
	defer s.Close()
	storetest.Reported(t, s, func(all bool) ([]store.Reported, error) { return ReadReports(ctx, url, all) })
	name := url[strings.LastIndex(url, "/")+1:]
	for version, want := range map[string]error{"0": store.ErrOlder, "1000": store.ErrNewer} {
		if err := cluster.Exec(name, "UPDATE parley_schema SET version = "+version); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReports(ctx, url, true); !errors.Is(err, want) {
			t.Errorf("schema %s: %v", version, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ReadReports(ended, url, true); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if _, err := ReadReports(ctx, "postgres://127.0.0.1:1/none", true); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no server: %v", err)
	}
}

// Promise 5: after going back to an older state a new epoch begins, while no node
// is there.
func TestRestored(t *testing.T) {
	url, ctx := cluster.Database(t), context.Background()
	if _, _, err := Restored(ctx, url, storetest.Random); !errors.Is(err, ErrForeign) {
		t.Errorf("an empty database: %v", err)
	}
	s := openStore(t, url)
	was := s.Meta()
	if err := s.View(ctx, func(r store.Reader) error { _, err := r.Leavers(); return err }); err != nil { // it connects
		t.Fatal(err)
	}
	if _, _, err := Restored(ctx, url, storetest.Random); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "stop all nodes") {
		t.Errorf("beside a node: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, epoch, err := Restored(ctx, url, storetest.Random)
	if err != nil || before != was.Epoch || epoch == before {
		t.Fatalf("%q, %q, %v", before, epoch, err)
	}
	s = openStore(t, url)
	defer s.Close()
	if is := s.Meta(); is.Epoch != epoch || string(is.Secret) != string(was.Secret) {
		t.Errorf("the epoch is %q, the secret changed: %t", is.Epoch, string(is.Secret) != string(was.Secret))
	}
}
