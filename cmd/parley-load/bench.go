package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// common are the flags of all scenarios.
type common struct {
	Server string        `default:"bin/parley" type:"path" help:"The server program to start."`
	URL    []string      `placeholder:"http://127.0.0.1:8080" help:"Servers that run already, with --rate 0, instead of one to start; several are nodes of one cluster."`
	PID    []int         `placeholder:"N" help:"The processes of the servers of --url, if what they cost is to be told."`
	Data   string        `type:"path" placeholder:"DIR" help:"Where data directories are made; the default is the system's place for what is temporary. The disk is measured, too."`
	Filled string        `default:".cache/parley-load" type:"path" help:"Where filled databases are kept for the next time."`
	JSON   string        `name:"json" type:"path" placeholder:"FILE" help:"Write all figures there."`
	MD     string        `name:"markdown" type:"path" placeholder:"FILE" help:"Write the table there, for a README."`
	Strict bool          `help:"Fail when a target is missed, too."`
	Round  time.Duration `default:"1500ms" help:"How long a round takes; most figures are medians of several."`
}

// bench is a run of one or more scenarios.
type bench struct {
	context.Context // of the whole run
	common
	guard
	report
	cpus  cpus
	temp  string
	log   io.WriteCloser // what the servers say
	ids   uint32         // posters made
	name  string         // of the scenario that runs
	hosts []netip.AddrPort
}

func newBench(ctx context.Context, c common) (*bench, error) {
	b := &bench{Context: ctx, common: c}
	b.Began = time.Now()
	var err error
	for _, given := range c.URL {
		at, err := addressOf(given)
		if err != nil {
			return nil, err
		}
		b.hosts = append(b.hosts, at)
	}
	if b.cpus, err = split(); err != nil {
		return nil, err
	}
	if err := errors.Join(b.cpus.settle(), manyFiles()); err != nil {
		return nil, err
	}
	if b.temp, err = os.MkdirTemp(c.Data, "parley-load-"); err != nil {
		return nil, err
	}
	b.log, err = os.Create(filepath.Join(b.temp, "server.log"))
	return b, err
}

func addressOf(given string) (netip.AddrPort, error) {
	u, err := url.Parse(given)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if u.Hostname() == "localhost" {
		u.Host = "127.0.0.1:" + u.Port()
	}
	at, err := netip.ParseAddrPort(u.Host)
	if err != nil || u.Scheme != "http" || !at.Addr().Is4() {
		return at, fmt.Errorf("--url %s: give http, an IPv4 address and a port", given)
	}
	return at, nil
}

// close removes what the run has made.
func (b *bench) close() error { return errors.Join(b.log.Close(), os.RemoveAll(b.temp)) }

// say tells what is going on.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%7.1f s  %s: %s\n", time.Since(b.Began).Seconds(), b.name, fmt.Sprintf(format, args...))
}

// errAlone says that a scenario needs a server on a directory of its own.
var errAlone = errors.New("this needs a server that is started for it: leave --url out")

