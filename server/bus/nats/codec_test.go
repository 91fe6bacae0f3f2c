package nats

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/server/bus"
	"parley/shared/chat"
)

var update = flag.Bool("update", false, "write testdata/golden.txt anew: only for a version that no release has had")

var (
	inRoom    = bus.Topic{Room: 42}
	ofAccount = bus.Topic{Account: chat.MaxID}
)

// golden are events as the first release wrote them.
var golden = []bus.Event{
	{Topic: inRoom, Rows: &bus.Rows{
		From: 4, Upto: 6, Account: 2, Keys: []chat.Key{{1, 15: 2}, {3}},
		Rows: []chat.Row{
			{
				Seq: 3, N: 3, Rev: 5, Key: chat.Key{1, 15: 2}, By: chat.MaxID, At: 1 << 41, Kind: chat.KindText, Text: "好 <&>", Reply: 1,
				Mentions: []chat.AccountID{2, 3}, Files: []chat.File{{ID: "f", Name: "a.png", Type: "image/png", Size: 1 << 33, Width: 3, Height: 4, Length: 5}},
				Card: json.RawMessage(`{"a":1}`), Edited: 7, Recalled: 8,
				Reactions: map[string][]chat.AccountID{"👍": {2, 3}, "🙂": {4}},
			},
			{Seq: 4, N: 3, Rev: 6, By: 2, At: 9, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventRole, Account: 2, Text: "owner"}},
		},
		Users: []chat.User{{ID: 2, Name: "Ben", Avatar: "x", Kind: chat.KindGuest}},
	}},
	{Topic: inRoom, Rows: &bus.Rows{From: bus.Unknown, Upto: 6, Rows: []chat.Row{}, Users: []chat.User{}}},
	{Topic: inRoom, Mark: &chat.Mark{User: 2, Read: 3, ReadN: 2, Got: 4}},
	{Topic: inRoom, Typing: 2},
	{Topic: inRoom, Head: true},
	{Topic: ofAccount, Room: 1},
	{Topic: ofAccount, Revoked: 7},
	{Topic: ofAccount, Friend: &bus.Friend{User: 3, Parted: true}},
	{Roster: &bus.Roster{Node: 1 << 60, Version: 3, Ask: 5, On: []chat.AccountID{1, chat.MaxID}, Off: []chat.AccountID{2}, Part: 1, Parts: 2}},
}

// Promise 15: nodes of two releases share a bus while one after the other is
// replaced. What the first release wrote is read, and written the same.
func TestGolden(t *testing.T) {
	const prefix = subjects("parley.c.")
	var b strings.Builder
	for i := range golden {
		kind, data := encode(nil, &golden[i])
		fmt.Fprintf(&b, "%s %x\n", prefix.of(golden[i].Topic, kind), data)
	}
	file := filepath.Join("testdata", "golden.txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("written otherwise (-want +got):\n%s", diff)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(want)), "\n") {
		subject, digits, _ := strings.Cut(line, " ")
		data, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		topic, kind, ok := prefix.parse(subject)
		if !ok {
			t.Fatalf("%s is no subject", subject)
		}
		got, err := decode(topic, kind, data)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		if diff := cmp.Diff(golden[i], got); diff != "" {
			t.Errorf("%s is read otherwise (-want +got):\n%s", subject, diff)
		}
	}
}

// Promise 15: what a later release appends is skipped, and what an earlier one
// does not write is zero.
func TestOtherRelease(t *testing.T) {
	for i := range golden {
		e := &golden[i]
		kind, data := encode(nil, e)
		got, err := decode(e.Topic, kind, append(bytes.Clone(data), 1, 2, 3))
		if err != nil {
			t.Errorf("%s with more: %v", kind, err)
		}
		if diff := cmp.Diff(*e, got); diff != "" {
			t.Errorf("%s with more (-want +got):\n%s", kind, diff)
		}
		if _, err := decode(e.Topic, "later", data); err == nil {
			t.Error("an unknown kind is read")
		}
		data[0]++
		if _, err := decode(e.Topic, kind, data); err == nil {
			t.Errorf("another version of %s is read", kind)
		}
	}
	w := &writer{[]byte{version}}
	w.ints(5, 6) // a mark without what it tells today
	got, err := decode(inRoom, kindMark, w.b)
	if err != nil || *got.Mark != (chat.Mark{User: 5, Read: 6}) {
		t.Errorf("%+v, %v", got.Mark, err)
	}
	w = &writer{[]byte{version}}
	w.ints(1, 2, 3)
	w.count(0)
	w.count(2)
	for seq := range int64(2) { // rows with a field more than today, in front of others
		w.part(func() {
			w.row(&chat.Row{Seq: chat.Seq(seq), Text: "x"})
			w.text("later")
		})
	}
	w.count(0)
	if got, err = decode(inRoom, kindRows, w.b); err != nil || len(got.Rows.Rows) != 2 || got.Rows.Rows[1].Seq != 1 || got.Rows.Rows[1].Text != "x" {
		t.Errorf("%+v, %v", got.Rows, err)
	}
}

func TestSubjects(t *testing.T) {
	const prefix = subjects("parley.c.")
	for _, bad := range []string{
		"", "parley.c.", "parley.d.n.roster", "parley.c.r.0.rows", "parley.c.r.-1.rows", "parley.c.x.1.rows", "parley.c.r.x.rows",
	} {
		if topic, kind, ok := prefix.parse(bad); ok {
			t.Errorf("%q is %v %q", bad, topic, kind)
		}
	}
}

// sizeOf is what bounds a message and the outbox: it must not be less than what
// is written.
func TestSizeIsEnough(t *testing.T) {
	for i := range golden {
		if _, data := encode(nil, &golden[i]); len(data) > sizeOf(&golden[i]) {
			t.Errorf("%d bytes, thought to be %d", len(data), sizeOf(&golden[i]))
		}
	}
}

// FuzzDecode: nothing that comes makes a node fail, and what is read is what is
// written again.
func FuzzDecode(f *testing.F) {
	for i := range golden {
		kind, data := encode(nil, &golden[i])
		f.Add(kind, data)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e, err := decode(inRoom, kind, data)
		if err != nil {
			return
		}
		again, written := encode(nil, &e)
		if again == "" { // an event of nothing, like typing of nobody
			return
		}
		back, err := decode(inRoom, again, written)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	row := chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{1}, By: 1 << 50, At: 1 << 41, Kind: chat.KindText, Text: strings.Repeat("x", 100)}
	e := bus.Event{Topic: inRoom, Rows: &bus.Rows{
		From: 0, Upto: 1, Rows: []chat.Row{row}, Users: []chat.User{{ID: 1 << 50, Name: "Anna", Kind: chat.KindMember}}, Account: 1 << 50, Keys: []chat.Key{{1}},
	}}
	b.Run("encode", func(b *testing.B) {
		var buffer []byte
		b.ReportAllocs()
		for b.Loop() {
			_, buffer = encode(buffer[:0], &e)
		}
	})
	_, data := encode(nil, &e)
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decode(inRoom, kindRows, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
