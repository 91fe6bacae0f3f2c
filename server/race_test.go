package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/shared/chat"
	"parley/shared/wire"
)

// Promise 9: a removal that meets a hello is told, and nothing after it.
func TestRemovalMeetsHello(t *testing.T) {
	n := newNode(t)
	owner := n.guest("owner")
	owner.want("POST", "/api/v1/accounts", `{"username":"owner","password":"correct horse","name":"Owner"}`, 201)
	owner = n.login("owner", "correct horse")
	eve := n.guest("Eve")
	for i := range 60 {
		name := fmt.Sprint("room", i)
		room := owner.open(name).ID
		if i%2 == 1 {
			room = owner.group(name, eve).ID
		} else {
			eve.open(name)
		}
		c := eve.dial()
		var both sync.WaitGroup
		both.Go(func() { c.send(&wire.Hello{V: 1, Device: "d"}) })
		both.Go(func() { owner.remove(room, eve) })
		both.Wait()
		w := expect[*wire.Welcome](c, nil)
		n.fill(room, owner, 1, "secret")
		// The pump may have looked before the removal, and tell its head after the
		// welcome: then the room is told twice, and gone all the same.
		in := slices.ContainsFunc(w.Rooms, func(h chat.Head) bool { return h.ID == room })
		gone := false
		take := func(f wire.Frame) {
			switch f := f.(type) {
			case *wire.Gone:
				gone = gone || f.Room == room
			case *wire.Head:
				if in = in || f.Room.ID == room; gone && f.Room.ID == room {
					t.Fatalf("round %d: told after it was gone: %s", i, encode(f))
				}
			case *wire.Rows: // of the removal itself
				if f.Room != room || gone || !in || len(f.Rows) != 1 || f.Rows[0].System == nil {
					t.Fatalf("round %d: told %s", i, encode(f))
				}
			}
		}
		for in && !gone {
			expect(c, func(f wire.Frame) bool { take(f); return true })
		}
		c.send(&wire.Ping{})
		expect(c, func(f wire.Frame) bool { take(f); _, isPong := f.(*wire.Pong); return isPong })
		c.leave()
	}
}

// view is a client that holds the whole of its rooms, by the client rule.
type view struct {
	user  *user
	epoch string
	c     *client
	rooms map[chat.RoomID]*roomView
}

type roomView struct {
	cursor, known chat.Rev
	tag           string
	rows          map[chat.Seq]chat.Row
	pulling       bool
	parts         []*wire.Rows
}

// connect says hello with the cursors, and takes the welcome.
func (v *view) connect() {
	v.c = v.user.dial()
	hello := &wire.Hello{V: 1, Device: "d", As: v.user.id, Epoch: v.epoch, Cursors: map[chat.RoomID]wire.Cursor{}}
	for id, r := range v.rooms {
		hello.Cursors[id] = wire.Cursor{Rev: r.cursor, Tag: r.tag}
		r.pulling, r.parts = false, nil
	}
	v.c.send(hello)
	w := expect[*wire.Welcome](v.c, nil)
	v.epoch = w.Epoch
	for _, id := range w.Gone {
		delete(v.rooms, id)
	}
	for _, h := range w.Rooms {
		v.head(h)
	}
}

func (v *view) head(h chat.Head) {
	r := v.rooms[h.ID]
	if r == nil {
		r = &roomView{rows: make(map[chat.Seq]chat.Row)}
		v.rooms[h.ID] = r
	}
	r.tag, r.known = h.Tag, max(r.known, h.Rev)
	v.pull(h.ID, r)
}

func (v *view) pull(id chat.RoomID, r *roomView) {
	if !r.pulling && r.cursor < r.known {
		r.pulling = true
		v.c.send(&wire.Pull{Room: id, After: ptr(r.cursor)})
	}
}