// tell adds a figure to the report: the median of its rounds. What is no number
// (a ratio to nothing, because a round was too short) does not count.
func (b *bench) tell(unit string, rounds []float64, format string, args ...any) {
	rounds = slices.DeleteFunc(rounds, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(rounds) == 0 {
		b.say("%s: no round was long enough to tell", fmt.Sprintf(format, args...))
		return
	}
	f := figure{Scenario: b.name, Name: fmt.Sprintf(format, args...), Unit: unit, Value: median(rounds), Rounds: rounds}
	f = b.report.add(f)
	b.say("%s: %s %s", f.Name, f.measured(), f.Verdict)
}

// node is the server that a scenario measures, or the nodes of a cluster.
type node struct {
	bench  *bench
	child  *process // nil: it is not ours to stop
	at     []netip.AddrPort
	pids   []int
	beside []payer
}

// payer is what works for the server in processes of its own.
type payer struct {
	name string
	cpu  func() (time.Duration, error) // what it has used so far
}

// fresh makes an empty data directory.
func (b *bench) fresh() (string, error) { return os.MkdirTemp(b.temp, "data-") }

// serve starts a server on a data directory, or takes the one that was given
// if no directory is named.
func (b *bench) serve(dir string) (*node, error) {
	if len(b.hosts) > 0 && dir == "" {
		return &node{bench: b, at: b.hosts, pids: b.PID}, nil
	}
	if len(b.hosts) > 0 {
		return nil, errAlone
	}
	if dir == "" {
		var err error
		if dir, err = b.fresh(); err != nil {
			return nil, err
		}
	}
	child, err := startServer(b, b.Server, dir, b.cpus.server, b.log)
	if err != nil {
		return nil, err
	}
	return &node{bench: b, child: child, at: []netip.AddrPort{child.at}, pids: []int{child.pid()}}, nil
}

// on starts a server for fn.
func (b *bench) on(dir string, fn func(l *loop, n *node) error) (err error) {
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	n, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	return fn(l, n)
}

// floor starts the bare process.
func (b *bench) floor() (*node, error) {
	child, err := startSelf(b, b.cpus.server, b.log, "floor")
	if err != nil {
		return nil, err
	}
	return &node{bench: b, child: child, at: []netip.AddrPort{child.at}, pids: []int{child.pid()}}, nil
}

// stop stops what was started, and removes its data.
func (n *node) stop() error {
	if n.child == nil {
		return nil
	}
	err := n.child.stop()
	if n.child.dir != "" {
		err = errors.Join(err, os.RemoveAll(n.child.dir))
	}
	return err
}

// measured reports whether it can be told what the server costs.
func (n *node) measured() bool { return len(n.pids) > 0 }

// cpu is the CPU time that fn costs the server; 0 if that cannot be told.
func (n *node) cpu(fn func() error) (time.Duration, error) {
	before, err := cpuTime(n.pids)
	if err != nil {
		return 0, err
	}
	if err := fn(); err != nil {
		return 0, err
	}
	after, err := cpuTime(n.pids)
	return after - before, err
}

// besides is the CPU time that fn costs those beside the server.
func (n *node) besides(fn func() error) ([]time.Duration, error) {
	costs := make([]time.Duration, len(n.beside))
	for i, p := range n.beside {
		before, err := p.cpu()
		if err != nil {
			return nil, err
		}
		costs[i] = -before
	}
	if err := fn(); err != nil {
		return nil, err
	}
	for i, p := range n.beside {
		after, err := p.cpu()
		if err != nil {
			return nil, err
		}
		costs[i] += after
	}
	return costs, nil
}

// nextPoster draws the id of a poster.
func (b *bench) nextPoster() uint32 {
	b.ids++
	return b.ids
}

// connect lets clients connect, some at once, and waits until all are welcome.
func connect(l *loop, clients []*client) error {
	const atOnce = 256
	next, done := 0, 0
	return l.until(5*time.Minute, "all clients to be connected", func() bool {
		for done < next && clients[done].phase == ready {
			done++
		}
		for next < len(clients) && next < done+atOnce {
			if err := clients[next].dial(); err != nil {
				clients[next].fail(err)
				clients[next].phase = ready // it is told of, and not waited for
			}
			next++
		}
		return done == len(clients)
	})
}

// complete checks that everybody was told everything.
func (g *guard) complete(clients []*client, ledgers ...*ledger) {
	for _, l := range ledgers {
		g.report(l.missing())
	}
	for _, c := range clients {
		for _, r := range c.rooms {
			g.report(r.missing())
		}
		for _, p := range c.posters {
			if p.echoed != p.sent {
				g.report(fmt.Errorf("room %d: a sender of %d posts was told of %d", p.ledger.room, p.sent, p.echoed))
			}
		}
	}
}
