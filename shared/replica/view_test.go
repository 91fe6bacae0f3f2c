package replica_test

import (
	"reflect"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

func groupHead(rev chat.Rev, at chat.Time) chat.Head {
	h := chat.Head{ID: group, Kind: chat.KindGroup, Name: "team", Members: 3, Rev: rev, Seq: chat.Seq(rev), N: chat.Count(rev), Role: chat.RoleMember, Tag: "g"}
	last := textRow(h.Seq, rev, third, "in the team")
	last.At = at
	h.Last = &last
	return h
}

func changed(effects []replica.Effect) replica.Changed {
	for _, e := range effects {
		if c, ok := e.(replica.Changed); ok {
			return c
		}
	}
	return replica.Changed{}
}

func order(g *rig) []chat.RoomID {
	var ids []chat.RoomID
	for _, s := range g.r.Rooms() {
		ids = append(ids, s.Head.ID)
	}
	return ids
}

func TestList(t *testing.T) {
	g := newRig(t)
	g.connect(directHead(5, 5), groupHead(9, 9000)) // direct: at 5000
	if got := order(g); !reflect.DeepEqual(got, []chat.RoomID{group, direct}) {
		t.Fatalf("%v", got)
	}
	teamBefore := g.r.Room(group)
	row := textRow(6, 6, friend, "hello")
	row.At = 20_000
	g.from(&wire.Rows{Room: direct, From: 5, Upto: 6, Rows: []chat.Row{row}, Users: []chat.User{{ID: friend, Name: "Fei Fei", Kind: chat.KindMember}}})
	if c := changed(g.last); !c.List || !c.People || !reflect.DeepEqual(c.Rooms, []chat.RoomID{direct}) {
		t.Errorf("%+v", c)
	}
	list := g.r.Rooms()
	if s := list[0]; s.Head.ID != direct || s.Title != "Fei Fei" || s.Head.Last.Text != "hello" || s.Unread != 6 || s.At != 20_000 {
		t.Errorf("%+v, %+v", s, s.Head)
	}
	if list[1] != teamBefore {
		t.Error("an unchanged room has a new summary")
	}
	if again := g.r.Rooms(); &again[0] != &list[0] {
		t.Error("an unchanged list was made anew")
	}
	if n := g.r.Unread(); n != 6+9 {
		t.Errorf("%d unread", n)
	}
	// Muted rooms do not count.
	muted := groupHead(9, 9000)
	muted.Muted = true
	g.from(&wire.Head{Room: muted})
	if n := g.r.Unread(); n != 6 {
		t.Errorf("%d unread", n)
	}
	// A room just entered is on top, though nobody has written in it.
	g.do(replica.Entered{Head: chat.Head{ID: 12, Kind: chat.KindOpen, Name: "42"}})
	if got := order(g); got[0] != 12 {
		t.Errorf("%v", got)
	}
	g.from(&wire.Gone{Room: 12})
	if got := order(g); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// Membership rows move what the head tells, until the head follows.
func TestSystemRows(t *testing.T) {
	g := newRig(t)
	g.connect(groupHead(3, 3000))
	system := func(rev chat.Rev, event string, text string) chat.Row {
		return chat.Row{Seq: chat.Seq(rev), N: 3, Rev: rev, Key: keyOf(int(rev)), By: third, Kind: chat.KindSystem, System: &chat.System{Event: event, Account: friend, Text: text}}
	}
	g.from(&wire.Rows{Room: group, From: 3, Upto: 6, Rows: []chat.Row{system(4, chat.EventJoined, ""), system(5, chat.EventRenamed, "crew"), system(6, chat.EventJoined, "")}})
	if s := g.r.Room(group); s.Title != "crew" || s.Head.Members != 5 || s.Unread != 3 || s.Head.Seq != 6 {
		t.Errorf("%+v, %+v", s, s.Head)
	}
	g.from(&wire.Rows{Room: group, From: 6, Upto: 7, Rows: []chat.Row{system(7, chat.EventLeft, "")}})
	if s := g.r.Room(group); s.Head.Members != 4 {
		t.Errorf("%+v", s.Head)
	}
}

func TestOwnMarks(t *testing.T) {
	g := newRig(t)
	h := directHead(3, 3)
	h.Got = 1
	mark := one[*wire.Mark](t, g.connect(h))
	if mark.Got != 3 || mark.Read != 0 {
		t.Errorf("%+v", mark)
	}
	silent(t, g.do(replica.Read{Room: direct, Seq: 3})) // not twice in a second
	if s := g.r.Room(direct); s.Unread != 0 {
		t.Errorf("%d unread", s.Unread)
	}
	mark = one[*wire.Mark](t, g.after(1000))
	if mark.Read != 3 || mark.Got != 0 {
		t.Errorf("%+v", mark)
	}
	silent(t, g.after(5000))
	silent(t, g.do(replica.Read{Room: direct, Seq: 2})) // marks only grow (Promise 7)
	silent(t, g.do(replica.Read{Room: direct, Seq: 99}))

	// Not answered: told again after a reconnect; answered: not.
	g.do(replica.Closed{})
	mark = one[*wire.Mark](t, g.connect())
	if mark.Read != 3 {
		t.Errorf("%+v", mark)
	}
	g.from(&wire.Marks{Room: direct, Marks: []chat.Mark{{User: me, Read: 3, ReadN: 3, Got: 3}}})
	g.do(replica.Closed{})
	silent(t, g.connect())

	// Read on another device.
	g.from(&wire.Rows{Room: direct, From: 3, Upto: 4, Rows: []chat.Row{textRow(4, 4, friend, "x")}})
	if s := g.r.Room(direct); s.Unread != 1 {
		t.Errorf("%d unread", s.Unread)
	}
	g.from(&wire.Marks{Room: direct, Marks: []chat.Mark{{User: me, Read: 4, ReadN: 4, Got: 4}}})
	if s := g.r.Room(direct); s.Unread != 0 {
		t.Errorf("%d unread", s.Unread)
	}
	// Writing reads what one writes, but not what others wrote before.
	g.after(1000)
	silent(t, g.from(&wire.Rows{Room: direct, From: 4, Upto: 5, Rows: []chat.Row{own(5, 5, 5, "mine")}}))
	if s := g.r.Room(direct); s.Unread != 0 {
		t.Errorf("%d unread", s.Unread)
	}
	// The server tells so by itself; if it does not, it did not know.
	silent(t, g.after(1999))
	if mark := one[*wire.Mark](t, g.after(1)); mark.Read != 5 {
		t.Errorf("%+v", mark)
	}
	g.from(&wire.Rows{Room: direct, From: 5, Upto: 7, Rows: []chat.Row{textRow(6, 6, friend, "x"), own(7, 7, 7, "mine")}})
	if s := g.r.Room(direct); s.Unread != 2 {
		t.Errorf("%d unread", s.Unread)
	}
	// What is not on the screen cannot have been read.
	silent(t, g.do(replica.Read{Room: direct, Seq: 6}))
	if s := g.r.Room(direct); s.Head.Read != 5 {
		t.Errorf("%+v", s.Head)
	}
	silent(t, g.do(replica.Read{Room: 404, Seq: 6}))
}

func TestReceipts(t *testing.T) {
	g := opened(t, 3)
	version := g.r.Timeline(direct).Version
	for _, c := range []struct {
		mark chat.Mark
		want [3]replica.Receipt
	}{
		{chat.Mark{User: friend, Got: 1}, [3]replica.Receipt{replica.ReceiptDelivered, replica.ReceiptStored, replica.ReceiptStored}},
		{chat.Mark{User: friend, Read: 2, ReadN: 2, Got: 3}, [3]replica.Receipt{replica.ReceiptRead, replica.ReceiptRead, replica.ReceiptDelivered}},
		{chat.Mark{User: friend, Read: 1, ReadN: 1, Got: 1}, [3]replica.Receipt{replica.ReceiptRead, replica.ReceiptRead, replica.ReceiptDelivered}},
	} {
		g.from(&wire.Marks{Room: direct, Marks: []chat.Mark{c.mark}})
		for i, want := range c.want {
			if got := g.r.Receipt(direct, chat.Seq(i+1)); got != want {
				t.Errorf("%+v: %d is %s, want %s", c.mark, i+1, got, want)
			}
		}
	}
	if g.r.Timeline(direct).Version <= version {
		t.Error("the version did not grow")
	}
	// The head says it too, after a while offline.
	h := directHead(3, 3)
	h.OthersRead, h.OthersGot = 3, 3
	g.from(&wire.Head{Room: h})
	if got := g.r.Receipt(direct, 3); got != replica.ReceiptRead {
		t.Error(got)
	}
	if g.r.Receipt(404, 1) != replica.ReceiptStored {
		t.Error("a room that is not known")
	}
}

func TestReadBy(t *testing.T) {
	g := newRig(t)
	g.connect(groupHead(5, 5000))
	g.do(replica.Members{Room: group, Members: []chat.Member{
		{User: chat.User{ID: third, Name: "Thea"}, Read: 4}, {User: chat.User{ID: me, Name: "Me"}, Read: 5}, {User: chat.User{ID: friend, Name: "Fei"}, Read: 1},
	}})
	g.from(&wire.Marks{Room: group, Marks: []chat.Mark{{User: friend, Read: 3, ReadN: 3}, {User: third, Read: 2, ReadN: 2}}})
	for seq, want := range map[chat.Seq][]chat.AccountID{1: {friend, third}, 3: {friend, third}, 4: {third}, 5: nil} {
		if got := g.r.ReadBy(group, seq); !reflect.DeepEqual(got, want) {
			t.Errorf("%d: %v, want %v", seq, got, want)
		}
	}
	if u, ok := g.r.User(third); !ok || u.Name != "Thea" {
		t.Errorf("%+v", u)
	}
	if g.r.Receipt(group, 1) != replica.ReceiptStored || g.r.ReadBy(404, 1) != nil {
		t.Error("groups have no ticks, rooms that are not known no readers")
	}
}

func TestTyping(t *testing.T) {
	g := opened(t, 1)
	typed := &wire.Typed{Room: direct, User: friend}
	g.from(typed)
	if tl := g.r.Timeline(direct); !reflect.DeepEqual(tl.Typing, []chat.AccountID{friend}) || g.r.Wake() != g.now+6000 {
		t.Errorf("%+v", tl)
	}
	g.after(5000)
	g.from(typed) // still writing
	if g.after(5999); len(g.r.Room(direct).Typing) != 1 {
		t.Error("ended early")
	}
	if g.after(1); len(g.r.Timeline(direct).Typing) != 0 || g.r.Wake() != 0 {
		t.Error("not ended")
	}
	g.from(typed)
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{textRow(2, 2, friend, "done")}})
	if len(g.r.Timeline(direct).Typing) != 0 {
		t.Error("who has sent is still writing")
	}
	g.from(typed)
	g.now -= 1_000_000 // a clock that jumps ends the wait, and nothing else (Promise 13)
	if g.do(replica.Tick{}); len(g.r.Timeline(direct).Typing) != 0 {
		t.Error("writing for ever")
	}
	g.from(&wire.Typed{Room: direct, User: me})
	g.from(&wire.Typed{Room: 404, User: friend})
	if len(g.r.Timeline(direct).Typing) != 0 {
		t.Error("oneself is shown as writing")
	}

	one[*wire.Typing](t, g.do(replica.Typing{Room: direct}))
	g.now += 2999
	silent(t, g.do(replica.Typing{Room: direct}))
	g.now++
	one[*wire.Typing](t, g.do(replica.Typing{Room: direct}))
	silent(t, g.do(replica.Typing{Room: 404}))
}

