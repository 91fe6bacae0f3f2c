package server

import (
	"slices"

	"parley/server/bus"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// outgoing is a change that all listeners are to be told.
type outgoing struct {
	change *bus.Rows // never changed
	ends   bool      // what follows is in a frame of its own
	texts  []string  // its new messages, for bare listeners
}

// emit queues a change for all listeners and moves the cursor. What is queued
// stays below what one frame may hold, so that it need not be cut.
func (r *room) emit(e *bus.Rows) {
	o, size := outgoing{change: e}, 0
	for i := range e.Rows {
		row := &e.Rows[i]
		size += rowSize(row)
		o.ends = o.ends || row.System != nil && membershipEvent(row.System.Event)
		if row.Seq <= r.seq {
			continue
		}
		if r.seq = row.Seq; i == 0 {
			r.hub.server.metrics.delivered(r.hub.server.now(), row.At)
		}
		if row.Kind == chat.KindText && row.Recalled == 0 {
			o.texts = append(o.texts, row.Text)
		}
	}
	if r.size+size > chat.FrameAim {
		r.flush()
	}
	r.cursor = e.Upto
	r.out = append(r.out, o)
	r.size += size
}

// flush pushes what is queued, in one message that is made once for everybody.
// Who came with a read of the store that went further is told only the rest, and
// what settles their own keys: a head does not say that.
func (r *room) flush() {
	if len(r.out) > 0 {
		r.flushOut() // apart, so that a pump with nothing to push needs no larger stack
	}
}

func (r *room) flushOut() {
	out := r.out
	r.out, r.size = nil, 0
	keyed := make(map[chat.AccountID]bool)
	for i := range out {
		if len(out[i].change.Keys) > 0 {
			keyed[out[i].change.Account] = true
		}
	}
	item := ws.Item{Message: r.message(out), Room: r.id, Live: true}
	var bare [][]ws.Message
	for i := range r.listeners.list {
		l := &r.listeners.list[i]
		switch {
		case l.bare:
			if bare == nil {
				bare = bareTexts(out)
			}
			flushBare(l, r.id, out, bare)
		case l.at < out[0].change.Upto:
			item.Live = !keyed[l.account]
			l.conn.Push(item)
		default:
			r.flushSome(l, out)
		}
	}
}

// flushSome pushes what a listener that knew more when it came is to be told of
// what is queued.
func (r *room) flushSome(l *listener, out []outgoing) {
	own := func(o outgoing) bool { return len(o.change.Keys) > 0 && o.change.Account == l.account }
	live := !slices.ContainsFunc(out, own)
	some := slices.DeleteFunc(slices.Clone(out), func(o outgoing) bool { return o.change.Upto <= l.at && !own(o) })
	if len(some) > 0 {
		l.conn.Push(ws.Item{Message: r.message(some), Room: r.id, Live: live})
	}
}

// message makes the message that tells changes: in as few frames as may be, since
// what several changes name, and that they are changes, is then said once.
func (r *room) message(out []outgoing) ws.Message {
	var frames []*wire.Rows
	for len(out) > 0 {
		n := 1
		for n < len(out) && !out[n-1].ends && out[n-1].change.Upto == out[n].change.From {
			n++
		}
		frames = append(frames, merged(r.id, out[:n]))
		out = out[n:]
	}
	return joined(frames)
}

// merged is the frame of changes that follow each other: rows are in the form
// that they have after the last of them.
func merged(id chat.RoomID, out []outgoing) *wire.Rows {
	if len(out) == 1 {
		return rowsFrame(id, out[0].change)
	}
	m := merging{
		f:     wire.Rows{Room: id, From: out[0].change.From, Keys: make(map[chat.AccountID][]chat.Key)},
		users: make(map[chat.AccountID]int),
	}
	for i := range out {
		m.add(out[i].change)
	}
	return &m.f
}

// merging is a frame that grows.
type merging struct {
	f      wire.Rows
	users  map[chat.AccountID]int // where they are in f.Users
	newest chat.Seq
}

func (m *merging) add(next *bus.Rows) {
	m.f.Upto = next.Upto
	for _, row := range next.Rows {
		if row.Seq <= m.newest {
			m.f.Rows = slices.DeleteFunc(m.f.Rows, func(old chat.Row) bool { return old.Seq == row.Seq })
		}
		m.newest = max(m.newest, row.Seq)
		m.f.Rows = append(m.f.Rows, row)
	}
	for _, u := range next.Users {
		if at, has := m.users[u.ID]; has {
			m.f.Users[at] = u
			continue
		}
		m.users[u.ID] = len(m.f.Users)
		m.f.Users = append(m.f.Users, u)
	}
	if len(next.Keys) > 0 {
		m.f.Keys[next.Account] = append(m.f.Keys[next.Account], next.Keys...)
	}
}

// joined makes a message of frames, each cut where it is too large.
func joined(frames []*wire.Rows) ws.Message {
	buffer := ws.Begin(frameSize)
	for i, f := range frames {
		if i > 0 {
			buffer = append(buffer, '\n')
		}
		size := 0
		for j := range f.Rows {
			size += rowSize(&f.Rows[j])
		}
		if size <= chat.FrameAim {
			buffer = appendFrame(buffer, f)
			continue
		}
		for j, part := range cutRows(f) {
			if j > 0 {
				buffer = append(buffer, '\n')
			}
			buffer = appendFrame(buffer, part)
		}
	}
	return ws.Seal(buffer)
}

// bareTexts are the new messages of each change, for plain text rooms.
func bareTexts(out []outgoing) [][]ws.Message {
	all := make([][]ws.Message, len(out))
	for i := range out {
		for _, text := range out[i].texts {
			all[i] = append(all[i], ws.Join([]byte(text)))
		}
	}
	return all
}

// flushBare tells a listener of a plain text room the new messages.
func flushBare(l *listener, room chat.RoomID, out []outgoing, texts [][]ws.Message) {
	for i := range out {
		if out[i].change.Upto <= l.at {
			continue
		}
		for _, m := range texts[i] {
			l.conn.Push(ws.Item{Message: m, Room: room})
		}
	}
}
