package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/html"
)

func TestSeqAt(t *testing.T) {
	rows := []*chat.Row{{Seq: 11, At: 100}, {Seq: 12, At: 200}, {Seq: 13, At: 300}}
	for _, c := range []struct {
		at    chat.Time
		start bool
		want  chat.Seq
	}{{50, false, 0}, {50, true, 11}, {100, false, 0}, {150, false, 12}, {300, false, 13}, {301, true, 0}} {
		if got := seqAt(&replica.Timeline{Rows: rows, Start: c.start}, c.at); got != c.want {
			t.Errorf("at %d, start %v: %d, want %d", c.at, c.start, got, c.want)
		}
	}
	if got := seqAt(&replica.Timeline{}, 5); got != 0 {
		t.Errorf("in nothing: %d", got)
	}
}

// A jump beyond the window shows what is there alone, without what waits to be
// sent, until one comes back.
func TestElsewhereIsDrawn(t *testing.T) {
	m := many(t, group, 60)
	tail := func() []chat.Row {
		var rows []chat.Row
		for seq := chat.Seq(1001); seq <= 1050; seq++ {
			r := row(bo, noon, "new")
			r.Seq, r.N, r.Rev, r.Kind, r.Key = seq, chat.Count(seq), chat.Rev(seq), chat.KindText, chat.KeyV7(noon, [10]byte{byte(seq), byte(seq >> 8), 3})
			rows = append(rows, r)
		}
		return rows
	}
	m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, Reset: true, Upto: 1050, Rows: tail()}})
	m.rep.Step(noon, replica.Compose{Room: here, Key: m.newKey(), Text: "waits"})
	m.rep.Step(noon, replica.JumpTo{Room: here, Seq: 7})
	html := app.HTMLString(&timeline{M: m, Room: here})
	has(t, html, "Loading messages…", "Jump to the latest")
	if strings.Contains(html, "waits") {
		t.Error("what waits to be sent is shown elsewhere")
	}
	page := &wire.Page{Room: here, Before: 32, Rev: 1050, Start: true}
	for seq := chat.Seq(1); seq < 32; seq++ {
		r := row(bo, noon, "old")
		r.Seq, r.N, r.Rev, r.Kind, r.Key = seq, chat.Count(seq), chat.Rev(seq), chat.KindText, chat.KeyV7(noon, [10]byte{byte(seq), 4})
		page.Rows = append(page.Rows, r)
	}
	m.rep.Step(noon, replica.Received{Frame: page})
	html = app.HTMLString(&timeline{M: m, Room: here})
	has(t, html, "Conversation started", `data-seq="7"`, "Loading newer messages…")
	m.rep.Step(noon, replica.Closed{})
	has(t, app.HTMLString(&timeline{M: m, Room: here}), "Newer messages will load when the connection is back.")
	m.rep.Step(noon, replica.JumpLatest{Room: here})
	html = app.HTMLString(&timeline{M: m, Room: here})
	has(t, html, "waits", `data-seq="1050"`)
	if strings.Contains(html, `data-seq="7"`) {
		t.Error("still elsewhere")
	}
}

// A room that was empty when it was stored is not called empty when there is
// something in it by now.
func TestStoredBeforeTheFirst(t *testing.T) {
	m := screen(t, group)
	has(t, app.HTMLString(&timeline{M: m, Room: here}), "No messages yet")
	last := row(bo, noon, "first")
	last.Seq, last.N, last.Rev, last.Kind = 1, 1, 1, chat.KindText
	head := *m.rep.Room(here).Head
	head.Seq, head.N, head.Rev, head.Last = 1, 1, 1, &last
	m.rep.Step(noon, replica.Received{Frame: &wire.Head{Room: head}})
	if html := app.HTMLString(&timeline{M: m, Room: here}); strings.Contains(html, "No messages yet") {
		t.Error("said to be empty before the first message is loaded")
	}
	m.rep.Step(noon, replica.Closed{})
	has(t, app.HTMLString(&timeline{M: m, Room: here}), "Not connected", "will load when the connection is back")
}

// History that completes a chunk does not move the rows that are drawn: each
// has two elements, at the place that its seq gives it.
func TestPartialChunk(t *testing.T) {
	m := many(t, group, 60)
	tl := m.rep.Timeline(here)
	whole := strings.Count(app.HTMLString(m.newChunk(&tl, 0)), "<div")
	part := tl
	part.Rows = tl.Rows[20:]
	lines := m.lines(m.rep.Room(here).Head, nil, part.Rows[:30])
	if len(lines) != 60 || whole == 0 {
		t.Errorf("%d lines, %d elements", len(lines), whole)
	}
	m.talk.folded = map[int]float64{0: 100}
	if html := app.HTMLString(m.newChunk(&tl, 0)); strings.Contains(html, "no. ") || m.newChunk(&tl, 0).Print != 0 {
		t.Error("a folded chunk is drawn")
	}
}

// The unread divider is before the first unread row, and nowhere else: not
// before the first row that happens to be loaded.
func TestDividerOutside(t *testing.T) {
	m := many(t, group, 60)
	m.talk.divider = 5
	rows := m.rep.Timeline(here).Rows
	h := m.rep.Room(here).Head
	if html := app.HTMLString(html.Div().Body(m.lines(h, nil, rows[20:])...)); strings.Contains(html, "Unread") {
		t.Error("the divider is before a later row")
	}
	has(t, app.HTMLString(html.Div().Body(m.lines(h, nil, rows)...)), "Unread")
}
