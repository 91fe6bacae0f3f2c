package server

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/server/bus"
	"parley/shared/chat"
	"parley/shared/wire"
)

// isTold checks that a connection was told of one coming or going, and nothing
// else, until now.
func isTold(t *testing.T, c *client, who *user, online bool) {
	t.Helper()
	var got []wire.Presence
	for _, p := range told[*wire.Presence](c) {
		got = append(got, *p)
	}
	if len(got) != 1 || got[0].User != who.id || got[0].Online != online {
		t.Errorf("told %+v instead of %v, online: %v", got, who.id, online)
	}
}

// Who is on one node is online for people on all others; who has connections to
// several is there until the last has ended.
func TestPresenceElsewhere(t *testing.T) {
	inCluster(t, 3, func(nodes []*node, _ *mesh) {
		anna, bo, _, _ := nodes[0].talked()
		a := anna.dial()
		a.hello()
		b := bo.at(nodes[1]).dial()
		if w := b.hello(); !slices.Equal(w.Online, []chat.AccountID{anna.id}) {
			t.Errorf("online: %v", w.Online)
		}
		isTold(t, a, bo, true)
		b2 := bo.at(nodes[2]).dial()
		b2.hello()
		b.leave()
		time.Sleep(time.Minute)
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Fatalf("told %+v though another node has them", p[0])
		}
		b2.leave()
		time.Sleep(awayAfter + time.Second)
		isTold(t, a, bo, false)
		b = bo.at(nodes[1]).dial() // and from one node to another in time
		b.hello()
		isTold(t, a, bo, true)
		b.leave()
		time.Sleep(awayAfter - time.Second)
		bo.at(nodes[2]).dial().hello()
		time.Sleep(time.Minute)
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Errorf("told %+v", p[0])
		}
	})
}

// What a node hears of others only after it has welcomed somebody, it tells
// them then, and once.
func TestPresenceAfterWelcome(t *testing.T) {
	inCluster(t, 2, func(nodes []*node, m *mesh) {
		anna, bo, _, _ := nodes[0].talked()
		far := bo.at(nodes[1])
		release := m.hold(1)
		a := anna.connect()
		b := far.dial()
		if w := b.hello(); len(w.Online) != 0 {
			t.Errorf("online, though nothing was heard: %v", w.Online)
		}
		isTold(t, a, bo, true)
		if p := told[*wire.Presence](b); len(p) != 0 {
			t.Errorf("told %+v though nothing was heard", p[0])
		}
		release()
		isTold(t, b, anna, true)
		time.Sleep(2 * beatEvery)
		if p := told[*wire.Presence](b); len(p) != 0 {
			t.Errorf("told %+v again", p[0])
		}
	})
}

// Two who begin to talk, and block each other, on different nodes.
func TestMetElsewhere(t *testing.T) {
	inCluster(t, 3, func(nodes []*node, _ *mesh) {
		anna, bo := nodes[0].guest("Anna"), nodes[0].guest("Bo")
		room := anna.direct(bo).ID
		a, b := anna.connect(), bo.at(nodes[1]).connect()
		nodes[2].fill(room, anna, 1, "hello")
		nodes[2].fill(room, bo, 1, "hello")
		isTold(t, a, bo, true)
		isTold(t, b, anna, true)
		anna.at(nodes[2]).want("PATCH", fmt.Sprint("/api/v1/rooms/", room), `{"blocked":true}`, http.StatusOK)
		isTold(t, a, bo, false)
		isTold(t, b, anna, false)
	})
}

