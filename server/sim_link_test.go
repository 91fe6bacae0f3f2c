package server

import (
	"context"
	"slices"
	"time"

	"parley/server/ws"
	"parley/shared/chat"
)

// link is a connection: the server's end of it, with the same rules for what
// waits as the real one, and the network. What is sent arrives in its order, or
// not at all.
type link struct {
	w   *world
	id  int
	n   *simNode
	c   *simClient
	age int // how often the database had been restored

	queue   *ws.Queue
	drained func([]chat.RoomID)
	inbox   [][]byte // came, not read
	answer  *reply
	reads   *task // waits for the inbox
	ends    *task // waits for the end
	busy    bool  // a write is under way
	dirty   bool
	closing bool
	ended   bool

	deaf bool          // half-open: nothing arrives any more, and nobody knows
	slow time.Duration // that a message takes
	up   time.Duration // when the last message arrives
	down time.Duration
}

// reply is the parts of an answer that are not written yet.
type reply struct {
	room  chat.RoomID
	parts []ws.Message
	next  int
	task  *task
	sent  bool
}

var _ conn = (*link)(nil)

// packet is what arrives together. It was written at a step.
type packet struct {
	data []byte
	step uint64
}

// Read implements conn.
func (l *link) Read(context.Context) ([]byte, error) {
	for !l.closing && !l.ended {
		if len(l.inbox) > 0 {
			data := l.inbox[0]
			l.inbox = l.inbox[1:]
			return data, nil
		}
		l.reads = l.w.current
		l.w.park()
	}
	return nil, ws.ErrClosed
}

// Push implements conn.
func (l *link) Push(it ws.Item) bool {
	if l.closing || l.ended {
		return false
	}
	pushed := l.queue.Push(it)
	switch pushed {
	case ws.Queued:
		l.touch()
	case ws.Overflow:
		l.Close(0, "")
	}
	return pushed == ws.Queued
}

// Answer implements conn.
func (l *link) Answer(_ context.Context, room chat.RoomID, parts ...ws.Message) error {
	if l.closing || l.ended {
		return ws.ErrClosed
	}
	a := &reply{room: room, parts: parts, task: l.w.current}
	l.answer = a
	l.touch()
	for l.answer == a {
		l.w.park()
	}
	if !a.sent {
		return ws.ErrClosed
	}
	return nil
}

// Close implements conn.
func (l *link) Close(int, string) {
	if !l.closing {
		l.closing = true
		l.release(false)
		l.touch()
	}
}

// release lets go who waits for an answer to be written, and the reader.
func (l *link) release(sent bool) {
	if a := l.answer; a != nil {
		l.answer, a.sent = nil, sent
		l.w.wake(&a.task)
	}
	if !sent {
		l.w.wake(&l.reads)
	}
}

// Finish implements conn.
func (l *link) Finish() {
	l.Close(0, "")
	for !l.ended {
		l.ends = l.w.current
		l.w.park()
	}
	if i := slices.Index(l.n.links, l); i >= 0 {
		l.n.links = slices.Delete(l.n.links, i, i+1)
	}
}

// Kill implements conn.
func (l *link) Kill() { l.end() }

// end is the end of the server's side.
func (l *link) end() {
	l.closing, l.ended = true, true
	l.release(false)
	l.w.wake(&l.ends)
}

// touch has the link look for something to write, when the current event is
// over.
func (l *link) touch() {
	if !l.dirty && !l.busy {
		l.dirty = true
		l.w.dirty = append(l.w.dirty, l)
	}
}

// begin starts writing.
func (l *link) begin() {
	if !l.busy && !l.ended {
		l.busy = true
		l.w.after(l.w.within(0, 200*time.Microsecond), l.write)
	}
}

// write writes the next message: of an answer, whose parts stay together, or of
// the queue, whichever the writer happens to see first.
func (l *link) write() {
	a := l.answer
	switch {
	case l.ended:
	case a != nil && (a.next > 0 || l.queue.Empty() || l.w.one(2)):
		if a.next == 0 && l.queue.Shut(a.room) {
			l.release(true)
			l.wrote()
			return
		}
		m := a.parts[a.next]
		if a.next++; a.next == len(a.parts) {
			l.release(true)
		}
		l.send(m)
		l.w.after(l.takes(), l.wrote)
	case !l.queue.Empty():
		m, size := l.queue.Take()
		l.send(m)
		l.w.after(l.takes(), func() {
			if behind := l.queue.Sent(size); len(behind) > 0 && !l.ended {
				l.drained(behind)
			}
			l.wrote()
		})
	case l.closing:
		l.end()
		l.arrive(func() { l.c.lost(l) })
	default:
		l.busy = false
	}
}

// wrote ends a write.
func (l *link) wrote() {
	l.busy = false
	if l.answer != nil || !l.queue.Empty() || l.closing && !l.ended {
		l.touch()
	}
}

func (l *link) takes() time.Duration {
	if l.w.healing {
		return 0
	}
	return l.slow
}

// send puts a message on its way to the client.
func (l *link) send(m ws.Message) {
	p := packet{m.Text(), l.w.steps}
	l.arrive(func() { l.c.receive(l, p) })
}

// arrive has something happen at the client, after all that was sent before.
func (l *link) arrive(do func()) {
	l.down = max(l.down, l.w.now+l.w.tail(20*time.Millisecond))
	l.w.after(l.down-l.w.now, func() {
		if !l.deaf {
			do()
		}
	})
}

// send puts a message on its way to the server.
func (c *simClient) send(data []byte) {
	l := c.link
	l.up = max(l.up, c.w.now+c.w.tail(20*time.Millisecond))
	c.w.after(l.up-c.w.now, func() {
		if !l.deaf && !l.ended && !l.closing {
			l.inbox = append(l.inbox, data)
			c.w.wake(&l.reads)
		}
	})
}