func TestPresence(t *testing.T) {
	g := newRig(t)
	w := welcomeWith(directHead(1, 1))
	w.Online = []chat.AccountID{friend}
	g.do(replica.Opened{})
	g.from(w)
	if !g.r.Presence(friend).Online || !g.r.Room(direct).Online {
		t.Error("not here")
	}
	g.from(&wire.Presence{User: friend, Seen: 777})
	if p := g.r.Presence(friend); p.Online || p.Seen != 777 || g.r.Room(direct).Online {
		t.Errorf("%+v", p)
	}
	g.from(&wire.Presence{User: friend, Online: true, Seen: 888})
	g.do(replica.Closed{})
	if g.r.Presence(friend).Online || g.r.Room(direct).Online {
		t.Error("nobody is known to be here while offline")
	}
	g.connect()
	if g.r.Presence(friend).Online {
		t.Error("not in the welcome, and still here")
	}
}

func TestProfile(t *testing.T) {
	g := opened(t, 1)
	g.do(replica.Profile{Me: chat.Account{ID: me, Name: "Mei", Username: "mei"}})
	if u, ok := g.r.User(me); !ok || u.Name != "Mei" || g.disk.me.Username != "mei" {
		t.Errorf("%+v", u)
	}
	g.do(replica.Profile{Me: chat.Account{ID: friend, Name: "not me"}})
	if g.r.Me().ID != me {
		t.Error("another account")
	}
	g.do(replica.People{Users: []chat.User{{ID: 77, Name: "Zoe"}}})
	if u, ok := g.r.User(77); !ok || u.Name != "Zoe" || !changed(g.last).People || g.disk.users[77].Name != "Zoe" {
		t.Errorf("%+v", u)
	}
	if _, ok := g.r.User(78); ok {
		t.Error("somebody unknown")
	}
}

