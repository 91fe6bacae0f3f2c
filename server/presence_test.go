package server

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// talked returns two people who have both posted in their direct room, and a
// stranger who shares a group with them.
func (n *node) talked() (anna, bo, eve *user, room chat.RoomID) {
	anna, bo, eve = n.guest("Anna"), n.guest("Bo"), n.guest("Eve")
	room = anna.direct(bo).ID
	n.fill(room, anna, 1, "hello")
	n.fill(room, bo, 1, "hello")
	eve.group("all", anna, bo)
	n.fill(eve.direct(anna).ID, eve, 1, "unanswered")
	return anna, bo, eve, room
}

func (c *client) leave() { _ = c.ws.CloseNow() }

// told returns what has come of one type so far.
func told[F wire.Frame](c *client) (list []F) {
	synctest.Wait()
	for {
		select {
		case f, ok := <-c.frames:
			if !ok {
				return list
			}
			if f, ok := f.(F); ok {
				list = append(list, f)
			}
		default:
			return list
		}
	}
}

func TestPresence(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo, eve, _ := n.talked()
		a, e := anna.dial(), eve.dial()
		if w := a.hello(); len(w.Online) != 0 {
			t.Errorf("online: %v", w.Online)
		}
		e.hello()
		b := bo.dial()
		if w := b.hello(); !slices.Equal(w.Online, []chat.AccountID{anna.id}) {
			t.Errorf("online: %v", w.Online)
		}
		if p := told[*wire.Presence](a); len(p) != 1 || p[0].User != bo.id || !p[0].Online {
			t.Fatalf("Anna was told %v", p)
		}
		b2 := bo.connect() // a second connection is no news, nor is the end of one
		b.leave()
		time.Sleep(time.Minute)
		b2.leave()
		time.Sleep(awayAfter - time.Second)
		b = bo.connect()
		time.Sleep(time.Minute)
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Fatalf("Anna was told %v", p)
		}
		b.leave()
		synctest.Wait()
		away := chat.Time(time.Now().Add(awayAfter).UnixMilli())
		time.Sleep(awayAfter + time.Second)
		if p := told[*wire.Presence](a); len(p) != 1 || p[0].User != bo.id || p[0].Online || p[0].Seen != away {
			t.Errorf("Anna was told %+v", p)
		}
		a2 := anna.dial()
		if w := a2.hello(); len(w.Online) != 0 {
			t.Errorf("online: %v", w.Online)
		}
		bo.connect()
		for _, c := range []*client{a, a2} {
			if p := expect[*wire.Presence](c, nil); p.User != bo.id || !p.Online {
				t.Errorf("Anna was told %v", p)
			}
		}
		if p := told[*wire.Presence](e); len(p) != 0 {
			t.Errorf("a stranger was told %+v", p[0])
		}
	})
}

// Somebody who is greeted just when the first answer comes learns of the other
// all the same.
func TestMetWhileArriving(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	sess := &session{server: n.Server, who: who{Account: anna.id}}
	n.hub.enter(sess)
	defer n.hub.leave(sess)
	c := bo.connect()
	c.send(&wire.Ping{})
	expect[*wire.Pong](c, nil)
	n.met(anna.id, bo.id)
	if online := n.hub.arrived(anna.id, nil); !slices.Equal(online, []chat.AccountID{bo.id}) {
		t.Errorf("online: %v", online)
	}
	if p := expect[*wire.Presence](c, nil); p.User != anna.id || !p.Online {
		t.Errorf("presence: %+v", p)
	}
	n.hub.mu.Lock()
	n.hub.people[anna.id].here = false // nobody is to be told that the test ends
	n.hub.mu.Unlock()
}

func TestTyping(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo, _, room := n.talked()
		a, a2, b := anna.connect(), anna.connect(), bo.connect()
		for range 10 { // 9.9 seconds
			for _, c := range []*client{a, a2} {
				c.send(&wire.Typing{Room: room})
				time.Sleep(495 * time.Millisecond)
			}
		}
		if got := told[*wire.Typed](b); len(got) != 3 || got[0].User != anna.id || got[0].Room != room {
			t.Errorf("%d times typing", len(got))
		}
		if got := told[*wire.Typed](a); len(got) != 0 {
			t.Errorf("told of oneself")
		}
		fresh := anna.group("fresh", bo).ID
		a.send(&wire.Typing{Room: fresh}) // at once
		synctest.Wait()
		if got := told[*wire.Reject](a); len(got) != 0 {
			t.Errorf("refused: %+v", got[0])
		}
	})
}

func TestMarksInGroups(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo := n.guest("Anna"), n.guest("Bo")
		group := anna.group("two", bo).ID
		a, b, b2 := anna.connect(), bo.connect(), bo.connect()
		told[*wire.Marks](a)
		for i := range 5 {
			n.fill(group, anna, 1, fmt.Sprint(i))
		}
		time.Sleep(2 * time.Second)
		told[*wire.Marks](a)
		told[*wire.Marks](b)
		told[*wire.Marks](b2)
		for i := range 4 {
			b.send(&wire.Mark{Room: group, Read: chat.Seq(i + 2), Got: 6})
		}
		time.Sleep(2 * time.Second)
		if got := told[*wire.Marks](a); len(got) != 1 || len(got[0].Marks) != 1 || got[0].Marks[0] != (chat.Mark{User: bo.id, Read: 5, ReadN: 4}) {
			t.Errorf("others are told %+v", got)
		}
		for _, c := range []*client{b, b2} {
			if got := told[*wire.Marks](c); len(got) != 1 || got[0].Marks[0] != (chat.Mark{User: bo.id, Read: 5, ReadN: 4, Got: 6}) {
				t.Errorf("one's own: %+v", got)
			}
		}
		n.fill(group, anna, 1, "more")
		time.Sleep(2 * time.Second)
		told[*wire.Marks](a)
		told[*wire.Marks](b)
		b.send(&wire.Mark{Room: group, Got: 7})
		time.Sleep(2 * time.Second)
		if got := told[*wire.Marks](a); len(got) != 0 {
			t.Errorf("got alone is told to others: %+v", got)
		}
		if got := told[*wire.Marks](b); len(got) != 1 || got[0].Marks[0].Got != 7 || got[0].Marks[0].Read != 5 {
			t.Errorf("one's own: %+v", got)
		}
	})
}

// Rooms above 200 members have no typing and no marks but one's own, also if
// they grew under their listeners.
func TestBigRooms(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo := n.guest("Anna"), n.guest("Bo")
		room := anna.open("fair").ID
		bo.open("fair")
		a, b := anna.connect(), bo.connect()
		for i := range chat.MaxTyping - 1 {
			n.guest(fmt.Sprint(i)).open("fair")
		}
		a.say(room, "welcome")
		b.text("welcome")
		time.Sleep(2 * time.Second)
		if got := told[*wire.Marks](a); len(got) != 1 || len(got[0].Marks) != 1 || got[0].Marks[0].User != anna.id || got[0].Marks[0].Got != 1 {
			t.Errorf("one's own: %+v", got)
		}
		b.send(&wire.Typing{Room: room}, &wire.Mark{Room: room, Read: 1})
		time.Sleep(2 * time.Second)
		if m, p := told[*wire.Marks](a), len(told[*wire.Typed](a)); len(m) != 0 || p != 0 {
			t.Errorf("of others: %v, %d", m, p)
		}
		if got := told[*wire.Marks](b); len(got) != 1 || got[0].Marks[0].User != bo.id || got[0].Marks[0].Read != 1 {
			t.Errorf("one's own: %+v", got)
		}
	})
}
