package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

// opened says hello.
func (r *Replica) opened() {
	r.open = true
	hello := &wire.Hello{
		V: wire.Version, Device: r.config.Device, As: r.me.ID,
		Epoch: r.epoch, Token: r.config.Token,
	}
	if r.epoch != "" {
		hello.Cursors = r.cursors()
	}
	r.transmit(hello)
}

// cursors says how far the rooms are held: those with a window by its cursor,
// the others by their head. The most recent go first, if there are too many.
func (r *Replica) cursors() map[chat.RoomID]wire.Cursor {
	var cursors map[chat.RoomID]wire.Cursor
	size := 0
	for _, s := range r.AllRooms() {
		rm := r.rooms[s.Head.ID]
		if rm.gone || len(cursors) == chat.MaxCursors || size > cursorsAim {
			continue
		}
		if cursors == nil {
			cursors = map[chat.RoomID]wire.Cursor{}
		}
		c := wire.Cursor{Rev: rm.head.Rev, Tag: rm.head.Tag}
		if rm.win != nil {
			c.Rev = rm.win.cursor
		}
		cursors[rm.id] = c
		size += len(c.Tag) + cursorSize
	}
	return cursors
}

const (
	cursorsAim = 48 << 10                                         // bytes; a message to the server has at most chat.MaxClientSize
	cursorSize = len(`"9007199254740991":[9007199254740991,""],`) // at most, but for the tag
)

// closed drops what was bound to the connection, and nothing else.
func (r *Replica) closed() {
	if !r.open {
		return
	}
	r.open, r.live, r.starved, r.pulling = false, false, false, 0
	r.step.status, r.step.people = true, true
	for _, rm := range r.all {
		r.putBack(rm)
		rm.pull, rm.joined, rm.hold = nil, nil, wait{}
		rm.unasked()
		rm.sentRead, rm.sentGot, rm.opening.sent, rm.marked = 0, 0, false, wait{}
		if rm.page != nil || len(rm.typists) > 0 || rm.head.Peer != 0 {
			rm.page, rm.typists = nil, nil
			r.show(rm)
		}
	}
}

// welcome applies the answer to hello, if the connection is ours.
func (r *Replica) welcome(w *wire.Welcome) {
	if !r.open || r.live {
		return
	}
	if r.me.ID != 0 && r.me.ID != w.Me.ID {
		r.emit(Hangup{Code: wire.CloseNotSigned, Reason: "the connection is another account's"})
		return
	}
	r.step.meta = &SaveMeta{Me: w.Me, Epoch: w.Epoch}
	if r.epoch != w.Epoch && r.epoch != "" {
		r.step.meta.Reset = true
		r.newEpoch()
	}
	r.me, r.epoch, r.live, r.skew = w.Me, w.Epoch, true, w.Now-r.now
	r.step.status, r.step.list, r.step.people = true, true, true
	r.meet(w.Users)
	for i := range w.Rooms {
		r.lostEnd(&w.Rooms[i])
		r.takeHead(&w.Rooms[i])
	}
	for _, id := range w.Gone {
		r.goneFrame(id)
	}
	r.greet(w.Online)
	r.hurryUploads()
	for _, rm := range r.all {
		r.failForeign(rm)
	}
	r.stirAll()
}

// lostEnd prepares a room for a head behind what is held of it. Rows are told
// of only when they are on disk (Promise 1), so the log has lost its end: the
// server's word counts, and the window is replaced.
func (r *Replica) lostEnd(h *chat.Head) {
	rm := r.rooms[h.ID]
	if rm == nil || !rm.known || h.Rev >= rm.head.Rev {
		return
	}
	rm.head.Rev, rm.head.Mention, rm.heard = 0, 0, 0
	if rm.win != nil {
		rm.win.broken = rm.win.cursor > h.Rev
	}
}

// newEpoch drops all rooms: seqs and revs mean something else now. Entries
// stay; those that were settled in the old epoch are sent again, since the new
// log may lack them, and their keys keep them from being doubled if not.
func (r *Replica) newEpoch() {
	for _, rm := range r.all {
		rm.known, rm.gone = false, false
		rm.head = chat.Head{ID: rm.id, Kind: rm.head.Kind, Name: rm.head.Name, Peer: rm.head.Peer}
		for _, it := range rm.entries {
			if it.e.State == Settled {
				r.become(rm, it, Queued)
			}
		}
		r.forget(rm)
		rm.save = nil
	}
}

// failForeign refuses the entries that name a seq of another epoch.
func (r *Replica) failForeign(rm *room) {
	for _, it := range rm.entries {
		if it.e.namesSeq() && it.e.Epoch != r.epoch && it.e.waiting() {
			r.fail(rm, it, chat.Conflict, "the server was restored from a backup: this message may be another one now")
		}
	}
}

// greet takes who is here now.
func (r *Replica) greet(online []chat.AccountID) {
	for id, p := range r.presence {
		p.Online = false
		r.presence[id] = p
	}
	for _, id := range online {
		p := r.presence[id]
		p.Online = true
		r.presence[id] = p
	}
	for _, rm := range r.all {
		if rm.head.Peer != 0 {
			r.show(rm)
		}
	}
}

// stirAll looks at all rooms.
func (r *Replica) stirAll() {
	for _, rm := range r.all {
		r.stir(rm)
	}
}

// profile takes one's own account.
func (r *Replica) profile(me chat.Account) {
	if me.ID != r.me.ID || me.ID == 0 {
		return
	}
	r.me = me
	r.step.meta = &SaveMeta{Me: me, Epoch: r.epoch}
	r.step.status, r.step.people = true, true
}

// meet takes what people are called.
func (r *Replica) meet(users []chat.User) {
	for _, u := range users {
		old, known := r.users[u.ID]
		if known && old == u {
			continue
		}
		r.users[u.ID] = u
		r.step.users = append(r.step.users, u)
		r.step.people = true
		for _, rm := range r.all {
			if rm.head.Peer == u.ID || known && slices.ContainsFunc(rm.typists, func(t typist) bool { return t.user == u.ID }) {
				r.show(rm)
			}
		}
	}
}
