package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func ptr[T any](v T) *T { return &v }

// fill posts n short messages over HTTP's operation, without a socket.
func (n *node) fill(room chat.RoomID, who *user, count int, text string) {
	n.t.Helper()
	for i := 0; i < count; i += chat.MaxPosts {
		var posts []chat.Post
		for j := i; j < min(count, i+chat.MaxPosts); j++ {
			posts = append(posts, post(fmt.Sprint(text, j)))
		}
		if _, err := n.post(context.Background(), who.id, room, posts); err != nil {
			n.t.Fatal(err)
		}
	}
}

func TestPullAfter(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("log", bo).ID // rev 1
	n.fill(room, anna, 600, "m")     // rev 601
	c := bo.connect()
	c.send(&wire.Edit{Room: room, Seq: 601, Key: post("").Key, Text: "x"})
	if r := expect[*wire.Reject](c, nil); r.Code != chat.Forbidden {
		t.Fatalf("reject: %+v", r)
	}
	for _, test := range []struct {
		after chat.Rev
		reset bool
		rows  int
	}{{0, true, 50}, {1, true, 50}, {100, true, 50}, {101, false, 500}, {600, false, 1}, {601, false, 0}, {602, true, 50}} {
		c.send(&wire.Pull{Room: room, After: &test.after})
		f := expect[*wire.Rows](c, nil)
		rows := len(f.Rows)
		for f.More {
			f = expect[*wire.Rows](c, nil)
			rows += len(f.Rows)
		}
		from := test.after
		if test.reset {
			from = 0
		}
		if f.Reset != test.reset || rows != test.rows || f.From != from || f.Upto != 601 {
			t.Errorf("after %d: reset %v, %d rows, (%d, %d]", test.after, f.Reset, rows, f.From, f.Upto)
		}
	}
}

func TestLongAnswersComeInParts(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	room := anna.group("long").ID
	n.fill(room, anna, 300, strings.Repeat("长", 3000))
	c := anna.connect()
	c.send(&wire.Pull{Room: room, After: ptr(chat.Rev(1))})
	rows, parts := 0, 0
	for more := true; more; {
		f := expect[*wire.Rows](c, nil)
		if size := len(encode(f)); size > chat.FrameAim*5/4 {
			t.Errorf("a part of %d bytes", size)
		}
		rows, parts, more = rows+len(f.Rows), parts+1, f.More
	}
	if rows != 300 || parts < 20 {
		t.Fatalf("%d rows in %d parts", rows, parts)
	}
	c.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0)), Limit: ptr(1000)})
	page := 0
	for more := true; more; {
		f := expect[*wire.Page](c, nil)
		page, more = page+len(f.Rows), f.More
	}
	if page != chat.MaxPage {
		t.Fatalf("a page of %d rows", page)
	}
}

func TestPages(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	room := anna.open("pages").ID
	c := anna.connect()
	c.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0))})
	if f := expect[*wire.Page](c, nil); !f.Start || len(f.Rows) != 0 {
		t.Fatalf("page of an empty room: %s", encode(f))
	}
	n.fill(room, anna, 60, "m")
	c.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0))})
	f := expect[*wire.Page](c, nil)
	if f.Start || len(f.Rows) != 50 || f.Rows[0].Seq != 11 || f.Rows[49].Seq != 60 || f.Rev != 60 {
		t.Fatalf("newest page: %d rows", len(f.Rows))
	}
	c.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(11)), Limit: ptr(10)})
	if f := expect[*wire.Page](c, nil); !f.Start || len(f.Rows) != 10 || f.Rows[0].Seq != 1 || f.Before != 11 {
		t.Fatalf("oldest page: %s", encode(f))
	}
}

