package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"nhooyr.io/websocket"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/wire"
)

// badBus loses everything while deaf is set, and says that it may.
type badBus struct {
	*local.Bus
	deaf *atomic.Bool
}

func (b badBus) Publish(e bus.Event) {
	if !b.deaf.Load() {
		b.Bus.Publish(e)
	}
}

func (badBus) Lossy() bool { return true }

func onBadBus() (replace func(*Parts), is *atomic.Bool) {
	is = new(atomic.Bool)
	return func(p *Parts) { p.Bus = func(h bus.Handler) bus.Bus { return badBus{local.New(h), is} } }, is
}

// repairs are the lines of the metrics that count repairs, without their name.
func (n *node) repairs() string {
	w := httptest.NewRecorder()
	n.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if rest, is := strings.CutPrefix(line, "parley_repairs_total{what="); is {
			lines = append(lines, strings.TrimSpace(rest))
		}
	}
	return strings.Join(lines, " ")
}

// within fails the test if what it does takes longer than the promise.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s took %v", what, took)
	}
}

// bare opens a connection to a plain text room.
func (n *node) bare(name string) *websocket.Conn {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(n.http.URL, "http")+"/chat/"+name,
		&websocket.DialOptions{HTTPClient: n.client})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = ws.CloseNow() })
	return ws
}

// Promise 12: on a bus that loses every message all is told within 5 s, and
// Promise 9: who may no longer see is cut off within the same, on another node.
// What a node does itself it needs no bus for.
func TestDeafBus(t *testing.T) {
	inCluster(t, 2, func(nodes []*node, m *mesh) {
		m.cut(0, true)
		n, far := nodes[0], nodes[1]
		bo, cy := n.guest("Bo"), n.guest("Cy")
		in, err := n.newMember(context.Background(), "anna", "correct horse", "Anna", "") // guests own no open room
		if err != nil {
			t.Fatal(err)
		}
		anna := &user{n: n, id: in.me.ID, token: in.token}
		group := anna.group("g", bo, cy).ID
		open := anna.open("42").ID
		bo.open("42")
		a, b, c := anna.connect(), bo.at(far).connect(), cy.at(far).connect()
		bare := far.bare("42")
		var row chat.Row
		within(t, "a post", func() {
			a.send(&wire.Send{Room: group, Posts: []chat.Post{post("one")}}, &wire.Send{Room: group, Posts: []chat.Post{post("two")}},
				&wire.Send{Room: open, Posts: []chat.Post{post("three")}})
			row = b.texts("one", "two", "three")["one"]
			c.texts("one", "two")
			a.texts("one", "two", "three")
			if _, got, err := bare.Read(context.Background()); string(got) != "three" {
				t.Errorf("the text room says %q, %v", got, err)
			}
		})
		key := post("").Key
		a.send(&wire.Edit{Room: group, Seq: row.Seq, Key: key, Text: "edited"})
		expect(a, func(f *wire.Rows) bool { return slices.Equal(f.Keys[anna.id], []chat.Key{key}) })
		within(t, "an edit", func() { b.text("edited") })
		var later chat.RoomID
		within(t, "a new room", func() {
			later = anna.group("h", bo).ID
			expect(b, func(f *wire.Head) bool { return f.Room.ID == later })
		})
		within(t, "another name", func() {
			anna.want("PATCH", fmt.Sprint("/api/v1/rooms/", group), `{"name":"renamed"}`, http.StatusOK)
			expect(b, func(f *wire.Head) bool { return f.Room.ID == group && f.Room.Name == "renamed" })
		})
		within(t, "a removal from a group", func() {
			anna.remove(group, bo)
			a.send(&wire.Send{Room: group, Posts: []chat.Post{post("secret")}})
			expect(b, func(f *wire.Gone) bool { return f.Room == group })
			c.text("secret")
		})
		within(t, "a removal from an open room", func() {
			anna.remove(open, bo)
			expect(b, func(f *wire.Gone) bool { return f.Room == open })
		})
		within(t, "what is not secret", func() {
			a.send(&wire.Send{Room: open, Posts: []chat.Post{post("secret")}}, &wire.Send{Room: later, Posts: []chat.Post{post("fine")}})
			b.never("secret", "fine")
		})
		within(t, "a sign-out", func() {
			cy.want("DELETE", "/api/v1/session", "", http.StatusNoContent)
			c.expectClose(wire.CloseSignedOut)
		})
		if got := far.repairs(); strings.Contains(got, "} 0") || strings.Count(got, "}") != 3 {
			t.Errorf("repairs: %s", got)
		}
		if got := n.repairs(); got != `"member"} 0 "room"} 0 "session"} 0` {
			t.Errorf("repairs of what the node did itself: %s", got)
		}
	})
}

