package ws

import (
	"context"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
)

// write is the writer: the one goroutine that writes data frames.
func (c *Conn) write() {
	defer close(c.done)
	defer c.hangUp()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case p := <-c.answers:
			if !c.answer(p) {
				return
			}
		case <-c.wake:
			if !c.flush() {
				return
			}
		case <-ping.C:
			go c.ping()
		case <-c.closing:
			for more := true; more; {
				more = c.pending() && c.flush()
			}
			return
		}
	}
}

// answer writes a part and those that follow it, if the gate lets them.
func (c *Conn) answer(p part) bool {
	drop := c.isShut(p.room)
	for drop || c.send(p.data) {
		if !p.more {
			return true
		}
		select {
		case p = <-c.answers:
		case <-c.closing:
			return true // what is queued still goes, above all the reason
		}
	}
	return false
}

func (c *Conn) isShut(room chat.RoomID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue.Shut(room)
}

// flush writes one message of what is queued, and tells the owner which rooms
// are behind when that was all.
func (c *Conn) flush() bool {
	c.mu.Lock()
	data, size := c.queue.Take()
	c.mu.Unlock()
	if data == nil {
		return true
	}
	if !c.send(data) {
		return false
	}
	c.mu.Lock()
	behind, more := c.queue.Sent(size), !c.queue.Empty()
	c.mu.Unlock()
	if more {
		c.signal()
	}
	if len(behind) > 0 && c.opts.Drained != nil {
		c.opts.Drained(behind)
	}
	return true
}

func (c *Conn) pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.queue.Empty()
}

// send writes a message. How long it may take is up to steady.
func (c *Conn) send(data []byte) bool {
	return c.ws.Write(c.writing, websocket.MessageText, data) == nil
}

// ping ends a connection whose peer does not answer. Answers are taken by
// Read: if that was not waiting all the time, because its caller was busy or
// waited for a slow socket to take an answer, a missing pong says nothing, and
// the next ping decides.
func (c *Conn) ping() {
	ctx, cancel := context.WithTimeout(c.writing, pongWithin)
	defer cancel()
	asked := time.Now()
	if c.ws.Ping(ctx) == nil {
		return
	}
	if since := c.reading.Load(); since != 0 && since <= asked.UnixNano() {
		c.Kill()
	}
}

// hangUp says goodbye, if the connection still can, and ends it.
func (c *Conn) hangUp() {
	defer c.abort()
	c.mu.Lock()
	code, reason := c.code, c.reason
	c.mu.Unlock()
	if code == 0 || c.writing.Err() != nil {
		_ = c.socket.Close()
		_ = c.ws.CloseNow()
		c.Close(1006, "") // never written: only wakes who waits
		return
	}
	defer time.AfterFunc(closeWait, func() { _ = c.socket.Close() }).Stop()
	_ = c.ws.Close(websocket.StatusCode(code), reason)
}
