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

// answer writes a part and those that follow it. The gate is looked at here:
// who was removed may have been told so since the answer was made.
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
	return c.gone[room] || c.shut[room]
}

// flush writes one message of what is queued.
func (c *Conn) flush() bool {
	data, size := c.take()
	if data == nil {
		return true
	}
	if !c.send(data) {
		return false
	}
	c.mu.Lock()
	c.bytes -= size
	c.mu.Unlock()
	if c.pending() {
		c.signal()
	} else {
		c.drained()
	}
	return true
}

// take removes items from the queue and joins them into one message of about
// chat.FrameAim. nil if nothing is queued. size is what they counted in bytes.
func (c *Conn) take() (data []byte, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(c.queue) && (n == 0 || !c.opts.Bare && size+n+len(c.queue[n].Data) <= chat.FrameAim) {
		size += len(c.queue[n].Data)
		n++
	}
	if n == 0 {
		return nil, 0
	}
	if data = c.queue[0].Data; n > 1 {
		data = append(make([]byte, 0, size+n), data...)
	}
	for i, it := range c.queue[:n] {
		if i > 0 {
			data = append(append(data, '\n'), it.Data...)
		}
		switch {
		case it.Gone:
			c.shut[it.Room] = true
		case it.Head:
			delete(c.shut, it.Room)
		}
	}
	rest := copy(c.queue, c.queue[n:])
	clear(c.queue[rest:])
	c.queue = c.queue[:rest]
	return data, size
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
