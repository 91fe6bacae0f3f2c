package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/server/bus"
	"parley/shared/chat"
	"parley/shared/wire"
)

// lossy loses, repeats and delays rows of rooms, as a bus may.
type lossy struct {
	bus.Bus
	mu     sync.Mutex
	random *rand.Rand // nil: loses nothing
	late   []bus.Event
}

func (l *lossy) Publish(e bus.Event) {
	l.mu.Lock()
	var send []bus.Event
	switch {
	case e.Rows == nil || l.random == nil:
		send = append(send, e)
	default:
		switch l.random.IntN(6) {
		case 0: // lost
		case 1:
			send = append(send, e, e)
		case 2:
			l.late = append(l.late, e)
		default:
			send = append(send, e)
			send = append(send, l.late...)
			l.late = nil
		}
	}
	l.mu.Unlock()
	for _, e := range send {
		l.Bus.Publish(e)
	}
}

// Promises 4 and 12: what the bus loses is read from the store as soon as the
// room notices.
func TestBusThatLies(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	n := newNode(t)
	lies := &lossy{Bus: n.bus, random: rand.New(rand.NewPCG(seed, 1))}
	n.bus = lies
	owner := n.guest("owner")
	var people []*user
	for i := range 4 {
		people = append(people, n.guest(fmt.Sprint("p", i)))
	}
	var ids []chat.RoomID
	for i := range 2 {
		ids = append(ids, owner.group(fmt.Sprint("g", i), people...).ID)
	}
	stop := make(chan struct{})
	var reading, writing sync.WaitGroup
	views := make([]*view, len(people))
	for i, u := range people {
		views[i] = &view{user: u, rooms: make(map[chat.RoomID]*roomView)}
		views[i].connect()
		reading.Go(func() {
			for {
				select {
				case f := <-views[i].c.frames:
					views[i].take(f)
				case <-stop:
					return
				}
			}
		})
	}
	for i := range 2 {
		writing.Go(func() { n.disturb(rand.New(rand.NewPCG(seed, uint64(100+i))), owner, people, ids) })
	}
	writing.Wait()
	lies.mu.Lock()
	lies.random = nil
	lies.mu.Unlock()
	for _, id := range ids { // what was lost last has a successor
		if _, err := n.post(context.Background(), owner.id, id, []chat.Post{post("last")}); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	reading.Wait()
	for i, v := range views {
		fresh := &view{user: v.user, rooms: make(map[chat.RoomID]*roomView)}
		fresh.settle()
		for id, want := range fresh.rooms {
			for got := v.rooms[id]; got == nil || got.cursor < want.cursor; got = v.rooms[id] {
				v.take(expect[wire.Frame](v.c, nil)) // without asking for anything but what heads tell
			}
			v.same(t, id, want)
		}
		v.c.send(&wire.Ping{})
		for pong := false; !pong; {
			f := expect[wire.Frame](v.c, nil)
			_, pong = f.(*wire.Pong)
			v.take(f)
		}
		if len(v.rooms) != len(fresh.rooms) {
			t.Errorf("reader %d: %d rooms, a fresh one has %d", i, len(v.rooms), len(fresh.rooms))
		}
	}
}
