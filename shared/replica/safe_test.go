package replica_test

import (
	"reflect"

	"parley/shared/chat"
	"parley/shared/replica"
)

// safe holds at every step.
func (s *sim) safe() {
	for _, id := range []chat.RoomID{direct, group} {
		tl := s.r.Timeline(id)
		l := s.m.logs[id]
		current := s.d.epoch == s.m.epoch
		if tl.Ready && current {
			s.prefix("shown", id, tl.Cursor, tl.Rows)
		}
		if far, is := s.r.Elsewhere(id); is && current {
			s.elsewhere(id, far, tl)
		}
		seen := map[chat.Key]bool{}
		for _, row := range tl.Rows {
			if seen[row.Key] {
				s.Fatalf("%v: %s is shown twice", id, row.Key)
			}
			seen[row.Key] = true
		}
		sending := 0
		for _, e := range tl.Pending {
			if seen[e.Key] {
				s.Fatalf("%v: %s is shown as a row and as pending", id, e.Key)
			}
			seen[e.Key] = true
			if e.State == replica.Sending {
				sending++
			}
			if _, stored := s.d.outbox[e.Key]; !stored && e.State != replica.Storing {
				s.Fatalf("%v: %s is %s, but not on disk", id, e.Key, e.State)
			}
		}
		s.grows(id, tl)
		if version := s.versions[id]; tl.Version < version {
			s.Fatalf("%v: version %d after %d", id, tl.Version, version)
		}
		s.versions[id] = tl.Version
		if stored := s.d.rooms[id]; stored != nil && stored.Window && current {
			rows := make([]*chat.Row, 0, len(stored.Rows))
			for i := range stored.Rows {
				rows = append(rows, &stored.Rows[i])
			}
			s.prefix("stored", id, stored.Cursor, rows)
		}
		if sum := s.r.Room(id); sum != nil && current && !sum.Gone && (sum.Unread < 0 || sum.Head.Rev > l.head.Rev) {
			s.Fatalf("%v: %d unread, rev %d of %d", id, sum.Unread, sum.Head.Rev, l.head.Rev)
		}
	}
}

// grows checks that cursors, heads and marks (Promise 7) never go back while a
// room is ours and its epoch lasts.
func (s *sim) grows(id chat.RoomID, tl replica.Timeline) {
	if !tl.Ready {
		delete(s.cursors, id)
	} else {
		if tl.Cursor < s.cursors[id] {
			s.Fatalf("%v: cursor %d after %d", id, tl.Cursor, s.cursors[id])
		}
		s.cursors[id] = tl.Cursor
	}
	sum := s.r.Room(id)
	if sum == nil || sum.Gone || s.d.epoch != s.m.epoch {
		delete(s.heads, id)
		return
	}
	if old := s.heads[id]; sum.Head.Rev < old.Rev || sum.Head.Seq < old.Seq || sum.Head.Read < old.Read {
		s.Fatalf("%v: head %+v after %+v", id, *sum.Head, old)
	}
	s.heads[id] = *sum.Head
}

// prefix checks Promise 4.
func (s *sim) prefix(what string, id chat.RoomID, cursor chat.Rev, rows []*chat.Row) {
	held, known := s.m.logs[id].held[cursor]
	if !known {
		s.Fatalf("%v: %s at revision %d, which never was", id, what, cursor)
	}
	if len(rows) > len(held) || len(rows) == 0 && len(held) > 0 {
		s.Fatalf("%v: %s %d rows of %d", id, what, len(rows), len(held))
	}
	for i, row := range rows {
		if want := held[len(held)-len(rows)+i]; !same(*row, want) {
			s.Fatalf("%v: %s at revision %d\n got %+v\nwant %+v", id, what, cursor, *row, want)
		}
	}
}

// elsewhere checks Promise 4 of rows that do not reach the newest: they are
// exactly what the log held of them at the cursor, and lie before the window.
func (s *sim) elsewhere(id chat.RoomID, far, tl replica.Timeline) {
	if !far.Ready {
		return
	}
	held := s.m.logs[id].held[far.Cursor]
	first := int(far.Rows[0].Seq)
	if far.Cursor != tl.Cursor || first+len(far.Rows)-1 > len(held) || len(far.Rows) > simAway {
		s.Fatalf("%v: elsewhere %d rows from %d, of %d at %d", id, len(far.Rows), first, len(held), far.Cursor)
	}
	for i, row := range far.Rows {
		if want := held[first-1+i]; !same(*row, want) {
			s.Fatalf("%v: elsewhere at revision %d\n got %+v\nwant %+v", id, far.Cursor, *row, want)
		}
	}
	if last := far.Rows[len(far.Rows)-1]; len(tl.Rows) > 0 && last.Seq+1 >= tl.Rows[0].Seq {
		s.Fatalf("%v: elsewhere up to %d, and not joined to %d", id, last.Seq, tl.Rows[0].Seq)
	}
}

