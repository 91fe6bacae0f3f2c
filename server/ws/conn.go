package ws

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	writeTime  = 10 * time.Second // a socket that takes nothing for so long is ended
	bodyTime   = 30 * time.Second // from a message's first byte to its last
	closeWait  = 2 * time.Second  // for the peer's close frame
	closeGrace = time.Second      // for what is queued when Close is called
	kernelSend = 64 << 10         // bytes that the kernel buffers for a peer that does not read
)

// Codes that no close frame carries (RFC 6455, section 7.4.1).
const (
	closeEmpty    = 1005 // the frame has none
	closeAbnormal = 1006 // there is no frame
)

// Options say how a connection behaves.
type Options struct {
	// Subprotocol is selected in the handshake; "" for none.
	Subprotocol string
	// Limit is the size of the largest message taken, in bytes.
	Limit int
	// Pending is how many bytes may wait for the socket.
	Pending int
	// Bare sends every item as a message of its own.
	Bare bool
	// Drained is told which rooms had items dropped, once there is room again.
	// It must not block, and is called with no lock held.
	Drained func(rooms []chat.RoomID)
}

// Item is what waits in a connection's queue: one or more frames of the
// protocol that go together or not at all.
type Item struct {
	Message Message     // shared with other connections
	Room    chat.RoomID // 0: of no room
	Live    bool        // may be dropped if the connection is slow
	Gone    bool        // shuts the gate for Room behind it
	Head    bool        // opens the gate for Room, and ends the dropping
}

// Conn is a connection. See Acceptor.Accept.
type Conn struct {
	// What a delivery needs comes first, and lies together.
	mu   sync.Mutex
	code int // set by the first Close
	writer
	raw    raw
	direct bool // raw is the socket
	queue  Queue
	reason string

	host    *Acceptor
	socket  net.Conn
	limit   int
	drained func([]chat.RoomID)
	place   place
	heard   atomic.Int64 // when anything came last, by the host's clock
	reading atomic.Int64 // since when Read waits; 0: it does not
	finish  sync.Once

	reader // of the goroutine that owns the connection
}

// ErrClosed says that the connection has ended, by whichever side.
var ErrClosed = errors.New("ws: closed")

// Close ends the connection with a code and a reason of at most 123 bytes,
// after what is queued. It does not block, and only the first call counts.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	if c.code != 0 {
		c.mu.Unlock()
		return
	}
	c.code, c.reason = code, reason
	_ = c.socket.SetReadDeadline(time.Unix(1, 0)) // Read returns
	c.pass(false)
	idle := !c.writing
	c.writing = true
	c.mu.Unlock()
	time.AfterFunc(closeGrace, c.cut)
	if idle {
		go c.flush(nil, 0)
	}
}

// cut ends a connection whose close frame could not be written in time.
func (c *Conn) cut() {
	c.mu.Lock()
	said := c.said
	c.mu.Unlock()
	if !said {
		c.Kill()
	}
}

// Finish ends the connection, if nobody has yet, and waits until it is over. It
// is for the goroutine that reads.
func (c *Conn) Finish() {
	c.Close(wire.CloseGoingAway, "")
	c.finish.Do(func() {
		c.awaitWriter()
		c.stopReading()
		_ = c.socket.Close()
		c.host.remove(c)
	})
}

// Kill ends the connection at once, without a close frame.
func (c *Conn) Kill() {
	c.shut()
	c.Close(closeAbnormal, "")
}

// shut has whoever reads and writes find out that the connection has ended.
func (c *Conn) shut() {
	if c.direct {
		c.raw.shut()
	} else {
		_ = c.socket.Close()
	}
}

func (c *Conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code != 0
}
