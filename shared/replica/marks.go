package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	markEvery = 1_000 // ms between the marks that a room is told
	postMark  = 2_000 // ms in which the server tells that a post moved its poster's mark
)

// read moves one's own read mark.
func (r *Replica) read(in Read) {
	rm := r.rooms[in.Room]
	if rm == nil || !rm.known || rm.gone {
		return
	}
	seq, n := min(in.Seq, rm.head.Seq), rm.head.N
	if seq <= rm.head.Read {
		return
	}
	if seq < rm.head.Seq {
		row := r.Row(in.Room, seq)
		if row == nil {
			return // nobody can have seen it
		}
		n = row.N
	}
	rm.growOwn(seq, n, 0)
	r.readMarked(rm)
	r.saveHead(rm)
	r.stir(rm)
	r.relist(rm)
}

// opening is what the server is to be told of a room that was marked as unread
// and then opened or read: any mark of reading says it, also one that moves nothing.
type opening struct {
	due  bool // until a head says that it was taken
	sent bool // on this connection
}

// readMarked takes back that a room is marked as unread: the user looks at it.
func (r *Replica) readMarked(rm *room) {
	if rm.known && !rm.gone && rm.head.Unread {
		rm.opening = opening{due: true}
		rm.opening.heard(&rm.head)
		r.saveHead(rm)
	}
}

// heard takes in a head. One that does not know of the opening yet is mended,
// and forgets its tag: should the mark get lost with this replica, the server
// tells the head again.
func (o *opening) heard(h *chat.Head) {
	if o.due = o.due && h.Unread; o.due {
		h.Unread, h.Tag = false, ""
	}
}

// mark is what a mark of reading has to say for it, at least; 0 is nothing. What
// was never read is not read by it.
func (o *opening) mark(h *chat.Head) chat.Seq {
	if !o.due || o.sent || h.Read == 0 && h.Seq > 0 {
		return 0
	}
	return max(h.Read, 1)
}

// growOwn raises one's own marks.
func (rm *room) growOwn(read chat.Seq, n chat.Count, got chat.Seq) {
	if read > rm.head.Read {
		rm.head.Read, rm.head.ReadN = read, n
	}
	rm.head.Got = max(rm.head.Got, got, rm.head.Read)
}

// driveMarks tells the server how far one has read and, in direct rooms, where
// the other is told, received.
func (r *Replica) driveMarks(rm *room) {
	if !r.live || !rm.known || rm.gone || !rm.marked.due(r.now) {
		return
	}
	m := wire.Mark{Read: rm.opening.mark(&rm.head)}
	if rm.head.Read > max(rm.told, rm.sentRead) {
		m.Read = rm.head.Read
	}
	if last := rm.head.Last; rm.head.Kind == chat.KindDirect && last != nil && last.By != r.me.ID &&
		last.Seq > max(rm.toldGot, rm.told, rm.sentGot, m.Read) {
		m.Got = last.Seq
	}
	if m == (wire.Mark{}) {
		return
	}
	m.Room = rm.id
	rm.opening.sent = rm.opening.sent || m.Read > 0
	rm.sentRead = max(rm.sentRead, min(m.Read, rm.head.Seq))
	rm.sentGot = max(rm.sentGot, m.Got, m.Read)
	rm.marked = wait{r.now, markEvery}
	r.transmit(&m)
}

// marksFrame takes marks that grew, one's own (from this or another device)
// and others'.
func (r *Replica) marksFrame(f *wire.Marks) {
	rm := r.rooms[f.Room]
	if rm == nil || !rm.known || rm.gone {
		return
	}
	for _, m := range f.Marks {
		switch {
		case m.User != r.me.ID:
			rm.growOther(m)
			r.show(rm)
			continue
		case m.Read > rm.head.Read: // on another device
			r.relist(rm)
		}
		rm.told, rm.toldGot = max(rm.told, m.Read), max(rm.toldGot, m.Got)
		rm.growOwn(m.Read, m.ReadN, m.Got)
	}
	r.saveHead(rm)
}

// growOther raises somebody else's marks.
func (rm *room) growOther(m chat.Mark) {
	i, found := slices.BinarySearchFunc(rm.marks, m.User, func(m chat.Mark, id chat.AccountID) int {
		return int(m.User - id)
	})
	if !found {
		rm.marks = slices.Insert(rm.marks, i, chat.Mark{User: m.User})
	}
	old := &rm.marks[i]
	if m.Read > old.Read {
		old.Read, old.ReadN = m.Read, m.ReadN
	}
	old.Got = max(old.Got, m.Got)
	if m.User == rm.head.Peer {
		rm.head.OthersRead = max(rm.head.OthersRead, m.Read)
		rm.head.OthersGot = max(rm.head.OthersGot, m.Got, m.Read)
	}
}

// members fills in marks that grew before one was told of them.
func (r *Replica) members(in Members) {
	rm := r.rooms[in.Room]
	var users []chat.User
	for _, m := range in.Members {
		users = append(users, m.User)
		if rm != nil && rm.known && m.User.ID != r.me.ID {
			rm.growOther(chat.Mark{User: m.User.ID, Read: m.Read, Got: m.Got})
		}
	}
	r.meet(users)
	if rm != nil {
		r.show(rm)
	}
}
