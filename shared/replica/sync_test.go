package replica_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

func TestHello(t *testing.T) {
	g := &rig{t: t, r: replica.New(replica.Config{Device: "dev", As: me, Token: "tok"}), now: 1, disk: newDisk()}
	hello := one[*wire.Hello](t, g.do(replica.Opened{}))
	if hello.V != wire.Version || hello.Device != "dev" || hello.As != me || hello.Token != "tok" || hello.Epoch != "" || hello.Cursors != nil {
		t.Errorf("%+v", hello)
	}
	// Nothing is applied or sent before the welcome.
	silent(t, g.from(&wire.Head{Room: directHead(1, 1)}))
	silent(t, g.do(replica.OpenRoom{Room: direct}))
	silent(t, g.do(replica.Typing{Room: direct}))
	if g.r.Live() || len(g.r.Rooms()) != 0 {
		t.Error("applied before the welcome")
	}
	// Another account's welcome is not applied either.
	w := welcomeWith(directHead(1, 1))
	w.Me.ID = friend
	silent(t, g.from(w))
	hung := false
	for _, e := range g.last {
		h, ok := e.(replica.Hangup)
		hung = hung || ok && h.Code == wire.CloseNotSigned
		if _, meta := e.(replica.SaveMeta); meta {
			t.Error("stored another account's data")
		}
	}
	if !hung || g.r.Live() || g.r.Me().ID != me || len(g.r.Rooms()) != 0 {
		t.Errorf("hung up %v, live %v", hung, g.r.Live())
	}
	one[*wire.Pull](t, g.from(welcomeWith(directHead(1, 1))))
	if !g.r.Live() || g.r.Me().Name != "Me" {
		t.Error("not live")
	}
	silent(t, g.from(w)) // a second welcome is none
}

func TestHelloCursors(t *testing.T) {
	g := opened(t, 3)
	g.from(&wire.Head{Room: chat.Head{ID: group, Kind: chat.KindGroup, Rev: 7, Seq: 5, Tag: "g"}})
	g.from(&wire.Rows{Room: group, From: 7, Upto: 9, Rows: []chat.Row{textRow(6, 9, third, "new")}})
	g.from(&wire.Rows{Room: direct, From: 4, Upto: 5, Rows: []chat.Row{textRow(5, 5, friend, "after a gap")}})
	g.do(replica.Closed{})
	hello := one[*wire.Hello](t, g.do(replica.Opened{}))
	want := map[chat.RoomID]wire.Cursor{direct: {Rev: 3, Tag: "t"}, group: {Rev: 9, Tag: "g"}}
	if len(hello.Cursors) != 2 || hello.Cursors[direct] != want[direct] || hello.Cursors[group] != want[group] {
		t.Errorf("%+v", hello.Cursors)
	}

	g = newRig(t)
	var heads []chat.Head
	const oldest = chat.MaxID - chat.MaxCursors
	for id := chat.RoomID(oldest); id <= chat.MaxID; id++ { // the longest ids, revs and tags there are
		last := textRow(1, 1, friend, "x")
		last.At = chat.Time(id)
		heads = append(heads, chat.Head{ID: id, Kind: chat.KindGroup, Rev: chat.MaxID, Seq: 1, N: 1, Last: &last, Tag: "0123456789abcdef"})
	}
	g.connect(heads...)
	g.do(replica.Closed{})
	hello = one[*wire.Hello](t, g.do(replica.Opened{}))
	data, err := wire.Append(nil, hello)
	if err != nil || len(data) > chat.MaxClientSize || len(hello.Cursors) < 500 {
		t.Errorf("%d cursors in %d bytes, %v", len(hello.Cursors), len(data), err)
	}
	if _, told := hello.Cursors[oldest]; told {
		t.Error("the oldest room is told, and a newer one is not")
	}
}

// A room without a window keeps only its head, and pulls nothing.
func TestHeadOnly(t *testing.T) {
	g := newRig(t)
	silent(t, g.connect(directHead(1, 1)))
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{own(1, 2, 2, "other device")}})
	long := textRow(4, 5, friend, string(make([]rune, 300)))
	silent(t, g.from(&wire.Rows{Room: direct, From: 3, Upto: 5, Rows: []chat.Row{textRow(3, 4, friend, "x"), long}})[1:])
	s := g.r.Room(direct)
	if s.Head.Rev != 5 || s.Head.Seq != 4 || s.Head.N != 4 || len([]rune(s.Head.Last.Text)) != chat.MaxPreview {
		t.Errorf("%+v", s.Head)
	}
	edited := textRow(4, 6, friend, "edited")
	g.from(&wire.Rows{Room: direct, From: 5, Upto: 6, Rows: []chat.Row{edited}})
	if s := g.r.Room(direct); s.Head.Last.Text != "edited" || s.Head.Seq != 4 {
		t.Errorf("%+v", s.Head)
	}
	if tl := g.r.Timeline(direct); !tl.Known || tl.Ready {
		t.Errorf("%+v", tl)
	}
}

