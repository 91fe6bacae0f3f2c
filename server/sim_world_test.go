package server

import (
	"cmp"
	"container/heap"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parley/shared/chat"
)

// world is everything that a simulation consists of: nodes on one database,
// clients, and what is on its way between them. One goroutine takes events from
// one heap, ordered by virtual time and then by when they were put there; all
// chance comes from one generator. The same seed is the same history.
//
// What blocks in the server (a session, a pump) runs as a task: a coroutine
// that gives way only where the real one would wait (a read of the store, a
// commit, a socket), and is resumed by an event.
type world struct {
	seed  uint64
	rand  *rand.Rand
	plan  plan
	rules rules

	now     time.Duration
	events  queue
	ordinal uint64
	steps   uint64
	current *task
	dirty   []*link

	db       *database
	nodes    []*simNode
	clients  []*simClient
	accounts []chat.AccountID
	rooms    []chat.RoomID
	names    map[chat.RoomID]string
	links    int
	healing  bool
	marks    bool     // no mark can have been lost for good
	metrics  *metrics // of all nodes
	posted   int

	trace uint64 // a fingerprint of all that was received
	err   error
}

// event is something that will happen.
type event struct {
	at      time.Duration
	ordinal uint64
	do      func()
}

// queue is the heap of events.
type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].at, q[j].at), cmp.Compare(q[i].ordinal, q[j].ordinal)) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return e
}

// after has something happen later.
func (w *world) after(d time.Duration, do func()) {
	w.ordinal++
	heap.Push(&w.events, event{w.now + d, w.ordinal, do})
}

// mostSteps is more events than any story has.
const mostSteps = 1_000_000

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now + d
	for w.err == nil && len(w.events) > 0 && w.events[0].at <= end {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		if w.steps++; w.steps > mostSteps {
			w.fail("it comes to no rest")
		}
		e.do()
		w.settle()
	}
	w.now = end
}

// settle lets the links write that were given something. Their order is that
// of the links, since one note may reach many in the order of a map.
func (w *world) settle() {
	if len(w.dirty) == 0 {
		return
	}
	slices.SortFunc(w.dirty, func(a, b *link) int { return cmp.Compare(a.id, b.id) })
	for _, l := range w.dirty {
		l.dirty = false
		l.begin()
	}
	w.dirty = w.dirty[:0]
}

// fail notes what must not happen. The first counts.
func (w *world) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("at %v: "+format, append([]any{w.now}, args...)...)
	}
}

// fill draws random bytes.
func (w *world) fill(b []byte) {
	for i := range b {
		b[i] = byte(w.rand.Uint32())
	}
}

// one reports true once in n times.
func (w *world) one(n int) bool { return w.rand.IntN(n) == 0 }

// within draws a duration.
func (w *world) within(least, most time.Duration) time.Duration {
	return least + time.Duration(w.rand.Int64N(int64(most-least)+1))
}

// tail draws a latency: mostly short, at times very long.
func (w *world) tail(usual time.Duration) time.Duration {
	switch n := w.rand.IntN(100); {
	case n == 0 && w.plan.frail && !w.healing:
		return w.within(usual, 100*usual)
	case n < 10:
		return w.within(usual, 5*usual)
	}
	return w.within(usual/10, usual)
}

func pick[T any](w *world, from []T) T { return from[w.rand.IntN(len(from))] }

// task is something that blocks, as a coroutine.
type task struct {
	w    *world
	n    *simNode
	next func() (struct{}, bool)
	stop func()
	rest func(struct{}) bool // gives way
	dead bool
}

// errKilled unwinds a task whose node has crashed.
var errKilled = fmt.Errorf("killed")

// spawn begins a task of a node.
func (w *world) spawn(n *simNode, f func()) {
	if n.dead {
		return
	}
	t := &task{w: w, n: n}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.rest = yield
		defer func() {
			if t.dead {
				_ = recover() // errKilled
			}
		}()
		f()
	})
	n.tasks = append(n.tasks, t)
	w.after(0, t.resume)
}

// resume lets a task go on until it gives way or ends.
func (t *task) resume() {
	if t.dead {
		return
	}
	t.w.current = t
	_, goes := t.next()
	t.w.current = nil
	if !goes {
		i := slices.Index(t.n.tasks, t)
		t.n.tasks = slices.Delete(t.n.tasks, i, i+1)
	}
}

// kill ends a task where it waits.
func (t *task) kill() {
	t.dead = true
	t.w.current = t
	t.stop()
	t.w.current = nil
}

// park gives way until somebody resumes the task.
func (w *world) park() {
	t := w.current
	if t.dead || !t.rest(struct{}{}) {
		panic(errKilled)
	}
	w.current = t
}

// pause lets others go first, at times. Outside of tasks it does nothing.
func (w *world) pause() {
	if t := w.current; t != nil && (t.dead || w.one(2)) {
		w.after(w.tail(w.plan.database), t.resume)
		w.park()
	}
}

// wake resumes a task that waits, if there is one.
func (w *world) wake(t **task) {
	if *t != nil {
		w.after(0, (*t).resume)
		*t = nil
	}
}

// timer is a call that a node makes later.
type timer struct{ over bool }

// Stop implements stopper.
func (t *timer) Stop() bool {
	was := !t.over
	t.over = true
	return was
}

// countRepairs makes metrics that count repairs alone.
func countRepairs() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), lag: newLag(), gaps: newGaps(), repairs: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "repairs"}, []string{"what"})}
	m.registry.MustRegister(m.repairs)
	return m
}

// repairs is how often comparing with the database found what the bus had lost.
func (w *world) repairs() (count int) {
	families, err := w.metrics.registry.Gather()
	w.must(err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			count += int(m.GetCounter().GetValue())
		}
	}
	return count
}
