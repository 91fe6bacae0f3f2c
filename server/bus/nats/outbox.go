package nats

import (
	"context"
	"sync"

	"parley/server/bus"
	"parley/shared/chat"
)

// outbox is what the sender is still to tell NATS: which topics are listened to
// now, and events. Whoever puts something in never waits.
type outbox struct {
	mu      sync.Mutex
	more    *sync.Cond         // of mu: something is there, or closed
	topics  map[bus.Topic]bool // changed: listened to, or not any more
	events  []bus.Event
	bytes   int // of the events, about
	dropped int // events, since it was full
	closed  bool

	changes uint64        // how often topics changed
	applied uint64        // up to which of them the sender has told NATS
	told    chan struct{} // closed when applied grows
}

func newOutbox() *outbox {
	o := &outbox{topics: make(map[bus.Topic]bool), told: make(chan struct{})}
	o.more = sync.NewCond(&o.mu)
	return o
}

// listen has the sender subscribe to a topic, or unsubscribe.
func (o *outbox) listen(t bus.Topic, on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.topics[t] = on
		o.changes++
		o.more.Signal()
	}
}

// put has the sender publish an event, if there is room.
func (o *outbox) put(e bus.Event) {
	size := sizeOf(&e)
	if size > mostMessage {
		e, size = cut(e), smallEvent
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
	case o.bytes+size > mostWaiting:
		o.dropped++
	default:
		o.events = append(o.events, e)
		o.bytes += size
		o.more.Signal()
	}
}

// batch is what the sender does next.
type batch struct {
	topics  map[bus.Topic]bool
	events  []bus.Event
	bytes   int
	changes uint64
}

// take waits for something to do. It reports false when the outbox is closed
// and empty. What is taken counts as waiting until done.
func (o *outbox) take() (b batch, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.topics) == 0 && len(o.events) == 0 {
		if o.closed {
			return b, false
		}
		o.more.Wait()
	}
	b = batch{o.topics, o.events, o.bytes, o.changes}
	o.topics, o.events = make(map[bus.Topic]bool), nil
	return b, true
}

// heard notes that the subscriptions of a batch are made.
func (o *outbox) heard(b batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.applied < b.changes {
		o.applied = b.changes
		close(o.told)
		o.told = make(chan struct{})
	}
}

// done ends a batch.
func (o *outbox) done(b batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= b.bytes
}

// wait waits until the sender has told NATS of all that was listened to before.
func (o *outbox) wait(ctx context.Context) error {
	o.mu.Lock()
	upto := o.changes
	for o.applied < upto {
		told := o.told
		o.mu.Unlock()
		select {
		case <-told:
		case <-ctx.Done():
			return ctx.Err()
		}
		o.mu.Lock()
	}
	o.mu.Unlock()
	return nil
}

// close takes nothing more.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.more.Signal()
}

// overflowed is how many events were dropped.
func (o *outbox) overflowed() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

const (
	smallEvent = 128 // bytes of what has no text
	rowBytes   = 96  // of a row beside its texts
	idBytes    = 8
)

// sizeOf is about how many bytes an event takes, encoded; rather more.
func sizeOf(e *bus.Event) int {
	size := smallEvent
	if r := e.Roster; r != nil {
		size += idBytes * (len(r.On) + len(r.Off))
	}
	if e.Rows == nil {
		return size
	}
	size += len(chat.Key{}) * len(e.Rows.Keys)
	for i := range e.Rows.Users {
		u := &e.Rows.Users[i]
		size += 32 + len(u.Name) + len(u.Avatar)
	}
	for i := range e.Rows.Rows {
		size += sizeOfRow(&e.Rows.Rows[i])
	}
	return size
}

func sizeOfRow(row *chat.Row) int {
	size := rowBytes + len(row.Text) + len(row.Card) + idBytes*len(row.Mentions)
	for i := range row.Files {
		f := &row.Files[i]
		size += 64 + len(f.ID) + len(f.Name) + len(f.Type)
	}
	for emoji, who := range row.Reactions {
		size += 16 + len(emoji) + idBytes*len(who)
	}
	if row.System != nil {
		size += 32 + len(row.System.Text)
	}
	return size
}

// cut is an event that is too large, without what is: the store has it. The
// keys stay: rows that are read do not say what they settle.
func cut(e bus.Event) bus.Event {
	if r := e.Rows; r != nil {
		e.Rows = &bus.Rows{From: bus.Unknown, Upto: r.Upto, Account: r.Account, Keys: r.Keys}
	}
	return e
}
