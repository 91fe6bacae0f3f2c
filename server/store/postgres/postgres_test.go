package postgres

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"parley/server/store"
	"parley/server/store/postgres/pgtest"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.checks", "25"); err != nil { // each has a schema of its own made
		panic(err)
	}
	code := pgtest.Main(pgtest.Options{}, func(c *pgtest.Cluster) int {
		cluster = c
		return m.Run()
	})
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
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

// databases makes a schema for each directory that the suite thinks of, all in
// one database: hundreds of those take minutes.
func databases(tb testing.TB) func(dir string) string {
	var mu sync.Mutex
	urls := make(map[string]string)
	base := cluster.Database(tb)
	return func(dir string) string {
		mu.Lock()
		defer mu.Unlock()
		if urls[dir] == "" {
			name := fmt.Sprintf("s%d", len(urls))
			if err := cluster.Exec(path.Base(base), "CREATE SCHEMA "+name); err != nil {
				tb.Fatal(err)
			}
			urls[dir] = base + "?search_path=" + name
		}
		return urls[dir]
	}
}

func TestStore(t *testing.T) {
	url := databases(t)
	storetest.Run(t, storetest.Engine{Open: func(tb testing.TB, dir string) store.Store { return openStore(tb, url(dir)) }})
}

// planned gives every function a plan, which is right for some of them.
type planned struct {
	*Store
	n atomic.Int64
}

func (p *planned) Update(ctx context.Context, fn func(store.Tx) error) error {
	n := p.n.Add(1)
	if store.PlanOf(ctx) != nil {
		return p.Store.Update(ctx, fn)
	}
	plan := store.Plan{Room: 1, Account: 1, Rows: []chat.Seq{1}}
	if n%4 == 0 {
		plan = store.Plan{Room: chat.RoomID(n/4%4) + 1, Account: chat.AccountID(n/4%4) + 1, Members: []chat.AccountID{1, 2, 3, 4}}
	}
	return p.Store.Update(store.WithPlan(ctx, plan), fn)
}

// TestStorePlanned runs the suite through the quick lane, and, since many of its
// functions do more than any plan can name, through the way from there to the
// plain one.
func TestStorePlanned(t *testing.T) {
	url := databases(t)
	storetest.Run(t, storetest.Engine{Lanes: true, Open: func(tb testing.TB, dir string) store.Store {
		return &planned{Store: openStore(tb, url(dir))}
	}})
}
