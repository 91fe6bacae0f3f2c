package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/server/bus"
	"parley/shared/chat"
	"parley/shared/wire"
)

// What several changes made is told in one frame: each row once, as it is after
// the last of them, each person once, and all keys.
func TestChangesAreMerged(t *testing.T) {
	row := func(seq chat.Seq, rev chat.Rev, text string) chat.Row {
		return chat.Row{Seq: seq, Rev: rev, Text: text}
	}
	anna, annie, bo := chat.User{ID: 1, Name: "Anna"}, chat.User{ID: 1, Name: "Annie"}, chat.User{ID: 2, Name: "Bo"}
	k := func(b byte) chat.Key { return chat.Key{b} }
	out := []outgoing{
		{change: &bus.Rows{From: 3, Upto: 5, Rows: []chat.Row{row(4, 4, "a"), row(5, 5, "b")}, Users: []chat.User{anna}, Account: 1, Keys: []chat.Key{k(1), k(2)}}},
		{change: &bus.Rows{From: 5, Upto: 6, Rows: []chat.Row{row(6, 6, "c")}, Users: []chat.User{bo}, Account: 2, Keys: []chat.Key{k(3)}}},
		{change: &bus.Rows{From: 6, Upto: 7, Rows: []chat.Row{row(4, 7, "a, better")}, Users: []chat.User{annie}, Account: 1, Keys: []chat.Key{k(4)}}},
		{change: &bus.Rows{From: 7, Upto: 8, Rows: []chat.Row{row(2, 8, "old")}, Users: []chat.User{bo}}}, // a reaction: no key
	}
	want := wire.Rows{
		Room: 9, From: 3, Upto: 8,
		Rows:  []chat.Row{row(5, 5, "b"), row(6, 6, "c"), row(4, 7, "a, better"), row(2, 8, "old")},
		Users: []chat.User{annie, bo},
		Keys:  map[chat.AccountID][]chat.Key{1: {k(1), k(2), k(4)}, 2: {k(3)}},
	}
	if diff := cmp.Diff(want, *merged(9, out)); diff != "" {
		t.Error(diff)
	}
	if len(out[0].change.Rows) != 2 || out[0].change.Rows[0].Text != "a" {
		t.Error("the changes themselves were changed")
	}
}

// A membership row ends a frame, and so does a gap.
func TestFramesOfAMessage(t *testing.T) {
	r := newRoom(nil, 9)
	change := func(from, upto chat.Rev) *bus.Rows {
		return &bus.Rows{From: from, Upto: upto, Rows: []chat.Row{{Seq: chat.Seq(upto), Rev: upto, Kind: chat.KindText, Key: chat.Key{15: 1}}}}
	}
	var ends [][2]chat.Rev
	for data := range wire.Split(r.message([]outgoing{
		{change: change(1, 2)}, {change: change(2, 3), ends: true}, {change: change(3, 4)}, {change: change(4, 5)}, {change: change(7, 8)},
	}).Text()) {
		f, err := wire.DecodeServer(data)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, [2]chat.Rev{f.(*wire.Rows).From, f.(*wire.Rows).Upto})
	}
	if diff := cmp.Diff([][2]chat.Rev{{1, 3}, {3, 5}, {7, 8}}, ends); diff != "" {
		t.Error(diff)
	}
}
