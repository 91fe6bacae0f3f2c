package server

import (
	"context"
	"errors"
	"maps"
	"slices"

	"parley/server/bus"
	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// join adds a listener that was told the room as of a head. The note of a
// session that pinned the room first.
func (r *room) join(s *session, head *chat.Head) {
	if !r.live && r.hinted <= head.Rev {
		r.begin(head)
	}
	if !r.live || r.cursor > head.Rev || s.doubts(r.id) {
		r.refresh(s.who.Account, []*session{s}) // something came between
		return
	}
	r.add(s, head.Rev)
}

// begin makes the cursor hold: the room's first listener knows it at head.
func (r *room) begin(head *chat.Head) {
	r.live, r.cursor, r.seq, r.kind = true, head.Rev, head.Seq, head.Kind
}

func (r *room) add(s *session, at chat.Rev) {
	r.flush() // what is queued was before its time
	if s.listen(r) {
		r.listeners.put(s, at)
		r.tick()
	}
}

// drop removes a listener whose connection has ended.
func (r *room) drop(s *session) { r.listeners.remove(s) }

// unpin ends what hub.pin began.
func (r *room) unpin() {
	r.hub.mu.Lock()
	r.pins--
	r.hub.mu.Unlock()
}

// refresh looks at somebody's membership in the store, and tells their
// connections: the head if they are a member, listening from there on; else
// that the room is gone.
func (r *room) refresh(account chat.AccountID, sessions []*session) {
	r.flush()
	if !r.live {
		r.hub.synced(context.Background()) // a pump has no caller
	}
	var frame *wire.Head
	var banned bool
	err := r.view(func(st store.Reader) (err error) {
		frame, err = headFrame(st, r.id, account)
		if errors.Is(err, store.ErrNotFound) {
			m, err := st.Member(r.id, account)
			banned = err == nil && m.Role == store.RoleBanned
		}
		return err
	})
	if errors.Is(err, chat.ErrNotFound) {
		r.exclude(account, sessions, banned)
		return
	}
	if err != nil {
		for _, s := range sessions {
			s.giveUp() // it cannot be told the truth now: it comes back
		}
		return
	}
	if !r.live {
		r.begin(&frame.Room)
	}
	item := ws.Item{Message: messageOf(frame), Room: r.id, Head: true}
	for _, s := range sessions {
		if s.bare || s.later(r.id) {
			continue
		}
		s.push(item)
		if !r.listeners.has(s) {
			r.add(s, frame.Room.Rev)
		}
	}
}

// exclude tells somebody's connections that the room is gone, also those that
// only know it from a welcome or a head. Who was told before is not told again
// (package ws, the gate). Those of plain text rooms need no membership, but
// end if somebody was removed.
func (r *room) exclude(account chat.AccountID, sessions []*session, banned bool) {
	r.dismiss(account, maxRev)
	item := r.goneItem()
	for _, s := range sessions {
		if !s.bare && !s.later(r.id) {
			s.push(item)
		}
	}
	for _, l := range slices.Backward(r.listeners.list) {
		if banned && l.bare && l.account == account {
			l.conn.Close(wire.ClosePolicy, "removed from this room")
			r.listeners.remove(l.session)
		}
	}
}

func (r *room) goneItem() ws.Item {
	return ws.Item{Message: messageOf(&wire.Gone{Room: r.id}), Room: r.id, Gone: true}
}

// maxRev is behind every revision.
const maxRev = chat.Rev(chat.MaxID)

// of returns somebody's listeners that were told less than rev when they came.
func (r *room) of(account chat.AccountID, rev chat.Rev) (list []*session) {
	for _, l := range r.listeners.list {
		if l.account == account && l.at < rev && !l.bare {
			list = append(list, l.session)
		}
	}
	return list
}

// dismiss tells somebody's connections that the room is gone, if a removal at
// rev concerns them, and nothing more. It reports whether there were any.
func (r *room) dismiss(account chat.AccountID, rev chat.Rev) bool {
	leavers := r.of(account, rev)
	if len(leavers) == 0 {
		return false
	}
	r.flush()
	item := r.goneItem()
	for _, s := range leavers {
		s.push(item)
		s.unlisten(r)
		r.listeners.remove(s)
	}
	return true
}

// passOver ends those of plain text rooms, who cannot pull what is passed over.
func (r *room) passOver() {
	for _, l := range slices.Backward(r.listeners.list) {
		if l.bare {
			l.conn.Close(wire.CloseTooSlow, "too much at once")
			r.listeners.remove(l.session)
		}
	}
}

// recheck looks at the membership of everybody who listens, and tells them
// the head.
func (r *room) recheck() {
	byAccount := make(map[chat.AccountID][]*session)
	for _, l := range r.listeners.list {
		if l.bare {
			continue
		}
		byAccount[l.account] = append(byAccount[l.account], l.session)
	}
	for _, account := range slices.Sorted(maps.Keys(byAccount)) {
		r.refresh(account, byAccount[account])
	}
}

// head tells everybody the head: its name or the like has changed.
func (r *room) head() {
	r.flush()
	r.recheck()
}

// lagged tells a connection that dropped rows of this room how far it is.
func (r *room) lagged(s *session) {
	if r.listeners.has(s) {
		r.refresh(s.who.Account, []*session{s})
	}
}

// mark takes marks that grew. They are joined for a while, also where nobody
// listens yet: who is about to may have read the store before.
func (r *room) mark(m chat.Mark) {
	had := r.marks[m.User]
	if m.Read < had.Read || m.Got < had.Got {
		return
	}
	if r.marks == nil {
		r.marks = make(map[chat.AccountID]chat.Mark)
	}
	r.marks[m.User] = m
	r.tick()
}

// tick sees that marks which wait are told.
func (r *room) tick() {
	if len(r.marks) > 0 && !r.ticking {
		r.ticking = true
		id, h := r.id, r.hub
		h.server.after(joinMarks, func() { h.tell(id, (*room).flushMarks) })
	}
}

// flushMarks tells the joined marks: others' in rooms up to chat.MaxTyping
// members, and how far they have received in direct rooms alone; one's own
// always and whole.
func (r *room) flushMarks() {
	r.ticking = false
	if len(r.listeners.list) == 0 {
		return // who comes yet is told
	}
	marks := make([]chat.Mark, 0, len(r.marks))
	for _, id := range slices.Sorted(maps.Keys(r.marks)) {
		m := r.marks[id]
		if r.kind != chat.KindDirect {
			if m.Got = 0; m.Read <= r.reads[m.User] {
				continue // only got grew
			}
			if r.reads == nil {
				r.reads = make(map[chat.AccountID]chat.Seq)
			}
			r.reads[m.User] = m.Read
		}
		marks = append(marks, m)
	}
	if len(r.reads) > chat.MaxCursors {
		clear(r.reads) // costs only saying something twice
	}
	own := r.marks
	r.marks = nil
	r.flush()
	small := r.concernsOthers(own) && r.small()
	var shared ws.Item
	if small {
		shared = r.markItem(marks)
	}
	for _, s := range r.listeners.list {
		mine, has := own[s.account]
		switch {
		case s.bare:
		case !has && small && len(marks) > 0:
			s.push(shared)
		case !has:
		case !small:
			s.push(r.markItem([]chat.Mark{mine}))
		case r.kind == chat.KindDirect:
			s.push(shared)
		default:
			s.push(r.markItem(withOwn(marks, mine)))
		}
	}
}

// concernsOthers reports whether anybody who listens has another's mark to be
// told of.
func (r *room) concernsOthers(marks map[chat.AccountID]chat.Mark) bool {
	return len(marks) > 1 || slices.ContainsFunc(r.listeners.list, func(l listener) bool {
		_, own := marks[l.account]
		return !own && !l.bare
	})
}

// withOwn returns marks with one's own whole.
func withOwn(marks []chat.Mark, mine chat.Mark) []chat.Mark {
	list := []chat.Mark{mine}
	for _, m := range marks {
		if m.User != mine.User {
			list = append(list, m)
		}
	}
	return list
}

func (r *room) markItem(marks []chat.Mark) ws.Item {
	return ws.Item{Message: messageOf(&wire.Marks{Room: r.id, Marks: marks}), Room: r.id, Live: true}
}

// typing tells the others that somebody is writing.
func (r *room) typing(user chat.AccountID) {
	if !r.small() {
		return
	}
	r.flush()
	item := ws.Item{Message: messageOf(&wire.Typed{Room: r.id, User: user}), Room: r.id, Live: true}
	for _, l := range r.listeners.list {
		if l.account != user && !l.bare {
			l.push(item)
		}
	}
}

// small reports whether typing and marks of others are told here. The members
// of open rooms come and go without a row, so the store is asked; where there are
// far fewer than the bound, not again for a while.
func (r *room) small() bool {
	now := r.hub.server.clock()
	if r.kind == chat.KindDirect || now.Before(r.smallUntil) {
		return true
	}
	members := 0
	err := r.view(func(st store.Reader) error {
		room, err := st.Room(r.id)
		members = room.Members
		return err
	})
	if err == nil && members <= chat.MaxTyping/2 {
		r.smallUntil = now.Add(trustSmall)
	}
	return err == nil && members <= chat.MaxTyping
}

// rowsFrame makes the frame of a change.
func rowsFrame(id chat.RoomID, e *bus.Rows) *wire.Rows {
	f := &wire.Rows{Room: id, From: e.From, Upto: e.Upto, Rows: e.Rows, Users: e.Users}
	if len(e.Keys) > 0 {
		f.Keys = map[chat.AccountID][]chat.Key{e.Account: e.Keys}
	}
	return f
}
