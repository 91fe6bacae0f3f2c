// Package local is the bus of a server that is one process: Publish calls the
// handler on the publisher's goroutine. Nothing is lost, repeated or
// reordered.
package local

import (
	"sync"

	"parley/server/bus"
)

// Bus implements bus.Bus.
type Bus struct {
	handler bus.Handler

	mu     sync.Mutex
	topics map[bus.Topic]struct{}
	closed bool
	busy   sync.WaitGroup // handler calls
}

var _ bus.Bus = (*Bus)(nil)

// New makes a bus that hands events to handler.
func New(handler bus.Handler) *Bus {
	return &Bus{handler: handler, topics: make(map[bus.Topic]struct{})}
}

// Publish implements bus.Bus. No lock is held while the handler runs: it may
// listen, ignore and publish itself.
func (b *Bus) Publish(e bus.Event) {
	b.mu.Lock()
	_, listens := b.topics[e.Topic]
	if b.closed || !listens {
		b.mu.Unlock()
		return
	}
	b.busy.Add(1)
	b.mu.Unlock()
	defer b.busy.Done()
	b.handler(e)
}

// Listen implements bus.Bus.
func (b *Bus) Listen(t bus.Topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[t] = struct{}{}
}

// Ignore implements bus.Bus.
func (b *Bus) Ignore(t bus.Topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.topics, t)
}

// Close implements bus.Bus. It must not be called by the handler.
func (b *Bus) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.busy.Wait()
	return nil
}
