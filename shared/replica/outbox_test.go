package replica_test

import (
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

func keyOf(n int) chat.Key { return chat.Key{9, 14: byte(n >> 8), 15: byte(n)} }

// textRow is a message by somebody at its place in a room without system rows.
func textRow(seq chat.Seq, rev chat.Rev, by chat.AccountID, text string) chat.Row {
	return chat.Row{Seq: seq, N: chat.Count(seq), Rev: rev, Key: chat.Key{0xaa, 15: byte(seq)}, By: by, At: chat.Time(1000 * seq), Kind: chat.KindText, Text: text}
}

func directHead(rev chat.Rev, seq chat.Seq) chat.Head {
	h := chat.Head{ID: direct, Kind: chat.KindDirect, Peer: friend, Members: 2, Rev: rev, Seq: seq, N: chat.Count(seq), Got: seq, Role: chat.RoleMember, Tag: "t"}
	if seq > 0 {
		last := textRow(seq, rev, friend, "last")
		h.Last = &last
	}
	return h
}

// opened is a rig with the direct room on the screen, with n rows of friend.
func opened(t testing.TB, n chat.Seq) *rig {
	t.Helper()
	g := newRig(t)
	g.connect(directHead(chat.Rev(n), n))
	p := one[*wire.Pull](t, g.do(replica.OpenRoom{Room: direct}))
	if p.Room != direct || p.After == nil || *p.After != 0 {
		t.Fatalf("%+v", p)
	}
	var rows []chat.Row
	for seq := chat.Seq(1); seq <= n; seq++ {
		rows = append(rows, textRow(seq, chat.Rev(seq), friend, "from Fei"))
	}
	g.from(&wire.Rows{Room: direct, Upto: chat.Rev(n), Reset: true, Rows: rows})
	if tl := g.r.Timeline(direct); !tl.Ready || len(tl.Rows) != int(n) || tl.Cursor != chat.Rev(n) {
		t.Fatalf("%+v", tl)
	}
	return g
}

func (g *rig) compose(n int, text string) []wire.Frame {
	g.t.Helper()
	return g.do(replica.Compose{Room: direct, Key: keyOf(n), Text: text})
}

func (g *rig) states(want ...replica.State) {
	g.t.Helper()
	var got []replica.State
	for _, e := range g.r.Timeline(direct).Pending {
		got = append(got, e.State)
	}
	if len(got) != len(want) {
		g.t.Fatalf("%v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			g.t.Fatalf("%v, want %v", got, want)
		}
	}
}

// own is the row that a post of ours becomes.
func own(n int, seq chat.Seq, rev chat.Rev, text string) chat.Row {
	row := textRow(seq, rev, me, text)
	row.Key = keyOf(n)
	return row
}

func keys(ns ...int) map[chat.AccountID][]chat.Key {
	m := map[chat.AccountID][]chat.Key{}
	for _, n := range ns {
		m[me] = append(m[me], keyOf(n))
	}
	return m
}

// Promise 6: nothing is sent, or called queued, before it is on disk.
func TestStoredBeforeSent(t *testing.T) {
	g := opened(t, 1)
	g.slow = true
	silent(t, g.compose(1, "a"))
	g.states(replica.Storing)
	silent(t, g.compose(2, "b"))
	silent(t, g.do(replica.Stored{Keys: []chat.Key{keyOf(2)}})) // b must not pass a
	g.states(replica.Storing, replica.Queued)
	send := one[*wire.Send](t, g.do(replica.Stored{Keys: []chat.Key{keyOf(1)}}))
	if len(send.Posts) != 2 || send.Posts[0].Text != "a" || send.Posts[1].Text != "b" {
		t.Errorf("%+v", send)
	}
	g.states(replica.Sending, replica.Sending)
}

func TestOneSendInFlight(t *testing.T) {
	g := opened(t, 1)
	one[*wire.Send](t, g.compose(1, "a"))
	silent(t, g.compose(2, "b"))
	silent(t, g.compose(3, "c"))
	g.states(replica.Sending, replica.Queued, replica.Queued)
	send := one[*wire.Send](t, g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{own(1, 2, 2, "a")}, Keys: keys(1)}))
	if len(send.Posts) != 2 || send.Posts[0].Key != keyOf(2) || send.Posts[1].Key != keyOf(3) {
		t.Errorf("%+v", send)
	}
	g.states(replica.Sending, replica.Sending)
	if tl := g.r.Timeline(direct); len(tl.Rows) != 2 || tl.Rows[1].Key != keyOf(1) {
		t.Errorf("%+v", tl)
	}
}

