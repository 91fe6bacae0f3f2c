package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

// queue is what the functions of a batch have written and the database has not:
// rooms and members of the caches, new rows and keys.
type queue struct {
	rooms   []*heldRoom
	members []*heldMember
	rows    []heldRow
	rowAt   map[rowKey]int
	sends   []store.Send
	sendAt  map[sendKey]int
}

// reset empties a queue for the next batch.
func (q *queue) reset() {
	if q.rowAt == nil {
		q.rowAt, q.sendAt = make(map[rowKey]int), make(map[sendKey]int)
	}
	clear(q.rooms)
	clear(q.members)
	clear(q.rows)
	clear(q.rowAt)
	clear(q.sendAt)
	q.rooms, q.members, q.rows, q.sends = q.rooms[:0], q.members[:0], q.rows[:0], q.sends[:0]
}

// join puts what the function has written into the caches and the queue.
func (t *tx) join() {
	o, q := &t.own, &t.queue
	for i := range o.rooms {
		was, _ := t.rooms.get(o.rooms[i].ID)
		now := o.rooms[i]
		if was == nil {
			was = new(heldRoom)
			t.rooms.put(now.ID, was)
		}
		if now.wait > nothing && was.wait == nothing {
			q.rooms = append(q.rooms, was)
		}
		*was = now
	}
	for i := range o.members {
		now := o.members[i]
		k := memberKey{now.Room, now.Account}
		was, _ := t.members.get(k)
		if was == nil {
			was = new(heldMember)
			t.members.put(k, was)
		}
		if now.wait > nothing && was.wait == nothing {
			q.members = append(q.members, was)
		}
		*was = now
	}
	for i := range o.rows {
		q.rowAt[rowKey{o.rows[i].room, o.rows[i].Seq}] = len(q.rows)
		q.rows = append(q.rows, o.rows[i])
	}
	for i := range o.sends {
		q.sendAt[sendKey{o.sends[i].Account, o.sends[i].Key}] = len(q.sends)
		q.sends = append(q.sends, o.sends[i])
	}
}

// through brings the database to the state that the function sees, and makes
// sure that this can be taken back.
func (t *tx) through() error {
	o := &t.own
	if !o.running || t.flushing {
		return nil
	}
	if !o.saved {
		wrote := o.wrote
		if err := t.flush(); err != nil {
			return err
		}
		o.wrote = wrote
		if !o.lone {
			if err := t.exec(t.askPast("SAVEPOINT one")); err != nil {
				return err
			}
		}
		o.saved = true
	}
	t.flushing = true
	defer func() { t.flushing = false }()
	for i := range o.rooms {
		if err := t.flushRoom(&o.rooms[i]); err != nil {
			return err
		}
	}
	for i := range o.members {
		if err := t.flushMember(&o.members[i]); err != nil {
			return err
		}
	}
	if err := errors.Join(t.flushRows(o.rows), t.flushSends(o.sends)); err != nil {
		return err
	}
	o.rows, o.sends = o.rows[:0], o.sends[:0]
	return nil
}

// flush writes the queue.
func (t *tx) flush() error {
	t.flushing = true
	defer func() { t.flushing = false }()
	q := &t.queue
	for _, h := range q.rooms {
		if err := t.flushRoom(h); err != nil {
			return err
		}
	}
	for _, h := range q.members {
		if err := t.flushMember(h); err != nil {
			return err
		}
	}
	if err := errors.Join(t.flushRows(q.rows), t.flushSends(q.sends)); err != nil {
		return err
	}
	q.reset()
	return nil
}

func (t *tx) flushRoom(h *heldRoom) (err error) {
	switch h.wait {
	case common:
		err = t.write(t.ask(`UPDATE rooms SET low_posted = ?, high_posted = ?, seq = ?, n = ?, rev = ?, at = ? WHERE id = ?`).
			bool(h.Posted[0]).bool(h.Posted[1]).int(int64(h.Seq)).int(int64(h.N)).int(int64(h.Rev)).int(int64(h.At)).int(int64(h.ID)))
	case all:
		err = t.storeRoom(h.Room)
	}
	h.wait = nothing
	return err
}

func (t *tx) flushMember(h *heldMember) (err error) {
	switch h.wait {
	case common:
		err = t.write(t.ask(`UPDATE members SET read = ?, read_n = ?, got = ? WHERE room = ? AND account = ?`).
			int(int64(h.Read)).int(int64(h.ReadN)).int(int64(h.Got)).int(int64(h.Room)).int(int64(h.Account)))
	case all:
		err = t.storeMember(h.Member)
	}
	h.wait = nothing
	return err
}

// widths are how many rows go into one statement. OR IGNORE: nothing in it can
// fail in the middle, for which SQLite would copy every page that it changes.
var widths = []int{32, 8, 1}

const (
	insertRow   = `(?, ?, ?, ?, ?, ?, ?, 'text', ?, ?, 0, 0)`
	insertRows  = `INSERT OR IGNORE INTO messages (room, seq, n, rev, key, author, at, kind, text, reply, edited, recalled) VALUES `
	insertSend  = `(?, ?, ?, ?, ?)`
	insertSends = `INSERT OR IGNORE INTO sends (key, author, room, seq, hash) VALUES `
)

var (
	rowInserts  = inserts(insertRows, insertRow)
	sendInserts = inserts(insertSends, insertSend)
)

// inserts makes a statement for each of widths.
func inserts(head, row string) (list []string) {
	for _, width := range widths {
		list = append(list, head+row+strings.Repeat(", "+row, width-1))
	}
	return list
}

// chunks runs a statement for each run of things, as wide ones as there are.
func chunks[T any](t *tx, things []T, statements []string, bind func(*ask, *T), short func([]T) error) error {
	for len(things) > 0 {
		i := slices.IndexFunc(widths, func(width int) bool { return width <= len(things) })
		chunk := things[:widths[i]]
		things = things[widths[i]:]
		a := t.ask(statements[i])
		for i := range chunk {
			bind(a, &chunk[i])
		}
		n, err := t.change(a)
		if err == nil && n < len(chunk) {
			err = short(chunk)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// flushRows inserts new rows. Where one was there, against what the room's head
// said, it is replaced.
func (t *tx) flushRows(rows []heldRow) error {
	return chunks(t, rows, rowInserts, func(a *ask, h *heldRow) {
		a.int(int64(h.room)).int(int64(h.Seq)).int(int64(h.N)).int(int64(h.Rev)).blob(h.Key[:]).
			int(int64(h.By)).int(int64(h.At)).text(h.Text).int(int64(h.Reply))
	}, func(rows []heldRow) error {
		for _, h := range rows {
			rev, err := one(t.ask(`SELECT rev FROM messages WHERE room = ? AND seq = ?`).int(int64(h.room)).int(int64(h.Seq)), scanInt)
			if err == nil && chat.Rev(rev) != h.Rev {
				err = t.storeRow(h.room, h.Row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// flushSends inserts keys, in their order.
func (t *tx) flushSends(sends []store.Send) error {
	order := slices.Clone(sends) // sendAt knows the places
	slices.SortFunc(order, func(a, b store.Send) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return chunks(t, order, sendInserts, func(a *ask, s *store.Send) {
		a.blob(s.Key[:]).int(int64(s.Account)).int(int64(s.Room)).int(int64(s.Seq)).blob(s.Hash[:])
	}, func([]store.Send) error {
		return t.wrap(fmt.Errorf("a key that was new is there: %w", sqlite.ResultInternal.ToError()))
	})
}
