package bustest

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/server/bus"
	"parley/shared/chat"
)

// RunNodes runs the suite for a bus of several nodes. Each call of medium makes
// another medium, whose nodes hear each other and nobody else.
func RunNodes(t *testing.T, medium func(testing.TB) Open) {
	for _, c := range []struct {
		name string
		body func(*testing.T, Open)
	}{
		{"WholeEventElsewhere", testWholeEventElsewhere},
		{"EachOnce", testEachOnce},
		{"HeardAfterSync", testHeardAfterSync},
		{"OrderElsewhere", testOrderElsewhere},
		{"LargeRows", testLargeRows},
		{"IgnoredElsewhere", testIgnoredElsewhere},
	} {
		t.Run(c.name, func(t *testing.T) { c.body(t, medium(t)) })
	}
}

// member is a node with what came to it.
type member struct {
	bus.Bus
	in *inbox
}

func join(t *testing.T, open Open) *member {
	t.Helper()
	in := newInbox()
	m := &member{open(t, in.handle), in}
	t.Cleanup(func() { shut(t, m) })
	return m
}

// hear listens, and waits until it is in force.
func (m *member) hear(t *testing.T, topics ...bus.Topic) {
	t.Helper()
	for _, topic := range topics {
		m.Listen(topic)
	}
	if err := m.Sync(t.Context()); err != nil {
		t.Fatalf("Sync: %v", err)
	}
}

func testWholeEventElsewhere(t *testing.T, open Open) {
	a, b := join(t, open), join(t, open)
	b.hear(t, room(1), account(2), bus.Topic{})
	a.hear(t)
	for i, e := range samples() {
		a.Publish(e)
		same(t, "event", e, b.in.wait(i + 1)[i])
	}
}

// testEachOnce: every node that listens hears an event once, also the one that
// published it.
func testEachOnce(t *testing.T, open Open) {
	const each = 50
	nodes := []*member{join(t, open), join(t, open), join(t, open)}
	for _, n := range nodes {
		n.hear(t, room(1), room(2))
	}
	for i := range each {
		for p, n := range nodes {
			n.Publish(bus.Event{Topic: room(1), Typing: chat.AccountID(1 + i*len(nodes) + p)})
		}
	}
	for p, n := range nodes {
		seen := make(map[chat.AccountID]bool)
		for _, e := range n.in.wait(each * len(nodes)) {
			if seen[e.Typing] {
				t.Fatalf("node %d hears %d twice", p, e.Typing)
			}
			seen[e.Typing] = true
		}
	}
}

// testHeardAfterSync: from Sync on nothing is missed.
func testHeardAfterSync(t *testing.T, open Open) {
	a, b := join(t, open), join(t, open)
	a.hear(t)
	for i := range chat.RoomID(200) {
		b.hear(t, room(i+1))
		a.Publish(bus.Event{Topic: room(i + 1), Head: true})
		same(t, "topic", room(i+1), b.in.wait(int(i) + 1)[i].Topic)
	}
}

// testOrderElsewhere: the events of one node for one address keep their order,
// whatever their kind.
func testOrderElsewhere(t *testing.T, open Open) {
	const each = 500
	a, b, c := join(t, open), join(t, open), join(t, open)
	c.hear(t, room(1))
	var wg sync.WaitGroup
	for p, n := range []*member{a, b} {
		n.hear(t)
		wg.Go(func() {
			for i := range chat.Rev(each) {
				by := chat.AccountID(p + 1)
				if i%2 == 0 {
					n.Publish(bus.Event{Topic: room(1), Rows: &bus.Rows{From: i, Upto: i + 1, Account: by}})
				} else {
					n.Publish(bus.Event{Topic: room(1), Mark: &chat.Mark{User: by, Read: chat.Seq(i)}})
				}
			}
		})
	}
	wg.Wait()
	next := make(map[chat.AccountID]int64)
	for _, e := range c.in.wait(2 * each) {
		var by chat.AccountID
		var i int64
		if e.Rows != nil {
			by, i = e.Rows.Account, int64(e.Rows.From)
		} else {
			by, i = e.Mark.User, int64(e.Mark.Read)
		}
		if next[by] != i {
			t.Fatalf("of publisher %d: event %d instead of %d", by, i, next[by])
		}
		next[by]++
	}
}

// testLargeRows: rows of any size are told, with their keys; those that are too
// large by their revision alone.
func testLargeRows(t *testing.T, open Open) {
	a, b := join(t, open), join(t, open)
	a.hear(t)
	b.hear(t, room(1))
	for i, size := range []int{10, 1 << 10, chat.MaxText, 10 * chat.MaxText, 200 * chat.MaxText} {
		e := bus.Event{Topic: room(1), Rows: &bus.Rows{From: 3, Upto: 4, Account: 7, Keys: []chat.Key{{1, 15: 1}}}}
		for part := 0; part < size; part += chat.MaxText {
			e.Rows.Rows = append(e.Rows.Rows, chat.Row{Seq: 4, Text: strings.Repeat("x", min(size, chat.MaxText))})
		}
		a.Publish(e)
		got := b.in.wait(i + 1)[i].Rows
		if got == nil {
			t.Fatalf("%d bytes: no rows", size)
		}
		if got.From == bus.Unknown {
			same(t, fmt.Sprint(size, " bytes"), []any{e.Rows.Upto, e.Rows.Account, e.Rows.Keys, 0},
				[]any{got.Upto, got.Account, got.Keys, len(got.Rows)})
			continue
		}
		same(t, fmt.Sprint(size, " bytes"), e.Rows.Rows, got.Rows)
		same(t, fmt.Sprint(size, " bytes"), []any{e.Rows.From, e.Rows.Upto, e.Rows.Account, e.Rows.Keys},
			[]any{got.From, got.Upto, got.Account, got.Keys})
	}
}

func testIgnoredElsewhere(t *testing.T, open Open) {
	a, b := join(t, open), join(t, open)
	a.hear(t)
	b.hear(t, room(1), room(2))
	b.Ignore(room(1))
	b.hear(t)
	a.Publish(bus.Event{Topic: room(1), Typing: 1})
	a.Publish(bus.Event{Topic: room(2), Typing: 2})
	same(t, "first event", chat.AccountID(2), b.in.wait(1)[0].Typing)
}
