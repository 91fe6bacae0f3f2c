package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// stall opens a connection that says hello and then does not read before
// c.read is started. Its kernel buffers are small.
func (u *user) stall(hello bool) *client {
	u.n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = tcp.SetReadBuffer(64 << 10)
		}
		return conn, err
	}}
	u.n.t.Cleanup(transport.CloseIdleConnections)
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(u.n.http.URL, "http")+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPClient: &http.Client{Transport: transport},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + u.token}},
	})
	if err != nil {
		u.n.t.Fatal(err)
	}
	ws.SetReadLimit(chat.MaxServerSize)
	c := &client{t: u.n.t, ws: ws, frames: make(chan wire.Frame, 1<<16), closed: make(chan websocket.CloseError, 1)}
	u.n.t.Cleanup(func() { _ = ws.CloseNow() })
	if hello {
		c.send(&wire.Hello{V: 1, Device: "slow"})
	}
	return c
}

// Promises 4 and 10: who does not read harms nobody, and is told to pull.
func TestSlowReaderHarmsNobody(t *testing.T) {
	n := newNode(t)
	anna, bo, slow := n.guest("Anna"), n.guest("Bo"), n.guest("Slow")
	room := anna.group("busy", bo, slow).ID
	b := bo.connect()
	s := slow.stall(true)
	listening := func() bool {
		for _, s := range n.hub.sessions(slow.id) {
			if s.listensTo(room) {
				return true
			}
		}
		return false
	}
	for !listening() {
		b.send(&wire.Ping{})
		expect[*wire.Pong](b, nil)
	}
	const posts = 300 // of 12 KiB, more than all buffers hold
	text := strings.Repeat("x", 12<<10)
	for i := range posts {
		n.fill(room, anna, 1, fmt.Sprint(text, i, "/"))
		b.text(fmt.Sprint(text, i, "/0"))
	}
	go s.read()
	cursor, rows := chat.Rev(1), 0
	headed := false
	for cursor < posts+1 {
		select {
		case f, ok := <-s.frames:
			switch f := f.(type) {
			case *wire.Rows:
				if f.From > cursor && !f.Reset {
					t.Fatalf("a gap from %d at %d without a head", f.From, cursor)
				}
				rows += len(f.Rows)
				if !f.More {
					cursor = f.Upto
				}
			case *wire.Head:
				headed = true
				s.send(&wire.Pull{Room: room, After: &cursor})
			}
			if !ok {
				t.Fatalf("ended at %d: %v", cursor, <-s.closed)
			}
		case <-time.After(patience):
			t.Fatalf("at %d nothing came", cursor)
		}
	}
	if !headed || rows != posts {
		t.Errorf("head %v, %d rows", headed, rows)
	}
	b.say(room, "still here")
	s.text("still here")
}

// What one run of the pump makes is cut into messages that clients take.
func TestBurstsAreCut(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("burst", bo).ID
	b := bo.connect()
	release := n.hold(room)
	for range 200 {
		n.fill(room, anna, 1, strings.Repeat("x", 12<<10))
	}
	release()
	for cursor := chat.Rev(1); cursor < 201; { // a message above the limit ends the connection
		expect(b, func(f wire.Frame) bool {
			switch f := f.(type) {
			case *wire.Rows:
				if f.From == cursor && !f.More {
					cursor = f.Upto
				}
				return true
			case *wire.Head:
				b.send(&wire.Pull{Room: room, After: &cursor})
				return true
			}
			return false
		})
	}
}

// hold stops a room's pump until release is called.
func (n *node) hold(id chat.RoomID) (release func()) {
	held, gate := make(chan struct{}), make(chan struct{})
	n.hub.wake(id, func(*room) { close(held); <-gate })
	<-held
	return func() { close(gate) }
}

// A head may tell of an operation before its frame comes: the frame still
// settles the key.
func TestKeysAreSettledBehindAHead(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal").ID
	a, b := anna.connect(), bo.connect()
	release := n.hold(room)
	anna.add(room, bo)
	p, edit := post("one"), post("")
	b.send(&wire.Send{Room: room, Posts: []chat.Post{p}}, &wire.Edit{Room: room, Seq: 3, Key: edit.Key, Text: "two"}, &wire.Ping{})
	expect[*wire.Pong](b, nil)
	release()
	if h := expect[*wire.Head](b, nil); h.Room.Rev != 4 {
		t.Fatalf("head at %d", h.Room.Rev)
	}
	var settled []chat.Key
	for !slices.Equal(settled, []chat.Key{p.Key, edit.Key}) { // in one frame, or in two
		f := expect(b, func(f *wire.Rows) bool { return len(f.Keys[bo.id]) > 0 })
		settled = append(settled, f.Keys[bo.id]...)
	}
	a.text("two")
}

func TestRates(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Rate = 1 })
	anna := n.guest("Anna")
	room := anna.open("42").ID
	c := anna.connect()
	var last chat.Post
	for range 2 {
		var posts []chat.Post
		for range chat.MaxPosts {
			posts = append(posts, post("x"))
		}
		last = posts[0]
		c.send(&wire.Send{Room: room, Posts: posts})
	}
	r := expect[*wire.Reject](c, nil)
	if r.Code != chat.SlowDown || r.Key != last.Key || r.Room != room || r.Retry <= 0 {
		t.Errorf("reject: %+v", r)
	}
	edit := &wire.Edit{Room: room, Seq: 1, Key: post("").Key, Text: "y"}
	c.send(edit)
	if r := expect[*wire.Reject](c, nil); r.Code != chat.SlowDown || r.Key != edit.Key || r.Room != room || r.Retry <= 0 {
		t.Errorf("reject: %+v", r)
	}
	c.send(&wire.React{Room: room, Seq: 1, Emoji: "👍", On: true})
	if r := expect[*wire.Reject](c, nil); r.Code != chat.SlowDown || r.Room != room || r.Retry <= 0 {
		t.Errorf("reject: %+v", r)
	}
	for range pullsBurst * 2 {
		c.send(&wire.Pull{Room: room, After: ptr(chat.Rev(100))})
	}
	if r := expect[*wire.Reject](c, nil); r.Code != chat.SlowDown || r.Room != room || r.Retry <= 0 {
		t.Errorf("reject: %+v", r)
	}
}

func TestFrameFlood(t *testing.T) {
	flood := strings.Repeat(`{"t":"ping"}`+"\n", 2500)
	n := newNode(t, func(c *Config) { c.Rate = 1 })
	c := n.guest("Anna").connect()
	c.raw(flood)
	expect(c, func(f *wire.Bye) bool { return f.Retry > 0 })
	c.expectClose(wire.CloseRate)

	n = newNode(t)
	c = n.guest("Anna").connect()
	c.raw(flood)
	for range 2500 {
		expect[*wire.Pong](c, nil)
	}
}

func TestTooManyConnections(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	for range maxSessions {
		anna.connect()
	}
	c := anna.dial()
	c.send(&wire.Hello{V: 1, Device: "d"})
	expect(c, func(f *wire.Bye) bool { return f.Retry > 0 })
	c.expectClose(wire.CloseOverload)
	n.guest("Bo").connect()
}

// A stop waits neither for who does not read nor for who never said hello.
func TestRestartWithStalledClients(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("busy", bo).ID
	good := bo.connect()
	anna.stall(false)
	n.dial(nil)
	anna.stall(true)
	for i := range 100 {
		n.fill(room, anna, 1, fmt.Sprint(strings.Repeat("x", 12<<10), i))
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	expect(good, func(f *wire.Bye) bool { return f.Code == wire.CodeRestart })
	good.expectClose(wire.CloseRestart)
}
