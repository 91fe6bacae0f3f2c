package main

import (
	"errors"
	"time"
)

// idle measures the memory of connections that only wait: signed in, and members
// of one room.
type idle struct {
	Connections int           `default:"10000" help:"How many connections."`
	Settle      time.Duration `default:"3s" help:"How long memory may settle before it is read."`
}

// transports is how many connections are opened without a hello: as many as are
// there together before the first is closed for saying none.
const transports = 4000

// idleSettle is how long memory settles by default.
const idleSettle = 3 * time.Second

// scenario implements scenario.
func (s *idle) scenario(b *bench) error {
	everybody := crowd{Accounts: s.Connections, Rooms: 1, Members: s.Connections}
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	if err := s.floor(b, l, everybody); err != nil {
		return err
	}
	if err := s.transport(b, l, everybody); err != nil {
		return err
	}
	return s.whole(b, l, everybody)
}

// each is the memory of what a server holds per client after they have
// connected, over what it held before.
func (s *idle) each(b *bench, n *node, l *loop, clients []*client, settle time.Duration) (rss, heap float64, err error) {
	if err := connect(l, clients[:1]); err != nil { // what the first needs, all share
		return 0, 0, err
	}
	before, heapBefore, err := s.memory(b, n, l, settle)
	if err != nil {
		return 0, 0, err
	}
	if err := connect(l, clients[1:]); err != nil {
		return 0, 0, err
	}
	after, heapAfter, err := s.memory(b, n, l, settle)
	count := float64(len(clients)-1) * 1024
	return (after - before) / count, (heapAfter - heapBefore) / count, err
}

// memory is what a server holds, once that has settled: all that the system has
// given it, and of that what is alive and the stacks.
func (s *idle) memory(b *bench, n *node, l *loop, settle time.Duration) (rss, heap float64, err error) {
	if err := l.run(time.Now().Add(settle)); err != nil {
		return 0, 0, err
	}
	bytes, err := resident(n.pids)
	if err != nil || n.child == nil || !n.child.admin.IsValid() {
		return float64(bytes), 0, err
	}
	if err := n.child.collect(b); err != nil {
		return 0, 0, err
	}
	for _, name := range []string{"go_memstats_heap_alloc_bytes", "go_memstats_stack_inuse_bytes"} {
		part, err := n.child.metric(b, name)
		if err != nil {
			return 0, 0, err
		}
		heap += part
	}
	return float64(bytes), heap, nil
}

// floor is a TCP connection and a goroutine that reads it.
func (s *idle) floor(b *bench, l *loop, c crowd) (err error) {
	n, err := b.floor()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	clients, _ := b.gather(l, n, c, &tally{})
	for _, c := range clients {
		c.bare = true
	}
	rss, _, err := s.each(b, n, l, clients, s.Settle)
	if err != nil {
		return err
	}
	b.tell("KiB", []float64{rss}, "a socket and a goroutine: RSS over base, each")
	hangUp(clients)
	return nil
}

// transport is a connection that has said nothing yet.
func (s *idle) transport(b *bench, l *loop, c crowd) error {
	return s.on(b, l, c, func(n *node, clients []*client) error {
		clients = clients[:min(len(clients), transports)]
		for _, c := range clients {
			c.mute, c.may = true, true
		}
		rss, heap, err := s.each(b, n, l, clients, time.Second)
		if err != nil {
			return err
		}
		b.tell("KiB", []float64{rss}, "transport alone: RSS over base, each")
		b.tell("KiB", []float64{heap}, "transport alone: heap alive and stacks, each")
		return nil
	})
}

// whole is a connection of somebody who is signed in and listens to a room.
func (s *idle) whole(b *bench, l *loop, c crowd) error {
	return s.on(b, l, c, func(n *node, clients []*client) error {
		rss, heap, err := s.each(b, n, l, clients, s.Settle)
		if err != nil {
			return err
		}
		who := group(int64(s.Connections)) + " connections: "
		b.tell("KiB", []float64{rss}, "%sRSS over base, each", who)
		b.tell("KiB", []float64{heap}, "%sheap alive and stacks, each", who)
		return nil
	})
}

// on starts a server on a crowd's database, which so has nothing else in its
// memory.
func (s *idle) on(b *bench, l *loop, c crowd, fn func(n *node, clients []*client) error) (err error) {
	dir, err := b.copied(c)
	if err != nil {
		return err
	}
	n, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	clients, _ := b.gather(l, n, c, &tally{})
	defer hangUp(clients)
	return fn(n, clients)
}

func hangUp(clients []*client) {
	for _, c := range clients {
		c.hangUp()
	}
}
