package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// many is a room of n messages of Bo's.
func many(t *testing.T, head chat.Head, n int) *model {
	rows := make([]chat.Row, n)
	for i := range rows {
		rows[i] = row(bo, noon, fmt.Sprintf("no. %d.", i+1))
	}
	return screen(t, head, rows...)
}

func TestStretch(t *testing.T) {
	rows := make([]*chat.Row, 0, 120)
	for seq := chat.Seq(31); seq <= 150; seq++ {
		rows = append(rows, &chat.Row{Seq: seq})
	}
	for n, want := range map[int][3]chat.Seq{0: {0, 31, 50}, 1: {50, 51, 100}, 2: {100, 101, 150}} {
		prev, part := stretch(rows, n, chunkRows)
		var before chat.Seq
		if prev != nil {
			before = prev.Seq
		}
		if got := [3]chat.Seq{before, part[0].Seq, part[len(part)-1].Seq}; got != want {
			t.Errorf("chunk %d: %v", n, got)
		}
	}
	if _, part := stretch(rows, 3, chunkRows); len(part) != 0 {
		t.Errorf("chunk 3 holds %d rows", len(part))
	}
	if _, part := stretch(nil, 0, chunkRows); part != nil {
		t.Error("nothing holds something")
	}
}

// What happens in one chunk must have that chunk drawn again, and no other.
func TestPrint(t *testing.T) {
	m := many(t, direct, 160)
	prints := func() [4]uint64 {
		tl := m.rep.Timeline(here)
		return [4]uint64{m.print(&tl, 0), m.print(&tl, 1), m.print(&tl, 2), m.print(&tl, 3)}
	}
	differ := func(what string, do func(), want ...int) {
		t.Helper()
		before := prints()
		do()
		after := prints()
		changed := map[int]bool{}
		for _, n := range want {
			changed[n] = true
		}
		for n := range before {
			if (before[n] != after[n]) != changed[n] {
				t.Errorf("%s: chunk %d changed: %v", what, n, !changed[n])
			}
		}
	}
	users := []chat.User{{ID: bo, Name: "Bo"}}
	rows := func(from, upto chat.Rev, rows ...chat.Row) {
		m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, From: from, Upto: upto, Rows: rows, Users: users}})
	}
	differ("nothing", func() {})
	differ("a message", func() {
		rows(160, 161, chat.Row{Seq: 161, N: 161, Rev: 161, By: bo, At: noon, Kind: chat.KindText, Text: "new", Key: chat.KeyV7(noon, [10]byte{7})})
	}, 3)
	differ("an edit", func() {
		r := *m.rep.Row(here, 60)
		r.Rev, r.Text, r.Edited = 162, "changed", noon
		rows(161, 162, r)
	}, 1)
	differ("a recall on its way", func() {
		m.rep.Step(noon, replica.Recall{Room: here, Seq: 120, Key: chat.KeyV7(noon, [10]byte{8})})
	}, 2)
	differ("the divider", func() { m.talk.divider = 30 }, 0)
	differ("the other reads", func() {
		m.rep.Step(noon, replica.Received{Frame: &wire.Marks{Room: here, Marks: []chat.Mark{{User: bo, Read: 70, Got: 70}}}})
	}, 0, 1)
	differ("another day", func() { m.now = func() chat.Time { return noon + 86_400_000 } }, 0, 1, 2, 3)
}

// The timeline shows every row once and in order, however the chunks nest.
func TestTimeline(t *testing.T) {
	m := many(t, group, 160)
	tl := &timeline{M: m, Room: here, base: 2, based: true} // opened there, scrolled up since
	html := app.HTMLString(tl)
	last := -1
	for i := 1; i <= 160; i++ {
		at := strings.Index(html, fmt.Sprintf("no. %d.", i))
		if at <= last {
			t.Fatalf("message %d is missing, or not in its place", i)
		}
		last = at
	}
	if strings.Count(html, `class="msg `) != 160 {
		t.Errorf("%d messages", strings.Count(html, `class="msg `))
	}
	if !strings.Contains(html, "Conversation started") {
		t.Error("the beginning is not told")
	}
}
