package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// visitor is a person beside the crowd, who is on one node and can leave.
type visitor struct {
	*person
	leave context.CancelFunc
}

func (f *field) visitor(name string, home int) *visitor {
	p := f.guest(name, home)
	p.stays = true
	return &visitor{person: p}
}

func (f *field) admit(v *visitor) {
	ctx, leave := context.WithCancel(context.Background())
	v.leave = leave
	f.t.Cleanup(leave)
	f.enter(ctx, v.person)
}

// has reports whether somebody holds a room up to a row.
func (f *field) has(p *person, room chat.RoomID, seq chat.Seq) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at[p][room] >= seq
}

// cutOff: while a node hears nothing of the others, somebody is removed and
// somebody signs out, both elsewhere. They are told nothing later, and are cut
// off as soon as the node finds out: by itself in time, or when it has another
// reason to read the store.
func (f *field) cutOff() {
	f.t.Helper()
	a, b := f.nodes[0], f.nodes[1]
	owner := f.people[0]
	out, quick, gone := f.visitor("out", 1), f.visitor("quick", 1), f.visitor("gone", 1)
	slow := f.group("slow", owner, out.person)
	fast := f.group("fast", owner, quick.person)
	for _, v := range []*visitor{out, quick, gone} {
		f.admit(v)
	}
	f.eventually("the visitors are there", func() bool {
		return f.has(out.person, slow, 1) && f.has(quick.person, fast, 1) && f.welcomed(gone.person)
	})
	b.bus.block(true)
	defer b.bus.block(false)

	remove := func(room chat.RoomID, p *person) {
		a.do("DELETE", fmt.Sprintf("/api/v1/rooms/%d/members/%d", room, p.id), owner.token, "", nil)
	}
	say := func(n *node, room chat.RoomID) {
		n.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room), owner.token, `{"text":"later"}`, nil)
	}
	began := time.Now()
	remove(fast, quick.person)
	say(a, fast)
	say(b, fast) // which makes the node read the store
	f.eventually("who was removed is told", func() bool { return f.isGone(quick.person) })
	atOnce := time.Since(began)

	began = time.Now()
	remove(slow, out.person)
	a.do("DELETE", "/api/v1/session", gone.token, "", nil)
	said := 0
	f.eventually("who was removed is told", func() bool {
		say(a, slow)
		said++
		return f.isGone(out.person)
	})
	removed := time.Since(began)
	f.eventually("who signed out is cut off", func() bool {
		return slices.Contains(f.byes(gone.person), wire.CodeSignedOut)
	})
	signedOut := time.Since(began)
	f.t.Logf("cut off from NATS: removed, told after %v and %d later rows (%v when the node reads the store); signed out, closed after %v",
		removed.Round(time.Millisecond), said, atOnce.Round(time.Millisecond), signedOut.Round(time.Millisecond))
	if removed > promised || signedOut > promised || atOnce > time.Second+slack {
		f.t.Error("that is too late")
	}
	for _, v := range []*visitor{out, quick, gone} {
		v.leave()
	}
	f.neverTold(slow, out.person)
	f.neverTold(fast, quick.person)
}

// neverTold checks that somebody who was removed was told nothing behind the
// row that says so.
func (f *field) neverTold(room chat.RoomID, p *person) {
	f.t.Helper()
	var at chat.Seq
	for _, row := range f.history(room) {
		if row.System != nil && row.System.Event == chat.EventRemoved && row.System.Account == p.id {
			at = row.Seq
		}
	}
	if at == 0 || f.has(p, room, at+1) {
		f.t.Errorf("%s was removed by row %d, and was told more", p.name, at)
	}
}

// pair makes two people who talk with each other, one on the first node and one
// on the last.
func (f *field) pair() (x, y *visitor) {
	f.t.Helper()
	x, y = f.visitor("x", 0), f.visitor("y", len(f.nodes)-1)
	var room chat.Head
	f.nodes[0].do("PUT", fmt.Sprint("/api/v1/direct/", y.id), x.token, "", &room)
	f.admit(x)
	f.admit(y)
	for _, v := range []*visitor{x, y} {
		f.nodes[1].do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID), v.token, `{"text":"hello"}`, nil)
	}
	f.eventually("both are online to each other", func() bool { return f.sees(x, y, true) && f.sees(y, x, true) })
	return x, y
}

// sees reports whether somebody was told that another is online, or not.
func (f *field) sees(x, y *visitor, online bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	is, told := f.online[x.person][y.id]
	return told && is == online
}

// outlive waits until who was on a node that died looks away to people on the
// others, and says how long that took.
func (f *field) outlive(x, y *visitor, died time.Time) {
	f.t.Helper()
	f.eventually("who was on a node that died is away", func() bool { return f.sees(x, y, false) })
	took := time.Since(died)
	f.t.Logf("who was on the node that died looked away after %v", took.Round(100*time.Millisecond))
	if took < 10*time.Second || took > 20*time.Second+slack {
		f.t.Error("that is not about 15 s")
	}
	x.leave()
}

// isGone reports whether somebody was told that a room is gone.
func (f *field) isGone(p *person) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.goes[p].IsZero()
}

// byes is what somebody's connections were told at their ends.
func (f *field) byes(p *person) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ends[p])
}

func (f *field) ended(p *person, code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ends[p] = append(f.ends[p], code)
}

// welcomed reports whether somebody was.
func (f *field) welcomed(p *person) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.online[p] != nil
}
