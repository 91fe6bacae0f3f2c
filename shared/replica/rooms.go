package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

// room is everything about one room. It is there for rooms that are ours, and
// for rooms that are not (yet, or any longer) as long as the user looks at
// them or has entries for them.
type room struct {
	id     chat.RoomID
	known  bool      // a head has come
	gone   bool      // and the room was taken from us
	opened bool      // the user looks at it
	wanted bool      // a window is wanted in any case
	head   chat.Head // as of the newest heard of; without a window, Rev is the cursor
	raised chat.Time // when we entered or wrote, by the server's clock
	heard  chat.Rev  // the greatest revision heard of

	win    *window
	kept   chat.Rev   // its cursor, as it was last given out to be stored
	joined *wire.Rows // the parts so far of an answer
	pull   *pull
	page   *page
	away   *elsewhere // what is shown in the window's place, if anything is
	quoted map[chat.Seq]quoted

	entries []*item
	flight  []*item // sent and not answered; empty: the next may go
	hold    wait    // until then nothing is sent

	marks    []chat.Mark // of others, ascending by user
	told     chat.Seq    // own marks as the server is known to hold them
	toldGot  chat.Seq
	sentRead chat.Seq // and as they were sent on this connection
	sentGot  chat.Seq
	marked   wait // until then no mark is sent
	opening  opening

	typists []typist
	typed   wait // until then typing is not told again

	version uint64
	sum     *Summary
	posts   []*Entry // pending(), nil when stale
	save    *SaveRoom
	stirred bool
	shown   bool
}

// room returns a room, made if need be.
func (r *Replica) room(id chat.RoomID) *room {
	rm := r.rooms[id]
	if rm == nil {
		rm = &room{id: id, head: chat.Head{ID: id}}
		r.rooms[id] = rm
		r.all = append(r.all, rm)
	}
	return rm
}

// takeHead takes in a head. What it says of rows counts only if it is newer
// than what was heard; marks only grow (Promise 7).
func (r *Replica) takeHead(h *chat.Head) {
	rm := r.room(h.ID)
	old, fresh := rm.head, !rm.known || rm.gone
	rm.head = *h
	if fresh {
		rm.known, rm.gone = true, false
		rm.told, rm.toldGot = h.Read, h.Got
	} else {
		if old.Rev > h.Rev {
			rm.head.Rev, rm.head.Seq, rm.head.N, rm.head.Last = old.Rev, old.Seq, old.N, old.Last
		}
		rm.told, rm.toldGot = max(rm.told, h.Read), max(rm.toldGot, h.Got)
		rm.growOwn(old.Read, old.ReadN, old.Got)
		rm.head.Mention = max(old.Mention, h.Mention)
		rm.opening.heard(&rm.head)
		rm.head.OthersRead = max(rm.head.OthersRead, old.OthersRead)
		rm.head.OthersGot = max(rm.head.OthersGot, old.OthersGot)
	}
	if rm.pull != nil && rm.pull.denied {
		r.endPull(rm)
	}
	rm.heard = max(rm.heard, h.Rev)
	r.saveHead(rm)
	r.stir(rm)
	r.show(rm)
}

// headFrame takes in a head that came by itself. A room that we have just
// entered goes to the top of the list, though nobody has written in it.
func (r *Replica) headFrame(h *chat.Head) {
	rm := r.room(h.ID)
	if !rm.known || rm.gone {
		rm.raised = r.now + r.skew
	}
	r.takeHead(h)
}

// entered takes in a head that came by HTTP.
func (r *Replica) entered(in Entered) {
	r.meet(in.Users)
	if in.Head.ID != 0 {
		r.headFrame(&in.Head)
	}
}

// goneFrame drops the window; entries stay, to be refused visibly.
func (r *Replica) goneFrame(id chat.RoomID) {
	rm := r.rooms[id]
	if rm == nil || !rm.known || rm.gone {
		return
	}
	rm.gone = true
	r.forget(rm)
	s := r.saving(rm)
	*s = SaveRoom{Room: id, Drop: true, Done: s.Done}
}

// forget drops what is known of a room's rows and marks.
func (r *Replica) forget(rm *room) {
	r.endPull(rm)
	rm.win, rm.away, rm.page, rm.quoted, rm.joined, rm.heard = nil, nil, nil, nil, nil, 0
	rm.marks, rm.typists = nil, nil
	rm.told, rm.toldGot, rm.sentRead, rm.sentGot, rm.opening = 0, 0, 0, 0, opening{}
	r.prune(rm)
	r.stir(rm)
	r.show(rm)
}

