package ws

import (
	"context"
	"encoding/binary"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// steadyPiece is how many bytes a socket must take within writeTime, where the
// kernel does not say how many it took: a link of less than a kilobyte a second
// is no link.
const steadyPiece = 8 << 10

// writer says who writes to the socket. One goroutine at a time does, the one
// that has set writing: whoever pushes to an idle connection, for as long as the
// socket takes all at once; an Answer; or else flush, in a goroutine of its own
// that lives while something waits. While nobody writes, nothing waits.
//
// The Conn's mutex guards it.
type writer struct {
	writing bool
	late    bool          // a write deadline is set
	turn    bool          // a control frame was last: those that wait go in turn with all else
	ping    bool          // a ping waits
	saying  bool          // the close frame is being written: nothing follows
	said    bool          // it is written
	dead    bool          // the socket takes nothing any more
	pong    []byte        // a pong that waits: the answer to the last ping
	heir    chan bool     // an Answer waits to write; told false when it may not
	over    chan struct{} // closed when said or dead, for who waits
}

// Push queues an item. It never blocks, and does nothing once the connection
// is closing. It reports whether the item was queued.
func (c *Conn) Push(it Item) bool {
	c.mu.Lock()
	switch {
	case c.code != 0:
		c.mu.Unlock()
		return false
	case c.writing:
		pushed := c.queue.Push(it)
		c.mu.Unlock()
		if pushed == Overflow {
			c.Close(wire.CloseTooSlow, "too slow")
		}
		return pushed == Queued
	}
	passed := c.queue.Pass(it)
	c.writing = passed
	c.mu.Unlock()
	if passed {
		c.begin(it.Message)
	}
	return passed
}

// sendControl sends a ping, or a pong. Of those that wait only the last counts.
func (c *Conn) sendControl(op byte, payload []byte) {
	frame := control(op, payload)
	c.mu.Lock()
	if c.code != 0 {
		c.mu.Unlock()
		return
	}
	if c.writing {
		if op == opPing {
			c.ping = true
		} else {
			c.pong = frame
		}
		c.mu.Unlock()
		return
	}
	c.writing = true
	c.mu.Unlock()
	c.begin(frame)
}

// begin writes a frame to an idle socket, as far as that takes it at once. The
// caller has set writing.
func (c *Conn) begin(frame []byte) {
	n := 0
	if c.direct {
		var err error
		if n, err = c.raw.try(frame); err != nil {
			c.fail()
			n = len(frame)
		}
	}
	if n == len(frame) {
		c.release()
		return
	}
	c.mu.Lock()
	c.queue.Hold(len(frame))
	c.mu.Unlock()
	go c.flush(frame[n:], len(frame))
}

// release ends the writing of who is not flush.
func (c *Conn) release() {
	c.mu.Lock()
	waits := c.waits()
	if !waits && !c.pass(true) {
		c.rest()
	}
	c.mu.Unlock()
	if waits {
		go c.flush(nil, 0)
	}
}

// waits reports whether there is something to write. c.mu is held.
func (c *Conn) waits() bool {
	return !c.dead && (!c.queue.Empty() || c.controls() || c.code != 0 && !c.said)
}

// pass lets an Answer write that waits for it, or tells it that it may not. It
// reports whether one waited. c.mu is held.
func (c *Conn) pass(may bool) bool {
	if c.heir == nil {
		return false
	}
	c.heir <- may // it has room for one
	c.heir = nil
	return true
}

// rest ends the writing: nothing waits. c.mu is held.
func (c *Conn) rest() {
	if c.late {
		_ = c.socket.SetWriteDeadline(time.Time{})
		c.late = false
	}
	c.writing = false
	if c.over != nil && (c.said || c.dead) {
		close(c.over)
		c.over = nil
	}
}

// flush writes what waits until nothing does: first what is left of a frame that
// was begun. The frame counts size bytes in the queue.
func (c *Conn) flush(left []byte, size int) {
	for more := true; more; {
		if !c.send(left) {
			c.fail()
			c.release()
			return
		}
		var behind []chat.RoomID
		left, size, behind, more = c.next(size)
		if len(behind) > 0 && c.drained != nil {
			c.drained(behind)
		}
	}
}

// next returns what is to be written after a frame that counted size bytes. If
// there is no more, the writing has ended, or somebody else writes.
func (c *Conn) next(size int) (frame []byte, counts int, behind []chat.RoomID, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	behind = c.queue.Sent(size)
	c.said = c.saying
	c.dead = c.dead || c.code == closeAbnormal
	switch {
	case c.said || c.dead:
		c.rest()
		return nil, 0, nil, false
	case c.controls() && (!c.turn || c.queue.Empty() && c.heir == nil):
		frame, c.turn = c.takeControl(), true
		return frame, 0, behind, true
	case c.pass(true):
		c.turn = false
		return nil, 0, behind, false
	default:
		c.turn = false
		frame, counts = c.queue.Take()
		if frame == nil && c.code != 0 {
			frame, c.saying = closeFrame(c.code, c.reason), true
		}
		if frame == nil {
			c.rest()
		}
	}
	return frame, counts, behind, frame != nil
}

// controls reports whether a control frame waits. c.mu is held.
func (c *Conn) controls() bool { return c.ping || c.pong != nil }

// takeControl returns a control frame that waits. c.mu is held.
func (c *Conn) takeControl() (frame []byte) {
	if frame, c.pong = c.pong, nil; frame == nil {
		frame, c.ping = control(opPing, nil), false
	}
	return frame
}

// send writes all of p, however long that takes: a socket that moves is not given
// up, since a slow link may need long for one message, and would need as long
// again after every reconnect. One that takes nothing for writeTime is.
func (c *Conn) send(p []byte) bool {
	for wait := false; len(p) > 0; wait = true {
		if wait {
			c.late = true
			if c.socket.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
				return false
			}
		}
		n, err := c.put(p, wait)
		if err != nil {
			return false
		}
		p = p[n:]
	}
	return true
}

