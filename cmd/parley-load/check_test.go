package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// theatre is a room whose server is the test: it makes frames, spoils them, and
// hands them to two readers, one of whom posts.
type theatre struct {
	t       *testing.T
	guard   guard
	ledger  *ledger
	clients [2]*client
	poster  *poster
	rows    []chat.Row // the log
}

func newTheatre(t *testing.T) *theatre {
	th := &theatre{t: t, ledger: newLedger(42, 7, 5, 4, &tally{})}
	l := &loop{began: time.Now()}
	for i := range th.clients {
		c := &client{loop: l, guard: &th.guard, account: int64(101 + i), phase: ready}
		c.follow(th.ledger, 7)
		th.clients[i] = c
	}
	th.poster = newPoster(9, th.clients[0], th.ledger, 64)
	return th
}

// posts has the poster post n times, and appends what a server would to the log.
func (th *theatre) posts(n int) {
	for range n {
		p := th.poster
		p.sent++
		i := len(th.rows)
		th.rows = append(th.rows, chat.Row{
			Seq: chat.Seq(6 + i), N: chat.Count(5 + i), Rev: chat.Rev(8 + i), Key: p.key(1000, p.sent), By: 101, At: 1,
			Kind: chat.KindText, Text: string(p.text(p.sent, 1)),
		})
	}
}

// frame is the one that leads from one place of the log to another.
func (th *theatre) frame(from, upto int) []byte {
	th.t.Helper()
	return th.encode(&wire.Rows{Room: 42, From: chat.Rev(7 + from), Upto: chat.Rev(7 + upto), Rows: slices.Clone(th.rows[from:upto])})
}

func (th *theatre) encode(f *wire.Rows) []byte {
	th.t.Helper()
	data, err := wire.Append(nil, f)
	if err != nil {
		th.t.Fatal(err)
	}
	return data
}

// tell gives a frame to a client.
func (th *theatre) tell(client int, frame []byte) {
	th.t.Helper()
	if err := th.clients[client].message(frame); err != nil {
		th.guard.report(err)
	}
}

// end is what is wrong in the end.
func (th *theatre) end() string {
	th.guard.complete(th.clients[:], th.ledger)
	return strings.Join(th.guard.broken, "\n")
}

func TestEveryDelivery(t *testing.T) {
	th := newTheatre(t)
	th.posts(10)
	for i, cuts := range [][]int{{0, 1, 4, 5, 10}, {0, 4, 10}} { // joined in another way for each
		for j := 1; j < len(cuts); j++ {
			th.tell(i, th.frame(cuts[j-1], cuts[j]))
		}
	}
	joined := append(append(th.frame(0, 5), '\n'), th.frame(5, 10)...)
	th.clients[1].rooms[0].cursor = 7
	th.tell(1, joined)
	if wrong := th.end(); wrong != "" {
		t.Error(wrong)
	}
	if got := th.ledger.tally.rows; got != 30 {
		t.Errorf("%d deliveries", got)
	}
}

// TestPulledInParts gives a reader who has missed something the answer to its
// pull, cut in two, with a live frame in between.
func TestPulledInParts(t *testing.T) {
	th := newTheatre(t)
	th.posts(6)
	th.tell(0, th.frame(0, 6))
	th.tell(1, th.frame(4, 5))
	if r := th.clients[1].rooms[0]; !r.pulling || th.ledger.tally.pulls != 1 {
		t.Fatalf("%+v", r)
	}
	part := &wire.Rows{Room: 42, From: 7, Upto: 12, Rows: th.rows[:2], More: true}
	th.tell(1, th.encode(part))
	th.tell(1, th.frame(5, 6))
	part.Rows, part.More = th.rows[2:5], false
	th.tell(1, th.encode(part))
	if th.end() == "" {
		t.Error("the sixth row did not come, and is not missed")
	}
	th.guard = guard{}
	th.clients[1].guard = &th.guard
	th.tell(1, th.frame(5, 6))
	if wrong := th.end(); wrong != "" {
		t.Error(wrong)
	}
}