// Promise 3, where the bus loses that somebody has become a member: who posts
// without listening there yet is told at once that it is stored.
func TestPostBeforeListening(t *testing.T) {
	inCluster(t, 2, func(nodes []*node, m *mesh) {
		m.cut(0, true)
		anna, bo := nodes[0].guest("Anna"), nodes[0].guest("Bo")
		b := bo.at(nodes[1]).connect()
		room := anna.group("g", bo).ID
		one := post("one")
		within(t, "the answer", func() {
			b.send(&wire.Send{Room: room, Posts: []chat.Post{one}})
			expect(b, func(f *wire.Rows) bool { return slices.Equal(f.Keys[bo.id], []chat.Key{one.Key}) })
		})
	})
}

// texts waits until rows of all of these texts have come.
func (c *client) texts(want ...string) map[string]chat.Row {
	c.t.Helper()
	rows := make(map[string]chat.Row)
	expect(c, func(f *wire.Rows) bool {
		for i := range f.Rows {
			rows[f.Rows[i].Text] = f.Rows[i]
		}
		return !slices.ContainsFunc(want, func(text string) bool { return rows[text].Seq == 0 })
	})
	return rows
}

// never fails the test if a row of text comes before one of until.
func (c *client) never(text, until string) {
	c.t.Helper()
	expect(c, func(f *wire.Rows) bool {
		for i := range f.Rows {
			if f.Rows[i].Text == text {
				c.t.Fatalf("%q was told", text)
			}
		}
		return len(f.Rows) > 0 && f.Rows[len(f.Rows)-1].Text == until
	})
}

// Where nothing is lost nothing is repaired, so that repairs hide no defect.
func TestNoRepairs(t *testing.T) {
	parts, deaf := onBadBus()
	inBubbleOf(t, parts, func(n *node) {
		anna, bo := n.guest("Anna"), n.guest("Bo")
		group, open := anna.group("g", bo).ID, anna.open("42").ID
		a, b := anna.connect(), bo.connect()
		for i := range 40 {
			a.say(group, fmt.Sprint("a", i))
			bo.open("42")
			b.say(open, fmt.Sprint("b", i))
			anna.remove(group, bo)
			anna.add(group, bo)
			bo.remove(open, bo)
			other := anna.connect()
			time.Sleep(700 * time.Millisecond) // virtual
			other.leave()
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if got := n.repairs(); got != `"member"} 0 "room"} 0 "session"} 0` {
			t.Errorf("repairs: %s", got)
		}
		deaf.Store(true) // and the count can move
		a.send(&wire.Send{Room: group, Posts: []chat.Post{post("lost")}})
		b.text("lost")
		if got := n.repairs(); !strings.Contains(got, `"room"} 1`) {
			t.Errorf("repairs: %s", got)
		}
	})
}

// badStore refuses the next views.
type badStore struct {
	store.Store
	refuse *atomic.Int64
}

func (s badStore) View(ctx context.Context, fn func(store.Reader) error) error {
	if s.refuse.Add(-1) >= 0 {
		return errors.New("the disk is away")
	}
	return s.Store.View(ctx, fn)
}

// quietBus is badBus that says that it loses nothing: nothing is compared.
type quietBus struct{ badBus }

func (quietBus) Lossy() bool { return false }

// Promise 4: a catch-up that fails is tried again, without waiting for another
// event; and the client of an edit behind the gap is told its key.
func TestCatchUpIsTriedAgain(t *testing.T) {
	var deaf atomic.Bool
	var refuse atomic.Int64
	inBubbleOf(t, func(p *Parts) {
		p.Bus = func(h bus.Handler) bus.Bus { return quietBus{badBus{local.New(h), &deaf}} }
		p.Store = badStore{p.Store, &refuse}
	}, func(n *node) {
		anna, bo := n.guest("Anna"), n.guest("Bo")
		room := anna.group("g", bo).ID
		a, b := anna.connect(), bo.connect()
		synctest.Wait() // who joins late is told the head, and pulls
		row := a.say(room, "first")
		b.text("first")
		deaf.Store(true)
		b.send(&wire.Send{Room: room, Posts: []chat.Post{post("lost")}})
		b.send(&wire.Ping{})
		expect[*wire.Pong](b, nil) // it is stored
		deaf.Store(false)
		refuse.Store(3)
		key := post("").Key
		a.send(&wire.Edit{Room: room, Seq: row.Seq, Key: key, Text: "edited"})
		expect(a, func(f *wire.Rows) bool { return len(f.Keys[anna.id]) == 1 && f.Keys[anna.id][0] == key })
		b.text("edited")
		if left := refuse.Load(); left >= 0 {
			t.Errorf("%d reads were not refused", left)
		}
		page := expectRows(t, n, anna, room)
		if len(page) != 3 { // made, first, lost
			t.Errorf("%d rows", len(page))
		}
	})
}

func expectRows(t *testing.T, n *node, u *user, room chat.RoomID) []chat.Row {
	t.Helper()
	page, err := n.page(context.Background(), u.id, room, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}