// take applies a frame. Gaps, doubles and rows out of order fail the test.
func (v *view) take(f wire.Frame) {
	switch f := f.(type) {
	case *wire.Head:
		v.head(f.Room)
	case *wire.Gone:
		delete(v.rooms, f.Room)
	case *wire.Rows:
		v.takeRows(f)
	}
}

func (v *view) takeRows(f *wire.Rows) {
	r := v.rooms[f.Room]
	if r == nil || f.Upto == 0 {
		return
	}
	r.known = max(r.known, f.Upto)
	r.parts = append(r.parts, f)
	if f.More {
		return
	}
	parts := r.parts
	r.parts = nil
	switch {
	case f.Reset:
		clear(r.rows)
	case f.Upto <= r.cursor:
		r.pulling = r.pulling && f.Upto != f.From
		return
	case f.From > r.cursor:
		v.pull(f.Room, r)
		return
	}
	for _, part := range parts {
		for _, row := range part.Rows {
			if row.Rev > r.rows[row.Seq].Rev {
				r.rows[row.Seq] = row
			}
		}
	}
	r.cursor, r.pulling = f.Upto, false
	v.pull(f.Room, r)
}

// run takes frames until stop is closed, reconnecting now and then.
func (v *view) run(stop chan struct{}, random *rand.Rand) {
	for {
		v.connect()
		again := time.After(time.Duration(random.IntN(30)) * time.Millisecond)
		for open := true; open; {
			select {
			case f, ok := <-v.c.frames:
				if open = ok; ok {
					v.take(f)
				}
			case <-again:
				v.c.leave()
				for range v.c.frames { // what came too late is lost
				}
				open = false
			case <-stop:
				v.c.leave()
				return
			}
		}
	}
}

// settle connects for good and takes frames until every room is at its head.
func (v *view) settle() {
	v.connect()
	behind := func() bool {
		for _, r := range v.rooms {
			if r.cursor < r.known {
				return true
			}
		}
		return false
	}
	v.c.send(&wire.Ping{})
	for pong := false; !pong || behind(); {
		v.take(expect(v.c, func(f wire.Frame) bool {
			if _, is := f.(*wire.Pong); is {
				pong = true
			}
			return true
		}))
	}
}