// TestWholeBetweenParts tells a reader whole, in between the parts of the answer
// to its pull, what the answer tells: those that the other has seen, and those
// that it has not.
func TestWholeBetweenParts(t *testing.T) {
	for _, seen := range []bool{true, false} {
		th := newTheatre(t)
		th.posts(6)
		whole, parts := th.frame(0, 6), &wire.Rows{Room: 42, From: 7, Upto: 13, Rows: th.rows[:2], More: true}
		if seen {
			th.tell(0, whole)
		}
		th.clients[1].pulled = true
		th.tell(1, th.encode(parts))
		th.tell(1, whole)
		parts.Rows, parts.More = th.rows[2:6], false
		th.tell(1, th.encode(parts))
		if !seen {
			th.tell(0, whole)
		}
		if wrong := th.end(); wrong != "" || len(th.clients[1].cut) > 0 {
			t.Errorf("%q, %d parts are kept", wrong, len(th.clients[1].cut))
		}
	}
}

// TestResets gives the poster, who has pulled, a reset: one that comes late and
// lies behind what it has, one over its own posts that the other was told, and
// one over posts that nobody was told yet.
func TestResets(t *testing.T) {
	reset := func(th *theatre, upto int) []byte {
		return th.encode(&wire.Rows{Room: 42, Upto: chat.Rev(7 + upto), Reset: true, Rows: slices.Clone(th.rows[upto-2 : upto])})
	}
	th := newTheatre(t)
	th.ledger.limit(4, th.clients[:])
	th.posts(8)
	th.tell(0, th.frame(0, 4))
	th.tell(0, reset(th, 3))
	if r := th.clients[0].rooms[0]; r.cursor != 11 || th.ledger.tally.missed != 0 {
		t.Errorf("after a late reset: at %d, %d missed", r.cursor, th.ledger.tally.missed)
	}
	th.tell(1, th.frame(0, 6))
	th.tell(0, reset(th, 8))
	if r := th.clients[0].rooms[0]; r.cursor != 13 || !r.pulling || th.poster.echoed != 6 || th.ledger.pace.slowest != 13 {
		t.Errorf("at %d, %d echoes, the slowest at %d", r.cursor, th.poster.echoed, th.ledger.pace.slowest)
	}
	th.tell(0, th.frame(6, 8))
	th.tell(1, th.frame(6, 8))
	if wrong := th.end(); wrong != "" {
		t.Error(wrong)
	}
}

// change spoils the frame that the poster is told, and tells the other the truth.
func change(spoil func(f *wire.Rows)) func(th *theatre) {
	return func(th *theatre) {
		f := &wire.Rows{Room: 42, From: 7, Upto: 10, Rows: slices.Clone(th.rows[:3])}
		spoil(f)
		th.tell(0, th.encode(f))
		th.tell(0, th.frame(3, 4))
		th.tell(1, th.frame(0, 4))
	}
}