// An answer in parts is applied as a whole, whatever comes in between.
func TestPartsTogether(t *testing.T) {
	g := opened(t, 1)
	one[*wire.Pull](t, g.from(&wire.Head{Room: directHead(5, 4)}))
	part := func(more bool, rows ...chat.Row) *wire.Rows {
		return &wire.Rows{Room: direct, From: 1, Upto: 5, Rows: rows, More: more}
	}
	silent(t, g.from(part(true, textRow(2, 2, friend, "a"))))
	if tl := g.r.Timeline(direct); tl.Cursor != 1 || len(tl.Rows) != 1 {
		t.Errorf("applied in pieces: %+v", tl)
	}
	silent(t, g.from(&wire.Rows{Room: direct, From: 5, Upto: 6, Rows: []chat.Row{textRow(5, 6, me, "live")}}))
	silent(t, g.from(part(true, textRow(3, 3, friend, "b"))))
	pull := g.from(part(false, textRow(4, 4, friend, "c"), textRow(1, 5, friend, "edited")))
	if p := one[*wire.Pull](t, pull[len(pull)-1:]); *p.After != 5 {
		t.Errorf("%+v", p)
	}
	tl := g.r.Timeline(direct)
	if tl.Cursor != 5 || len(tl.Rows) != 4 || tl.Rows[0].Text != "edited" {
		t.Errorf("%+v", tl)
	}
}

// At the head though more was heard of: asked once more, then believed.
func TestPulledNothing(t *testing.T) {
	g := opened(t, 2)
	one[*wire.Pull](t, g.from(&wire.Head{Room: directHead(4, 2)}))
	empty := &wire.Rows{Room: direct, From: 2, Upto: 2}
	silent(t, g.from(empty))
	silent(t, g.after(999))
	one[*wire.Pull](t, g.after(1))
	silent(t, g.from(empty))
	silent(t, g.after(60_000))
}

// A window whose rows do not meet is replaced rather than shown.
func TestHoleIsPulledAnew(t *testing.T) {
	g := opened(t, 2)
	p := one[*wire.Pull](t, g.from(&wire.Rows{Room: direct, From: 2, Upto: 4, Rows: []chat.Row{textRow(4, 4, me, "3 is missing")}}))
	if *p.After != 0 {
		t.Errorf("%+v", p)
	}
	if tl := g.r.Timeline(direct); tl.Cursor != 2 || len(tl.Rows) != 2 {
		t.Errorf("%+v", tl)
	}
	// A reset with a hole is not shown either, and not asked for in a loop.
	silent(t, g.from(&wire.Rows{Room: direct, Upto: 4, Reset: true, Rows: []chat.Row{textRow(2, 2, me, "x"), textRow(4, 4, me, "y")}}))
	one[*wire.Pull](t, g.after(1000))
	g.from(&wire.Rows{Room: direct, Upto: 4, Reset: true, Rows: []chat.Row{textRow(3, 3, me, "x"), textRow(4, 4, me, "y")}})
	if tl := g.r.Timeline(direct); tl.Cursor != 4 || len(tl.Rows) != 2 || tl.Start {
		t.Errorf("%+v", tl)
	}
}

// Past the head (the log has lost its end): a reset behind the cursor, asked
// for, is taken.
func TestResetBehind(t *testing.T) {
	g := opened(t, 3)
	one[*wire.Pull](t, g.from(&wire.Head{Room: directHead(4, 3)}))
	silent(t, g.from(&wire.Rows{Room: direct, From: 3, Upto: 2, Reset: true, Rows: []chat.Row{textRow(1, 1, me, "x"), textRow(2, 2, me, "y")}}))
	if tl, s := g.r.Timeline(direct), g.r.Room(direct); tl.Cursor != 2 || len(tl.Rows) != 2 || s.Head.Seq != 2 || s.Head.Last.Seq != 2 {
		t.Errorf("%+v, %+v", tl, s.Head)
	}
	if stored := g.disk.rooms[direct]; stored.Cursor != 2 || len(stored.Rows) != 2 {
		t.Errorf("%+v", stored)
	}
}

