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

	socket  *socket
	phase   phase
	epoch   string
	rooms   []*reader
	byRoom  map[int64]*reader // nil where they are few: looking is quicker than hashing
	posters []*poster
	parts   []byte   // of a message that came in several frames
	cut     [][]byte // the parts of an answer that is not whole yet
	closed  int      // the code of the close frame that came; 0: none
	may     bool     // the server may end the connection
	pulled  bool     // since the connection began

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

// follow makes the client a reader of a room, from a revision on.
func (c *client) follow(l *ledger, rev int64) *reader {
	r := &reader{ledger: l, cursor: rev}
	c.rooms = append(c.rooms, r)
	if len(c.rooms) == few {
		c.byRoom = make(map[int64]*reader)
		for _, r := range c.rooms {
			c.byRoom[r.ledger.room] = r
		}
	} else if c.byRoom != nil {
		c.byRoom[l.room] = r
	}
	return r
}

const few = 16

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
	c.guard.report(fmt.Errorf("the connection of account %d ended: %w", c.account, err))
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

// rows takes a frame with rows.
func (c *client) rows(room, from int64, data []byte) error {
	r := c.reader(room)
	if r == nil {
		return nil // one that is not followed
	}
	t, known := r.ledger.known(from, data)
	if !known {
		if !scanRows(data, &c.frame) {
			return fmt.Errorf("a rows frame is not as it should be: %.200q", data)
		}
		f := &c.frame
		if f.more {
			c.cut = append(c.cut, bytes.Clone(data))
			return nil
		}
		if !c.join(f) {
			return errors.New("the parts of an answer cannot be read")
		}
		if f.reset {
			return c.restart(r, f)
		}
		if f.upto == f.from {
			return c.caughtUp(r)
		}
		if f.from > r.ledger.head() {
			return c.missed(r, f.upto)
		}
		var err error
		if t, err = r.ledger.read(f, data); err != nil {
			c.guard.report(err)
			r.cursor = max(r.cursor, f.upto)
			return nil
		}
	}
	return c.apply(r, t)
}

// join puts the rows of the parts that came before in front of those of the
// last part. Frames that are no part of the answer may have come in between.
func (c *client) join(last *rowsFrame) bool {
	if len(c.cut) == 0 {
		return true
	}
	whole, rest := []seenRow(nil), c.cut[:0]
	for _, data := range c.cut {
		var f rowsFrame
		if !scanRows(data, &f) {
			return false
		}
		if f.room == last.room && f.from == last.from && f.upto == last.upto {
			whole = append(whole, f.rows...)
		} else {
			rest = append(rest, data)
		}
	}
	c.cut = rest
	last.rows = append(whole, last.rows...)
	return true
}

// apply moves a reader over a frame.
func (c *client) apply(r *reader, t told) error {
	cursor := r.cursor
	switch r.take(t) {
	case gap:
		return c.missed(r, t.upto)
	case doubled:
		if !c.pulled {
			c.guard.report(fmt.Errorf("room %d: told up to rev %d again, at %d", r.ledger.room, t.upto, cursor))
		}
		return nil
	}
	tally := r.ledger.tally
	if tally.sampling {
		tally.delivery = append(tally.delivery, c.loop.now()-r.ledger.rows[cursor-r.ledger.base].sent)
	}
	c.echoes(r, cursor, t.upto)
	return c.caughtUp(r)
}

// echoes tells the client's own posters what of theirs was stored.
func (c *client) echoes(r *reader, from, upto int64) {
	for _, p := range r.posters {
		for _, e := range r.ledger.between(from, upto) {
			if e.poster != p.id {
				continue
			}
			if p.echoed++; e.count != p.echoed {
				c.guard.report(fmt.Errorf("room %d: the echo of post %d came as that of %d", r.ledger.room, e.count, p.echoed))
			}
			if t := r.ledger.tally; t.sampling {
				t.echo = append(t.echo, c.loop.now()-e.sent)
			}
			if p.after != nil {
				p.after(p)
			}
		}
	}
}

// missed pulls what lies between the cursor and a frame that does not continue
// it.
func (c *client) missed(r *reader, upto int64) error {
	r.aim = max(r.aim, upto)
	if r.pulling {
		return nil
	}
	r.pulling, c.pulled = true, true
	r.ledger.tally.pulls++
	out := append([]byte(`{"t":"pull","room":`), strconv.FormatInt(r.ledger.room, 10)...)
	out = append(append(append(out, `,"after":`...), strconv.FormatInt(r.cursor, 10)...), '}')
	return c.write(appendFrame(nil, opText, out))
}

// caughtUp ends a pull whose answer has come, and pulls on where that does not
// reach far enough.
func (c *client) caughtUp(r *reader) error {
	if r.pulling = false; r.aim > r.cursor {
		return c.missed(r, r.aim)
	}
	return nil
}

// restart takes a reset: the newest rows, and the reader goes on after them.
func (c *client) restart(r *reader, f *rowsFrame) error {
	for i := range f.rows {
		if row := &f.rows[i]; row.rev > r.ledger.base && row.rev <= r.ledger.head() {
			if err := r.ledger.row(row); err != nil {
				c.guard.report(fmt.Errorf("room %d, rev %d of a reset: %w", r.ledger.room, row.rev, err))
			}
		}
	}
	r.ledger.tally.missed += f.upto - r.cursor
	r.cursor = max(r.cursor, f.upto)
	return c.caughtUp(r)
}

// reader is the client's place in a room; nil if it does not follow that.
func (c *client) reader(room int64) *reader {
	if c.byRoom != nil {
		return c.byRoom[room]
	}
	for _, r := range c.rooms {
		if r.ledger.room == room {
			return r
		}
	}
	return nil
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
