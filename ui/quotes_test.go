package ui

import (
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// far is a screen of rows from 1001 on, of which the first replies to seq.
func far(t *testing.T, reply chat.Seq) *model {
	m := screen(t, group, row(bo, noon, "gone with the reset"))
	rows := make([]chat.Row, 0, 50)
	for seq := chat.Seq(1001); seq <= 1050; seq++ {
		r := row(bo, noon, "new")
		r.Seq, r.N, r.Rev, r.Kind, r.Key = seq, chat.Count(seq), chat.Rev(seq), chat.KindText, chat.KeyV7(noon, [10]byte{byte(seq), byte(seq >> 8), 3})
		rows = append(rows, r)
	}
	rows[0].Reply = reply
	m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, Reset: true, Upto: 1050, Rows: rows}})
	return m
}

// A reply to a row that is further back than what is here shows its text, once
// that has been fetched, and that it was recalled, when that is so.
func TestQuoteOfFarRow(t *testing.T) {
	m := far(t, 7)
	has(t, drawn(m), "An earlier message")
	if seq := m.lackingQuote(here); seq != 7 {
		t.Fatalf("%d is to be asked for, want 7", seq)
	}
	m.rep.Step(noon, replica.Quote{Room: here, Seq: 7})
	if seq := m.lackingQuote(here); seq != 0 {
		t.Errorf("%d is to be asked for while 7 is", seq)
	}
	tl := m.rep.Timeline(here)
	before := m.print(&tl, chunkOf(1001))
	old := row(carla, noon, "the old price")
	old.Seq, old.N, old.Rev, old.Kind, old.Key = 7, 7, 7, chat.KindText, chat.KeyV7(noon, [10]byte{7})
	m.rep.Step(noon, replica.Quoted{Page: wire.Page{Room: here, Before: 8, Rev: 1050, Rows: []chat.Row{old}}})
	if m.print(&tl, chunkOf(1001)) == before {
		t.Error("the chunk is not drawn again")
	}
	has(t, drawn(m), "Carla", "the old price")
	old.Rev, old.Text, old.Recalled = 1051, "", noon
	m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, From: 1050, Upto: 1051, Rows: []chat.Row{old}}})
	html := drawn(m)
	has(t, html, "The message is no longer there")
	if strings.Contains(html, "the old price") {
		t.Error("a recalled text is quoted")
	}
}

// Nothing is asked for where there is no answer to be had.
func TestQuoteInVain(t *testing.T) {
	for _, seq := range []chat.Seq{0, 1001, 1050, 1051, chat.MaxID} {
		if got := far(t, seq).lackingQuote(here); got != 0 {
			t.Errorf("a reply to %d asks for %d", seq, got)
		}
	}
	m := far(t, 7)
	m.talk.folded = map[int]float64{chunkOf(1001): 900}
	if got := m.lackingQuote(here); got != 0 {
		t.Errorf("what is far from what is in sight asks for %d", got)
	}
	m.talk.folded = nil
	m.rep.Step(noon, replica.Closed{})
	if got := m.lackingQuote(here); got != 0 {
		t.Errorf("asks for %d without a connection", got)
	}
	has(t, drawn(m), "An earlier message")
}