func TestBatchLimits(t *testing.T) {
	g := opened(t, 1)
	g.compose(0, "first")
	for n := 1; n <= 150; n++ {
		g.compose(n, "x")
	}
	send := one[*wire.Send](t, g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{own(0, 2, 2, "first")}, Keys: keys(0)}))
	if len(send.Posts) != chat.MaxPosts {
		t.Errorf("%d posts", len(send.Posts))
	}

	g = opened(t, 1)
	g.compose(0, "first")
	big := strings.Repeat("\"", chat.MaxText) // two bytes each when encoded
	for n := 1; n <= 3; n++ {
		g.compose(n, big)
	}
	send = one[*wire.Send](t, g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{own(0, 2, 2, "first")}, Keys: keys(0)}))
	if data, err := wire.Append(nil, send); err != nil || len(send.Posts) != 1 || len(data) > chat.BatchAim {
		t.Errorf("%d posts, %d bytes, %v", len(send.Posts), len(data), err)
	}
}

func TestRefusedBeforeQueueing(t *testing.T) {
	g := opened(t, 1)
	g.compose(1, "a")
	for name, in := range map[string]replica.Input{
		"blank":              replica.Compose{Room: direct, Key: keyOf(2), Text: " \n"},
		"too long":           replica.Compose{Room: direct, Key: keyOf(2), Text: strings.Repeat("x", chat.MaxText+1)},
		"control character":  replica.Compose{Room: direct, Key: keyOf(2), Text: "\x00"},
		"key in use":         replica.Compose{Room: direct, Key: keyOf(1), Text: "b"},
		"no key":             replica.Compose{Room: direct, Text: "b"},
		"blank edit":         replica.Edit{Room: direct, Seq: 1, Key: keyOf(2)},
		"edit of nothing":    replica.Edit{Room: direct, Key: keyOf(2), Text: "b"},
		"recall of nothing":  replica.Recall{Room: direct, Key: keyOf(2)},
		"reaction of spaces": replica.React{Room: direct, Seq: 1, Key: keyOf(2), Emoji: " ", On: true},
	} {
		silent(t, g.do(in))
		refused := 0
		for _, e := range g.last {
			switch e := e.(type) {
			case replica.Refused:
				refused++
				if e.Room != direct || e.Code == "" || e.Message == "" {
					t.Errorf("%s: %+v", name, e)
				}
			case replica.SaveOutbox:
				t.Errorf("%s: stored", name)
			}
		}
		if refused != 1 {
			t.Errorf("%s: refused %d times", name, refused)
		}
	}
	g.states(replica.Sending)
}

// A settled post stays until the cursor reaches its row: no flicker.
func TestSettledStaysUntilShown(t *testing.T) {
	g := opened(t, 1)
	g.compose(1, "a")
	// A gap: revision 2 is missing.
	p := one[*wire.Pull](t, g.from(&wire.Rows{Room: direct, From: 2, Upto: 3, Rows: []chat.Row{own(1, 3, 3, "a")}, Keys: keys(1)}))
	if *p.After != 1 {
		t.Errorf("%+v", p)
	}
	g.states(replica.Settled)
	if tl := g.r.Timeline(direct); len(tl.Rows) != 1 {
		t.Errorf("%+v", tl)
	}
	if g.r.Waiting() != 0 {
		t.Error("a settled post waits for nothing")
	}
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 3, Rows: []chat.Row{textRow(2, 2, friend, "b"), own(1, 3, 3, "a")}})
	g.states()
	if tl := g.r.Timeline(direct); len(tl.Rows) != 3 {
		t.Errorf("%+v", tl)
	}
	if len(g.disk.outbox) != 0 {
		t.Error("left on disk")
	}
}

// Everything unsettled is sent again after a new welcome, under its key.
func TestSentAgain(t *testing.T) {
	g := opened(t, 1)
	g.compose(1, "a")
	silent(t, g.do(replica.Closed{}))
	g.states(replica.Queued)
	silent(t, g.compose(2, "b"))
	one[*wire.Hello](t, g.do(replica.Opened{}))
	send := one[*wire.Send](t, g.from(welcomeWith()))
	if len(send.Posts) != 2 || send.Posts[0].Key != keyOf(1) {
		t.Errorf("%+v", send)
	}
	// The first was stored the first time: a repeated key is no news.
	g.from(&wire.Rows{Room: direct, Rows: []chat.Row{own(1, 2, 2, "a")}, Keys: keys(1)})
	g.states(replica.Settled, replica.Sending)
}