// put writes some of p, or, unless it is to wait, perhaps nothing.
func (c *Conn) put(p []byte, wait bool) (int, error) {
	switch {
	case !wait && c.direct:
		return c.raw.try(p)
	case !wait:
		return 0, nil
	case c.direct:
		return c.raw.write(p)
	}
	return c.socket.Write(p[:min(len(p), steadyPiece)])
}

// fail ends a connection whose socket takes nothing any more. The caller writes,
// and then calls release.
func (c *Conn) fail() {
	c.mu.Lock()
	c.dead = true
	if c.code == 0 {
		c.code = closeAbnormal
	}
	c.queue = Queue{}
	c.pass(false)
	c.mu.Unlock()
	c.shut()
}

// awaitWriter waits until nobody writes any more. Close was called.
func (c *Conn) awaitWriter() {
	c.mu.Lock()
	if !c.writing {
		c.mu.Unlock()
		return
	}
	over := make(chan struct{})
	c.over = over
	c.mu.Unlock()
	<-over
}

// Answer sends the parts of one answer, each a message, with nothing between
// them, and returns when the socket has taken them. An answer about a room whose
// gate is shut by then is dropped.
func (c *Conn) Answer(ctx context.Context, room chat.RoomID, parts ...Message) error {
	if err := c.own(ctx); err != nil {
		return err
	}
	defer c.release()
	c.mu.Lock()
	drop := c.queue.Shut(room)
	c.mu.Unlock()
	if drop {
		return nil
	}
	for _, part := range parts {
		if c.isClosing() { // what is queued still goes, above all the reason
			return ErrClosed
		}
		if !c.send(part) {
			c.fail()
			return ErrClosed
		}
	}
	return nil
}

// own waits until the caller is who writes. It is for one goroutine, the one
// that reads.
func (c *Conn) own(ctx context.Context) error {
	c.mu.Lock()
	if c.code != 0 {
		c.mu.Unlock()
		return ErrClosed
	}
	if !c.writing {
		c.writing = true
		c.mu.Unlock()
		return nil
	}
	heir := make(chan bool, 1)
	c.heir = heir
	c.mu.Unlock()
	var err error
	var may bool
	select {
	case may = <-heir:
	case <-ctx.Done():
		err = ctx.Err()
		c.Close(wire.CloseGoingAway, "given up")
		may = <-heir
	}
	switch {
	case !may && err == nil:
		err = ErrClosed
	case may && err != nil:
		c.release()
	}
	return err
}

// answerControl sends what the library answers to the peer: a pong, or a close
// frame.
func (c *Conn) answerControl(frame []byte) {
	payload := frame[2:]
	switch op := frame[0] & 0x0f; {
	case op == opPong:
		c.sendControl(opPong, payload)
	case len(payload) < 2:
		c.Close(closeEmpty, "")
	default:
		c.Close(int(binary.BigEndian.Uint16(payload)), string(payload[2:]))
	}
}