func same(a, b chat.Row) bool {
	if len(a.Reactions) == 0 && len(b.Reactions) == 0 {
		a.Reactions, b.Reactions = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// heal ends all faults: then everything must come to rest, complete.
func (s *sim) heal() {
	s.m.busy = 0
	if !s.m.logs[group].ours {
		s.membership()
	}
	s.m.lag = 0
	if s.between(0, 1) == 0 { // the connection may be sound: then it must do
		s.cut()
	}
	s.connect()
	s.step(replica.OpenRoom{Room: direct})
	s.step(replica.OpenRoom{Room: group})
	for range 400 {
		s.store()
		s.flow()
		for len(s.uploads) > 0 {
			s.end(0, true)
		}
		at := s.r.Wake()
		if at == 0 && len(s.storing) == 0 && len(s.uploads) == 0 {
			break
		}
		s.now = max(s.now+1, at)
		s.step(replica.Tick{})
	}
	if n := s.r.Waiting(); n != 0 || !s.r.Live() {
		s.Fatalf("%d entries wait forever, live %v, wake %d at %d", n, s.r.Live(), s.r.Wake(), s.now)
	}
	for _, id := range []chat.RoomID{direct, group} {
		s.healed(id)
	}
}

func (s *sim) healed(id chat.RoomID) {
	l, tl, sum := s.m.logs[id], s.r.Timeline(id), s.r.Room(id)
	if !tl.Ready || tl.Cursor != l.head.Rev {
		s.Fatalf("%v: at %d of %d, ready %v", id, tl.Cursor, l.head.Rev, tl.Ready)
	}
	h := sum.Head
	if h.Rev != l.head.Rev || h.Seq != l.head.Seq || h.N != l.head.N || h.Read != l.head.Read || h.ReadN != l.head.ReadN {
		s.Fatalf("%v: head\n got %+v\nwant %+v", id, *h, l.head)
	}
	if last := l.current().Last; last != nil && !same(*last, *h.Last) {
		s.Fatalf("%v: last\n got %+v\nwant %+v", id, *h.Last, *last)
	}
	failed := map[chat.Key]bool{}
	for _, e := range tl.Pending {
		if e.State != replica.Failed {
			s.Fatalf("%v: %+v is left", id, e)
		}
		failed[e.Key] = true
	}
	for key, e := range s.d.outbox {
		if e.State != replica.Failed {
			s.Fatalf("%s is left on disk, %s", key, e.State)
		}
	}
	if tl.Loading {
		s.Fatalf("%v: loading for ever", id)
	}
	s.healedElsewhere(id)
	at := map[chat.Key]int{}
	for i, row := range l.rows {
		if _, twice := at[row.Key]; twice {
			s.Fatalf("%v: %s is stored twice", id, row.Key)
		}
		at[row.Key] = i + 1
	}
	for key, room := range s.composed {
		if room == id && at[key] == 0 && !failed[key] && !s.discarded[key] && !s.lostToo(key) {
			s.Fatalf("%v: %s is lost", id, key)
		}
	}
	before := 0
	for _, key := range s.order[id] {
		if at[key] == 0 || s.retried[key] {
			continue
		}
		if at[key] < before {
			s.Fatalf("%v: %s is out of order", id, key)
		}
		before = at[key]
	}
}

// lostToo reports whether a post was acknowledged, shown, and then lost by a
// restored backup, or killed before it was stored.
func (s *sim) lostToo(key chat.Key) bool { return s.m.epoch != "e1" }

// healedElsewhere has a jump reach every row, and the way back from the first
// to the newest be gone by pages alone.
func (s *sim) healedElsewhere(id chat.RoomID) {
	for _, seq := range []chat.Seq{1, chat.Seq(s.between(1, int(s.m.logs[id].head.Seq)+1))} {
		s.step(replica.JumpTo{Room: id, Seq: seq})
		s.flow()
		s.safe()
		far, is := s.r.Elsewhere(id)
		if is && (!far.Ready || far.Loading) || seq <= s.m.logs[id].head.Seq && s.r.Row(id, seq) == nil {
			s.Fatalf("%v: %d was not reached: %+v", id, seq, far)
		}
	}
	for range 200 {
		if _, is := s.r.Elsewhere(id); !is {
			return
		}
		s.step(replica.LoadNewer{Room: id})
		s.flow()
		s.safe()
	}
	s.Fatalf("%v: the newest is never reached", id)
}