// The same, told by a welcome.
func TestWelcomeBehind(t *testing.T) {
	g := opened(t, 3)
	g.from(&wire.Head{Room: groupHead(9, 9000)})
	g.do(replica.Closed{})
	p := one[*wire.Pull](t, g.connect(directHead(2, 2), groupHead(8, 8000)))
	if p.Room != direct || *p.After != 0 {
		t.Errorf("%+v", p)
	}
	silent(t, g.from(&wire.Rows{Room: direct, Upto: 2, Reset: true, Rows: []chat.Row{textRow(1, 1, me, "x"), textRow(2, 2, me, "y")}}))
	if tl, s := g.r.Timeline(direct), g.r.Room(direct); tl.Cursor != 2 || len(tl.Rows) != 2 || s.Head.Seq != 2 {
		t.Errorf("%+v, %+v", tl, s.Head)
	}
	if s := g.r.Room(group); s.Head.Rev != 8 || s.Head.Seq != 8 {
		t.Errorf("%+v", s.Head)
	}
}

func TestEmptyRoom(t *testing.T) {
	for name, answer := range map[string]*wire.Rows{
		"reset": {Room: direct, Reset: true}, "nothing": {Room: direct},
	} {
		g := newRig(t)
		g.connect(directHead(0, 0))
		g.do(replica.OpenRoom{Room: direct})
		silent(t, g.from(answer))
		if tl := g.r.Timeline(direct); !tl.Ready || !tl.Start || len(tl.Rows) != 0 {
			t.Errorf("%s: %+v", name, tl)
		}
		g.from(&wire.Rows{Room: direct, From: 0, Upto: 1, Rows: []chat.Row{textRow(1, 1, friend, "first")}})
		if tl := g.r.Timeline(direct); len(tl.Rows) != 1 || tl.Cursor != 1 {
			t.Errorf("%s: %+v", name, tl)
		}
	}
}

// Rooms on the screen do not wait for the others' pulls.
func TestPullsAreBounded(t *testing.T) {
	g := newRig(t)
	const rooms = 20
	var heads []chat.Head
	for id := chat.RoomID(1); id <= rooms; id++ {
		heads = append(heads, chat.Head{ID: id, Kind: chat.KindGroup})
	}
	g.connect(heads...)
	for id := chat.RoomID(1); id <= rooms; id++ {
		g.do(replica.OpenRoom{Room: id})
		g.from(&wire.Rows{Room: id, Reset: true})
		g.do(replica.CloseRoom{Room: id})
	}
	g.do(replica.OpenRoom{Room: rooms})
	g.do(replica.Closed{})
	for i := range heads {
		heads[i].Rev, heads[i].Seq, heads[i].N = 1, 1, 1
	}
	pulls := g.connect(heads...)
	if len(pulls) != 8 || pulls[0].(*wire.Pull).Room != rooms {
		t.Fatalf("%d pulls, the first of %v", len(pulls), pulls[0])
	}
	seen := map[chat.RoomID]bool{}
	for len(pulls) > 0 {
		p := pulls[0].(*wire.Pull)
		if seen[p.Room] {
			t.Fatalf("%d is pulled twice", p.Room)
		}
		seen[p.Room] = true
		pulls = append(pulls[1:], g.from(&wire.Rows{Room: p.Room, From: 0, Upto: 1, Reset: true, Rows: []chat.Row{textRow(1, 1, me, "x")}})...)
	}
	if len(seen) != rooms {
		t.Errorf("%d of %d rooms were pulled", len(seen), rooms)
	}
}

// A pull that is refused for good is hardly repeated until there is reason to.
func TestPullDenied(t *testing.T) {
	g := opened(t, 1)
	one[*wire.Pull](t, g.from(&wire.Head{Room: directHead(2, 2)}))
	silent(t, g.from(&wire.Reject{Code: chat.NotFound, Message: "no", Room: direct}))
	silent(t, g.after(29_999))
	one[*wire.Pull](t, g.from(&wire.Head{Room: directHead(3, 3)}))
	silent(t, g.from(&wire.Reject{Code: chat.NotFound, Message: "no", Room: direct}))
	silent(t, g.after(29_999))
	one[*wire.Pull](t, g.after(1))
}

