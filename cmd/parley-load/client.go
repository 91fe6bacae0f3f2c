package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"parley/shared/wire"
)

// phase is how far a client has come.
type phase int

const (
	away      phase = iota // no connection
	upgrading              // the HTTP request is under way
	waiting                // for the welcome
	ready
)

// client is a client of the protocol, or one of the floor's, which is spoken to
// in another way but tells the same frames.
type client struct {
	loop    *loop
	guard   *guard
	at      netip.AddrPort
	token   string
	account int64
	bare    bool // of the floor: no HTTP, no hello
	mute    bool // says no hello, see run_idle.go
	receive int  // bytes of the kernel's buffer; 0: its own choice
	await   int  // bytes that must have come before any is looked at, once

	socket  *socket
	phase   phase
	epoch   string
	rooms   []*reader
	byRoom  map[int64]*reader // nil where they are few: looking is quicker than hashing
	posters []*poster
	parts   []byte // of a message that came in several frames
	cut     []part // of answers that are not whole yet
	closed  int    // the code of the close frame that came; 0: none
	may     bool   // the server may end the connection
	pulled  bool   // since the connection began

	// on takes a frame that is none of rows; nil: they are not of interest.
	on    func(kind string, data []byte)
	frame rowsFrame
}

// guard collects what went wrong. A broken promise does not end a run: the
// figures are printed nevertheless, and the exit code tells.
type guard struct {
	broken []string
	count  int
}

const brokenShown = 20

func (g *guard) report(err error) {
	if err == nil {
		return
	}
	if g.count++; len(g.broken) < brokenShown {
		g.broken = append(g.broken, err.Error())
	}
}

// dial begins to connect.
func (c *client) dial() (err error) {
	c.phase, c.closed, c.pulled, c.parts = upgrading, 0, false, nil
	c.cut = nil
	for _, r := range c.rooms {
		r.pulling, r.aim = false, 0
	}
	c.socket, err = c.loop.dial(c.at, c, c.receive)
	return err
}

// hangUp ends the connection at once.
func (c *client) hangUp() {
	if c.socket != nil {
		c.socket.close()
	}
	c.socket, c.phase = nil, away
}

func (c *client) write(data []byte) error {
	if c.socket == nil {
		return nil
	}
	return c.socket.write(data)
}

// connected implements user.
func (c *client) connected() {
	if c.bare {
		c.phase = waiting // for the floor to have it among its connections
		return
	}
	c.fail(c.write([]byte("GET /ws HTTP/1.1\r\nHost: " + c.at.String() +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" +
		"\r\nSec-WebSocket-Protocol: " + wire.Subprotocol + "\r\nAuthorization: Bearer " + c.token + "\r\n\r\n")))
}

// accepted is the answer to that key, by RFC 6455, section 1.3.
var accepted = []byte("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n")

// over implements user.
func (c *client) over(err error) {
	c.socket, c.phase = nil, away
	if c.may {
		return
	}
	if c.closed != 0 {
		err = fmt.Errorf("closed with %d", c.closed)
	}
	c.loop.lost = fmt.Errorf("the connection of account %d ended: %w", c.account, err)
	c.guard.report(c.loop.lost)
}

func (c *client) fail(err error) {
	if err != nil {
		c.guard.report(fmt.Errorf("account %d: %w", c.account, err))
	}
}

var (
	errAnswer = errors.New("the server did not upgrade the connection")
	errAfter  = errors.New("something follows the close frame")
)

// data implements user.
func (c *client) data(p []byte) (used int, err error) {
	if len(p) < c.await {
		return 0, nil
	}
	c.await = 0
	if c.phase == upgrading {
		end := bytes.Index(p, []byte("\r\n\r\n"))
		if end < 0 {
			return 0, nil
		}
		head := bytes.ToLower(p[:end+2])
		if !bytes.HasPrefix(head, []byte("http/1.1 101 ")) || !bytes.Contains(head, accepted) {
			return 0, fmt.Errorf("%w: %.200q", errAnswer, p[:end])
		}
		c.phase, used = waiting, end+4
		if c.mute {
			c.phase = ready
		} else if err := c.hello(); err != nil {
			return used, err
		}
	}
	if c.bare {
		c.phase = ready
	}
	for c.socket != nil {
		f, n, err := parseFrame(p[used:])
		if err != nil || n == 0 {
			return used, err
		}
		used += n
		if c.closed != 0 {
			return used, errAfter
		}
		if err := c.take(f); err != nil {
			return used, err
		}
	}
	return used, nil
}