// Promises 4 and 5: stale state and events are a fresh fetch, whatever comes
// between hello, posts, edits, joins and removals.
func TestStaleStateAndEventsAreAFreshFetch(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	n := newNode(t)
	owner := n.guest("owner")
	const readers, rooms = 4, 3
	var people []*user
	for i := range readers {
		people = append(people, n.guest(fmt.Sprint("p", i)))
	}
	var ids []chat.RoomID
	for i := range rooms {
		ids = append(ids, owner.group(fmt.Sprint("g", i), people...).ID)
	}
	stop := make(chan struct{})
	var reading, writing sync.WaitGroup
	views := make([]*view, readers)
	for i, u := range people {
		views[i] = &view{user: u, rooms: make(map[chat.RoomID]*roomView)}
		reading.Go(func() { views[i].run(stop, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	for i := range 3 {
		random := rand.New(rand.NewPCG(seed, uint64(100+i)))
		writing.Go(func() { n.disturb(random, owner, people, ids) })
	}
	writing.Wait()
	close(stop)
	reading.Wait()
	for i, v := range views {
		v.settle()
		fresh := &view{user: v.user, rooms: make(map[chat.RoomID]*roomView)}
		fresh.settle()
		if len(v.rooms) != len(fresh.rooms) {
			t.Errorf("reader %d: %d rooms, a fresh one has %d", i, len(v.rooms), len(fresh.rooms))
		}
		for id, want := range fresh.rooms {
			v.same(t, id, want)
			if got := v.rooms[id]; got != nil && got.tag != want.tag {
				t.Errorf("reader %d, room %d: tag %q, a fresh one has %q", i, id, got.tag, want.tag)
			}
		}
	}
}

// same compares what is held of a room with a fresh fetch, which holds less of
// the past.
func (v *view) same(t *testing.T, id chat.RoomID, want *roomView) {
	t.Helper()
	got := v.rooms[id]
	if got == nil {
		t.Errorf("%d does not know room %d", v.user.id, id)
		return
	}
	if got.cursor != want.cursor {
		t.Errorf("%d, room %d: at %d, a fresh one at %d", v.user.id, id, got.cursor, want.cursor)
	}
	for seq, row := range want.rows {
		if diff := cmp.Diff(row, got.rows[seq]); diff != "" {
			t.Errorf("%d, room %d, row %d: %s", v.user.id, id, seq, diff)
		}
	}
}

// disturb posts, mentions, edits, reacts, pins, removes and adds.
func (n *node) disturb(random *rand.Rand, owner *user, people []*user, rooms []chat.RoomID) {
	ctx := n.t.Context()
	for i := range 1500 {
		room := rooms[random.IntN(len(rooms))]
		who := people[random.IntN(len(people))]
		var err error
		switch random.IntN(12) {
		case 0:
			err = n.removeMember(ctx, owner.id, room, who.id)
		case 1, 2:
			err = n.putMember(ctx, owner.id, room, who.id, "")
		case 3:
			_, err = n.edit(ctx, who.id, room, chat.Seq(1+random.IntN(40)), post("").Key, fmt.Sprint("edited ", i))
		case 4:
			_, _, err = n.react(ctx, who.id, room, chat.Seq(1+random.IntN(40)), "👍", random.IntN(2) == 0)
		case 5:
			err = n.mark(ctx, who.id, room, chat.Seq(random.IntN(100)), 0)
		case 6:
			on, off := random.IntN(2) == 0, random.IntN(2) == 0
			err = n.changeRoom(ctx, who.id, room, roomChange{Muted: &on, Top: &off, Hidden: &on, Unread: &off})
		case 7:
			name := fmt.Sprint("g ", random.IntN(5))
			err = n.changeRoom(ctx, owner.id, room, roomChange{Name: &name})
		case 8:
			if seq := chat.Seq(1 + random.IntN(40)); random.IntN(2) == 0 {
				err = n.pin(ctx, owner.id, room, seq)
			} else {
				err = n.unpin(ctx, owner.id, room, seq)
			}
		default:
			p := post(fmt.Sprint(i))
			p.Mentions = []chat.AccountID{people[random.IntN(len(people))].id}
			_, err = n.post(ctx, who.id, room, []chat.Post{p})
		}
		switch code := chat.CodeOf(err); {
		case err == nil, code == chat.NotFound, code == chat.Forbidden, code == chat.Conflict:
		default:
			n.t.Errorf("%v", err)
		}
	}
}

// A mark that comes between the reading of a head and the joining is told.
func TestMarkMeetsHello(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	id := anna.direct(bo).ID
	n.fill(id, anna, 3, "m")
	c := bo.connect()
	sess := n.hub.sessions(bo.id)[0]
	left := make(chan struct{})
	n.hub.wake(id, func(r *room) { r.drop(sess); close(left) })
	<-left
	for alive := true; alive; { // the room retires
		n.hub.mu.Lock()
		alive = n.hub.rooms[id] != nil
		n.hub.mu.Unlock()
	}
	n.hub.pin([]chat.RoomID{id})
	head := bo.head("GET", "/api/v1/rooms/"+itoa(int64(id)), "", 200)
	if err := n.mark(t.Context(), bo.id, id, 2, 0); err != nil {
		t.Fatal(err)
	}
	n.hub.wake(id, func(r *room) { r.unpin(); r.join(sess, &head) })
	if f := expect[*wire.Marks](c, nil); f.Marks[0] != (chat.Mark{User: bo.id, Read: 2, ReadN: 2, Got: 2}) {
		t.Errorf("marks: %+v", f.Marks)
	}
}
