package sqlite

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"parley/server/store"
	"parley/server/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// openStore opens the store in dir, of which a failed sync fails the test.
func openStore(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(context.Background(), dir, Options{Options: store.Options{
		Random: storetest.Random,
		Fatal:  func(err error) { tb.Errorf("fatal: %v", err) },
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Engine{Open: func(tb testing.TB, dir string) store.Store { return openStore(tb, dir) }})
}
