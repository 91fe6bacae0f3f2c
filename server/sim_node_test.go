package server

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"parley/server/bus"
	"parley/server/store"
)

// simNode is one life of a server: it ends with a crash, and another begins.
type simNode struct {
	w     *world
	place int
	srv   *Server
	dead  bool
	skew  time.Duration // of its clock

	tasks   []*task
	links   []*link
	tail    []*update // not synced
	writing bool
	topics  map[bus.Topic]*subscription
	deaf    int     // subscriptions that are not in force
	waits   []*task // until they are
	arrival map[arrival]time.Duration
	sends   map[postID]store.Send // where a rule keeps keys in memory
}

// arrival is where events come in their order.
type arrival struct {
	from  *simNode
	topic bus.Topic
}

// subscription is to the events of a topic: those of other nodes are heard a
// while after it is made.
type subscription struct{ hears bool }

// boot begins a node's life.
func (w *world) boot(place int) *simNode {
	n := &simNode{
		w: w, place: place, topics: map[bus.Topic]*subscription{}, arrival: map[arrival]time.Duration{},
		sends: map[postID]store.Send{},
	}
	n.srv = newCore(Config{Guests: true}, Parts{
		Store: nodeStore{n}, Now: n.clock, Random: w.fill, Log: slog.New(slog.DiscardHandler),
		Bus: func(bus.Handler) bus.Bus { return n },
	})
	n.srv.spawn = func(f func()) { w.spawn(n, f) }
	n.srv.after = func(d time.Duration, f func()) stopper {
		t := &timer{}
		w.after(d, func() {
			if t.Stop() {
				w.spawn(n, f)
			}
		})
		return t
	}
	w.nodes[place] = n
	n.srv.metrics = w.metrics
	n.srv.hub.beginComparing()
	return n
}

func (n *simNode) clock() time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(n.w.now + n.skew)
}

// crash ends a node's life at once: what it had not synced is lost, its
// clients may or may not notice.
func (n *simNode) crash() {
	if n.dead {
		return
	}
	n.dead = true
	for _, t := range slices.Clone(n.tasks) {
		t.kill()
	}
	n.tasks = nil
	for _, l := range slices.Clone(n.links) {
		l.ended = true
		if n.w.one(4) {
			l.deaf = true // the client has to find out
		} else {
			n.w.after(n.w.tail(20*time.Millisecond), func() { l.c.lost(l) })
		}
	}
	n.links = nil
}

// reboot begins another life.
func (n *simNode) reboot() {
	if n.dead && n.w.nodes[n.place] == n {
		n.w.boot(n.place).skew = n.skew
	}
}

// Publish implements bus.Bus. A node hears itself at once; to others an event
// takes its time, and may be lost, doubled or overtaken.
func (n *simNode) Publish(e bus.Event) {
	w := n.w
	if n.dead {
		return
	}
	n.hear(e)
	for _, m := range w.nodes {
		if sub := m.topics[e.Topic]; m == n || sub == nil || !sub.hears {
			continue
		}
		lossy := w.plan.lossy && !w.healing
		if lossy && w.one(8) {
			if w.one(4) { // and the bus knows
				w.after(w.tail(100*time.Millisecond), func() { m.hear(bus.Event{Gap: true}) })
			}
			continue
		}
		times := 1
		if lossy && w.one(12) {
			times = 2
		}
		for range times {
			at := w.now + w.tail(5*time.Millisecond)
			if !lossy || !w.one(8) {
				at = max(at, m.arrival[arrival{n, e.Topic}])
				m.arrival[arrival{n, e.Topic}] = at
			}
			w.after(at-w.now, func() { m.hear(e) })
		}
	}
}

func (n *simNode) hear(e bus.Event) {
	if !n.dead && (e.Gap || n.topics[e.Topic] != nil) {
		n.srv.hub.handle(e)
	}
}

// Listen implements bus.Bus.
func (n *simNode) Listen(t bus.Topic) {
	if n.topics[t] != nil {
		return
	}
	sub := &subscription{}
	n.topics[t] = sub
	if len(n.w.nodes) == 1 {
		return
	}
	n.deaf++
	n.w.after(n.w.tail(50*time.Millisecond), func() {
		sub.hears = true
		if n.deaf--; n.deaf == 0 {
			for _, t := range n.waits {
				n.w.after(0, t.resume)
			}
			n.waits = nil
		}
	})
}

// Sync implements bus.Bus.
func (n *simNode) Sync(context.Context) error {
	for n.deaf > 0 {
		n.waits = append(n.waits, n.w.current)
		n.w.park()
	}
	return nil
}

// Ignore implements bus.Bus.
func (n *simNode) Ignore(t bus.Topic) { delete(n.topics, t) }

// Close implements bus.Bus.
func (n *simNode) Close() error { return nil }

// Lossy implements bus.Bus: several nodes compare with the database what they
// were told, whether anything is lost or not (Promise 12).
func (n *simNode) Lossy() bool { return len(n.w.nodes) > 1 }

// live are the nodes that run.
func (w *world) live() []*simNode {
	var live []*simNode
	for _, n := range w.nodes {
		if !n.dead {
			live = append(live, n)
		}
	}
	slices.SortFunc(live, func(a, b *simNode) int { return cmp.Compare(a.place, b.place) })
	return live
}
