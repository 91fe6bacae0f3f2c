package replica_test

import (
	"reflect"
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

func ptr[T any](v T) *T { return &v }

// TestListOrder: rooms on top come first, hidden ones when somebody posts.
func TestListOrder(t *testing.T) {
	g := newRig(t)
	hidden := directHead(5, 5)
	hidden.Hidden = ptr(chat.Count(5))
	g.connect(hidden, groupHead(9, 9000))
	if got := order(g); !reflect.DeepEqual(got, []chat.RoomID{group}) {
		t.Fatalf("with a hidden room: %v", got)
	}
	if all := g.r.AllRooms(); len(all) != 2 || g.r.Unread() != 9 || !g.r.Room(direct).Hidden {
		t.Errorf("%d rooms in all, %d unread", len(all), g.r.Unread())
	}
	g.do(replica.Closed{})
	if hello := one[*wire.Hello](t, g.do(replica.Opened{})); len(hello.Cursors) != 2 {
		t.Errorf("hello says nothing of a hidden room: %v", hello.Cursors)
	}
	g.from(welcomeWith())
	g.from(&wire.Rows{Room: direct, From: 5, Upto: 6, Rows: []chat.Row{textRow(6, 6, friend, "hello")}})
	if got := order(g); !reflect.DeepEqual(got, []chat.RoomID{group, direct}) || g.r.Room(direct).Hidden {
		t.Errorf("after a newer message: %v", got)
	}
	top := directHead(6, 6)
	top.Top = true
	g.from(&wire.Head{Room: top})
	if got := order(g); !reflect.DeepEqual(got, []chat.RoomID{direct, group}) {
		t.Errorf("on top: %v", got)
	}
	// What one could not post stays in sight (Promise 6).
	empty := chat.Head{ID: 12, Kind: chat.KindOpen, Name: "42", Hidden: ptr(chat.Count(0)), Role: chat.RoleMember}
	g.from(&wire.Head{Room: empty})
	if slices.Contains(order(g), 12) {
		t.Error("a hidden empty room is in the list")
	}
	g.do(replica.Compose{Room: 12, Key: keyOf(50), Text: "x"})
	if !slices.Contains(order(g), 12) {
		t.Error("a room with something queued is not in the list")
	}
}

// TestMarkedUnread: opening the room takes the mark back, here at once, on the
// server by a mark that moves nothing.
func TestMarkedUnread(t *testing.T) {
	g := newRig(t)
	marked := groupHead(9, 9000)
	marked.Read, marked.ReadN, marked.Unread = 9, 9, true
	g.connect(marked)
	if s := g.r.Room(group); !s.Marked || s.Unread != 0 || g.r.Unread() != 1 {
		t.Fatalf("%+v, %d unread", s, g.r.Unread())
	}
	g.do(replica.Read{Room: group, Seq: 9})
	if !g.r.Room(group).Marked {
		t.Error("what was read before took the mark back")
	}
	frames := g.do(replica.OpenRoom{Room: group})
	if m := frameOf[*wire.Mark](frames); m == nil || m.Read != 9 {
		t.Errorf("opened: %+v", m)
	}
	if g.r.Room(group).Marked {
		t.Error("still marked after it was opened")
	}
	// The server has not taken it yet when the connection ends: it is told again.
	g.do(replica.Closed{})
	frames = g.connect(marked)
	if m := frameOf[*wire.Mark](frames); m == nil || m.Read != 9 || g.r.Room(group).Marked {
		t.Errorf("after a reconnect: %+v", m)
	}
	taken := marked
	taken.Unread = false
	g.from(&wire.Head{Room: taken})
	g.do(replica.Closed{})
	if m := frameOf[*wire.Mark](g.connect()); m != nil {
		t.Errorf("taken, and told again: %+v", m)
	}
	// Marked on another device, with the room open here: it stays so.
	g.from(&wire.Head{Room: marked})
	if !g.r.Room(group).Marked {
		t.Error("a later mark is not shown")
	}
	g.from(&wire.Rows{Room: group, From: 9, Upto: 10, Rows: []chat.Row{textRow(10, 10, friend, "x")}})
	g.do(replica.Read{Room: group, Seq: 10})
	if g.r.Room(group).Marked {
		t.Error("reading did not take the mark back")
	}
}

// TestMarkedEmpty: a room without rows can be marked and opened, too.
func TestMarkedEmpty(t *testing.T) {
	g := newRig(t)
	empty := chat.Head{ID: group, Kind: chat.KindOpen, Name: "42", Unread: true, Role: chat.RoleMember}
	g.connect(empty)
	if m := frameOf[*wire.Mark](g.do(replica.OpenRoom{Room: group})); m == nil || m.Read != 1 {
		t.Fatalf("%+v", m)
	}
	empty.Unread = false
	g.from(&wire.Head{Room: empty})
	g.from(&wire.Rows{Room: group, Upto: 1, Rows: []chat.Row{textRow(1, 1, friend, "x")}})
	g.after(5000)
	g.do(replica.Read{Room: group, Seq: 1})
	g.after(5000)
	if s := g.r.Room(group); s.Head.Read != 1 {
		t.Errorf("%+v", s.Head)
	}
}

// TestMention: the client sees by itself that a row mentions one, also in a
// muted room, and a head of before does not take it back.
func TestMention(t *testing.T) {
	g := newRig(t)
	h := groupHead(9, 9000)
	h.Read, h.ReadN, h.Muted = 9, 9, true
	g.connect(h)
	mine, theirs := own(10, 10, 10, "@me"), textRow(11, 11, friend, "@Thea")
	mine.Mentions, theirs.Mentions = []chat.AccountID{me}, []chat.AccountID{third}
	g.from(&wire.Rows{Room: group, From: 9, Upto: 11, Rows: []chat.Row{mine, theirs}})
	if s := g.r.Room(group); s.Mentioned || g.r.Unread() != 0 {
		t.Fatalf("mentioned by oneself, or another: %+v", s.Head)
	}
	row := textRow(12, 12, friend, "@me")
	row.Mentions = []chat.AccountID{third, me}
	g.from(&wire.Rows{Room: group, From: 11, Upto: 12, Rows: []chat.Row{row}})
	if s := g.r.Room(group); !s.Mentioned || s.Head.Mention != 12 || g.r.Unread() != 1 {
		t.Fatalf("%+v, %d unread", s.Head, g.r.Unread())
	}
	g.from(&wire.Head{Room: h})
	if s := g.r.Room(group); !s.Mentioned {
		t.Error("an older head took the mention back")
	}
	g.from(&wire.Marks{Room: group, Marks: []chat.Mark{{User: me, Read: 12, ReadN: 12}}})
	if s := g.r.Room(group); s.Mentioned || g.r.Unread() != 0 {
		t.Errorf("read: %+v", s.Head)
	}
}

// TestComposeMentions: mentions are stored with the entry, sent with it, and
// there again after a restart.
func TestComposeMentions(t *testing.T) {
	g := newRig(t)
	g.connect(directHead(3, 3))
	who := []chat.AccountID{friend, third}
	frames := g.do(replica.Compose{Room: direct, Key: keyOf(60), Text: "@Fei @Thea", Mentions: who})
	who[0] = 99
	send := frameOf[*wire.Send](append(frames, g.do(replica.Stored{Keys: []chat.Key{keyOf(60)}})...))
	if send == nil || !reflect.DeepEqual(send.Posts[0].Mentions, []chat.AccountID{friend, third}) {
		t.Fatalf("%+v", send)
	}
	r := replica.New(replica.Config{Device: "d", As: me})
	r.Step(0, replica.Restore{Me: chat.Account{ID: me}, Epoch: "e", Outbox: []replica.Entry{*g.r.Entry(keyOf(60))}})
	if e := r.Entry(keyOf(60)); e == nil || !reflect.DeepEqual(e.Mentions, []chat.AccountID{friend, third}) {
		t.Errorf("restored: %+v", e)
	}
	crowd := make([]chat.AccountID, chat.MaxMentions+1)
	g.do(replica.Compose{Room: direct, Key: keyOf(61), Text: "x", Mentions: crowd})
	for _, e := range g.last {
		if refused, is := e.(replica.Refused); is && refused.Code == chat.TooLarge {
			return
		}
	}
	t.Error("51 mentions were taken")
}

// frameOf is the first frame of its type, or nil.
func frameOf[F wire.Frame](frames []wire.Frame) (none F) {
	for _, sent := range frames {
		if f, is := sent.(F); is {
			return f
		}
	}
	return none
}
