package replica_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// long is a rig with the direct room of n messages on the screen, of which the
// newest 50 are held.
func long(t *testing.T, n chat.Seq) *rig {
	g := newRig(t)
	g.connect(directHead(chat.Rev(n), n))
	g.do(replica.OpenRoom{Room: direct})
	g.from(&wire.Rows{Room: direct, Upto: chat.Rev(n), Reset: true, Rows: textRows(n-49, n)})
	return g
}

func textRows(from, upto chat.Seq) []chat.Row {
	var rows []chat.Row
	for seq := from; seq <= upto; seq++ {
		rows = append(rows, textRow(seq, chat.Rev(seq), friend, "x"))
	}
	return rows
}

// answer is the page that the server has for a pull.
func answer(p *wire.Pull, rev chat.Rev) *wire.Page {
	limit := chat.Seq(50)
	if p.Limit != nil {
		limit = chat.Seq(*p.Limit)
	}
	from := max(*p.Before-limit, 1)
	return &wire.Page{Room: p.Room, Before: *p.Before, Rev: rev, Rows: textRows(from, *p.Before-1), Start: from == 1}
}

func (g *rig) elsewhere() (first, last chat.Seq) {
	g.t.Helper()
	tl, is := g.r.Elsewhere(direct)
	if !is || !tl.Ready {
		g.t.Fatalf("%v, %+v", is, tl)
	}
	return tl.Rows[0].Seq, tl.Rows[len(tl.Rows)-1].Seq
}

func TestElsewhere(t *testing.T) {
	g := long(t, 100_000)
	p := one[*wire.Pull](t, g.do(replica.JumpTo{Room: direct, Seq: 5000}))
	if *p.Before != 5025 || *p.Limit != 50 {
		t.Errorf("before %d, limit %d", *p.Before, *p.Limit)
	}
	if tl, is := g.r.Elsewhere(direct); !is || tl.Ready || !tl.Loading || len(tl.Rows) != 0 {
		t.Errorf("%+v", tl)
	}
	g.from(answer(p, 100_000))
	if first, last := g.elsewhere(); first != 4975 || last != 5024 {
		t.Errorf("%d to %d", first, last)
	}
	silent(t, g.do(replica.JumpTo{Room: direct, Seq: 4980})) // it is there
	// Both ways, and a row that changes.
	g.from(answer(one[*wire.Pull](t, g.do(replica.LoadNewer{Room: direct})), 100_000))
	g.from(answer(one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct})), 100_000))
	if first, last := g.elsewhere(); first != 4925 || last != 5074 {
		t.Errorf("%d to %d", first, last)
	}
	g.from(&wire.Rows{Room: direct, From: 100_000, Upto: 100_001, Rows: []chat.Row{textRow(5000, 100_001, friend, "edited")}})
	if row := g.r.Row(direct, 5000); row == nil || row.Text != "edited" {
		t.Errorf("%+v", row)
	}
	// The window and what is stored of it are as they were.
	if tl := g.r.Timeline(direct); len(tl.Rows) != 50 || len(g.disk.rooms[direct].Rows) != 50 || tl.Loading {
		t.Errorf("%d rows, %d stored", len(tl.Rows), len(g.disk.rooms[direct].Rows))
	}
	// It outlives the connection.
	g.do(replica.Closed{})
	g.connect()
	if first, _ := g.elsewhere(); first != 4925 {
		t.Errorf("from %d", first)
	}
	g.do(replica.JumpLatest{Room: direct})
	if _, is := g.r.Elsewhere(direct); is {
		t.Error("still elsewhere")
	}
}

// Rows just before the window become a part of it, on disk too.
func TestElsewhereJoins(t *testing.T) {
	g := long(t, 1000)
	p := one[*wire.Pull](t, g.do(replica.JumpTo{Room: direct, Seq: 940}))
	if *p.Before != 951 {
		t.Errorf("before %d", *p.Before)
	}
	g.from(answer(p, 1000))
	if _, is := g.r.Elsewhere(direct); is || len(g.r.Timeline(direct).Rows) != 100 || len(g.disk.rooms[direct].Rows) != 100 {
		t.Errorf("%v, %d rows, %d stored", is, len(g.r.Timeline(direct).Rows), len(g.disk.rooms[direct].Rows))
	}
}

// Scrolling back for long leaves a bounded number of rows.
func TestLongWayBack(t *testing.T) {
	g := long(t, 10_000)
	for range 150 {
		g.from(answer(one[*wire.Pull](t, g.do(replica.LoadOlder{Room: direct})), 10_000))
		if n := len(g.r.Timeline(direct).Rows); n > 2000 {
			t.Fatalf("%d rows", n)
		}
	}
	if first, last := g.elsewhere(); first != 10_000-49-150*50 || last-first != 999 {
		t.Errorf("%d to %d", first, last)
	}
	if n := len(g.r.Timeline(direct).Rows); n != 500 || len(g.disk.rooms[direct].Rows) != 500 {
		t.Errorf("%d rows, %d stored", n, len(g.disk.rooms[direct].Rows))
	}
	for {
		if _, is := g.r.Elsewhere(direct); !is {
			break
		}
		g.from(answer(one[*wire.Pull](t, g.do(replica.LoadNewer{Room: direct})), 10_000))
	}
	if tl := g.r.Timeline(direct); len(tl.Rows) != 1500 || tl.Rows[1499].Seq != 10_000 {
		t.Errorf("%d rows", len(tl.Rows))
	}
}

// A refused jump, and one to a row that the log does not have, end.
func TestJumpInVain(t *testing.T) {
	g := long(t, 1000)
	one[*wire.Pull](t, g.do(replica.JumpTo{Room: direct, Seq: 5}))
	g.from(&wire.Reject{Code: chat.NotFound, Message: "no", Room: direct})
	if _, is := g.r.Elsewhere(direct); is {
		t.Error("still elsewhere after a refusal")
	}
	p := one[*wire.Pull](t, g.do(replica.JumpTo{Room: direct, Seq: 5}))
	g.from(&wire.Page{Room: direct, Before: *p.Before, Rev: 1000, Start: true})
	if _, is := g.r.Elsewhere(direct); is {
		t.Error("still elsewhere without rows")
	}
	silent(t, g.do(replica.JumpTo{Room: direct, Seq: 0}))
	silent(t, g.do(replica.JumpTo{Room: group, Seq: 5}))
	silent(t, g.do(replica.JumpTo{Room: direct, Seq: 2000})) // newer than the newest: not known yet
	if _, is := g.r.Elsewhere(direct); is {
		t.Error("elsewhere for a row to come")
	}
	// Without a connection it waits for one.
	g.do(replica.Closed{})
	silent(t, g.do(replica.JumpTo{Room: direct, Seq: 5}))
	if tl, is := g.r.Elsewhere(direct); !is || tl.Ready {
		t.Errorf("%v, %+v", is, tl)
	}
	one[*wire.Pull](t, g.connect())
}
