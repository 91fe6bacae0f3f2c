package server

import (
	"context"
	"reflect"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// check looks at what a client shows of a room.
func (c *simClient) check(id chat.RoomID) {
	w := c.w
	if c.epoch != w.db.mem.Meta().Epoch {
		return // the database was restored, and the client does not know yet
	}
	tl := c.r.Timeline(id)
	b := w.db.book(id)
	if tl.Ready {
		w.prefix("shows", c, id, tl.Cursor, tl.Rows)
	}
	for _, e := range tl.Pending {
		seq, stored := b.keys[postID{c.account, e.Key}]
		if stored && c.r.Row(id, seq) != nil {
			w.fail("client %d room %d: %v is shown as a row and as pending", c.id, id, e.Key)
		}
		if _, durable := c.disk.outbox[e.Key]; !durable && e.State != replica.Storing && e.State != replica.Failed {
			w.fail("client %d room %d: %v is %s, but not on disk", c.id, id, e.Key, e.State) // Promise 6
		}
	}
	c.grows(id)
}

// grows: Promise 7, what is known of a room never goes back.
func (c *simClient) grows(id chat.RoomID) {
	sum := c.r.Room(id)
	if sum == nil || sum.Gone {
		delete(c.heads, id)
		return
	}
	h := *sum.Head
	if old, was := c.heads[id]; was && (h.Read < old.Read || h.ReadN < old.ReadN || h.Rev < old.Rev || h.Seq < old.Seq) {
		c.w.fail("client %d room %d: %+v after %+v", c.id, id, h, old)
	}
	if n := len(c.w.db.book(id).rows); int(h.Read) > n { // it may be ahead of the rows that came
		c.w.fail("client %d room %d: read %d of %d", c.id, id, h.Read, n)
	}
	c.heads[id] = h
}

// checkStored looks at what a client would show after a restart.
func (c *simClient) checkStored(id chat.RoomID) {
	k := c.disk.rooms[id]
	if k != nil && k.Window && c.disk.epoch == c.w.db.mem.Meta().Epoch {
		c.w.prefix("stores", c, id, k.Cursor, k.sorted())
	}
}

// prefix: Promise 4, rows are what the log held at the cursor.
func (w *world) prefix(what string, c *simClient, id chat.RoomID, cursor chat.Rev, rows []*chat.Row) {
	b := w.db.book(id)
	if cursor > b.rev {
		w.fail("client %d %s room %d at revision %d of %d", c.id, what, id, cursor, b.rev)
		return
	}
	n := b.length(cursor)
	if len(rows) > n || len(rows) == 0 && n > 0 {
		w.fail("client %d %s room %d: %d rows of %d at revision %d", c.id, what, id, len(rows), n, cursor)
		return
	}
	for i, row := range rows {
		seq := chat.Seq(n - len(rows) + i + 1)
		if row.Seq != seq {
			w.fail("client %d %s room %d: row %d for %d at revision %d", c.id, what, id, row.Seq, seq, cursor)
			return
		}
		want := b.at(seq, cursor)
		if want == nil || row.Rev != want.Rev || c.good[row] != want.Rev && !sameRow(row, want) {
			w.fail("client %d %s room %d at revision %d:\n got %+v\nwant %+v", c.id, what, id, cursor, row, want)
			return
		}
		c.good[row] = row.Rev
	}
}

func sameRow(got, want *chat.Row) bool {
	if got == nil || want == nil {
		return got == want
	}
	a, b := *got, *want
	if len(a.Reactions) == 0 && len(b.Reactions) == 0 {
		a.Reactions, b.Reactions = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// inspect looks at a frame that was written at a step. Promise 9: who was
// removed is told nothing later of the room.
func (c *simClient) inspect(f wire.Frame, step uint64) {
	switch f := f.(type) {
	case *wire.Rows:
		rev := f.Upto
		for i := range f.Rows {
			rev = max(rev, f.Rows[i].Rev)
		}
		c.maySee(f.Type(), f.Room, step, rev)
		for _, key := range f.Keys[c.account] {
			c.acked[key] = c.w.db.restored
		}
	case *wire.Page:
		c.maySee(f.Type(), f.Room, step, f.Rev)
	case *wire.Head:
		c.maySee(f.Type(), f.Room.ID, step, f.Room.Rev)
	case *wire.Welcome:
		for i := range f.Rooms {
			c.maySee(f.Type(), f.Rooms[i].ID, step, f.Rooms[i].Rev)
		}
	case *wire.Marks:
		b := c.w.db.book(f.Room)
		for _, m := range f.Marks {
			if int(m.Read) > len(b.rows) {
				c.w.fail("client %d is told mark %+v of room %d with %d rows", c.id, m, f.Room, len(b.rows))
			} else if m.Read > 0 {
				c.maySee(f.Type(), f.Room, step, b.first[m.Read-1])
			}
		}
	}
}

func (c *simClient) maySee(what string, room chat.RoomID, step uint64, rev chat.Rev) {
	if b := c.w.db.book(room); !b.sees(c.account, step, rev) {
		c.w.fail("client %d of %d is told %s of room %d up to %d, after the removal: %+v", c.id, c.account, what, room, rev, b.members[c.account])
	}
}

// healed: when nothing fails any more, all come to rest, complete.
func (w *world) healed() {
	_ = w.db.mem.View(context.Background(), func(r store.Reader) error {
		for _, c := range w.clients {
			c.fresh(r)
			c.complete()
		}
		return nil
	})
}

// fresh compares what a client holds with what a new one would be told.
func (c *simClient) fresh(r store.Reader) {
	w := c.w
	if !c.r.Live() || c.r.Waiting() != 0 {
		w.fail("client %d: live %v, %d entries wait for ever, wake %d at %d", c.id, c.r.Live(), c.r.Waiting(), c.r.Wake(), c.now())
	}
	mine, _ := r.Rooms(c.account)
	for _, id := range w.rooms {
		sum, tl := c.r.Room(id), c.r.Timeline(id)
		if !slices.Contains(mine, id) {
			if sum != nil && !sum.Gone || tl.Ready {
				w.fail("client %d: room %d is not theirs any more", c.id, id)
			}
			continue
		}
		stored, _ := r.Head(id, c.account)
		want := headOf(&stored)
		if sum == nil || sum.Gone || !tl.Ready || tl.Cursor != want.Rev || tl.Loading {
			w.fail("client %d room %d: %+v at %d of %d, ready %v", c.id, id, sum, tl.Cursor, want.Rev, tl.Ready)
			return
		}
		w.prefix("ends with", c, id, tl.Cursor, tl.Rows)
		got := *sum.Head
		if !w.marks { // the bus lost one: the next welcome tells it
			got.Read, got.ReadN = max(got.Read, want.Read), max(got.ReadN, want.ReadN)
		}
		if got.Rev != want.Rev || got.Seq != want.Seq || got.N != want.N || got.Read != want.Read || got.ReadN != want.ReadN ||
			got.Members != want.Members || got.Name != want.Name || got.Role != want.Role || !sameRow(got.Last, want.Last) {
			w.fail("client %d room %d: head\n got %+v\nwant %+v", c.id, id, got, want)
		}
		c.stands(r, &got, &want)
		c.checkStored(id)
	}
}

// stands compares what was made of a room. A client that has opened it, and does
// not know yet that the server knows, has forgotten the tag. Whether a message
// mentions one is seen by its row, unless that was recalled before it came.
func (c *simClient) stands(r store.Reader, got, want *chat.Head) {
	w := c.w
	if !w.marks {
		return // the bus may have lost what says so
	}
	unread := got.Tag == "" || got.Unread == want.Unread
	if got.Top != want.Top || !reflect.DeepEqual(got.Hidden, want.Hidden) || !unread {
		w.fail("client %d room %d: stands\n got %+v\nwant %+v", c.id, got.ID, got, want)
	}
	if want.Mention <= want.Read {
		return
	}
	if row, _ := r.Row(got.ID, want.Mention); row.Recalled == 0 && got.Mention != want.Mention {
		w.fail("client %d room %d: mentioned by %d, not %d", c.id, got.ID, got.Mention, want.Mention)
	}
}

// complete: Promises 3 and 6, what was written is stored once, or shown as
// refused.
func (c *simClient) complete() {
	w := c.w
	last := map[chat.RoomID]chat.Seq{}
	for _, key := range c.composed {
		room := c.target[key]
		seq := w.db.book(room).keys[postID{c.account, key}]
		e := c.r.Entry(key)
		restored, acked := c.acked[key]
		lost := acked && restored < w.db.restored // by a backup that was restored
		switch {
		case e != nil && e.State != replica.Failed:
			w.fail("client %d: %v is left, %s", c.id, key, e.State)
		case e != nil && !c.mayFail(e, room):
			w.fail("client %d: %v is refused: %s %s", c.id, key, e.Code, e.Message)
		case acked && !lost && seq == 0, c.durable[key] && !acked && seq == 0 && e == nil && !c.dropped[key] && w.db.restored == 0:
			w.fail("client %d: %v of room %d is lost", c.id, key, room)
		}
		if seq == 0 || c.dropped[key] || w.db.restored > 0 {
			continue
		}
		if seq < last[room] {
			w.fail("client %d room %d: %v is at %d, after %d", c.id, room, key, seq, last[room])
		}
		last[room] = seq
	}
	for key, e := range c.disk.outbox {
		if e.State != replica.Failed {
			w.fail("client %d: %v is left on disk, %s", c.id, key, e.State)
		}
	}
}

// mayFail reports whether there can be a reason for a refusal.
func (c *simClient) mayFail(e *replica.Entry, room chat.RoomID) bool {
	return e.Op != replica.OpPost || e.Reply != 0 || e.Code == chat.NotFound && c.w.names[room] != ""
}
