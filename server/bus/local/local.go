// Package local is the bus of a server that is a single node, and that part of
// a bus for several which passes on a node's own events. It hands events over
// on the publisher's goroutine, loses nothing, and has no goroutine of its own.
package local

import (
	"context"
	"sync"

	"parley/server/bus"
)

var _ bus.Bus = (*Bus)(nil)

// Bus hands events to the handler of its own node.
type Bus struct {
	handle bus.Handler

	mu     sync.RWMutex // not held while the handler runs: it may listen
	topics map[bus.Topic]struct{}
	closed bool
	inside sync.WaitGroup // calls of the handler; grows only under mu, while not closed
}

// New makes a bus that hands events to handle.
func New(handle bus.Handler) *Bus {
	return &Bus{handle: handle, topics: make(map[bus.Topic]struct{})}
}

// Publish implements bus.Bus.
func (b *Bus) Publish(e bus.Event) {
	if b.enter(e.Topic) {
		defer b.inside.Done()
		b.handle(e)
	}
}

// enter counts a call of the handler, if there is to be one.
func (b *Bus) enter(t bus.Topic) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if _, listening := b.topics[t]; !listening {
		return false
	}
	b.inside.Add(1)
	return true
}

// Listen implements bus.Bus.
func (b *Bus) Listen(t bus.Topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.topics[t] = struct{}{}
	}
}

// Ignore implements bus.Bus.
func (b *Bus) Ignore(t bus.Topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.topics, t)
}

// Sync implements bus.Bus.
func (b *Bus) Sync(ctx context.Context) error { return ctx.Err() }

// Lossy implements bus.Bus.
func (b *Bus) Lossy() bool { return false }

// Close implements bus.Bus.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	clear(b.topics)
	b.mu.Unlock()
	b.inside.Wait()
	return nil
}
