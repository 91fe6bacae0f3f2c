package nats_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"parley/server/bus"
	"parley/server/bus/bustest"
	"parley/server/bus/nats"
	"parley/server/bus/nats/natstest"
	"parley/shared/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

type testLog struct{ tb testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.tb.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func open(tb testing.TB, url, cluster string, handle bus.Handler) *nats.Bus {
	tb.Helper()
	log := slog.New(slog.NewTextHandler(testLog{tb}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	b, err := nats.Open(nats.Options{URL: url, Cluster: cluster, Name: tb.Name(), Log: log}, handle)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func closeBus(tb testing.TB, b *nats.Bus) {
	tb.Helper()
	if err := b.Close(); err != nil {
		tb.Error(err)
	}
}

// medium starts a server, on which any number of nodes meet.
func medium(tb testing.TB) bustest.Open {
	server := natstest.Start(tb)
	return func(tb testing.TB, handle bus.Handler) bus.Bus { return open(tb, server.URL(), "c", handle) }
}

func TestBus(t *testing.T) {
	server := natstest.Start(t)
	bustest.Run(t, func(tb testing.TB, handle bus.Handler) bus.Bus { return open(tb, server.URL(), "c", handle) })
}

func TestNodes(t *testing.T) { bustest.RunNodes(t, medium) }

// node is a bus with what came to it: typing in a channel, and gaps counted.
type node struct {
	*nats.Bus
	typing chan chat.AccountID
	gaps   atomic.Int64
	gapped chan struct{}
}

func newNode(t *testing.T, url, cluster string) *node {
	t.Helper()
	n := &node{typing: make(chan chat.AccountID, 1<<16), gapped: make(chan struct{}, 1)}
	n.Bus = open(t, url, cluster, func(e bus.Event) {
		if e.Typing != 0 {
			n.typing <- e.Typing
		}
		if e.Gap {
			n.gaps.Add(1)
			select {
			case n.gapped <- struct{}{}:
			default:
			}
		}
	})
	t.Cleanup(func() { closeBus(t, n.Bus) })
	n.Listen(bus.Topic{})
	return n
}

func typing(room chat.RoomID, who chat.AccountID) bus.Event {
	return bus.Event{Topic: bus.Topic{Room: room}, Typing: who}
}

// synced waits until the bus answers.
func (n *node) synced(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n.Sync(ctx) != nil {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the bus does not answer")
		}
	}
}

func (n *node) expect(t *testing.T, want chat.AccountID) {
	t.Helper()
	select {
	case got := <-n.typing:
		if got != want {
			t.Fatalf("event %d instead of %d", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("event %d does not come", want)
	}
}

func (n *node) expectGap(t *testing.T) {
	t.Helper()
	select {
	case <-n.gapped:
	case <-time.After(patience):
		t.Fatal("no gap is told")
	}
}

// Promise 12: NATS need not be there when a node starts, and may go away and
// come back. A node's own events need no NATS; what it missed of others it
// notices.
func TestNATSComesAndGoes(t *testing.T) {
	server := natstest.Start(t)
	server.Stop()
	a, b := newNode(t, server.URL(), "c"), newNode(t, server.URL(), "c")
	for _, n := range []*node{a, b} {
		n.Listen(bus.Topic{Room: 1})
		if n.Sync(t.Context()) == nil {
			t.Error("Sync finds a bus that is not there")
		}
	}
	a.Publish(typing(1, 1))
	a.expect(t, 1)
	for id := chat.AccountID(2); id < 6; id += 2 {
		server.Start()
		for _, n := range []*node{a, b} {
			n.expectGap(t)
			n.synced(t)
		}
		a.Publish(typing(1, id))
		a.expect(t, id)
		b.expect(t, id)
		server.Stop()
		for a.Sync(t.Context()) == nil || b.Sync(t.Context()) == nil {
			continue
		}
		a.Publish(typing(1, id+1)) // lost, also when there is a connection again
		a.expect(t, id+1)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(a.Bus)
	if told, err := registry.Gather(); err != nil || len(told) == 0 {
		t.Errorf("metrics: %v, %v", told, err)
	}
}

// Two clusters on one NATS hear nothing of each other.
func TestClustersApart(t *testing.T) {
	server := natstest.Start(t)
	a, b, c := newNode(t, server.URL(), "one"), newNode(t, server.URL(), "two"), newNode(t, server.URL(), "two")
	for _, n := range []*node{a, b, c} {
		n.Listen(bus.Topic{Room: 1})
		n.synced(t)
	}
	a.Publish(typing(1, 1))
	a.synced(t) // NATS has it
	b.Publish(typing(1, 2))
	a.expect(t, 1)
	c.expect(t, 2)
	for _, bad := range []string{"", "a.b", "a>", "*", strings.Repeat("x", 65)} {
		if b, err := nats.Open(nats.Options{URL: server.URL(), Cluster: bad, Log: slog.Default()}, nil); err == nil {
			closeBus(t, b)
			t.Errorf("%q is a name", bad)
		}
	}
}

// Events that come faster than they are taken are lost, and that is noticed.
func TestSlowReceiver(t *testing.T) {
	server := natstest.Start(t)
	a := newNode(t, server.URL(), "c")
	inside, release := make(chan struct{}, 1), make(chan struct{})
	gap := make(chan struct{})
	var once atomic.Bool
	slow := open(t, server.URL(), "c", func(e bus.Event) {
		switch {
		case e.Gap && len(inside) > 0:
			if once.CompareAndSwap(false, true) {
				close(gap)
			}
		case e.Typing != 0:
			select {
			case inside <- struct{}{}:
			default:
			}
			<-release
		}
	})
	defer closeBus(t, slow)
	defer close(release)
	slow.Listen(bus.Topic{})
	slow.Listen(bus.Topic{Room: 1})
	if err := slow.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.synced(t)
	late := time.After(patience)
	for i := chat.AccountID(1); ; i++ {
		a.Publish(typing(1, i))
		if i%500 == 0 {
			a.synced(t) // else they are lost here, of more than the outbox holds
		}
		select {
		case <-gap:
			return
		case <-late:
			t.Fatalf("no gap is told after %d events", i)
		default:
		}
	}
}

// NATS that takes nothing more holds up nobody: Publish, Listen and Ignore
// return, the outbox stays bounded, and Sync keeps to its context.
func TestStalledNATS(t *testing.T) {
	server := natstest.Start(t)
	stall := newProxy(t, server.Addr())
	n := newNode(t, "nats://"+stall.addr(), "c")
	n.Listen(bus.Topic{Room: 1})
	n.synced(t)
	stall.stop()
	t.Cleanup(func() { // before the node's own
		began := time.Now()
		closeBus(t, n.Bus)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Close took %v", took)
		}
	})
	began := time.Now()
	text := strings.Repeat("x", chat.MaxText)
	for i := range chat.Rev(4000) {
		n.Publish(bus.Event{Topic: bus.Topic{Room: 1}, Rows: &bus.Rows{From: i, Upto: i + 1, Rows: []chat.Row{{Text: text}}}})
		n.Listen(bus.Topic{Room: chat.RoomID(2 + i)})
		n.Ignore(bus.Topic{Room: chat.RoomID(2 + i)})
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if n.Sync(ctx) == nil {
		t.Error("Sync hears from a bus that is silent")
	}
}

// proxy is a way to a server that can stop to carry anything.
type proxy struct {
	l       net.Listener
	stopped atomic.Bool
	halt    chan struct{}
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, halt: make(chan struct{})}
	var ends []net.Conn
	over := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-over
		for _, c := range ends {
			_ = c.Close()
		}
	})
	carry := func(from, to net.Conn) {
		buffer := make([]byte, 4096)
		for {
			n, err := from.Read(buffer)
			if err != nil || p.stopped.Load() {
				return // without closing: nobody is told
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		defer close(over)
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			ends = append(ends, near)
			if p.stopped.Load() {
				continue
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			ends = append(ends, far)
			go carry(near, far)
			go carry(far, near)
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

func (p *proxy) stop() { p.stopped.Store(true) }

func TestBadURL(t *testing.T) {
	for _, bad := range []string{"http://[", "nats://x:y:z"} {
		if b, err := nats.Open(nats.Options{URL: bad, Cluster: "c", Log: slog.New(slog.DiscardHandler)}, nil); err == nil {
			closeBus(t, b)
			t.Errorf("%q is an address", bad)
		}
	}
}

// BenchmarkElsewhere is an event's way from one node to another.
func BenchmarkElsewhere(b *testing.B) {
	server := natstest.Start(b)
	come := make(chan struct{}, 1<<20)
	a := open(b, server.URL(), "c", func(bus.Event) {})
	defer closeBus(b, a)
	z := open(b, server.URL(), "c", func(bus.Event) { come <- struct{}{} })
	defer closeBus(b, z)
	z.Listen(bus.Topic{Room: 1})
	if err := z.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := a.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	row := chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{1}, By: 1 << 50, At: 1 << 41, Kind: chat.KindText, Text: strings.Repeat("x", 100)}
	e := bus.Event{Topic: bus.Topic{Room: 1}, Rows: &bus.Rows{From: 0, Upto: 1, Rows: []chat.Row{row}, Account: 1 << 50, Keys: []chat.Key{{1}}}}
	b.ReportAllocs()
	for done, sent := 0, 0; done < b.N; {
		for ; sent < b.N && sent < done+1000; sent++ {
			a.Publish(e)
		}
		<-come
		done++
	}
}
