package cluster

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// slack is what a machine that runs other tests beside may take on top of what
// is promised.
const slack = 3 * time.Second

// promised is within what everything is told, whatever the bus does, and who
// may no longer see is cut off.
const promised = 5*time.Second + slack

// wait lets a fault last.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// Promises 1, 2, 3, 4, 9 and 12, on three nodes, PostgreSQL and NATS, all of
// them processes: whatever fails, nothing acknowledged is lost, nothing is there
// twice, everybody is told everything in order, and in time.
func TestCluster(t *testing.T) {
	f := newField(t, 3, true)
	f.delivered()
	a, b, c := f.nodes[0], f.nodes[1], f.nodes[2]
	x, y := f.pair()
	var away sync.WaitGroup
	table := "| fault | all told after | deliveries | median | p99 | last |\n|---|---|---|---|---|---|\n"
	for _, fault := range []struct {
		name string
		do   func() // returns when nothing is wrong any more
	}{
		{"nothing", func() { wait(t, 2*time.Second) }},
		{"a node is killed", func() {
			c.kill()
			died := time.Now()
			y.leave() // its machine went with the node
			away.Go(func() { f.outlive(x, y, died) })
		}},
		{"it comes back", func() {
			c.start()
			f.spread()
		}},
		{"a node is stopped for 4 s", func() {
			b.signal(syscall.SIGSTOP)
			wait(t, 4*time.Second)
			b.signal(syscall.SIGCONT)
		}},
		{"NATS is stopped for 3 s", func() {
			f.nats.Stop()
			wait(t, 3*time.Second)
			f.nats.Start()
		}},
		{"NATS drops everything for 10 s", func() {
			f.block(true)
			wait(t, 10*time.Second)
			f.block(false)
		}},
		{"PostgreSQL crashes three times", func() {
			for range 3 {
				wait(t, time.Second)
				if err := engine.Stop(syscall.SIGQUIT); err != nil {
					t.Fatal(err)
				}
				if err := engine.Start(); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"commits without an answer", func() {
			for _, n := range f.nodes {
				n.store.cuts.Store(5)
			}
			f.eventually("connections are cut", func() bool {
				return a.store.cuts.Load() <= 0 && b.store.cuts.Load() <= 0 && c.store.cuts.Load() <= 0
			})
		}},
		{"all connections to PostgreSQL are ended", func() {
			if err := engine.Exec("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> 'postgres'"); err != nil {
				t.Fatal(err)
			}
		}},
		{"a rolling restart", f.roll},
	} {
		f.lags()
		fault.do()
		took := f.delivered()
		median, p99, worst, count := f.lags()
		table += fmt.Sprintf("| %s | %v | %d | %v | %v | %v |\n", fault.name, took.Round(time.Millisecond), count,
			median.Round(time.Millisecond/10), p99.Round(time.Millisecond), worst.Round(time.Millisecond))
		if took > promised {
			t.Errorf("%s: all is told after %v", fault.name, took)
		}
	}
	t.Logf("all told after: from the end of the fault; the others: from the first sight of a row, fault included\n%s", table)
	f.cutOff()
	away.Wait()
	f.check()
}

// Promise 12: without any bus, nodes on one database find by themselves what the
// others have stored.
func TestNoBus(t *testing.T) {
	f := newField(t, 2, false)
	f.delivered()
	f.lags()
	wait(t, 5*time.Second)
	took := f.delivered()
	median, p99, worst, count := f.lags()
	t.Logf("all told after %v; %d deliveries, median %v, 99%% %v, last %v", took, count, median, p99, worst)
	if worst > promised {
		t.Error("that is too late")
	}
	f.check()
}

// spread sends everybody home again: as after a fault, but of the balancer's
// own will.
func (f *field) spread() {
	f.eventually("every node is ready", func() bool { return !slices.ContainsFunc(f.nodes, func(n *node) bool { return !n.ready.Load() }) })
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.home)
	f.home = make(chan struct{})
}

// block cuts all nodes from NATS, or joins them again.
func (f *field) block(on bool) {
	for _, n := range f.nodes {
		n.bus.block(on)
	}
}

// roll restarts one node after the other, as an operator does.
func (f *field) roll() {
	for _, n := range f.nodes {
		n.stop()
		n.start()
		f.eventually("the node is ready", n.ready.Load)
	}
}
