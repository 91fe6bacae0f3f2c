package replica_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// Promise 6: what could not be stored says so, is not sent, and can be retried.
func TestUnsaved(t *testing.T) {
	g := opened(t, 3)
	g.slow = true
	silent(t, g.do(replica.Compose{Room: direct, Key: keyOf(1), Text: "a"}))
	silent(t, g.do(replica.Compose{Room: direct, Key: keyOf(2), Text: "b"}))
	silent(t, g.do(replica.Unsaved{Keys: []chat.Key{keyOf(1)}, Message: "quota"}))
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed || e.Code != replica.NotStored || e.Message != "quota" {
		t.Errorf("%+v", e)
	}
	if sent := one[*wire.Send](t, g.do(replica.Stored{Keys: []chat.Key{keyOf(2)}})); len(sent.Posts) != 1 || sent.Posts[0].Key != keyOf(2) {
		t.Errorf("sent %+v", sent)
	}
	// A late report changes nothing of what is stored.
	g.do(replica.Unsaved{Keys: []chat.Key{keyOf(2)}})
	if e := g.r.Entry(keyOf(2)); e.State != replica.Sending {
		t.Errorf("%+v", e)
	}
	// Reading the outbox does not take it away: it is on this screen only.
	g.do(replica.Outbox{Entries: []replica.Entry{*g.r.Entry(keyOf(2))}})
	g.do(replica.Retry{Key: keyOf(1)})
	if e := g.r.Entry(keyOf(1)); e == nil || e.State != replica.Storing {
		t.Errorf("%+v", e)
	}
}

// Of several tabs one sends; the others show the same.
func TestSenderAndOutbox(t *testing.T) {
	g := opened(t, 3)
	silent(t, g.do(replica.Sender{On: false}))
	silent(t, g.compose(2, "mine"))
	theirs := replica.Entry{Order: 1, Key: keyOf(1), Room: direct, Op: replica.OpPost, Text: "theirs", State: replica.Queued}
	mine := *g.r.Entry(keyOf(2))
	mine.Order = 2
	silent(t, g.do(replica.Outbox{Entries: []replica.Entry{theirs, mine}}))
	if p := g.r.Timeline(direct).Pending; len(p) != 2 || p[0].Key != keyOf(1) {
		t.Fatalf("pending %+v", p)
	}
	sent := one[*wire.Send](t, g.do(replica.Sender{On: true}))
	if len(sent.Posts) != 2 || sent.Posts[0].Key != keyOf(1) {
		t.Errorf("sent %+v", sent)
	}
	g.from(&wire.Rows{Room: direct, From: 3, Upto: 4, Rows: []chat.Row{own(1, 4, 4, "theirs")}, Keys: keys(1)})
	// A reading from before the end does not bring it back.
	g.do(replica.Outbox{Entries: []replica.Entry{theirs, mine}})
	if p := g.r.Timeline(direct).Pending; len(p) != 1 || p[0].Key != keyOf(2) {
		t.Errorf("pending %+v", p)
	}
	// The other tab saw the end of this one first.
	g.do(replica.Outbox{})
	if p := g.r.Timeline(direct).Pending; len(p) != 0 || g.r.Waiting() != 0 {
		t.Errorf("pending %+v", p)
	}
}

// Failures and retries of another tab show here.
func TestOutboxFailures(t *testing.T) {
	g := opened(t, 3)
	g.do(replica.Sender{On: false})
	g.compose(1, "a")
	failed := *g.r.Entry(keyOf(1))
	failed.State, failed.Code = replica.Failed, chat.TooLarge
	g.do(replica.Outbox{Entries: []replica.Entry{failed}})
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed || e.Code != chat.TooLarge {
		t.Errorf("%+v", e)
	}
	again := failed
	again.State, again.Code = replica.Queued, ""
	g.do(replica.Outbox{Entries: []replica.Entry{again}}) // read before the failure was stored
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed {
		t.Errorf("%+v", e)
	}
	again.Order++
	g.do(replica.Outbox{Entries: []replica.Entry{again}})
	if e := g.r.Entry(keyOf(1)); e.State != replica.Queued {
		t.Errorf("%+v", e)
	}
}

// A room that is kept gets a window without being opened, and follows.
func TestKeep(t *testing.T) {
	g := newRig(t)
	g.connect(directHead(2, 2))
	if pull := one[*wire.Pull](t, g.do(replica.Keep{Room: direct})); pull.After == nil || *pull.After != 0 {
		t.Errorf("pulls %+v", pull)
	}
	silent(t, g.do(replica.Keep{Room: direct}))
	g.from(&wire.Rows{Room: direct, From: 0, Upto: 2, Reset: true, Rows: []chat.Row{textRow(1, 1, friend, "x"), textRow(2, 2, friend, "y")}})
	if tl := g.r.Timeline(direct); !tl.Ready || len(tl.Rows) != 2 || len(g.disk.rooms[direct].Rows) != 2 {
		t.Errorf("%+v", tl)
	}
}

// A window that is read later goes back further, or forward, and never behind.
func TestHeld(t *testing.T) {
	rows := func(from, to chat.Seq) []chat.Row {
		var all []chat.Row
		for seq := from; seq <= to; seq++ {
			all = append(all, textRow(seq, chat.Rev(seq), friend, "x"))
		}
		return all
	}
	g := newRig(t)
	g.do(replica.Restore{Me: chat.Account{ID: me}, Epoch: "e1", Rooms: []replica.StoredRoom{{Head: directHead(60, 60)}}})
	g.do(replica.OpenRoom{Room: direct})
	held := func(from, to chat.Seq) {
		g.do(replica.Held{Room: replica.StoredRoom{Head: directHead(chat.Rev(to), to), Window: true, Cursor: chat.Rev(to), Rows: rows(from, to)}})
	}
	want := func(from, to chat.Seq) {
		t.Helper()
		tl := g.r.Timeline(direct)
		if len(tl.Rows) == 0 || tl.Rows[0].Seq != from || tl.Rows[len(tl.Rows)-1].Seq != to || tl.Cursor != chat.Rev(to) {
			t.Fatalf("rows %d, cursor %d, want %d to %d", len(tl.Rows), tl.Cursor, from, to)
		}
	}
	held(41, 60)
	want(41, 60)
	held(21, 60)
	want(21, 60)
	held(1, 59)
	want(21, 60)
	held(31, 62)
	want(31, 62)
	g.connect()
	silent(t, g.from(&wire.Rows{Room: direct, From: 62, Upto: 63, Rows: rows(63, 63)}))
	want(31, 63)
	s, ok := g.r.Whole(direct)
	if !ok || !s.Reset || len(s.Rows) != 33 || s.Cursor != 63 || s.Head == nil {
		t.Errorf("whole %+v", s)
	}
	for _, e := range g.last {
		if save, is := e.(replica.SaveRoom); is && (save.From != 62 || save.Cursor != 63) {
			t.Errorf("continues %d with %d", save.From, save.Cursor)
		}
	}
}
