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

// memory is what a server holds, in bytes.
type memory struct {
	resident float64 // all that the system has given it
	used     float64 // that behind a collection, without free pages that the heap keeps
	alive    float64 // what is alive in the heap, and the stacks
}

// each is the memory of what a server holds per client after they have
// connected, over what it held before, in KiB.
func (s *idle) each(b *bench, n *node, l *loop, clients []*client, settle time.Duration) (m memory, err error) {
	if err := connect(l, clients[:1]); err != nil { // what the first needs, all share
		return m, err
	}
	before, err := s.memory(b, n, l, settle)
	if err != nil {
		return m, err
	}
	if err := connect(l, clients[1:]); err != nil {
		return m, err
	}
	after, err := s.memory(b, n, l, settle)
	count := float64(len(clients)-1) * 1024
	return memory{(after.resident - before.resident) / count, (after.used - before.used) / count, (after.alive - before.alive) / count}, err
}

// memory reads what a server holds, once that has settled.
func (s *idle) memory(b *bench, n *node, l *loop, settle time.Duration) (m memory, err error) {
	if err := l.run(time.Now().Add(settle)); err != nil {
		return m, err
	}
	bytes, err := resident(n.pids)
	m.resident = float64(bytes)
	if err != nil || n.child == nil || !n.child.admin.IsValid() {
		return m, err
	}
	if err := n.child.collect(b); err != nil {
		return m, err
	}
	if bytes, err = resident(n.pids); err != nil {
		return m, err
	}
	m.used = float64(bytes)
	for _, part := range []struct {
		name string
		to   *float64
		by   float64
	}{
		{"go_memstats_heap_idle_bytes", &m.used, -1},
		{"go_memstats_heap_released_bytes", &m.used, 1},
		{"go_memstats_heap_alloc_bytes", &m.alive, 1},
		{"go_memstats_stack_inuse_bytes", &m.alive, 1},
	} {
		value, err := n.child.metric(b, part.name)
		if err != nil {
			return m, err
		}
		*part.to += part.by * value
	}
	return m, nil
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
	m, err := s.each(b, n, l, clients, s.Settle)
	if err != nil {
		return err
	}
	b.tell("KiB", []float64{m.resident}, "a socket and a goroutine: RSS over base, each")
	hangUp(clients)
	return nil
}

// transport is a connection that has said nothing yet. There cannot be so many
// that what a server keeps once, however many there are, would not count: the
// heap may hold 64 MiB before it is collected, and the database has its caches.
// So as many have been there before, and pages that the heap keeps free do not
// count.
func (s *idle) transport(b *bench, l *loop, c crowd) error {
	return s.on(b, l, c, func(n *node, clients []*client) error {
		clients = clients[:min(len(clients), transports)]
		for _, c := range clients {
			c.mute, c.may = true, true
		}
		var used, alive []float64
		for i := range 4 {
			m, err := s.each(b, n, l, clients, time.Second)
			if err != nil {
				return err
			}
			hangUp(clients)
			if i > 0 { // the first is to warm up
				used, alive = append(used, m.used), append(alive, m.alive)
			}
		}
		b.tell("KiB", used, "transport alone: RSS over base, without free pages, each")
		b.tell("KiB", alive, "transport alone: heap alive and stacks, each")
		return nil
	})
}

// whole is a connection of somebody who is signed in and listens to a room.
func (s *idle) whole(b *bench, l *loop, c crowd) error {
	return s.on(b, l, c, func(n *node, clients []*client) error {
		m, err := s.each(b, n, l, clients, s.Settle)
		if err != nil {
			return err
		}
		who := group(int64(s.Connections)) + " connections: "
		b.tell("KiB", []float64{m.resident}, "%sRSS over base, each", who)
		b.tell("KiB", []float64{m.alive}, "%sheap alive and stacks, each", who)
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
