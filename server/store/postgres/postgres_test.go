package postgres

import (
	"context"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"parley/server/store"
	"parley/server/store/postgres/pgtest"
	"parley/server/store/storetest"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(pgtest.Options{}, func(c *pgtest.Cluster) int {
		cluster = c
		code := m.Run()
		if err := goleak.Find(); code == 0 && err != nil {
			println(err.Error())
			return 1
		}
		return code
	}))
}

// openStore opens a node over a database.
func openStore(tb testing.TB, url string) *Store {
	tb.Helper()
	s, err := Open(context.Background(), url, Options{Options: store.Options{
		Random: storetest.Random,
		Fatal:  func(err error) { tb.Errorf("fatal: %v", err) },
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// databases makes a database for each directory that the suite thinks of.
func databases(tb testing.TB) func(dir string) string {
	var mu sync.Mutex
	urls := make(map[string]string)
	return func(dir string) string {
		mu.Lock()
		defer mu.Unlock()
		if urls[dir] == "" {
			urls[dir] = cluster.Database(tb)
		}
		return urls[dir]
	}
}

func TestStore(t *testing.T) {
	url := databases(t)
	storetest.Run(t, storetest.Engine{Open: func(tb testing.TB, dir string) store.Store { return openStore(tb, url(dir)) }})
}
