// Package bustest holds every implementation of bus.Bus against the contract,
// in good conditions: a bus may lose events, but not when nothing is wrong.
package bustest

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/server/bus"
	"parley/shared/chat"
)

// Open opens a bus of one node that hands events to handle, or fails the test.
type Open func(tb testing.TB, handle bus.Handler) bus.Bus

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		body func(*testing.T, Open)
	}{
		{"WholeEvent", testWholeEvent},
		{"OnlyWhatIsListenedTo", testOnlyWhatIsListenedTo},
		{"ListenTwiceIgnoreOnce", testListenTwiceIgnoreOnce},
		{"Order", testOrder},
		{"OwnAtOnce", testOwnAtOnce},
		{"HandlerMayUseTheBus", testHandlerMayUseTheBus},
		{"CloseWaits", testCloseWaits},
		{"AfterClose", testAfterClose},
		{"Sync", testSync},
	} {
		t.Run(c.name, func(t *testing.T) { c.body(t, open) })
	}
}

// inbox collects events.
type inbox struct {
	mu     sync.Mutex
	came   *sync.Cond
	events []bus.Event
}

func newInbox() *inbox {
	in := new(inbox)
	in.came = sync.NewCond(&in.mu)
	return in
}

func (in *inbox) handle(e bus.Event) {
	if e.Gap { // says nothing of what was published
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.events = append(in.events, e)
	in.came.Broadcast()
}

// wait returns the events once there are n, which the test's deadline bounds.
func (in *inbox) wait(n int) []bus.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.events) < n {
		in.came.Wait()
	}
	return append([]bus.Event(nil), in.events...)
}

func room(id chat.RoomID) bus.Topic       { return bus.Topic{Room: id} }
func account(id chat.AccountID) bus.Topic { return bus.Topic{Account: id} }

func shut(t *testing.T, b bus.Bus) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// samples are events of every kind, of room 1, account 2, and all nodes.
func samples() []bus.Event {
	return []bus.Event{
		{Topic: room(1), Rows: &bus.Rows{
			From: 4, Upto: 6,
			Rows: []chat.Row{
				{Seq: 3, N: 3, Rev: 5, Key: chat.Key{1, 15: 2}, By: chat.MaxID, At: 1 << 41, Kind: chat.KindText, Text: "好 <&>"},
				{Seq: 4, N: 3, Rev: 6, By: 2, At: 9, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventLeft, Account: 2}},
			},
			Users:   []chat.User{{ID: 2, Name: "Ben", Kind: chat.KindGuest}},
			Account: 2, Keys: []chat.Key{{1, 15: 2}},
		}},
		{Topic: room(1), Mark: &chat.Mark{User: 2, Read: 3, ReadN: 2, Got: 4}},
		{Topic: room(1), Typing: 2},
		{Topic: room(1), Head: true},
		{Topic: account(2), Room: 1},
		{Topic: account(2), Revoked: 7},
		{Topic: account(2), Friend: &bus.Friend{User: 3}},
		{Topic: account(2), Friend: &bus.Friend{User: 3, Parted: true}},
		{Roster: &bus.Roster{Node: 1 << 50, Version: 3, On: []chat.AccountID{chat.MaxID}, Off: []chat.AccountID{1, 2}}},
		{Roster: &bus.Roster{Node: 1, Version: 9, On: []chat.AccountID{4}, Part: 1, Parts: 2}},
		{Roster: &bus.Roster{Node: 1, Ask: 2}},
	}
}

func testWholeEvent(t *testing.T, open Open) {
	in := newInbox()
	b := open(t, in.handle)
	defer shut(t, b)
	b.Listen(room(1))
	b.Listen(account(2))
	b.Listen(bus.Topic{})
	for i, e := range samples() {
		b.Publish(e)
		same(t, "event", e, in.wait(i + 1)[i])
	}
}

func testOnlyWhatIsListenedTo(t *testing.T, open Open) {
	in := newInbox()
	b := open(t, in.handle)
	b.Listen(room(1))
	b.Listen(account(2))
	b.Publish(bus.Event{Topic: room(2), Head: true})
	b.Publish(bus.Event{Topic: account(1), Room: 1})
	b.Publish(bus.Event{Topic: room(1), Head: true})
	b.Publish(bus.Event{Topic: account(2), Room: 1})
	in.wait(2)
	shut(t, b) // whatever else was under way has come now
	same(t, "events", 2, len(in.wait(2)))
	for _, e := range in.wait(2) {
		if e.Topic != room(1) && e.Topic != account(2) {
			t.Errorf("event of %v, to which nobody listens", e.Topic)
		}
	}
}

