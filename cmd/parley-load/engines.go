package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"parley/server/store/postgres/pgrun"
)

// natsCommand is a NATS server, for nodes to hear each other.
type natsCommand struct{}

// Run serves until ctx ends.
func (*natsCommand) Run(ctx context.Context) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		return err
	}
	go s.Start() // which returns when it is shut down
	if !s.ReadyForConnections(startWithin) {
		return errors.New("NATS does not start")
	}
	fmt.Println("nats at", s.Addr())
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// nodes are servers that share a PostgreSQL and a NATS.
type nodes struct {
	bench   *bench
	store   *pgrun.Cluster
	bus     *process
	servers []*process
}

// startNodes starts engines, and servers on them. All of them, and we, share all
// CPUs: there are no others for the engines. The error is pgrun.ErrMissing where
// PostgreSQL is not installed.
func (b *bench) startNodes(count int) (_ *nodes, err error) {
	c := &nodes{bench: b}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.stop())
		}
	}()
	if err := hold(b.cpus.all); err != nil { // what we start is born there
		return nil, err
	}
	parent := b.Data // which PostgreSQL's user has to reach
	if parent == "" {
		parent = os.TempDir()
	}
	if c.store, err = pgrun.New(pgrun.Options{Dir: parent}); err != nil {
		return nil, err
	}
	if err := c.store.Exec("postgres", "CREATE DATABASE parley TEMPLATE template0"); err != nil {
		return nil, err
	}
	if c.bus, err = startSelf(b, b.cpus.all, b.log, "nats"); err != nil {
		return nil, err
	}
	files, err := b.fresh()
	if err != nil {
		return nil, err
	}
	for range count {
		s, err := startServer(b, b.Server, files, b.cpus.all, b.log,
			"--store", c.store.URL("parley"), "--bus", "nats://"+c.bus.at.String())
		if err != nil {
			return nil, err
		}
		c.servers = append(c.servers, s)
	}
	return c, nil
}

// node is the servers as a scenario measures them.
func (c *nodes) node() *node {
	n := &node{bench: c.bench, beside: []payer{
		{"PostgreSQL", c.store.CPU},
		{"NATS", func() (time.Duration, error) { return cpuTime([]int{c.bus.pid()}) }},
		{"generator", func() (time.Duration, error) { return cpuTime([]int{os.Getpid()}) }},
	}}
	for _, s := range c.servers {
		n.at, n.pids = append(n.at, s.at), append(n.pids, s.pid())
	}
	return n
}

// stop ends everything that runs, the engines last.
func (c *nodes) stop() (err error) {
	for _, s := range c.servers {
		err = errors.Join(err, s.stop())
	}
	if c.bus != nil {
		err = errors.Join(err, c.bus.stop())
	}
	if c.store != nil {
		err = errors.Join(err, c.store.Remove())
	}
	return errors.Join(err, c.bench.cpus.settle())
}
