package server

import (
	"bytes"
	"context"
	"hash/fnv"
	"time"

	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

const (
	pingAfter  = 15 * time.Second
	silentMost = 40 * time.Second // then a client believes that its connection is dead
	serverPing = 70 * time.Second // so long takes the server at most
)

// simClient is a device of somebody: a replica, its storage, and the connection.
type simClient struct {
	w       *world
	id      int
	account chat.AccountID
	token   string
	skew    chat.Time

	r       *replica.Replica
	disk    *device
	writes  []replica.Effect // on their way to the disk
	writing bool
	link    *link
	epoch   string
	dialing bool
	offline bool
	heard   time.Duration
	wakeAt  chat.Time
	life    int // a kill begins another

	looks    map[chat.RoomID]bool // open rooms
	composed []chat.Key           // posts, in their order
	target   map[chat.Key]chat.RoomID
	durable  map[chat.Key]bool
	dropped  map[chat.Key]bool // discarded, retried, or lost before they were stored: no place in the order
	acked    map[chat.Key]int  // shown as stored, so many restores ago
	good     map[*chat.Row]chat.Rev
	heads    map[chat.RoomID]chat.Head
}

func (c *simClient) now() chat.Time {
	return chat.Time(1_700_000_000_000) + chat.Time(c.w.now/time.Millisecond) + c.skew
}

// step gives the replica an input and does what it says.
func (c *simClient) step(in replica.Input) {
	for _, e := range c.r.Step(c.now(), in) {
		switch e := e.(type) {
		case replica.Transmit:
			c.transmit(e.Frame)
		case replica.Hangup:
			c.w.fail("client %d hangs up: %+v", c.id, e)
		case replica.Refused:
			c.w.fail("client %d refuses: %+v", c.id, e)
		case replica.Changed:
			for _, room := range e.Rooms {
				c.check(room)
			}
		case replica.SaveMeta:
			if c.epoch = e.Epoch; e.Reset {
				clear(c.heads)
			}
			c.write(e)
		default:
			c.write(e)
		}
	}
	c.alarm()
}

// alarm sees that the replica is woken.
func (c *simClient) alarm() {
	at := c.r.Wake()
	if at == 0 || at == c.wakeAt {
		return
	}
	c.wakeAt = at
	life := c.life
	c.w.after(max(0, time.Duration(at-c.now()))*time.Millisecond, func() {
		if c.life == life && c.wakeAt == at {
			c.wakeAt = 0
			c.step(replica.Tick{})
		}
	})
}

// transmit sends a frame. Promise 6: a post is stored before it is sent.
func (c *simClient) transmit(f wire.Frame) {
	if send, ok := f.(*wire.Send); ok {
		for _, p := range send.Posts {
			if !c.durable[p.Key] {
				c.w.fail("client %d sends %v before it is stored", c.id, p.Key)
			}
		}
	}
	if c.link == nil {
		c.w.fail("client %d sends %s without a connection", c.id, f.Type())
		return
	}
	c.send(encode(f))
}

// write has something stored, after what came before.
func (c *simClient) write(e replica.Effect) {
	c.writes = append(c.writes, e)
	if !c.writing {
		c.writing = true
		c.persist()
	}
}

func (c *simClient) persist() {
	life := c.life
	c.w.after(c.w.tail(c.w.plan.storage), func() {
		if c.life != life {
			return
		}
		e := c.writes[0]
		c.writes = c.writes[1:]
		if c.writing = len(c.writes) > 0; c.writing {
			c.persist()
		}
		c.stored(e)
	})
}

// stored is called when something is on the disk.
func (c *simClient) stored(e replica.Effect) {
	c.disk.save(e)
	switch e := e.(type) {
	case replica.SaveRoom:
		c.checkStored(e.Room)
	case replica.SaveOutbox:
		var keys []chat.Key
		for _, entry := range e.Entries {
			c.durable[entry.Key] = true
			if entry.State == replica.Storing {
				keys = append(keys, entry.Key)
			}
		}
		if len(keys) > 0 {
			c.step(replica.Stored{Keys: keys})
		}
	}
}

// dial connects to one of the nodes, soon.
func (c *simClient) dial() { c.dialWithin(2 * time.Second) }

func (c *simClient) dialWithin(most time.Duration) {
	if c.dialing || c.link != nil {
		return
	}
	c.dialing = true
	c.w.after(c.w.within(0, most), func() {
		c.dialing = false
		live := c.w.live()
		switch {
		case c.offline:
		case len(live) == 0:
			c.dial()
		default:
			c.connect(pick(c.w, live))
		}
	})
}

func (c *simClient) connect(n *simNode) {
	w := c.w
	w.links++
	l := &link{w: w, id: w.links, n: n, c: c, age: w.db.restored, queue: ws.NewQueue(w.plan.pending, false), slow: w.slow()}
	sess := &session{server: n.srv, conn: l}
	if !n.srv.hub.begin() {
		c.dial()
		return
	}
	l.drained = sess.drained
	n.links = append(n.links, l)
	n.srv.hub.attach(sess)
	w.spawn(n, func() { sess.run(context.Background(), c.token, true) })
	c.link, c.heard = l, w.now
	c.step(replica.Opened{})
	w.after(pingAfter, func() { c.keepalive(l) })
}

// keepalive pings, and gives up a connection that is silent.
func (c *simClient) keepalive(l *link) {
	if c.link != l {
		return
	}
	if c.w.now-c.heard > silentMost {
		c.lost(l)
		return
	}
	c.transmit(&wire.Ping{})
	c.w.after(pingAfter, func() { c.keepalive(l) })
}

// lost is told when the connection has ended, or is believed to have.
func (c *simClient) lost(l *link) {
	if c.link == l {
		c.hangUp()
		c.dial()
	}
}

// hangUp ends the connection at this side. The other side hears of it, or finds
// out.
func (c *simClient) hangUp() {
	l := c.link
	if l == nil {
		return
	}
	c.link = nil
	late := c.w.tail(20 * time.Millisecond)
	if l.deaf {
		late = serverPing
	}
	c.w.after(late, func() {
		if !l.ended {
			l.Kill()
		}
	})
	c.step(replica.Closed{})
}

// receive takes a message.
func (c *simClient) receive(l *link, m packet) {
	if c.link != l {
		return
	}
	c.heard = c.w.now
	sum := fnv.New64a()
	_, _ = sum.Write(m.data)
	c.w.trace = c.w.trace*31 + sum.Sum64() + uint64(c.w.now)
	for line := range bytes.SplitSeq(m.data, []byte{'\n'}) {
		f, err := wire.DecodeServer(line)
		if err != nil {
			c.w.fail("client %d: %v", c.id, err)
			return
		}
		if c.link != l {
			return
		}
		if l.age == c.w.db.restored {
			c.inspect(f, m.step)
		}
		c.step(replica.Received{Frame: f})
	}
}

// kill ends the client as a crash would, and starts it from its storage.
func (c *simClient) kill() {
	c.life++
	if l := c.link; l != nil {
		c.link = nil
		c.w.after(c.w.tail(20*time.Millisecond), func() {
			if !l.ended {
				l.Kill()
			}
		})
	}
	cursors := map[chat.RoomID]chat.Rev{}
	for _, room := range c.w.rooms {
		cursors[room] = c.r.Timeline(room).Cursor
	}
	c.writes, c.writing, c.wakeAt, c.epoch = nil, false, 0, c.disk.epoch
	c.r = replica.New(replica.Config{Device: "d", As: c.account})
	clear(c.heads)
	in := c.disk.restore()
	if c.w.rules.resumeFromMemory {
		for i := range in.Rooms {
			if s := &in.Rooms[i]; s.Window && cursors[s.Head.ID] > s.Cursor {
				s.Cursor = cursors[s.Head.ID]
			}
		}
	}
	c.step(in)
	for _, room := range c.w.rooms {
		if c.looks[room] {
			c.step(replica.OpenRoom{Room: room})
		}
	}
	c.dial()
}