func TestReject(t *testing.T) {
	g := opened(t, 1)
	g.compose(0, "first")
	g.compose(1, "a")
	g.compose(2, "b")
	g.compose(3, "c")
	g.from(&wire.Rows{Room: direct, From: 1, Upto: 2, Rows: []chat.Row{own(0, 2, 2, "first")}, Keys: keys(0)})

	// One key's fault: it fails, the others go again.
	send := one[*wire.Send](t, g.from(&wire.Reject{Code: chat.Conflict, Message: "no", Room: direct, Key: keyOf(2)}))
	if len(send.Posts) != 2 || send.Posts[0].Key != keyOf(1) || send.Posts[1].Key != keyOf(3) {
		t.Errorf("%+v", send)
	}
	g.states(replica.Sending, replica.Failed, replica.Sending)
	if e := g.r.Entry(keyOf(2)); e.Code != chat.Conflict || e.Message != "no" {
		t.Errorf("%+v", e)
	}
	if s := g.r.Room(direct); s.Failed != 1 || s.Waiting != 2 {
		t.Errorf("%+v", s)
	}
	// The same refusal again is old news.
	silent(t, g.from(&wire.Reject{Code: chat.Conflict, Message: "no", Room: direct, Key: keyOf(2)}))

	// For now: all are kept and go after a while, and not before.
	silent(t, g.from(&wire.Reject{Code: chat.StorageFull, Message: "full", Room: direct, Key: keyOf(1), Retry: 2000}))
	g.states(replica.Queued, replica.Failed, replica.Queued)
	if at := g.r.Wake(); at != g.now+2000 {
		t.Errorf("wakes in %d ms", at-g.now)
	}
	silent(t, g.after(1999))
	if send := one[*wire.Send](t, g.after(1)); len(send.Posts) != 2 {
		t.Errorf("%+v", send)
	}
	// Without a time to wait, being full is final.
	g.from(&wire.Reject{Code: chat.StorageFull, Message: "full", Room: direct, Key: keyOf(1)})
	g.states(replica.Failed, replica.Failed, replica.Sending)

	// Retry goes to the end, where it will be in the log; discard forgets.
	silent(t, g.do(replica.Retry{Key: keyOf(2)}))
	g.do(replica.Discard{Key: keyOf(1)})
	g.states(replica.Sending, replica.Queued)
	if g.r.Entry(keyOf(1)) != nil || g.disk.outbox[keyOf(1)].Key == keyOf(1) {
		t.Error("not forgotten")
	}
	// What waits is neither to be retried nor discarded.
	g.do(replica.Discard{Key: keyOf(3)})
	g.do(replica.Retry{Key: keyOf(3)})
	g.states(replica.Sending, replica.Queued)
}

// A refusal that names no key, or not even a room, wedges nothing.
func TestRejectWithoutKey(t *testing.T) {
	for name, reject := range map[string]*wire.Reject{
		"room":    {Code: chat.SlowDown, Message: "later", Room: direct, Retry: 500},
		"nothing": {Code: chat.SlowDown, Message: "later", Retry: 500},
	} {
		g := opened(t, 1)
		g.compose(1, "a")
		silent(t, g.from(reject))
		g.states(replica.Queued)
		if one[*wire.Send](t, g.after(500)); t.Failed() {
			t.Fatal(name)
		}
	}
	// A refusal of everything is believed at last.
	g := opened(t, 1)
	g.compose(1, "a")
	for range 2 {
		silent(t, g.from(&wire.Reject{Code: chat.BadRequest, Message: "not JSON"}))
		one[*wire.Send](t, g.after(5000))
	}
	silent(t, g.from(&wire.Reject{Code: chat.BadRequest, Message: "not JSON"}))
	g.states(replica.Failed)
	// One that is of something else in the room leaves the send alone.
	g.compose(2, "b")
	silent(t, g.from(&wire.Reject{Code: chat.NotFound, Message: "no", Room: direct}))
	g.states(replica.Failed, replica.Sending)
}

