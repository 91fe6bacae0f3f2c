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

// answer writes a part and those that follow it.
func (c *Conn) answer(p part) bool {
	for c.send(p.data) {
		if !p.more {
			return true
		}
		select {
		case p = <-c.answers:
		case <-c.closing:
			return false
		}
	}
	return false
}

// flush writes one message of what is queued.
func (c *Conn) flush() bool {
	data := c.take()
	if data == nil {
		return true
	}
	if !c.send(data) {
		return false
	}
	if c.pending() {
		c.signal()
	} else {
		c.drained()
	}
	return true
}

// take removes items from the queue and joins them into one message of about
// chat.FrameAim. nil if nothing is queued.
func (c *Conn) take() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, size := 0, 0
	for n < len(c.queue) && (n == 0 || !c.opts.Bare && size+len(c.queue[n].Data) < chat.FrameAim) {
		size += len(c.queue[n].Data) + 1
		n++
	}
	if n == 0 {
		return nil
	}
	data := c.queue[0].Data
	if n > 1 {
		data = append(make([]byte, 0, size), data...)
	}
	c.bytes -= len(c.queue[0].Data)
	for _, it := range c.queue[1:n] {
		data = append(append(data, '\n'), it.Data...)
		c.bytes -= len(it.Data)
	}
	rest := copy(c.queue, c.queue[n:])
	clear(c.queue[rest:])
	c.queue = c.queue[:rest]
	return data
}

func (c *Conn) pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) > 0
}

// drained tells the owner, once for each spell, which rooms are behind.
func (c *Conn) drained() {
	c.mu.Lock()
	var rooms []chat.RoomID
	for room, told := range c.behind {
		if !told {
			c.behind[room] = true
			rooms = append(rooms, room)
		}
	}
	c.mu.Unlock()
	if len(rooms) > 0 && c.opts.Drained != nil {
		c.opts.Drained(rooms)
	}
}

func (c *Conn) send(data []byte) bool {
	ctx, cancel := context.WithTimeout(c.writing, writeTime)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, data) == nil
}

// ping ends a connection whose peer does not answer. Answers are taken by
// Read.
func (c *Conn) ping() {
	ctx, cancel := context.WithTimeout(c.writing, pongWithin)
	defer cancel()
	if c.ws.Ping(ctx) != nil {
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
