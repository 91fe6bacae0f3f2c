package replica

import (
	"cmp"
	"slices"

	"parley/shared/chat"
)

// NotStored is the code of an entry that failed because this device could not
// store it. The server has not seen it; Retry stores it anew.
const NotStored chat.Code = "not_stored"

// FileLost is the code of an entry whose file is no longer on this device: a
// NotUploaded says so.
const FileLost chat.Code = "file_lost"

// unsaved fails what could not be stored: it must not look as if it were safe
// (Promise 6). It stays on the screen, and what follows it in its room may go.
func (r *Replica) unsaved(in Unsaved) {
	for _, key := range in.Keys {
		rm := r.keys[key]
		if rm == nil {
			continue
		}
		it := rm.item(key)
		if it.e.State != Storing {
			continue
		}
		e := *it.e
		e.State, e.Code, e.Message = Failed, NotStored, in.Message
		it.e = &e
		r.showEntries(rm)
	}
}

// sender lets the outbox go, or holds it back.
func (r *Replica) sender(in Sender) {
	if r.mute = !in.On; r.mute {
		r.stopAllUploads()
		return
	}
	r.stirAll()
}

// keep has a room get a window.
func (r *Replica) keep(in Keep) {
	if rm := r.rooms[in.Room]; rm != nil && !rm.wanted {
		rm.wanted = true
		r.stir(rm)
	}
}

// held takes in a window from the storage: one that was not read before, one
// that reaches further back, or one that another tab has brought further. A
// pull that is in flight brings something newer, or would be misread.
func (r *Replica) held(in Held) {
	rm := r.rooms[in.Room.Head.ID]
	if rm == nil || !rm.known || rm.gone || !in.Room.Window || rm.pull != nil && rm.pull.sent {
		return
	}
	w := replace(in.Room.Rows, in.Room.Cursor)
	if w == nil || rm.win != nil && !rm.win.broken && !w.beyond(rm.win) {
		return
	}
	if r.live && w.cursor > rm.heard {
		return // of a log that this connection does not know
	}
	stayed := rm.win != nil && rm.win.cursor == w.cursor
	rm.win, rm.page, rm.kept = w, nil, w.cursor
	if !stayed {
		rm.quoted = nil
		r.reloadAway(rm)
	} else {
		r.joinAway(rm)
	}
	rm.heard = max(rm.heard, w.cursor)
	if head := &rm.head; head.Rev < w.cursor && in.Room.Head.Rev >= w.cursor {
		head.Rev, head.Seq, head.N, head.Last = in.Room.Head.Rev, in.Room.Head.Seq, in.Room.Head.N, in.Room.Head.Last
	}
	if len(rm.entries) > 0 {
		r.settleShown(rm)
	}
	r.stir(rm)
	r.show(rm)
}

// beyond reports whether a window is at a later revision than another, or at
// the same and begins earlier.
func (w *window) beyond(other *window) bool {
	if w.cursor != other.cursor {
		return w.cursor > other.cursor
	}
	return len(w.rows) > len(other.rows)
}

// outboxRead takes in the outbox as it is stored: entries that another tab has
// written, failed, ended, or queued again.
func (r *Replica) outboxRead(in Outbox) {
	stored := make(map[chat.Key]bool, len(in.Entries))
	for i := range in.Entries {
		e := &in.Entries[i]
		stored[e.Key] = true
		r.outboxEntry(e)
	}
	for _, rm := range slices.Clone(r.all) {
		for _, it := range slices.Clone(rm.entries) {
			s := it.e.State
			if !stored[it.e.Key] && (s == Queued || s == Sending || s == Storing && it.kept || s == Failed && it.e.Code != NotStored) {
				r.drop(rm, it)
			}
		}
	}
}

func (r *Replica) outboxEntry(e *Entry) {
	rm := r.keys[e.Key]
	if rm == nil {
		if _, ended := r.ended[e.Key]; !ended {
			r.restoreEntry(*e)
			r.sortEntries(r.room(e.Room))
		}
		return
	}
	it := rm.item(e.Key)
	r.adoptFiles(rm, it, e)
	failed := e.State == Failed
	switch {
	case it.e.State == Storing, it.e.State == Settled, failed == (it.e.State == Failed), slices.Contains(rm.flight, it):
		return // ours is as new, or newer
	case !failed && e.Order <= it.e.Order:
		return // failed here, and not yet on disk
	}
	c := *e
	if !failed {
		c.State = Queued
	}
	it.e, it.size = &c, size(&c)
	r.order = max(r.order, e.Order)
	r.sortEntries(rm)
}

// sortEntries puts a room's entries in their order. Two tabs may have given
// out the same one: then the keys, which are ordered by time, decide.
func (r *Replica) sortEntries(rm *room) {
	slices.SortStableFunc(rm.entries, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.e.Order, b.e.Order), slices.Compare(a.e.Key[:], b.e.Key[:]))
	})
	r.showEntries(rm)
}

// drop takes out an entry that is no longer stored.
func (r *Replica) drop(rm *room, it *item) {
	r.stopUploads(it)
	rm.entries = slices.DeleteFunc(rm.entries, func(x *item) bool { return x == it })
	rm.flight = slices.DeleteFunc(rm.flight, func(x *item) bool { return x == it })
	delete(r.keys, it.e.Key)
	r.showEntries(rm)
}

// Whole is everything of a room as one SaveRoom, for a storage that lacks what
// the last one continued. It is false for a room without a window.
func (r *Replica) Whole(id chat.RoomID) (SaveRoom, bool) {
	rm := r.rooms[id]
	if rm == nil || !rm.known || rm.gone || rm.win == nil || rm.win.broken {
		return SaveRoom{}, false
	}
	head := rm.head
	return SaveRoom{
		Room: id, Head: &head, Told: rm.told, Reset: true, Window: true, Cursor: rm.win.cursor,
		First: rm.win.first(), Rows: slices.Clone(rm.win.rows),
	}, true
}