func TestOperationsInOrder(t *testing.T) {
	g := newRig(t)
	g.connect(directHead(2, 2))
	g.do(replica.OpenRoom{Room: direct})
	g.from(&wire.Rows{Room: direct, Upto: 2, Reset: true, Rows: []chat.Row{textRow(1, 1, friend, "x"), textRow(2, 2, me, "mine")}})
	g.compose(1, "a")
	silent(t, g.do(replica.Edit{Room: direct, Seq: 2, Key: keyOf(2), Text: "better"}))
	silent(t, g.do(replica.React{Room: direct, Seq: 1, Key: keyOf(3), Emoji: "👍", On: true}))
	silent(t, g.do(replica.Recall{Room: direct, Seq: 2, Key: keyOf(4)}))
	silent(t, g.compose(5, "b"))

	shown, ops := g.r.Shown(direct, g.r.Row(direct, 2))
	if shown.Recalled == 0 || shown.Text != "" || len(ops) != 2 || ops[0].Op != replica.OpEdit {
		t.Errorf("%+v, %+v", shown, ops)
	}
	if row := g.r.Row(direct, 2); row.Text != "mine" {
		t.Error("the row itself was changed")
	}
	shown, ops = g.r.Shown(direct, g.r.Row(direct, 1))
	if len(shown.Reactions["👍"]) != 1 || len(ops) != 1 {
		t.Errorf("%+v, %+v", shown, ops)
	}

	edit := one[*wire.Edit](t, g.from(&wire.Rows{Room: direct, From: 2, Upto: 3, Rows: []chat.Row{own(1, 3, 3, "a")}, Keys: keys(1)}))
	if edit.Key != keyOf(2) || edit.Text != "better" || edit.Seq != 2 {
		t.Errorf("%+v", edit)
	}
	edited := textRow(2, 4, me, "better")
	react := one[*wire.React](t, g.from(&wire.Rows{Room: direct, From: 3, Upto: 4, Rows: []chat.Row{edited}, Keys: keys(2)}))
	if react.Seq != 1 || !react.On || react.Emoji != "👍" {
		t.Errorf("%+v", react)
	}
	liked := textRow(1, 5, friend, "x")
	liked.Reactions = map[string][]chat.AccountID{"👍": {me}}
	recall := one[*wire.Recall](t, g.from(&wire.Rows{Room: direct, From: 4, Upto: 5, Rows: []chat.Row{liked}}))
	if recall.Key != keyOf(4) {
		t.Errorf("%+v", recall)
	}
	// Refused: the row stays as it is, the entry says why.
	one[*wire.Send](t, g.from(&wire.Reject{Code: chat.Forbidden, Message: "not yours", Room: direct, Key: keyOf(4)}))
	shown, ops = g.r.Shown(direct, g.r.Row(direct, 2))
	if shown != g.r.Row(direct, 2) || len(ops) != 1 || ops[0].State != replica.Failed {
		t.Errorf("%+v, %+v", shown, ops)
	}
}

// A reaction has no key: it ends when the row shows it, when its room's refusal
// names no key, or when it was sent twice without an answer.
func TestReaction(t *testing.T) {
	react := replica.React{Room: direct, Seq: 1, Key: keyOf(1), Emoji: "👍", On: true}
	g := opened(t, 1)
	one[*wire.React](t, g.do(react))
	silent(t, g.from(&wire.Reject{Code: chat.Conflict, Message: "recalled", Room: direct}))
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed || e.Code != chat.Conflict {
		t.Errorf("%+v", e)
	}

	g = opened(t, 1)
	one[*wire.React](t, g.do(react))
	row := textRow(1, 1, friend, "from Fei")
	row.Reactions = map[string][]chat.AccountID{"👍": {me}}
	silent(t, g.from(&wire.Rows{Room: direct, Rows: []chat.Row{row}})) // it was on before
	if g.r.Entry(keyOf(1)) != nil {
		t.Error("not settled")
	}

	g = opened(t, 1)
	one[*wire.React](t, g.do(react))
	silent(t, g.after(9_999))
	one[*wire.React](t, g.after(1))
	silent(t, g.after(10_000))
	if g.r.Entry(keyOf(1)) != nil || g.r.Wake() != 0 {
		t.Error("waits for ever")
	}
}

// What was never sent can be forgotten, in whatever state; what was sent may be
// in the log, whatever became of the connection.
func TestDiscardUnsent(t *testing.T) {
	g := opened(t, 1)
	g.do(replica.Closed{})
	g.r.Step(g.now, replica.Compose{Room: direct, Key: keyOf(1), Text: "being stored"})
	if un := g.r.Unstored(); len(un) != 1 || un[0].Key != keyOf(1) {
		t.Errorf("unstored: %+v", un)
	}
	if !g.r.MayDiscard(keyOf(1)) {
		t.Error("what is being stored cannot be forgotten")
	}
	g.do(replica.Discard{Key: keyOf(1)})
	g.states()
	silent(t, g.do(replica.Stored{Keys: []chat.Key{keyOf(1)}})) // too late
	g.compose(2, "queued")
	g.do(replica.Edit{Room: direct, Seq: 1, Key: keyOf(3), Text: "edited"})
	g.do(replica.Discard{Key: keyOf(3)})
	if g.r.Entry(keyOf(3)) != nil || len(g.r.Unstored()) != 0 {
		t.Error("a queued edit is not forgotten, or is not stored")
	}
	one[*wire.Send](t, g.connect(directHead(1, 1)))
	g.do(replica.Discard{Key: keyOf(2)})
	g.do(replica.Closed{})
	g.do(replica.Discard{Key: keyOf(2)})
	g.states(replica.Queued)
	if g.r.MayDiscard(keyOf(2)) || g.r.MayDiscard(keyOf(9)) {
		t.Error("what was sent, or is not there, may be forgotten")
	}
}
