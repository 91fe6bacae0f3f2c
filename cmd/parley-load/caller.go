package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// caller posts for a poster through the HTTP API, on a connection of its own
// that stays open, one request after the other. It is told of nothing else: so
// many can post in a room without all of them being told everything. What is
// checked is what the answers say of each row.
type caller struct {
	poster *poster
	loop   *loop
	guard  *guard
	socket *socket
	head   []byte // of each request, up to the key
	up     bool
	began  int64 // when the request under way was sent; 0: none is
	out    []byte
}

// newCaller has a poster post through HTTP from now on.
func newCaller(l *loop, g *guard, at netip.AddrPort, token string, p *poster) (*caller, error) {
	c := &caller{poster: p, loop: l, guard: g}
	c.head = fmt.Appendf(nil, "POST /api/v1/rooms/%d/messages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nIdempotency-Key: ", p.ledger.room, at, token)
	p.via = c
	var err error
	c.socket, err = l.dial(at, c, 0)
	return c, err
}

// connected implements user.
func (c *caller) connected() { c.up = true }

// over implements user.
func (c *caller) over(err error) {
	c.socket = nil
	c.loop.lost = fmt.Errorf("a connection of the API ended: %w", err)
	c.guard.report(c.loop.lost)
}

// post sends a request. The last one must have been answered.
func (c *caller) post() error {
	p := c.poster
	p.sent++
	c.began = c.loop.now()
	text := p.text(p.sent, c.began)
	out, _ := p.key(time.Now().UnixMilli(), p.sent).AppendText(append(c.out[:0], c.head...))
	out = strconv.AppendInt(append(out, "\r\nContent-Length: "...), int64(len(text)+len(`{"text":""}`)), 10)
	out = append(append(append(out, "\r\n\r\n{\"text\":\""...), text...), `"}`...)
	c.out = out
	if c.socket == nil {
		return nil // over has told
	}
	return c.socket.write(out)
}

var errRequest = errors.New("a post through the API is answered wrongly")

// data implements user.
func (c *caller) data(p []byte) (used int, err error) {
	end := bytes.Index(p, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil
	}
	_, length, found := bytes.Cut(bytes.ToLower(p[:end]), []byte("\r\ncontent-length: "))
	size, _ := digits(length)
	if !found || !bytes.HasPrefix(p, []byte("HTTP/1.1 201 ")) || c.began == 0 {
		return 0, fmt.Errorf("%w: %.300q", errRequest, p)
	}
	if used = end + 4 + int(size); len(p) < used {
		return 0, nil
	}
	row, ok := scanRow(p[end+4 : used])
	if !ok {
		return 0, fmt.Errorf("%w: %.300q", errRequest, p)
	}
	if e, err := c.poster.recognize(&row); err != nil || e.count != c.poster.sent {
		return 0, fmt.Errorf("%w: post %d as %d: %w", errRequest, c.poster.sent, e.count, err)
	}
	c.guard.report(c.poster.ledger.answered(&row))
	c.answered()
	return used, nil
}

// answered notes that a post was stored.
func (c *caller) answered() {
	p := c.poster
	p.echoed++
	if t := p.ledger.tally; t.sampling {
		t.echo = append(t.echo, c.loop.now()-c.began)
	}
	if c.began = 0; p.after != nil {
		p.after(p)
	}
}
