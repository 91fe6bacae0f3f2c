package replica_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// quoted answers what was asked for a quote.
func (g *rig) quoted(seq chat.Seq, rev chat.Rev) {
	g.do(replica.Quoted{Page: wire.Page{Room: direct, Before: seq + 1, Rev: rev, Rows: textRows(seq, seq)}})
}

// A row that is quoted is held alone, and follows the log as the others do.
func TestQuote(t *testing.T) {
	g := long(t, 1000)
	for _, seq := range []chat.Seq{-1, 0, 951, 1000, 1001, chat.MaxID} {
		if g.r.MayQuote(direct, seq) {
			t.Errorf("%d is asked for: it is held, or cannot be there", seq)
		}
	}
	if g.r.MayQuote(group, 5) {
		t.Error("of a room that is not open")
	}
	silent(t, g.do(replica.Quote{Room: direct, Seq: 5}))
	if g.r.MayQuote(direct, 5) || g.r.Quoted(direct, 5) != nil {
		t.Error("asked for twice, or there already")
	}
	g.quoted(5, 999) // read before it was asked for: an older question's answer
	g.quoted(6, 1000)
	if g.r.Quoted(direct, 5) != nil || g.r.Quoted(direct, 6) != nil {
		t.Error("an answer to another question was taken")
	}
	g.quoted(5, 1000)
	if row := g.r.Quoted(direct, 5); row == nil || row.Text != "x" || g.r.Row(direct, 5) != nil {
		t.Errorf("%+v", row)
	}
	if tl := g.r.Timeline(direct); len(tl.Rows) != 50 || len(g.disk.rooms[direct].Rows) != 50 {
		t.Error("the window has grown")
	}
	// Promise 8: what is recalled is gone from here too, though the answer of a
	// slow question still has it.
	g.do(replica.Quote{Room: direct, Seq: 6})
	for i, seq := range []chat.Seq{5, 6} {
		from := chat.Rev(1000 + i)
		row := textRow(seq, from+1, friend, "")
		row.Recalled = 1
		g.from(&wire.Rows{Room: direct, From: from, Upto: from + 1, Rows: []chat.Row{row}})
	}
	g.quoted(6, 1000)
	for _, seq := range []chat.Seq{5, 6} {
		if row := g.r.Quoted(direct, seq); row == nil || row.Recalled == 0 || row.Text != "" {
			t.Errorf("%d: %+v", seq, row)
		}
	}
	g.do(replica.CloseRoom{Room: direct})
	if g.r.Quoted(direct, 5) != nil {
		t.Error("held for a room that is closed")
	}
}

// What did not come on one connection is asked for again on the next; a reset
// forgets all of it, for nobody knows what has changed.
func TestQuoteAgain(t *testing.T) {
	g := long(t, 1000)
	g.do(replica.Quote{Room: direct, Seq: 5})
	g.do(replica.Quote{Room: direct, Seq: 6})
	g.quoted(6, 1000)
	g.do(replica.Closed{})
	if g.r.MayQuote(direct, 5) {
		t.Error("asked for without a connection")
	}
	g.connect()
	if !g.r.MayQuote(direct, 5) || g.r.MayQuote(direct, 6) || g.r.Quoted(direct, 6) == nil {
		t.Error("only what is missing is asked for again")
	}
	g.from(&wire.Rows{Room: direct, Upto: 1200, Reset: true, Rows: textRows(1151, 1200)})
	if g.r.Quoted(direct, 6) != nil || !g.r.MayQuote(direct, 6) {
		t.Error("a row of before a reset is still there")
	}
	// A row that the window has had, and changed, is not older when it is left.
	g.do(replica.Quote{Room: direct, Seq: 1150})
	g.quoted(1150, 1200)
	g.from(answer(one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct})), 1200))
	g.from(&wire.Rows{Room: direct, From: 1200, Upto: 1201, Rows: []chat.Row{textRow(1150, 1201, friend, "edited")}})
	g.do(replica.Closed{})
	if row := g.r.Quoted(direct, 1150); row == nil || row.Text != "edited" {
		t.Errorf("%+v", row)
	}
}

// However many messages reply to others, what is held is bounded.
func TestQuoteBound(t *testing.T) {
	g := long(t, 1000)
	g.r.Bound(500, 2000, 1000, 50) // and two quotes
	for seq := chat.Seq(1); seq <= 2; seq++ {
		g.do(replica.Quote{Room: direct, Seq: seq})
	}
	if g.do(replica.Quote{Room: direct, Seq: 3}); g.r.MayQuote(direct, 3) {
		t.Error("a third is asked for")
	}
}
