package postgres

import (
	"context"
	"sync"
	"sync/atomic"

	"parley/server/store"
	"parley/shared/chat"
)

// op is a function that waits in a queue, and its answer.
type op struct {
	ctx   context.Context // its caller's: what nobody waits for any more does not begin
	fn    func(store.Tx) error
	plan  *store.Plan // nil in the plain lane
	taken atomic.Bool // by a lane, to run it, or by its caller, to give up
	begun bool        // fn has run before: it goes on without its caller
	rooms []chat.RoomID

	// Written by the lane before done is closed.
	told []func()
	err  error
	done chan struct{}
}

// begin takes an op right before it runs, and reports whether there is still
// somebody who waits for that.
func (o *op) begin() bool {
	if o.begun {
		return true
	}
	if !o.taken.CompareAndSwap(false, true) {
		return false
	}
	if o.err = o.ctx.Err(); o.err != nil {
		close(o.done)
		return false
	}
	o.begun = true
	return true
}

// lane is a queue and the goroutine that empties it: it takes whatever is
// queued, without waiting for more.
type lane struct {
	mu     sync.Mutex
	queue  []*op
	closed bool
	wake   chan struct{}     // holds one token if the queue changed
	write  func(batch []*op) // runs functions and answers them
	over   chan struct{}     // closed when the goroutine has ended

	id     [16]byte // names the lane in the database
	number int64    // of its last transaction
}

// most is how many functions go into one transaction.
const most = 512

func newLane(write func(batch []*op), random func([]byte)) *lane {
	l := &lane{write: write, wake: make(chan struct{}, 1), over: make(chan struct{})}
	random(l.id[:])
	return l
}

// put queues a function, unless the lane is closed.
func (l *lane) put(o *op) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.queue = append(l.queue, o)
	l.rouse()
	return true
}

func (l *lane) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// stop lets the lane finish what is queued, and waits for it.
func (l *lane) stop() {
	l.mu.Lock()
	l.closed = true
	l.rouse()
	l.mu.Unlock()
	<-l.over
}

// run is the lane's goroutine.
func (l *lane) run() {
	defer close(l.over)
	var batch []*op
	for {
		var closed bool
		clear(batch)
		batch, closed = l.take(batch)
		switch {
		case len(batch) > 0:
			l.write(batch)
		case closed:
			return
		default:
			<-l.wake
		}
	}
}

// take moves the front of the queue into batch.
func (l *lane) take(batch []*op) (front []*op, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), most)
	batch = append(batch[:0], l.queue[:n]...)
	rest := copy(l.queue, l.queue[n:])
	clear(l.queue[rest:])
	l.queue = l.queue[:rest]
	return batch, l.closed
}