// openRoom gives a room a window.
func (r *Replica) openRoom(in OpenRoom) {
	rm := r.room(in.Room)
	if rm.opened {
		return
	}
	rm.opened = true
	if rm.pull != nil && rm.pull.denied {
		r.endPull(rm)
	}
	r.readMarked(rm)
	r.stir(rm)
	r.show(rm)
}

// closeRoom cuts the window to its newest rows.
func (r *Replica) closeRoom(in CloseRoom) {
	rm := r.rooms[in.Room]
	if rm == nil || !rm.opened {
		return
	}
	rm.opened, rm.away, rm.quoted = false, nil, nil
	if w := rm.win; w != nil && rm.page == nil && w.cut(r.bounds.kept) {
		r.saving(rm).First = w.first()
	}
	r.prune(rm)
	r.show(rm)
}

// advance moves the head by rows, whether the window can take them or not.
// Each row counts for itself: the head may have been moved by a later frame
// that came over a gap.
func (r *Replica) advance(rm *room, f *wire.Rows) {
	news := f.Upto > rm.head.Rev
	rm.head.Rev = max(rm.head.Rev, f.Upto)
	var fresh []*chat.Row
	for i := range f.Rows {
		row := &f.Rows[i]
		if last := rm.head.Last; last != nil && row.Seq == last.Seq && row.Rev > last.Rev {
			rm.head.Last, news = preview(row), true
		}
		if row.Seq > rm.head.Seq {
			fresh = append(fresh, row)
		}
	}
	slices.SortFunc(fresh, func(a, b *chat.Row) int { return int(a.Seq - b.Seq) })
	for _, row := range fresh {
		r.advanceBy(rm, row)
	}
	if !news && len(fresh) == 0 {
		return
	}
	r.saveHead(rm)
	r.stir(rm)
	r.show(rm)
}

// advanceBy moves the head by one new row.
func (r *Replica) advanceBy(rm *room, row *chat.Row) {
	h := &rm.head
	h.Seq, h.N, h.Last = row.Seq, row.N, preview(row)
	rm.typists = slices.DeleteFunc(rm.typists, func(t typist) bool { return t.user == row.By })
	if row.By != r.me.ID && slices.Contains(row.Mentions, r.me.ID) {
		h.Mention = max(h.Mention, row.Seq)
	}
	if row.System == nil {
		// Posting reads what one has posted, if nothing of others lies between.
		// The server does the same, if it knew that all before was read, and
		// tells so: the mark waits for that.
		if row.By == r.me.ID && row.N == h.ReadN+1 {
			h.Read, h.ReadN = row.Seq, row.N
			if rm.marked.due(r.now) {
				rm.marked = wait{r.now, postMark}
			}
		}
		return
	}
	switch row.System.Event {
	case chat.EventJoined:
		h.Members++
	case chat.EventLeft, chat.EventRemoved:
		h.Members--
	case chat.EventRenamed:
		h.Name = row.System.Text
	case chat.EventRole:
		if row.System.Account == r.me.ID {
			h.Role = row.System.Text
		}
	}
}

// preview is a row as a list shows it.
func preview(row *chat.Row) *chat.Row {
	p := *row
	p.Text = chat.Preview(p.Text)
	return &p
}

// summary is the room's line in the list, nil if it has none.
func (r *Replica) summary(rm *room) *Summary {
	if rm.sum != nil {
		return rm.sum
	}
	waiting, failed := rm.counts()
	ours := rm.known && !rm.gone
	if !ours && waiting+failed == 0 {
		return nil
	}
	head := rm.head
	s := &Summary{
		Head: &head, Title: head.Name, Unread: max(0, int64(head.N-head.ReadN)), Marked: head.Unread,
		Mentioned: head.Mention > head.Read, Hidden: head.IsHidden() && waiting+failed == 0, At: rm.raised,
		Typing: rm.writing(), Waiting: waiting, Failed: failed, Gone: !ours, Version: rm.version,
	}
	if head.Last != nil {
		s.At = max(s.At, head.Last.At)
	}
	if head.Peer != 0 {
		if u, ok := r.User(head.Peer); ok {
			s.Title = u.Name
		}
		s.Online = r.Presence(head.Peer).Online
	}
	rm.sum = s
	return s
}
