package ws

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	pingEvery  = 30 * time.Second
	pongWithin = 40 * time.Second // longer than a slow link needs for what is before the ping
	writeTime  = 10 * time.Second // a socket that takes nothing for so long is ended
	bodyTime   = 30 * time.Second // from a message's first byte to its last
	closeWait  = 2 * time.Second  // for the peer's close frame
	closeGrace = time.Second      // for what is queued when Close is called
	kernelSend = 64 << 10         // bytes that the kernel buffers for a peer that does not read
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
	// Drained is told, on the writer's goroutine, which rooms had items
	// dropped, once there is room again. It must not block.
	Drained func(rooms []chat.RoomID)
}

// Item is what waits in a connection's queue: one or more frames that go
// together or not at all.
type Item struct {
	Data []byte      // shared with other connections: never changed
	Room chat.RoomID // 0: of no room
	Live bool        // may be dropped if the connection is slow
	Gone bool        // shuts the gate for Room behind it
	Head bool        // opens the gate for Room, and ends the dropping
}

// Conn is a connection. Its zero value is not usable: see Accept.
type Conn struct {
	ws      *websocket.Conn
	socket  net.Conn
	opts    Options
	writing context.Context // ends the write under way; lives as long as the connection
	abort   context.CancelFunc
	wake    chan struct{} // something is queued
	answers chan part
	closing chan struct{} // Close was called
	done    chan struct{} // the writer has ended

	mu     sync.Mutex
	queue  *Queue
	code   int // set by the first Close
	reason string

	reading atomic.Int64 // since when Read waits, in ns since 1970; 0: it does not
}

type part struct {
	room chat.RoomID
	data []byte
	more bool
}

// hijacker keeps the socket that the library takes over, since the library
// has no way to bound its buffers or to end it at once.
type hijacker struct {
	http.ResponseWriter
	socket net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("ws: hijack: %w", err)
	}
	if tcp, ok := socket.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(kernelSend) // without it a peer that does not read only costs more
	}
	h.socket = socket
	if err := rw.Flush(); err != nil { // the handshake, if it is still there
		return nil, nil, fmt.Errorf("ws: hijack: %w", err)
	}
	last := &lastClose{Conn: &steady{Conn: socket}}
	rw.Writer.Reset(last)
	return last, rw, nil
}

// Accept upgrades a request and starts the writer. Whose Origin is good is the
// caller's to decide, before. On an error the answer has been written.
func Accept(w http.ResponseWriter, r *http.Request, opts Options) (*Conn, error) {
	accept := &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled}
	if opts.Subprotocol != "" {
		accept.Subprotocols = []string{opts.Subprotocol}
	}
	h := &hijacker{ResponseWriter: w}
	conn, err := websocket.Accept(h, r, accept)
	if err != nil {
		return nil, fmt.Errorf("ws: accept: %w", err)
	}
	conn.SetReadLimit(-1) // Read has its own, that closes in order
	c := &Conn{
		ws: conn, socket: h.socket, opts: opts,
		wake: make(chan struct{}, 1), answers: make(chan part), closing: make(chan struct{}), done: make(chan struct{}),
		queue: NewQueue(opts.Pending, opts.Bare),
	}
	c.writing, c.abort = context.WithCancel(context.Background())
	go c.write()
	return c, nil
}

// ErrClosed says that the connection has ended, by whichever side.
var ErrClosed = errors.New("ws: closed")

// Read returns the next message. It is not shared with later messages. Any
// error is ErrClosed: what the peer did wrong has been answered by a close.
// Once Close was called, nothing more is read.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.reading.Store(time.Now().UnixNano())
	defer c.reading.Store(0)
	if c.isClosing() {
		return nil, ErrClosed
	}
	kind, r, err := c.ws.Reader(ctx)
	if err != nil {
		c.Close(wire.CloseProtocol, "a bad frame") // unless the peer closed, or is gone: then nobody sees it
		return nil, ErrClosed
	}
	if kind != websocket.MessageText {
		c.Close(wire.CloseBadData, "text messages only")
		return nil, ErrClosed
	}
	slow := time.AfterFunc(bodyTime, func() { c.Close(wire.ClosePolicy, "a message took too long") })
	data, err := io.ReadAll(io.LimitReader(r, int64(c.opts.Limit)+1))
	slow.Stop()
	switch {
	case err != nil:
		c.Close(wire.CloseProtocol, "a bad frame")
		return nil, ErrClosed
	case c.isClosing():
		return nil, ErrClosed
	case len(data) > c.opts.Limit:
		c.Close(wire.CloseTooBig, "the message is too big")
		return nil, ErrClosed
	case !utf8.Valid(data):
		c.Close(wire.CloseBadUTF8, "the message is not UTF-8")
		return nil, ErrClosed
	}
	return data, nil
}

// Push queues an item. It never blocks, and does nothing once the connection
// is closing. It reports whether the item was queued.
func (c *Conn) Push(it Item) bool {
	c.mu.Lock()
	pushed := Dropped
	if c.code == 0 {
		pushed = c.queue.Push(it)
	}
	c.mu.Unlock()
	switch pushed {
	case Queued:
		c.signal()
	case Overflow:
		c.Close(wire.CloseTooSlow, "too slow")
	}
	return pushed == Queued
}

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Answer sends the parts of one answer, each a message, with nothing between
// them, and returns when the last of them is being written. An answer about a
// room whose gate is shut by then is dropped.
func (c *Conn) Answer(ctx context.Context, room chat.RoomID, parts ...[]byte) error {
	for i, data := range parts {
		select {
		case c.answers <- part{room: room, data: data, more: i+1 < len(parts)}:
		case <-c.closing:
			return ErrClosed
		case <-c.done:
			return ErrClosed
		case <-ctx.Done():
			c.Close(wire.CloseGoingAway, "given up") // the answer was begun
			return ctx.Err()
		}
	}
	return nil
}

// Close ends the connection with a code and a reason of at most 123 bytes,
// after what is queued. It does not block, and only the first call counts.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	if c.code != 0 {
		c.mu.Unlock()
		return
	}
	c.code, c.reason = code, reason
	close(c.closing)
	c.mu.Unlock()
	time.AfterFunc(closeGrace, c.abort)
}

// Finish ends the connection, if nobody has yet, and waits until it is over.
func (c *Conn) Finish() {
	c.Close(wire.CloseGoingAway, "")
	<-c.done
}

func (c *Conn) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// Kill ends the connection at once, without a close frame.
func (c *Conn) Kill() {
	c.abort()
	_ = c.socket.Close()
}