// Views copy nothing: rows that did not change keep their pointers.
func TestUnchangedRowsKeepTheirPointers(t *testing.T) {
	g := opened(t, 100)
	before := append([]*chat.Row(nil), g.r.Timeline(direct).Rows...)
	version := g.r.Timeline(direct).Version
	g.from(&wire.Rows{Room: direct, From: 100, Upto: 102, Rows: []chat.Row{textRow(50, 101, friend, "edited"), textRow(101, 102, friend, "new")}})
	after := g.r.Timeline(direct)
	for i, row := range before {
		if (row == after.Rows[i]) == (i == 49) {
			t.Errorf("row %d", i+1)
		}
	}
	if before[49].Text != "from Fei" || after.Rows[49].Text != "edited" || after.Version <= version {
		t.Errorf("%+v", after.Rows[49])
	}
	same := g.r.Timeline(direct)
	if g.do(replica.Tick{}); same.Version != g.r.Timeline(direct).Version || len(g.last) != 0 {
		t.Error("nothing happened, and something changed")
	}
	if shown, ops := g.r.Shown(direct, after.Rows[0]); shown != after.Rows[0] || ops != nil {
		t.Error("a row without operations is not itself")
	}
	if n := testing.AllocsPerRun(100, func() { g.r.Timeline(direct) }); n != 0 {
		t.Errorf("a timeline costs %v allocations", n)
	}
	if g.r.Row(direct, 0) != nil || g.r.Row(direct, 102) != nil || g.r.Row(404, 1) != nil || g.r.Entry(keyOf(1)) != nil {
		t.Error("what is not there")
	}
}

