package server

import (
	"fmt"
	"sync"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func TestTwoPeopleTalk(t *testing.T) {
	n := newNode(t)
	anna, bo, eve := n.guest("Anna"), n.guest("Bo"), n.guest("Eve")
	a, b, e := anna.connect(), bo.connect(), eve.connect()
	room := anna.direct(bo).ID
	if h := expect[*wire.Head](b, nil); h.Room.ID != room || h.Room.Peer != anna.id || len(h.Users) == 0 {
		t.Fatalf("Bo's head: %+v", h)
	}
	row := a.say(room, "你好, Bo <3")
	if row.Seq != 1 || row.Rev != 1 || row.N != 1 || row.By != anna.id {
		t.Fatalf("row: %+v", row)
	}
	if got := b.text("你好, Bo <3"); got.Key != row.Key {
		t.Fatalf("Bo got %+v", got)
	}
	b.say(room, "hello Anna")
	var told, met bool // in either order
	expect(a, func(f wire.Frame) bool {
		switch f := f.(type) {
		case *wire.Rows:
			told = told || f.Rows[0].Text == "hello Anna"
		case *wire.Presence:
			met = met || f.User == bo.id && f.Online
		}
		return told && met
	})
	e.quiet()
}

func TestThreeTalkInAnOpenRoom(t *testing.T) {
	n := newNode(t)
	users := []*user{n.guest("A"), n.guest("B"), n.guest("C")}
	var clients []*client
	var room chat.RoomID
	for _, u := range users {
		room = u.open("42").ID
		clients = append(clients, u.connect())
	}
	for i, c := range clients {
		c.say(room, fmt.Sprintf("from %d", i))
		for j, other := range clients {
			if j != i {
				other.text(fmt.Sprintf("from %d", i))
			}
		}
	}
}

// Promises 2, 3, 4: eight senders, each frame twice, three receivers.
func TestSendersAndReceivers(t *testing.T) {
	const senders, posts = 8, 200
	n := newNode(t)
	owner := n.guest("owner")
	var people []*user
	for i := range senders + 2 {
		people = append(people, n.guest(fmt.Sprint("p", i)))
	}
	room := owner.group("load", people...).ID
	receivers := []*client{owner.connect(), people[senders].connect(), people[senders+1].connect()}
	var work sync.WaitGroup
	for i := range senders {
		c := people[i].connect()
		work.Go(func() {
			for j := range posts {
				p := post(fmt.Sprintf("%d/%d", i, j))
				f := &wire.Send{Room: room, Posts: []chat.Post{p}}
				c.send(f)
				c.send(f)
			}
		})
	}
	work.Wait()
	var orders [3][]chat.Key
	for i, c := range receivers {
		cursor, seq := chat.Rev(1), chat.Seq(1) // the group's first row
		for len(orders[i]) < senders*posts {
			f := expect[*wire.Rows](c, nil)
			if f.From != cursor {
				t.Fatalf("receiver %d: from %d at %d", i, f.From, cursor)
			}
			cursor = f.Upto
			for _, row := range f.Rows {
				if seq++; row.Seq != seq || chat.Rev(seq) != row.Rev {
					t.Fatalf("receiver %d: seq %d rev %d at %d", i, row.Seq, row.Rev, seq)
				}
				orders[i] = append(orders[i], row.Key)
			}
		}
		for j := range orders[i] {
			if orders[i][j] != orders[0][j] {
				t.Fatalf("receiver %d has another order at %d", i, j)
			}
		}
		c.quiet()
	}
	unique := make(map[chat.Key]bool)
	for _, k := range orders[0] {
		unique[k] = true
	}
	if len(unique) != senders*posts {
		t.Fatalf("%d different rows", len(unique))
	}
}