// faults are all the ways in which the figures rely on deliveries never being
// spoiled.
var faults = map[string]func(th *theatre){
	"a reader is told nothing": func(th *theatre) { th.tell(0, th.frame(0, 4)) },
	"nobody is told":           func(*theatre) {},
	"the end is lost for all": func(th *theatre) {
		th.tell(0, th.frame(0, 3))
		th.tell(1, th.frame(0, 3))
	},
	"a frame is lost for one": func(th *theatre) {
		th.tell(0, th.frame(0, 4))
		th.tell(1, th.frame(0, 1))
		th.tell(1, th.frame(2, 4))
	},
	"a frame comes twice": func(th *theatre) {
		th.tell(0, th.frame(0, 4))
		th.tell(1, th.frame(0, 4))
		th.tell(1, th.frame(0, 4))
	},
	"an old frame comes late": func(th *theatre) {
		th.tell(0, th.frame(0, 4))
		th.tell(1, th.frame(0, 1))
		th.tell(1, th.frame(1, 4))
		th.tell(1, th.frame(1, 2))
	},
	"one is told another text": func(th *theatre) {
		th.tell(0, th.frame(0, 4))
		th.rows[1].Text = strings.Replace(th.rows[1].Text, "00000002", "00000003", 1)
		th.tell(1, th.frame(0, 4))
	},
	"one is told another time": func(th *theatre) {
		th.tell(0, th.frame(0, 4))
		th.rows[1].Text = strings.Replace(th.rows[1].Text, "0000000000000001", "0000000000000002", 1)
		th.tell(1, th.frame(0, 4))
	},
	"a row is left out":        change(func(f *wire.Rows) { f.Rows = slices.Delete(f.Rows, 1, 2) }),
	"a row is left out, dense": change(func(f *wire.Rows) { f.Rows, f.Upto = f.Rows[:2], 9 }),
	"rows are swapped":         change(func(f *wire.Rows) { f.Rows[0], f.Rows[1] = f.Rows[1], f.Rows[0] }),
	"rows are swapped, with revs in order": change(func(f *wire.Rows) {
		f.Rows[0], f.Rows[1] = f.Rows[1], f.Rows[0]
		f.Rows[0].Rev, f.Rows[1].Rev = 8, 9
		f.Rows[0].Seq, f.Rows[1].Seq = 6, 7
		f.Rows[0].N, f.Rows[1].N = 5, 6
	}),
	"a post is stored twice": change(func(f *wire.Rows) {
		again := f.Rows[0]
		again.Seq, again.N, again.Rev = f.Rows[1].Seq, f.Rows[1].N, f.Rows[1].Rev
		f.Rows[1] = again
	}),
	"a rev is left out":       change(func(f *wire.Rows) { f.Rows[2].Rev++ }),
	"a seq is left out":       change(func(f *wire.Rows) { f.Rows[2].Seq++ }),
	"an n is left out":        change(func(f *wire.Rows) { f.Rows[2].N++ }),
	"a seq comes again":       change(func(f *wire.Rows) { f.Rows[2].Seq-- }),
	"a text is cut":           change(func(f *wire.Rows) { f.Rows[0].Text = f.Rows[0].Text[:60] }),
	"a text is changed":       change(func(f *wire.Rows) { f.Rows[0].Text = strings.Replace(f.Rows[0].Text, "papers", "Papers", 1) }),
	"a key is another's":      change(func(f *wire.Rows) { f.Rows[0].Key = f.Rows[1].Key }),
	"a kind is another":       change(func(f *wire.Rows) { f.Rows[0].Kind = chat.KindFile }),
	"somebody else posts":     change(func(f *wire.Rows) { f.Rows[0].By = 102 }),
	"a post that nobody sent": change(func(f *wire.Rows) { f.Rows[2].Text = strings.Replace(f.Rows[2].Text, "00000003", "00000009", 1) }),
	"more rows than it says":  change(func(f *wire.Rows) { f.Upto-- }),
	"it is not UTF-8": func(th *theatre) {
		frame := th.frame(0, 4)
		th.tell(0, []byte(strings.Replace(string(frame), `"users":[]`, "\"users\":[],\"x\":\"\xff\"", 1)))
		th.tell(1, frame)
	},
}

// TestFaults spoils deliveries, and wants each fault to be noticed.
func TestFaults(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			th := newTheatre(t)
			th.posts(4)
			fault(th)
			if th.end() == "" {
				t.Error("nobody notices")
			}
		})
	}
}

// TestAnswered gives the rows of the log as answers of the API, in any order, and
// with faults.
func TestAnswered(t *testing.T) {
	answers := func(spoil func(rows []seenRow) []seenRow) string {
		th := newTheatre(t)
		th.posts(4)
		var f rowsFrame
		if !scanRows(th.frame(0, 4), &f) {
			t.Fatal("a frame cannot be read")
		}
		for _, row := range spoil(f.rows) {
			th.guard.report(th.ledger.answered(&row))
		}
		th.guard.report(th.ledger.missing())
		return strings.Join(th.guard.broken, "\n")
	}
	if wrong := answers(func(rows []seenRow) []seenRow { return []seenRow{rows[2], rows[0], rows[1], rows[3]} }); wrong != "" {
		t.Error(wrong)
	}
	for name, spoil := range map[string]func(rows []seenRow) []seenRow{
		"one is lost":         func(rows []seenRow) []seenRow { return append(rows[:1], rows[2:]...) },
		"one comes twice":     func(rows []seenRow) []seenRow { return append(rows, rows[0]) },
		"one early one twice": func(rows []seenRow) []seenRow { return []seenRow{rows[2], rows[2], rows[0], rows[1], rows[3]} },
		"two have one rev":    func(rows []seenRow) []seenRow { rows[1].rev = rows[0].rev; return rows },
		"two have one seq":    func(rows []seenRow) []seenRow { rows[1].seq = rows[0].seq; return rows },
		"the order is another": func(rows []seenRow) []seenRow {
			rows[0].text, rows[1].text = rows[1].text, rows[0].text
			rows[0].key, rows[1].key = rows[1].key, rows[0].key
			return rows
		},
	} {
		if answers(spoil) == "" {
			t.Errorf("%s, and nobody notices", name)
		}
	}
}