func testListenTwiceIgnoreOnce(t *testing.T, open Open) {
	in := newInbox()
	b := open(t, in.handle)
	b.Listen(room(1))
	b.Listen(room(1))
	b.Listen(room(2))
	b.Publish(bus.Event{Topic: room(1), Typing: 1})
	in.wait(1)
	b.Ignore(room(1))
	b.Ignore(room(1))
	b.Ignore(room(3))
	b.Publish(bus.Event{Topic: room(1), Typing: 2})
	b.Publish(bus.Event{Topic: room(2), Typing: 3})
	in.wait(2)
	b.Listen(room(1))
	b.Publish(bus.Event{Topic: room(1), Typing: 4})
	in.wait(3)
	shut(t, b)
	var typing []chat.AccountID
	for _, e := range in.wait(3) {
		typing = append(typing, e.Typing)
	}
	same(t, "events", []chat.AccountID{1, 3, 4}, typing)
}

// testOrder publishes from several goroutines, each to its own room and all to
// a common one.
func testOrder(t *testing.T, open Open) {
	const publishers, each = 8, 300
	in := newInbox()
	b := open(t, in.handle)
	defer shut(t, b)
	for id := range chat.RoomID(publishers + 1) {
		b.Listen(room(id + 1))
	}
	var wg sync.WaitGroup
	for p := range chat.RoomID(publishers) {
		wg.Go(func() {
			for i := range chat.Rev(each) {
				for _, to := range []chat.RoomID{p + 1, publishers + 1} {
					b.Publish(bus.Event{Topic: room(to), Rows: &bus.Rows{From: i, Upto: i + 1, Account: chat.AccountID(p + 1)}})
				}
			}
		})
	}
	wg.Wait()
	type line struct {
		room chat.RoomID
		from chat.AccountID
	}
	last := make(map[line]chat.Rev)
	events := in.wait(publishers * each * 2)
	same(t, "events", publishers*each*2, len(events))
	for _, e := range events {
		l := line{e.Topic.Room, e.Rows.Account}
		if e.Rows.From != last[l] {
			t.Fatalf("room %d: event %d of publisher %d after %d", l.room, e.Rows.Upto, l.from, last[l])
		}
		last[l] = e.Rows.Upto
	}
}

// testOwnAtOnce: a node's own events are handled when Publish returns.
func testOwnAtOnce(t *testing.T, open Open) {
	in := newInbox()
	b := open(t, in.handle)
	defer shut(t, b)
	b.Listen(room(1))
	for i := range 100 {
		b.Publish(bus.Event{Topic: room(1), Head: true})
		in.mu.Lock()
		same(t, "events handled", i+1, len(in.events))
		in.mu.Unlock()
	}
}

// testHandlerMayUseTheBus: a handler that publishes, listens and ignores, while
// others do, must not get stuck.
func testHandlerMayUseTheBus(t *testing.T, open Open) {
	in := newInbox()
	var b bus.Bus
	b = open(t, func(e bus.Event) {
		if e.Topic == room(1) {
			b.Listen(room(2))
			b.Ignore(room(3))
			b.Publish(bus.Event{Topic: room(2), Head: true})
		}
		in.handle(e)
	})
	defer shut(t, b)
	b.Listen(room(1))
	const publishers, each = 4, 200
	var wg sync.WaitGroup
	for range publishers {
		wg.Go(func() {
			for range each {
				b.Listen(room(3))
				b.Publish(bus.Event{Topic: room(1), Head: true})
			}
		})
	}
	wg.Wait()
	same(t, "events", 2*publishers*each, len(in.wait(2*publishers*each)))
}

func testCloseWaits(t *testing.T, open Open) {
	inside, release := make(chan struct{}), make(chan struct{})
	over := false // without a lock: Close promises to come after
	b := open(t, func(bus.Event) {
		close(inside)
		<-release
		over = true
	})
	b.Listen(room(1))
	var wg sync.WaitGroup
	wg.Go(func() { b.Publish(bus.Event{Topic: room(1), Head: true}) })
	<-inside
	wg.Go(func() { close(release) })
	shut(t, b)
	if !over {
		t.Error("Close returned while the handler ran")
	}
	wg.Wait()
}

func testAfterClose(t *testing.T, open Open) {
	b := open(t, func(bus.Event) { t.Error("the handler was called") })
	b.Listen(room(1))
	shut(t, b)
	b.Publish(bus.Event{Topic: room(1), Head: true})
	b.Listen(room(2))
	b.Publish(bus.Event{Topic: room(2), Head: true})
	b.Ignore(room(2))
	shut(t, b)
}

// testSync: a single node hears itself, so that there is nothing to wait for;
// but a context that has ended is an error on every bus.
func testSync(t *testing.T, open Open) {
	b := open(t, func(bus.Event) {})
	defer shut(t, b)
	b.Listen(room(1))
	if err := b.Sync(t.Context()); err != nil {
		t.Errorf("Sync: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if b.Sync(over) == nil {
		t.Error("Sync takes no notice of its context")
	}
}