// BenchmarkLiveRow is what a message costs that comes into a long room.
func BenchmarkLiveRow(b *testing.B) {
	g := opened(b, 5000)
	rev := chat.Rev(5000)
	b.ReportAllocs()
	for b.Loop() {
		rev++
		f := &wire.Rows{Room: direct, From: rev - 1, Upto: rev, Rows: []chat.Row{textRow(chat.Seq(rev), rev, friend, "hello")}, Users: modelUsers()}
		g.r.Step(g.now, replica.Received{Frame: f})
		g.r.Timeline(direct)
		g.r.Rooms()
	}
}

// A wait that ended unseen, in a step about something else, still asks for its
// Tick: else the mark behind it would be told with the room's next event only.
func TestLateTick(t *testing.T) {
	g := newRig(t)
	g.connect(chat.Head{ID: direct, Kind: chat.KindDirect, Peer: friend, Tag: "t"})
	g.do(replica.OpenRoom{Room: direct})
	g.from(&wire.Rows{Room: direct, Reset: true, Upto: 1, Rows: []chat.Row{textRow(1, 1, friend, "x")}})
	if sent := g.do(replica.Read{Room: direct, Seq: 1}); len(sent) != 0 {
		t.Fatalf("told twice within a second: %v", sent)
	}
	g.now += 1000
	g.do(replica.People{})
	if g.r.Wake() == 0 {
		t.Fatal("no Tick is wanted")
	}
	if mark := one[*wire.Mark](t, g.do(replica.Tick{})); mark.Read != 1 {
		t.Errorf("%+v", mark)
	}
	if at := g.r.Wake(); at != g.now+1000 {
		t.Errorf("the next Tick is wanted at %d, now is %d", at, g.now)
	}
}
