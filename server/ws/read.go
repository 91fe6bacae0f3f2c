package ws

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"nhooyr.io/websocket"

	"parley/shared/wire"
)

// reader is what is kept of what came. It belongs to the goroutine that owns the
// connection. While nothing comes there is no library and no buffer.
type reader struct {
	lib     *library
	ahead   []byte   // came, and the library has not taken it
	buffer  *buffer  // which holds ahead
	small   []byte   // holds ahead where the socket cannot say that something came
	in      incoming // where in the peer's frames the library is
	begun   time.Duration
	timed   bool // the message that was begun has its deadline
	limited bool // the socket has a deadline
}

// smallSize holds an ordinary frame of a client's.
const smallSize = 256

// refusal is what a connection is closed with.
type refusal struct {
	code   int
	reason string
}

// Error implements error.
func (r *refusal) Error() string { return "ws: " + r.reason }

var (
	errBadFrame = &refusal{wire.CloseProtocol, "a bad frame"}
	errBinary   = &refusal{wire.CloseBadData, "text messages only"}
	errSlow     = &refusal{wire.ClosePolicy, "a message took too long"}
	errTooBig   = &refusal{wire.CloseTooBig, "the message is too big"}
	errBadUTF8  = &refusal{wire.CloseBadUTF8, "the message is not UTF-8"}
)

// Read returns the next message. It is not shared with later messages. Any
// error is ErrClosed: what the peer did wrong has been answered by a close.
// Once Close was called, nothing more is read. The end of ctx closes the
// connection.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { c.Close(wire.CloseGoingAway, "given up") })()
	}
	c.reading.Store(int64(c.host.clock()))
	defer c.reading.Store(0)
	data, err := c.message()
	for errors.Is(err, errIdle) { // it was control frames alone
		c.giveBack()
		data, err = c.message()
	}
	if err == nil && !c.isClosing() {
		c.giveBack()
		return data, nil
	}
	var bad *refusal
	if !errors.As(err, &bad) { // unless the peer closed, or is gone: then nobody sees it
		bad = errBadFrame
	}
	c.Close(bad.code, bad.reason)
	return nil, ErrClosed
}

// message reads a message, if one comes.
func (c *Conn) message() ([]byte, error) {
	if c.lib == nil {
		if err := c.await(); err != nil {
			return nil, err
		}
		if data, whole := c.whole(); whole {
			if !utf8.Valid(data) {
				return nil, errBadUTF8
			}
			return data, nil
		}
		var err error
		if c.lib, err = c.host.lend(c); err != nil {
			return nil, err
		}
	}
	c.begun, c.timed = c.host.clock(), false
	kind, r, err := c.lib.ws.Reader(context.Background()) // the socket ends it
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlow
	case err != nil:
		return nil, err
	case kind != websocket.MessageText:
		return nil, errBinary
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(c.limit)+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlow
	case err != nil:
		return nil, err
	case len(data) > c.limit:
		return nil, errTooBig
	case !utf8.Valid(data):
		return nil, errBadUTF8
	}
	return data, nil
}

// whole takes a message that came at once, in one frame that has nothing unusual,
// as nearly all do. The library, which reads all others, would hand four contexts
// to a goroutine of its own meanwhile, in case they end.
func (c *Conn) whole() (data []byte, whole bool) {
	p := c.ahead
	if len(p) < 2 || p[0] != final|opText || p[1]&masked == 0 {
		return nil, false
	}
	size, head := int(p[1]&^masked), 2+extended(p[1])+maskSize
	switch {
	case size > 126 || len(p) < head:
		return nil, false
	case size == 126:
		size = int(binary.BigEndian.Uint16(p[2:]))
	}
	if size > c.limit || len(p) < head+size {
		return nil, false
	}
	data = make([]byte, size)
	unmask(data, p[head:], [maskSize]byte(p[head-maskSize:]))
	c.skip(head + size)
	return data, true
}

// unmask fills dst with the beginning of src, unmasked (RFC 6455, section 5.3).
func unmask(dst, src []byte, mask [maskSize]byte) {
	half := uint64(binary.LittleEndian.Uint32(mask[:]))
	for ; len(dst) >= 8; dst, src = dst[8:], src[8:] {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^(half|half<<32))
	}
	for i := range dst {
		dst[i] = src[i] ^ mask[i%maskSize]
	}
}

// await waits for something to come, unless something has.
func (c *Conn) await() error {
	if len(c.ahead) > 0 {
		return nil
	}
	if c.limited {
		c.limited = false
		if err := c.readBy(time.Time{}); err != nil {
			return err
		}
	}
	var n int
	var err error
	if c.direct {
		if c.buffer, n, err = c.raw.await(); err == nil {
			c.ahead = c.buffer[:n]
		}
	} else {
		if c.small == nil {
			c.small = make([]byte, smallSize)
		}
		n, err = c.socket.Read(c.small)
		c.ahead = c.small[:n]
	}
	c.heard.Store(int64(c.host.clock()))
	return err
}

// take hands what has come to the library.
func (c *Conn) take(p []byte) int {
	n := copy(p, c.ahead)
	c.skip(n)
	return n
}

// skip takes n bytes of what has come.
func (c *Conn) skip(n int) {
	c.in.advance(c.ahead[:n])
	if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
		c.forget()
	}
}

// forget gives up what has come.
func (c *Conn) forget() {
	if c.buffer != nil {
		buffers.Put(c.buffer)
	}
	c.ahead, c.buffer = nil, nil
}

// more waits for more of a message that was begun.
func (c *Conn) more(p []byte) (int, error) {
	left := c.begun + bodyTime - c.host.clock()
	if left <= 0 { // of a message in endless pieces, that need not be waited for
		return 0, os.ErrDeadlineExceeded
	}
	if !c.timed {
		c.timed, c.limited = true, true
		if err := c.readBy(time.Now().Add(left)); err != nil {
			return 0, err
		}
	}
	n, err := c.socket.Read(p)
	c.in.advance(p[:n])
	c.heard.Store(int64(c.host.clock()))
	return n, err
}

// readBy sets the socket's deadline, unless Close has.
func (c *Conn) readBy(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return ErrClosed
	}
	return c.socket.SetReadDeadline(t)
}

// giveBack gives the library back after a message, if nothing more has come.
func (c *Conn) giveBack() {
	if c.lib != nil && c.in.between() && len(c.ahead) == 0 && c.lib.br.Buffered() == 0 {
		c.host.give(c.lib)
		c.lib = nil
	}
}

// stopReading waits for the peer's close frame, so that the peer reads ours: a
// socket that is closed with something unread is reset.
func (c *Conn) stopReading() {
	if c.lib != nil {
		c.lib.end()
		c.lib = nil
	}
	c.in.advance(c.ahead)
	c.forget()
	c.mu.Lock()
	said := c.said
	c.mu.Unlock()
	if !said || c.socket.SetReadDeadline(time.Now().Add(closeWait)) != nil {
		return
	}
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	for !c.in.closed || c.in.left > 0 {
		n, err := c.socket.Read(b[:])
		if err != nil {
			return
		}
		c.in.advance(b[:n])
	}
}
