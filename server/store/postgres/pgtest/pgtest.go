// Package pgtest runs a PostgreSQL of their own for tests. Each has a database
// of its own.
//
// A Cluster lives in memory where the machine has a file system for that, with
// fsync on, so that it is what production is and yet quick.
package pgtest

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"parley/server/store/postgres/pgrun"
)

// Options say how a Cluster runs.
type Options = pgrun.Options

// Cluster is a running PostgreSQL.
type Cluster struct {
	*pgrun.Cluster
	made atomic.Int64
}

// Main is for TestMain: it runs tests with a Cluster and returns the code to
// exit with.
func Main(options Options, run func(c *Cluster) int) int {
	c, err := New(options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := run(c)
	if err := c.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// New makes a cluster and starts it.
func New(options Options) (*Cluster, error) {
	c, err := pgrun.New(options)
	if err != nil {
		return nil, err
	}
	return &Cluster{Cluster: c}, nil
}

// Database makes an empty database and returns its address. It is dropped with
// the test.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test%d", c.made.Add(1))
	if err := c.Exec("postgres", "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return c.URL(name)
}
