package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// deaf opens a connection that says hello and never reads.
func (u *user) deaf() {
	u.n.t.Helper()
	ws, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(u.n.http.URL, "http")+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPClient: u.n.client,
		HTTPHeader: http.Header{"Authorization": {"Bearer " + u.token}},
	})
	if err != nil {
		u.n.t.Fatal(err)
	}
	u.n.t.Cleanup(func() { _ = ws.CloseNow() })
	(&client{t: u.n.t, ws: ws}).send(&wire.Hello{V: 1, Device: "deaf"})
}

// Promise 10: a tenth of the readers is stalled, on sockets that hold nothing.
// The others are told everything, at most 20 ms late, and as soon as without
// them; the stalled ones are ended.
func TestTenthStalled(t *testing.T) {
	const readers, stalled, posts = 50, 5, 200
	inBubble(t, func(n *node) {
		anna := n.guest("Anna")
		var people []*user
		for i := range readers {
			people = append(people, n.guest(fmt.Sprint("reader ", i)))
		}
		room := anna.group("busy", people...).ID
		for _, p := range people[:stalled] {
			p.deaf()
		}
		var crew []*client
		for _, p := range people[stalled:] {
			crew = append(crew, p.connect())
		}
		var late []time.Duration
		text := strings.Repeat("x", 4<<10)
		for i := range posts {
			p := post(fmt.Sprint(text, i))
			began := time.Now()
			if _, err := n.post(context.Background(), anna.id, room, []chat.Post{p}); err != nil {
				t.Fatal(err)
			}
			for _, c := range crew {
				c.row(p.Key)
				late = append(late, time.Since(began))
			}
			time.Sleep(100 * time.Millisecond)
		}
		slices.Sort(late)
		if p99 := late[len(late)*99/100]; p99 > 20*time.Millisecond {
			t.Errorf("p99 is %v", p99)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for i, p := range people {
			if got, want := len(n.hub.sessions(p.id)), min(1, i/stalled); got != want {
				t.Errorf("reader %d has %d connections, want %d", i, got, want)
			}
		}
	})
}