// A node that dies takes its people with it, as if they had closed their
// connections; one that was silent too long gets them back.
func TestPresenceHeals(t *testing.T) {
	inCluster(t, 3, func(nodes []*node, m *mesh) {
		anna, bo, _, _ := nodes[0].talked()
		a := anna.dial()
		a.hello()
		b := bo.at(nodes[1]).connect()
		isTold(t, a, bo, true)
		time.Sleep(beatEvery / 2) // what follows is between two beats
		m.cut(1, true)
		time.Sleep(awayAfter)
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Fatalf("told %+v too early", p[0])
		}
		time.Sleep(beatEvery)
		isTold(t, a, bo, false)
		isTold(t, b, anna, false)
		if n := nodes[0].hub.nodes(); n != 2 {
			t.Errorf("%d nodes", n)
		}
		m.cut(1, false)
		time.Sleep(beatEvery)
		isTold(t, a, bo, true)
		isTold(t, b, anna, true)

		b.leave() // what happens while a node is not heard is made up for
		time.Sleep(awayAfter - beatEvery)
		m.cut(1, true)
		time.Sleep(2 * beatEvery)
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Fatalf("told %+v though the node is cut off", p[0])
		}
		m.cut(1, false)
		time.Sleep(beatEvery)
		isTold(t, a, bo, false)
		if n := nodes[0].hub.nodes(); n != 3 {
			t.Errorf("%d nodes", n)
		}
	})
}

// A whole that is larger than a part is taken when all parts are there, and not
// before.
func TestRosterInParts(t *testing.T) {
	inCluster(t, 2, func(nodes []*node, m *mesh) {
		h := nodes[1].hub
		people := make([]chat.AccountID, 2*rosterPart+1)
		for i := range people {
			people[i] = chat.AccountID(i + 1)
			h.arrivedForTest(people[i])
		}
		m.cut(0, true)
		h.arrivedForTest(chat.AccountID(len(people) + 1)) // is missed
		m.cut(0, false)
		time.Sleep(2 * beatEvery)
		if n := nodes[0].others(); n != len(people)+1 {
			t.Errorf("the other node is known to have %d people", n)
		}
		other := &bus.Roster{Node: 7, Version: 9, Parts: 3, On: []chat.AccountID{5000}}
		for _, part := range []int{1, 0, 2, 0, 1} {
			r := *other
			r.Part = part
			nodes[0].hub.roster(&r)
		}
		if n := nodes[0].others(); n != len(people)+1 {
			t.Error("parts are taken for the whole")
		}
		r := *other
		r.Part = 2
		nodes[0].hub.roster(&r)
		if n := nodes[0].others(); n != len(people)+2 {
			t.Error("the whole is not taken")
		}
	})
}

// arrivedForTest is somebody's welcome.
func (h *hub) arrivedForTest(id chat.AccountID) {
	h.enter(&session{server: h.server, who: who{Account: id}})
	h.arrived(id, nil)
}

// others counts the people on other nodes.
func (n *node) others() (count int) {
	synctest.Wait()
	n.hub.mu.Lock()
	defer n.hub.mu.Unlock()
	for _, o := range n.hub.others {
		count += len(o.people)
	}
	return count
}

// Promises 9 and 12, across nodes: what happens on one is told on the others at
// once; on one that is cut off within 5 s, and when it hears again, at once.
func TestNodeCutOff(t *testing.T) {
	inCluster(t, 2, func(nodes []*node, m *mesh) {
		anna, bo, cy := nodes[0].guest("Anna"), nodes[0].guest("Bo"), nodes[0].guest("Cy")
		group := anna.group("g", bo, cy).ID
		a, b, c := anna.connect(), bo.at(nodes[1]).connect(), cy.at(nodes[1]).connect()
		began := time.Now()
		a.say(group, "one")
		b.text("one")
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		m.cut(1, true)
		within(t, "a post", func() {
			a.say(group, "two")
			b.text("two")
			c.text("two")
		})
		within(t, "a removal", func() {
			anna.want("DELETE", fmt.Sprint("/api/v1/rooms/", group, "/members/", bo.id), "", http.StatusNoContent)
			expect(b, func(f *wire.Gone) bool { return f.Room == group })
		})
		a.say(group, "three")
		c.text("three")
		b.quiet()
		began = time.Now()
		a.say(group, "four")
		m.cut(1, false)
		c.text("four")
		if took := time.Since(began); took > time.Second {
			t.Errorf("after the cut it took %v", took)
		}
	})
}