// Promise 5: cursors that are current are not answered, others are.
func TestWelcomeTellsWhatChanged(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	same, other := anna.group("same", bo).ID, anna.group("other", bo).ID
	w := anna.dial().hello()
	if len(w.Rooms) != 2 || w.Me.ID != anna.id || w.Gone == nil || w.Online == nil {
		t.Fatalf("welcome: %s", encode(w))
	}
	cursors := map[chat.RoomID]wire.Cursor{12345: {Rev: 1, Tag: "x"}}
	for _, h := range w.Rooms {
		cursors[h.ID] = wire.Cursor{Rev: h.Rev, Tag: h.Tag}
	}
	again := func(epoch string) *wire.Welcome {
		c := anna.dial()
		c.send(&wire.Hello{V: 1, Device: "d", Epoch: epoch, Cursors: cursors, As: anna.id})
		return expect[*wire.Welcome](c, nil)
	}
	if w := again(w.Epoch); len(w.Rooms) != 0 || len(w.Gone) != 1 || w.Gone[0] != 12345 {
		t.Fatalf("welcome: %s", encode(w))
	}
	n.fill(other, bo, 1, "news")
	if w := again(w.Epoch); len(w.Rooms) != 1 || w.Rooms[0].ID != other || w.Rooms[0].Last.Text != "news0" {
		t.Fatalf("welcome: %s", encode(w))
	}
	anna.want("PATCH", "/api/v1/rooms/"+itoa(int64(same)), `{"muted":true}`, 200)
	if w := again(w.Epoch); len(w.Rooms) != 2 {
		t.Fatalf("welcome: %s", encode(w))
	}
	if w := again("another"); len(w.Rooms) != 2 {
		t.Fatalf("welcome under another epoch: %s", encode(w))
	}
}

func TestWelcomeOfManyRooms(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	const rooms = 500
	for i := range rooms {
		room := anna.group(fmt.Sprint("room ", i), bo).ID
		n.fill(room, bo, 1, strings.Repeat("话", 300))
	}
	c := anna.dial()
	w := c.hello()
	if len(w.Rooms) < 50 || len(encode(w)) > chat.FrameAim*5/4 {
		t.Fatalf("%d rooms in %d bytes", len(w.Rooms), len(encode(w)))
	}
	seen := map[chat.RoomID]bool{}
	for _, h := range w.Rooms {
		seen[h.ID] = true
	}
	for len(seen) < rooms {
		h := expect[*wire.Head](c, nil)
		if seen[h.Room.ID] {
			t.Fatalf("room %d twice", h.Room.ID)
		}
		seen[h.Room.ID] = true
	}
	for id := range seen {
		n.fill(id, bo, 1, "live")
		c.text("live0")
		break
	}
}

// Promise 7: marks only grow, and never past the head.
func TestMarks(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo := n.guest("Anna"), n.guest("Bo")
		room := anna.direct(bo).ID
		a, b := anna.connect(), bo.connect()
		for i := range 3 {
			a.say(room, fmt.Sprint(i))
		}
		b.send(&wire.Mark{Room: room, Read: 2})
		f := expect(a, func(f *wire.Marks) bool { return f.Marks[0].User == bo.id || len(f.Marks) > 1 })
		mark := f.Marks[0]
		if mark.User != bo.id {
			mark = f.Marks[1]
		}
		if mark != (chat.Mark{User: bo.id, Read: 2, ReadN: 2, Got: 2}) {
			t.Fatalf("mark: %+v", mark)
		}
		b.send(&wire.Mark{Room: room, Read: 1}, &wire.Mark{Room: room, Got: 99})
		expect(b, func(f *wire.Marks) bool {
			for _, m := range f.Marks {
				if m.User == bo.id && m.Got == 3 {
					return m.Read == 2
				}
			}
			return false
		})
		b.say(room, "own posts move own marks only past own")
		if h := bo.head("GET", "/api/v1/rooms/"+itoa(int64(room)), "", 200); h.Read != 2 || h.N-h.ReadN != 2 {
			t.Fatalf("unread message of Anna lies between: %+v", h)
		}
		if h := anna.head("GET", "/api/v1/rooms/"+itoa(int64(room)), "", 200); h.Read != 3 || h.OthersRead != 2 || h.OthersGot != 3 {
			t.Fatalf("Anna's head: %+v", h)
		}
	})
}

func TestRestartSaysGoodbye(t *testing.T) {
	n := newNode(t)
	c := n.guest("Anna").connect()
	if err := n.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if f := expect[*wire.Bye](c, nil); f.Code != wire.CodeRestart || f.Retry < 500 || f.Retry > 5000 {
		t.Fatalf("bye: %+v", f)
	}
	c.expectClose(wire.CloseRestart)
}
