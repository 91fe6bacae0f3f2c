package server

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// graces has the graces of a node end when the test says.
func graces(n *node) <-chan func() {
	fire := make(chan func(), 16)
	n.after = func(d time.Duration, f func()) stopper {
		if d != pushGrace {
			return time.AfterFunc(d, f)
		}
		fire <- f
		return time.NewTimer(time.Hour)
	}
	return fire
}

// What is read within the grace, or recalled, is not pushed; a burst is one.
func TestPushGrace(t *testing.T) {
	n, p := newPushing(t)
	fire := graces(n)
	a, b := n.guest("Anna"), n.guest("Ben")
	p.subscribe(b, "/b", `,"text":true`)
	direct := a.direct(b)
	socket := b.connect()
	a.says(direct.ID, `{"text":"seen"}`)
	if err := n.mark(context.Background(), b.id, direct.ID, 1, 1); err != nil {
		t.Fatal(err)
	}
	(<-fire)()
	_ = socket

	writer := a.connect()
	writer.say(direct.ID, "recalled")
	if _, err := n.recall(context.Background(), a.id, direct.ID, 2, n.newKey()); err != nil {
		t.Fatal(err)
	}
	(<-fire)()

	for i := range 3 {
		a.says(direct.ID, fmt.Sprintf(`{"text":"%d"}`, i))
	}
	(<-fire)()
	if m := p.next(); m.Body != "2" {
		t.Errorf("pushed %+v", m.payload)
	}
	if p.idle(n); len(fire) > 0 || len(p.got) > 0 {
		t.Errorf("%d more bursts, %d more pushes", len(fire), len(p.got))
	}
}

// What is posted after the grace of a burst, and before a worker comes to the
// burst, has a grace of its own.
func TestPushGraceOfItsOwn(t *testing.T) {
	n, p := newPushing(t)
	fire := graces(n)
	a, b := n.guest("Anna"), n.guest("Ben")
	p.subscribe(b, "/b", `,"text":true`)
	direct := a.direct(b)
	workers := func(busy int) {
		n.pusher.mu.Lock()
		n.pusher.workers = busy
		n.pusher.mu.Unlock()
	}

	workers(pushWorkers)
	a.says(direct.ID, `{"text":"first"}`)
	(<-fire)()
	a.says(direct.ID, `{"text":"read"}`)
	workers(0)
	a.says(a.group("Team", b).ID, `{"text":"elsewhere"}`)
	<-fire // the second message's grace does not end
	(<-fire)()
	if bodies := []string{p.next().Body, p.next().Body}; !slices.Contains(bodies, "first") || !slices.Contains(bodies, "Anna: elsewhere") {
		t.Errorf("pushed %q", bodies)
	}
	if p.idle(n); len(p.got) > 0 {
		t.Errorf("%d more pushes", len(p.got))
	}
}
