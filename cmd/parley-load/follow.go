package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"parley/shared/chat"
)

// This file is the client rule of the protocol: what continues the cursor is
// applied, what is missing is pulled.

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
			c.cut = append(c.cut, part{f.room, f.from, f.upto, bytes.Clone(data)})
			return nil
		}
		if int64(len(f.rows)) != f.upto-f.from && !c.join(f) {
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
	if known && t.last {
		c.parted(room, t.from, t.upto)
	}
	return c.apply(r, t)
}

// part is a frame that more of the same answer follows.
type part struct {
	room, from, upto int64
	data             []byte
}

// join puts the rows of the parts that came before in front of those of the
// last part. Frames that are no part of the answer may have come in between.
func (c *client) join(last *rowsFrame) bool {
	var whole []seenRow
	for _, p := range c.parted(last.room, last.from, last.upto) {
		var f rowsFrame
		if !scanRows(p.data, &f) {
			return false
		}
		whole = append(whole, f.rows...)
	}
	last.last = len(whole) > 0
	last.rows = append(whole, last.rows...)
	return true
}

// parted takes the parts of an answer out of what is kept.
func (c *client) parted(room, from, upto int64) (parts []part) {
	c.cut = slices.DeleteFunc(c.cut, func(p part) bool {
		of := p.room == room && p.from == from && p.upto == upto
		if of {
			parts = append(parts, p)
		}
		return of
	})
	return parts
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
		first := &r.ledger.rows[cursor-r.ledger.base]
		took := c.loop.now() - first.sent
		if tally.delivery = append(tally.delivery, took); first.poster.client.at != c.at {
			tally.across = append(tally.across, took)
		}
	}
	c.echoes(r, cursor, t.upto)
	r.ledger.pace.moved(cursor)
	return c.caughtUp(r)
}

// echoes tells the client's own posters what of theirs was stored.
func (c *client) echoes(r *reader, from, upto int64) {
	for _, p := range r.posters {
		for _, e := range r.ledger.between(from, upto) {
			if e.poster != p {
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

// restart takes a reset: the newest rows, and the reader goes on after them. A
// pull that was answered late is a reset, too, and may lie behind what has come
// since. What no reader has seen yet is pulled, not passed over.
func (c *client) restart(r *reader, f *rowsFrame) error {
	head := r.ledger.head()
	for i := range f.rows {
		if row := &f.rows[i]; row.rev > r.ledger.base && row.rev <= head {
			if err := r.ledger.row(row); err != nil {
				c.guard.report(fmt.Errorf("room %d, rev %d of a reset: %w", r.ledger.room, row.rev, err))
			}
		}
	}
	to := f.upto
	if to > head && to-head <= chat.ResetBehind {
		to, r.aim = head, max(r.aim, f.upto)
	}
	if from := r.cursor; to > from {
		r.ledger.tally.missed += to - from
		r.cursor = to
		c.echoes(r, from, min(to, head))
		r.ledger.pace.moved(from)
	}
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
