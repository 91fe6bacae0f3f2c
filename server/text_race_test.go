package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// Whoever has the 101 of a plain text room gets every later message, once and
// in order, however much is posted meanwhile.
func TestTextRoomMissesNothing(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	room := anna.open("race").ID
	stop := make(chan struct{})
	posted := make(chan int, 1) // how many are stored
	posted <- 0
	var posting sync.WaitGroup
	posting.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := n.post(context.Background(), anna.id, room, []chat.Post{post(fmt.Sprint(i))}); err != nil {
				t.Error(err)
			}
			if _, err := n.edit(context.Background(), anna.id, room, chat.Seq(i), post("").Key, fmt.Sprint("edited ", i)); err != nil {
				t.Error(err)
			}
			<-posted
			posted <- i
		}
	})
	var reading sync.WaitGroup
	for range 8 {
		reading.Go(func() {
			for range 10 {
				n.readText(t, posted)
			}
		})
	}
	reading.Wait()
	close(stop)
	posting.Wait()
	c := anna.connect() // what plain text rooms need leaves no trace in the room
	c.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0))})
	if f := expect[*wire.Page](c, nil); len(f.Users) != 1 {
		t.Errorf("users: %v", f.Users)
	}
}

// readText connects and reads some messages.
func (n *node) readText(t *testing.T, posted chan int) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(n.http.URL, "http")+"/chat/race", nil)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = ws.CloseNow() }()
	before := <-posted
	posted <- before
	last := 0
	for range 5 {
		_, data, err := ws.Read(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		i := 0
		if _, err := fmt.Sscan(strings.TrimPrefix(string(data), "edited "), &i); err != nil {
			t.Errorf("%q: %v", data, err)
		}
		// The one after before may be stored, and told to others, by now.
		if last == 0 && i > before+2 || last != 0 && i != last+1 {
			t.Errorf("message %d came after %d, and %d were posted before", i, last, before)
		}
		last = i
	}
}
