package cluster

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy is a node's way to an engine.
type proxy struct {
	l    net.Listener
	to   string
	work sync.WaitGroup

	mu    sync.Mutex
	open  *sync.Cond // of mu: the hole is over
	hole  bool       // nothing is carried, and nobody is told
	conns map[net.Conn]bool
	over  bool

	cuts atomic.Int32 // connections to cut before the answer to a commit
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: to, conns: make(map[net.Conn]bool)}
	p.open = sync.NewCond(&p.mu)
	p.work.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

func (p *proxy) accept() {
	for {
		near, err := p.l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.carry(near) })
	}
}

// carry carries one connection until either side ends it.
func (p *proxy) carry(near net.Conn) {
	defer p.drop(near)
	if !p.keep(near) || !p.pass() {
		return
	}
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer p.drop(far)
	if !p.keep(far) {
		return
	}
	back := make(chan struct{})
	go func() {
		defer close(back)
		p.copy(near, far, true)
	}()
	p.copy(far, near, false)
	<-back
}

// copy carries one direction. When it ends, so does the other.
func (p *proxy) copy(to, from net.Conn, answers bool) {
	defer p.drop(to)
	defer p.drop(from)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !p.pass() {
			return
		}
		if answers && bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && p.cuts.Load() > 0 && p.cuts.Add(-1) >= 0 {
			return // it is stored, and nobody hears of it
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// pass waits while nothing is carried. It reports false when all is over.
func (p *proxy) pass() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.hole && !p.over {
		p.open.Wait()
	}
	return !p.over
}

// block holds back everything, or no longer. What was on its way arrives then,
// as with a network that lost packets.
func (p *proxy) block(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hole = on
	p.open.Broadcast()
}

func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
	return !p.over
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

func (p *proxy) close() {
	_ = p.l.Close()
	p.mu.Lock()
	p.over = true
	p.open.Broadcast()
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}
