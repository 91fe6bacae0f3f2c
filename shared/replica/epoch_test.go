package replica_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// What names a seq belongs to an epoch; plain posts do not.
func TestOtherEpoch(t *testing.T) {
	g := opened(t, 1)
	g.do(replica.Closed{})
	g.compose(1, "plain")
	g.do(replica.Compose{Room: direct, Key: keyOf(2), Text: "reply", Reply: 1})
	g.do(replica.Edit{Room: direct, Seq: 1, Key: keyOf(3), Text: "edit"})
	hello := one[*wire.Hello](t, g.do(replica.Opened{}))
	if hello.Epoch != "e1" || hello.As != me || hello.Cursors[direct] != (wire.Cursor{Rev: 1, Tag: "t"}) {
		t.Errorf("%+v", hello)
	}
	w := welcomeWith(directHead(4, 4))
	w.Epoch = "e2"
	sent := g.from(w)
	if len(sent) != 2 {
		t.Fatalf("%+v", sent)
	}
	send, pull := sent[0].(*wire.Send), sent[1].(*wire.Pull)
	if len(send.Posts) != 1 || send.Posts[0].Key != keyOf(1) || *pull.After != 0 {
		t.Errorf("%+v, %+v", send, pull)
	}
	if tl := g.r.Timeline(direct); tl.Ready || len(tl.Rows) != 0 {
		t.Errorf("rows of another epoch are shown: %+v", tl)
	}
	g.states(replica.Sending, replica.Failed)
	if e := g.r.Entry(keyOf(3)); e.State != replica.Failed || e.Message == "" {
		t.Errorf("%+v", e)
	}
	g.do(replica.Retry{Key: keyOf(2)}) // it will never mean anything again
	g.states(replica.Sending, replica.Failed)
	if g.disk.epoch != "e2" || g.disk.rooms[direct].Window {
		t.Errorf("%+v", g.disk)
	}
}

// Entries of a room that was taken from us fail visibly when refused.
func TestGoneRoom(t *testing.T) {
	g := opened(t, 1)
	g.do(replica.Closed{})
	g.compose(1, "a")
	g.do(replica.Opened{})
	w := welcomeWith()
	w.Gone = []chat.RoomID{direct}
	one[*wire.Send](t, g.from(w))
	if s := g.r.Room(direct); s == nil || !s.Gone || s.Title != "Fei" {
		t.Errorf("%+v", s)
	}
	silent(t, g.from(&wire.Reject{Code: chat.NotFound, Message: "there is no such room", Room: direct, Key: keyOf(1)}))
	g.states(replica.Failed)
	silent(t, g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{textRow(2, 2, friend, "late")}}))
	if tl := g.r.Timeline(direct); tl.Known || tl.Ready || len(tl.Rows) != 0 {
		t.Errorf("%+v", tl)
	}
	if _, stored := g.disk.rooms[direct]; stored {
		t.Error("left on disk")
	}
	g.do(replica.Discard{Key: keyOf(1)})
	if len(g.r.Rooms()) != 0 || g.r.Room(direct) != nil {
		t.Error("still listed")
	}
}

// The head counts each row, also one that fills a gap below a later frame.
func TestHeadOverAGap(t *testing.T) {
	g := opened(t, 1)
	one[*wire.Pull](t, g.from(&wire.Rows{Room: direct, From: 2, Upto: 3, Rows: []chat.Row{textRow(1, 3, friend, "edited")}}))
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 3, Rows: []chat.Row{own(1, 2, 2, "from another device"), textRow(1, 3, friend, "edited")}})
	if s := g.r.Room(direct); s.Head.Seq != 2 || s.Head.N != 2 || s.Head.Last.Seq != 2 {
		t.Errorf("%+v", s.Head)
	}
}

// A settled post is shown once, also if its row comes as it was before an edit.
func TestSettledShownOnce(t *testing.T) {
	g := opened(t, 1)
	g.compose(1, "a")
	one[*wire.Pull](t, g.from(&wire.Rows{Room: direct, From: 2, Upto: 4, Rows: []chat.Row{own(1, 3, 4, "a, edited")}, Keys: keys(1)}))
	g.states(replica.Settled)
	// The answer was read before the edit.
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 3, Rows: []chat.Row{own(0, 2, 2, "from another device"), own(1, 3, 3, "a")}})
	g.states()
	if tl := g.r.Timeline(direct); tl.Cursor != 3 || len(tl.Rows) != 3 || tl.Rows[2].Text != "a" {
		t.Errorf("%+v", tl)
	}
}

// An old answer, again, does not take the window back.
func TestOldReset(t *testing.T) {
	g := opened(t, 2)
	g.from(&wire.Rows{Room: direct, From: 2, Upto: 3, Rows: []chat.Row{textRow(3, 3, me, "new")}})
	silent(t, g.from(&wire.Rows{Room: direct, Upto: 2, Reset: true, Rows: []chat.Row{textRow(1, 1, friend, "x"), textRow(2, 2, friend, "y")}}))
	if tl := g.r.Timeline(direct); tl.Cursor != 3 || len(tl.Rows) != 3 {
		t.Errorf("%+v", tl)
	}
}
