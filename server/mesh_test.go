package server

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/store"
	"parley/server/store/memory"
)

// mesh is a bus of several nodes in one process. Any of them can be cut off.
type mesh struct {
	mu    sync.Mutex
	nodes []*meshBus
}

// meshBus is a node's end of it. What other nodes tell it is handled on a
// goroutine of its own, as behind any network: two that tell each other
// something under locks of their own would else wait for each other.
type meshBus struct {
	*local.Bus
	mesh *mesh
	cut  bool // hears nothing and is not heard; mesh.mu guards it
	told chan bus.Event
	hold chan chan struct{}
	done chan struct{} // closed by Close
	once sync.Once
	over chan struct{} // closed when what was told is no longer handled
}

func (m *mesh) join(p *Parts) {
	p.Bus = func(h bus.Handler) bus.Bus {
		b := &meshBus{
			Bus: local.New(h), mesh: m,
			told: make(chan bus.Event, 1024), hold: make(chan chan struct{}), done: make(chan struct{}), over: make(chan struct{}),
		}
		go b.hear()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.nodes = append(m.nodes, b)
		return b
	}
}

func (b *meshBus) hear() {
	defer close(b.over)
	for {
		select {
		case e := <-b.told:
			b.Bus.Publish(e)
		case release := <-b.hold:
			select {
			case <-release:
			case <-b.done:
				return
			}
		case <-b.done:
			return
		}
	}
}

// tell hands an event to a node. One that does not keep up loses it.
func (b *meshBus) tell(e bus.Event) {
	select {
	case b.told <- e:
	default:
	}
}

func (b *meshBus) Close() error {
	b.once.Do(func() { close(b.done) })
	<-b.over
	return b.Bus.Close()
}

func (b *meshBus) Publish(e bus.Event) {
	b.Bus.Publish(e)
	b.mesh.mu.Lock()
	var others []*meshBus
	for _, n := range b.mesh.nodes {
		if n != b && !n.cut && !b.cut {
			others = append(others, n)
		}
	}
	b.mesh.mu.Unlock()
	for _, n := range others {
		n.tell(e)
	}
}

func (*meshBus) Lossy() bool { return true }

func (b *meshBus) Sync(context.Context) error {
	b.mesh.mu.Lock()
	defer b.mesh.mu.Unlock()
	if b.cut {
		return errors.New("cut off")
	}
	return nil
}

// cut separates a node from the others, or joins it to them again.
func (m *mesh) cut(place int, off bool) {
	m.mu.Lock()
	n := m.nodes[place]
	n.cut = off
	m.mu.Unlock()
	if !off {
		n.tell(bus.Event{Gap: true})
	}
}

// hold keeps what other nodes tell a node on its way until release is called.
func (m *mesh) hold(place int) (release func()) {
	m.mu.Lock()
	n := m.nodes[place]
	m.mu.Unlock()
	held := make(chan struct{})
	n.hold <- held
	return func() { close(held) }
}

// inCluster runs a test on several nodes in virtual time.
func inCluster(t *testing.T, count int, test func(nodes []*node, m *mesh)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := memory.Open(store.Options{Random: fill, Fatal: func(err error) { t.Error(err) }})
		t.Cleanup(func() { _ = st.Close() })
		m := new(mesh)
		nodes := make([]*node, count)
		for i := range nodes {
			nodes[i] = bubbleNode(t, st, m.join)
		}
		test(nodes, m)
	})
}

// at is somebody on another node, which has heard by then what has happened on
// the others: what a node hears after a welcome it tells after the welcome, and
// the tests count who comes and goes.
func (u *user) at(n *node) *user {
	synctest.Wait()
	return &user{n: n, id: u.id, token: u.token}
}
