package replica_test

import (
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// disk does the Save effects, as a storage would.
type disk struct {
	me     chat.Account
	epoch  string
	users  map[chat.AccountID]chat.User
	rooms  map[chat.RoomID]*replica.StoredRoom
	outbox map[chat.Key]replica.Entry
}

func newDisk() *disk {
	return &disk{users: map[chat.AccountID]chat.User{}, rooms: map[chat.RoomID]*replica.StoredRoom{}, outbox: map[chat.Key]replica.Entry{}}
}

// save does one effect; it is none if the effect stores nothing.
func (d *disk) save(e replica.Effect) {
	switch e := e.(type) {
	case replica.SaveMeta:
		d.me, d.epoch = e.Me, e.Epoch
		if e.Reset {
			clear(d.rooms)
		}
	case replica.SaveUsers:
		for _, u := range e.Users {
			d.users[u.ID] = u
		}
	case replica.SaveOutbox:
		for _, entry := range e.Entries {
			d.outbox[entry.Key] = *entry
		}
	case replica.SaveRoom:
		d.saveRoom(e)
	}
}

func (d *disk) saveRoom(e replica.SaveRoom) {
	for _, key := range e.Done {
		delete(d.outbox, key)
	}
	if e.Drop {
		delete(d.rooms, e.Room)
		return
	}
	s := d.rooms[e.Room]
	if s == nil {
		if e.Head == nil {
			return
		}
		s = &replica.StoredRoom{}
		d.rooms[e.Room] = s
	}
	if e.Head != nil {
		s.Head = *e.Head
	}
	s.Told, s.Window, s.Cursor = e.Told, e.Window, e.Cursor
	if e.Reset {
		s.Rows = nil
	}
	for _, row := range e.Rows {
		s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(r chat.Row) bool { return r.Seq == row.Seq })
		s.Rows = append(s.Rows, *row)
	}
	if e.First > 0 {
		s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(r chat.Row) bool { return r.Seq < e.First })
	}
	slices.SortFunc(s.Rows, func(a, b chat.Row) int { return int(a.Seq - b.Seq) })
}

// restore is what a cold start reads.
func (d *disk) restore() replica.Restore {
	in := replica.Restore{Me: d.me, Epoch: d.epoch}
	for _, u := range d.users {
		in.Users = append(in.Users, u)
	}
	for _, s := range d.rooms {
		in.Rooms = append(in.Rooms, *s)
	}
	slices.SortFunc(in.Rooms, func(a, b replica.StoredRoom) int { return int(a.Head.ID - b.Head.ID) })
	for _, e := range d.outbox {
		in.Outbox = append(in.Outbox, e)
	}
	slices.SortFunc(in.Outbox, func(a, b replica.Entry) int { return int(a.Order - b.Order) })
	return in
}

// rig drives a replica by hand. Storing is acknowledged at once, unless slow.
type rig struct {
	t    testing.TB
	r    *replica.Replica
	now  chat.Time
	disk *disk
	slow bool
	last []replica.Effect // of the last do, with what followed from it
}

func newRig(t testing.TB) *rig {
	return &rig{t: t, r: replica.New(replica.Config{Device: "d"}), now: 1_000_000, disk: newDisk()}
}

// do takes an input and returns the frames that it makes the replica send.
func (g *rig) do(in replica.Input) []wire.Frame {
	g.t.Helper()
	g.last = nil
	return g.step(in)
}

func (g *rig) step(in replica.Input) []wire.Frame {
	g.t.Helper()
	effects := g.r.Step(g.now, in)
	g.last = append(g.last, effects...)
	var sent []wire.Frame
	var stored []chat.Key
	for _, e := range effects {
		g.disk.save(e)
		switch e := e.(type) {
		case replica.Transmit:
			sent = append(sent, e.Frame)
		case replica.SaveOutbox:
			for _, entry := range e.Entries {
				if entry.State == replica.Storing {
					stored = append(stored, entry.Key)
				}
			}
		}
	}
	if len(stored) > 0 && !g.slow {
		sent = append(sent, g.step(replica.Stored{Keys: stored})...)
	}
	return sent
}

// from takes a frame from the server.
func (g *rig) from(f wire.Frame) []wire.Frame {
	g.t.Helper()
	return g.do(replica.Received{Frame: f})
}

// after lets time pass and ticks.
func (g *rig) after(ms chat.Time) []wire.Frame {
	g.t.Helper()
	g.now += ms
	return g.do(replica.Tick{})
}

// connect opens a connection and welcomes it with these heads.
func (g *rig) connect(heads ...chat.Head) []wire.Frame {
	g.t.Helper()
	g.do(replica.Opened{})
	return g.from(welcomeWith(heads...))
}

func welcomeWith(heads ...chat.Head) *wire.Welcome {
	return &wire.Welcome{V: 1, Epoch: "e1", Me: chat.Account{ID: me, Kind: chat.KindMember, Name: "Me"}, Now: 5_000_000, Rooms: heads, Users: modelUsers()}
}

// one wants exactly one frame of type T among the frames.
func one[T wire.Frame](t testing.TB, frames []wire.Frame) T {
	t.Helper()
	var none T
	if len(frames) != 1 {
		t.Fatalf("%d frames, want one %s: %+v", len(frames), none.Type(), frames)
	}
	f, ok := frames[0].(T)
	if !ok {
		t.Fatalf("%s %+v, want %s", frames[0].Type(), frames[0], none.Type())
	}
	return f
}

// silent wants no frame.
func silent(t testing.TB, frames []wire.Frame) {
	t.Helper()
	if len(frames) != 0 {
		t.Fatalf("sent %s %+v", frames[0].Type(), frames[0])
	}
}