// take takes a WebSocket frame.
func (c *client) take(f frame) error {
	switch f.op {
	case opText, opContinuation:
		if (f.op == opContinuation) != (c.parts != nil) {
			return errors.New("a message is not continued, or one that has not begun is")
		}
		if f.fin && c.parts == nil {
			return c.message(f.payload)
		}
		if c.parts = append(c.parts, f.payload...); c.parts == nil {
			c.parts = []byte{}
		}
		if !f.fin {
			return nil
		}
		whole := c.parts
		c.parts = nil
		return c.message(whole)
	case opPing:
		return c.write(appendFrame(nil, opPong, f.payload))
	case opPong:
		return nil
	case opClose:
		if c.closed = 1005; len(f.payload) >= 2 {
			c.closed = int(binary.BigEndian.Uint16(f.payload))
		}
		return c.write(appendFrame(nil, opClose, f.payload))
	}
	return errors.New("a binary message came")
}

// message takes the frames of the protocol that a message holds.
func (c *client) message(data []byte) error {
	for len(data) > 0 {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		if err := c.one(line); err != nil {
			return err
		}
	}
	return nil
}

// one takes a frame. Our server writes the type first, which saves looking for
// it.
func (c *client) one(data []byte) error {
	if rest, ok := bytes.CutPrefix(data, []byte(`{"t":"rows","room":`)); ok {
		room, rest := digits(rest)
		if rest, ok = bytes.CutPrefix(rest, []byte(`,"from":`)); ok {
			from, _ := digits(rest)
			return c.rows(room, from, data)
		}
	}
	var kind string
	var room, from int64
	if !fieldsOf(data, func(key, value []byte) bool {
		switch string(key) {
		case "t":
			t, _ := text(value)
			kind = string(t)
		case "room":
			room, _ = number(value)
		case "from":
			from, _ = number(value)
		}
		return true
	}) {
		return fmt.Errorf("a frame is no JSON object: %.200q", data)
	}
	if kind == "rows" {
		return c.rows(room, from, data)
	}
	return c.other(kind, data)
}

// hello introduces the client, with the cursors that it holds.
func (c *client) hello() error {
	out := append([]byte(`{"t":"hello","v":1,"device":"parley-load","epoch":"`), c.epoch...)
	out = append(out, `","cursors":{`...)
	if c.epoch != "" {
		for i, r := range c.rooms {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(strconv.AppendInt(append(out, '"'), r.ledger.room, 10), `":[`...)
			out = append(strconv.AppendInt(out, r.cursor, 10), `,"`...)
			out = append(append(out, r.tag...), `"]`...)
		}
	}
	return c.write(appendFrame(nil, opText, append(out, "}}"...)))
}

// other takes a frame that is none of rows.
func (c *client) other(kind string, data []byte) error {
	switch kind {
	case "welcome":
		if err := c.welcome(data); err != nil {
			return err
		}
	case "head":
		if err := c.head(data); err != nil {
			return err
		}
	case "reject":
		c.guard.report(fmt.Errorf("account %d was refused: %s", c.account, data))
	}
	if c.on != nil {
		c.on(kind, data)
	}
	return nil
}

// welcome takes the rooms' heads: what is ahead of a cursor is pulled.
func (c *client) welcome(data []byte) error {
	if c.phase != waiting {
		return errors.New("a second welcome came")
	}
	c.phase = ready
	var bad error
	ok := fieldsOf(data, func(key, value []byte) bool {
		switch string(key) {
		case "epoch":
			epoch, _ := text(value)
			if c.epoch != "" && c.epoch != string(epoch) {
				bad = errors.New("the epoch has changed")
			}
			c.epoch = string(epoch)
		case "rooms":
			return itemsOf(value, func(head []byte) bool {
				bad = errors.Join(bad, c.compare(head))
				return true
			})
		}
		return true
	})
	if !ok {
		return fmt.Errorf("the welcome cannot be read: %.200q", data)
	}
	return bad
}

// head takes a head frame.
func (c *client) head(data []byte) (err error) {
	fieldsOf(data, func(key, value []byte) bool {
		if string(key) == "room" {
			err = c.compare(value)
		}
		return true
	})
	return err
}

// compare compares a head with the cursor.
func (c *client) compare(head []byte) error {
	var id, rev int64
	var tag []byte
	fieldsOf(head, func(key, value []byte) bool {
		switch string(key) {
		case "id":
			id, _ = number(value)
		case "rev":
			rev, _ = number(value)
		case "tag":
			tag, _ = text(value)
		}
		return true
	})
	r := c.reader(id)
	if r == nil {
		return nil
	}
	r.tag = append(r.tag[:0], tag...)
	if rev > r.cursor {
		return c.missed(r, rev)
	}
	return nil
}

var _ user = (*client)(nil)
