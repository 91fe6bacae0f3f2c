package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/store"
	"parley/server/store/memory"
)

// pipes is a listener whose connections are pipes, so that a whole node and
// its clients live in virtual time.
type pipes struct {
	ends chan net.Conn
	done chan struct{}
	once sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.ends:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.done) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.ends <- &pipeEnd{far}:
		return near, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// pipeEnd gives a pipe an address, which the limits ask for.
type pipeEnd struct{ net.Conn }

func (*pipeEnd) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }

// inBubble runs a test on a node in virtual time.
func inBubble(t *testing.T, test func(n *node), change ...func(*Config)) {
	t.Helper()
	inBubbleOf(t, func(*Parts) {}, test, change...)
}

// inBubbleOf is inBubble with other parts.
func inBubbleOf(t *testing.T, replace func(*Parts), test func(n *node), change ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := memory.Open(store.Options{Random: fill, Fatal: func(err error) { t.Error(err) }})
		t.Cleanup(func() { _ = st.Close() })
		test(bubbleNode(t, st, replace, change...))
	})
}

func fill(b []byte) { _, _ = rand.Read(b) }

// bubbleNode starts a node in a bubble.
func bubbleNode(t *testing.T, st store.Store, replace func(*Parts), change ...func(*Config)) *node {
	t.Helper()
	cfg := Config{Guests: true}
	for _, c := range change {
		c(&cfg)
	}
	parts := Parts{
		Store: st, Now: time.Now, Random: fill, Bus: func(h bus.Handler) bus.Bus { return local.New(h) },
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
	}
	replace(&parts)
	s, err := New(cfg, parts)
	if err != nil {
		t.Fatal(err)
	}
	p := &pipes{ends: make(chan net.Conn), done: make(chan struct{})}
	web := httptest.NewUnstartedServer(s.Handler())
	_ = web.Listener.Close()
	web.Listener = p
	web.Start()
	transport := &http.Transport{DialContext: p.dial}
	n := &node{Server: s, t: t, http: web, client: &http.Client{Transport: transport}}
	t.Cleanup(func() {
		n.stop()
		transport.CloseIdleConnections()
	})
	return n
}
