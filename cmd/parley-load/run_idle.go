package main

import (
	"errors"
	"os"
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

// scenario implements scenario.
func (s *idle) scenario(b *bench) (err error) {
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	dir, err := b.fresh()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	people, err := s.people(b, dir)
	if err != nil {
		return err
	}
	for _, measure := range []func(*bench, *loop, string, []account) error{s.floor, s.transport, s.whole} {
		if err := measure(b, l, dir, people); err != nil {
			return err
		}
	}
	return nil
}

// people makes everybody and their room with a server of its own, so that what
// that leaves in memory is not counted.
func (s *idle) people(b *bench, dir string) (people []account, err error) {
	b.say("making %d people and a room", s.Connections)
	n, err := b.serveAgain(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	web := newAPI(n.at)
	if people, err = web.guests(b, s.Connections); err != nil {
		return nil, err
	}
	_, err = web.open(b, "idle", people)
	return people, err
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

// memory is what a server holds, once that has settled.
func (s *idle) memory(b *bench, n *node, l *loop, settle time.Duration) (rss, heap float64, err error) {
	if err := l.run(time.Now().Add(settle)); err != nil {
		return 0, 0, err
	}
	bytes, err := resident(n.pids)
	if err != nil || n.child == nil || !n.child.admin.IsValid() {
		return float64(bytes), 0, err
	}
	for _, name := range []string{"go_memstats_heap_inuse_bytes", "go_memstats_stack_inuse_bytes"} {
		part, err := n.child.metric(b, name)
		if err != nil {
			return 0, 0, err
		}
		heap += part
	}
	return float64(bytes), heap, nil
}

// floor is a TCP connection and a goroutine that reads it.
func (s *idle) floor(b *bench, l *loop, _ string, people []account) (err error) {
	n, err := b.floor()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	clients := s.clients(b, l, n, people)
	for _, c := range clients {
		c.bare = true
	}
	rss, _, err := s.each(b, n, l, clients, s.Settle)
	if err != nil {
		return err
	}
	b.tell("KiB", []float64{rss}, "a socket and a goroutine: RSS over base, each")
	s.leave(clients)
	return nil
}

// transport is a connection that has said nothing yet.
func (s *idle) transport(b *bench, l *loop, dir string, people []account) (err error) {
	n, err := b.serveAgain(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	clients := s.clients(b, l, n, people[:min(len(people), transports)])
	for _, c := range clients {
		c.mute, c.may = true, true
	}
	rss, heap, err := s.each(b, n, l, clients, time.Second)
	if err != nil {
		return err
	}
	b.tell("KiB", []float64{rss}, "transport alone: RSS over base, each")
	b.tell("KiB", []float64{heap}, "transport alone: heap and stacks, each")
	s.leave(clients)
	return nil
}

// whole is a connection of somebody who is signed in and listens to a room.
func (s *idle) whole(b *bench, l *loop, dir string, people []account) (err error) {
	n, err := b.serveAgain(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	clients := s.clients(b, l, n, people)
	rss, heap, err := s.each(b, n, l, clients, s.Settle)
	if err != nil {
		return err
	}
	who := group(int64(s.Connections)) + " connections: "
	b.tell("KiB", []float64{rss}, "%sRSS over base, each", who)
	b.tell("KiB", []float64{heap}, "%sheap and stacks, each", who)
	s.leave(clients)
	return nil
}

func (s *idle) clients(b *bench, l *loop, n *node, people []account) (clients []*client) {
	for _, who := range people {
		clients = append(clients, &client{loop: l, guard: &b.guard, at: n.at[0], token: who.token, account: who.id})
	}
	return clients
}

func (s *idle) leave(clients []*client) {
	for _, c := range clients {
		c.hangUp()
	}
}