func TestOlder(t *testing.T) {
	g := newRig(t)
	g.connect(directHead(10, 10))
	silent(t, g.do(replica.LoadOlder{Room: direct})) // nothing to be older than
	g.do(replica.OpenRoom{Room: direct})
	reset := &wire.Rows{Room: direct, Upto: 10, Reset: true}
	for seq := chat.Seq(8); seq <= 10; seq++ {
		reset.Rows = append(reset.Rows, textRow(seq, chat.Rev(seq), friend, "x"))
	}
	g.from(reset)
	p := one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct}))
	if *p.Before != 8 || p.After != nil || !g.r.Timeline(direct).Loading {
		t.Errorf("%+v", p)
	}
	silent(t, g.do(replica.LoadOlder{Room: direct})) // one at a time
	g.from(&wire.Rows{Room: direct, From: 10, Upto: 11, Rows: []chat.Row{textRow(6, 11, friend, "edited meanwhile")}})
	page := func(more bool, rows ...chat.Row) *wire.Page {
		return &wire.Page{Room: direct, Before: 8, Rev: 10, Rows: rows, More: more, Start: false}
	}
	g.from(page(true, textRow(5, 5, friend, "x"), textRow(6, 6, friend, "old")))
	if tl := g.r.Timeline(direct); len(tl.Rows) != 3 {
		t.Errorf("a part was shown: %+v", tl)
	}
	g.from(page(false, textRow(7, 7, friend, "x")))
	tl := g.r.Timeline(direct)
	if len(tl.Rows) != 6 || tl.Rows[1].Text != "edited meanwhile" || tl.Start || tl.Loading {
		t.Errorf("%+v", tl)
	}
	// What does not meet the window is dropped.
	one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct}))
	g.from(&wire.Page{Room: direct, Before: 5, Rev: 11, Rows: []chat.Row{textRow(1, 1, friend, "far")}})
	if tl := g.r.Timeline(direct); len(tl.Rows) != 6 || tl.Loading {
		t.Errorf("%+v", tl)
	}
	// Offline there is nothing to load.
	one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct}))
	g.do(replica.Closed{})
	if g.r.Timeline(direct).Loading {
		t.Error("loading without a connection")
	}
	silent(t, g.do(replica.LoadOlder{Room: direct}))
}

// A page that was refused for now is asked for again.
func TestOlderRefused(t *testing.T) {
	g := opened(t, 1)
	g.do(replica.Closed{})
	g.connect(directHead(60, 60))
	reset := &wire.Rows{Room: direct, From: 1, Upto: 60, Reset: true, Rows: []chat.Row{textRow(60, 60, friend, "x")}}
	g.from(reset)
	one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct}))
	silent(t, g.from(&wire.Reject{Code: chat.SlowDown, Message: "later", Room: direct, Retry: 300}))
	one[*wire.Pull](t, g.after(300))
	g.from(&wire.Reject{Code: chat.NotFound, Message: "no", Room: direct})
	if g.r.Timeline(direct).Loading {
		t.Error("loading for ever")
	}
}

// A closed room's window is cut, in memory and on disk.
func TestCloseRoomCuts(t *testing.T) {
	g := opened(t, 550)
	if g.do(replica.CloseRoom{Room: direct}); len(g.r.Timeline(direct).Rows) != 500 || len(g.disk.rooms[direct].Rows) != 500 {
		t.Errorf("%d rows, %d on disk", len(g.r.Timeline(direct).Rows), len(g.disk.rooms[direct].Rows))
	}
}

func TestRestore(t *testing.T) {
	g := opened(t, 3)
	g.compose(1, "a")
	g.from(&wire.Reject{Code: chat.TooLarge, Message: "no", Room: direct, Key: keyOf(1)})
	g.compose(2, "b")
	stale := g.disk.outbox[keyOf(2)]
	g.from(&wire.Rows{Room: direct, From: 3, Upto: 4, Rows: []chat.Row{own(2, 4, 4, "b")}, Keys: keys(2)})
	g.compose(3, "c")

	again := newRig(t)
	again.disk = g.disk
	in := g.disk.restore()
	in.Outbox = append(in.Outbox, stale) // as another tab might leave it
	silent(t, again.do(in))
	again.states(replica.Failed, replica.Queued)
	tl := again.r.Timeline(direct)
	if !tl.Ready || tl.Cursor != 4 || len(tl.Rows) != 4 || again.r.Me().ID != me || again.r.Room(direct).Title != "Fei" {
		t.Errorf("%+v", tl)
	}
	hello := one[*wire.Hello](t, again.do(replica.Opened{}))
	if hello.As != me || hello.Epoch != "e1" || hello.Cursors[direct].Rev != 4 {
		t.Errorf("%+v", hello)
	}
	if send := one[*wire.Send](t, again.from(welcomeWith())); len(send.Posts) != 1 || send.Posts[0].Key != keyOf(3) {
		t.Errorf("%+v", send)
	}
	// New entries come after the restored ones.
	again.compose(4, "d")
	if a, b := again.r.Entry(keyOf(3)), again.r.Entry(keyOf(4)); b.Order <= a.Order {
		t.Errorf("%d after %d", b.Order, a.Order)
	}
	// Stored rows with a hole count for nothing.
	holed := g.disk.restore()
	holed.Rooms[0].Rows = append(holed.Rooms[0].Rows[:1:1], holed.Rooms[0].Rows[2:]...)
	third := newRig(t)
	third.do(holed)
	if third.r.Timeline(direct).Ready {
		t.Error("a window with a hole is shown")
	}
	if hello := one[*wire.Hello](t, third.do(replica.Opened{})); hello.Cursors[direct].Rev != 0 {
		t.Errorf("%+v", hello)
	}
}
