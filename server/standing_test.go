package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

func roomPath(id chat.RoomID, rest string) string { return "/api/v1/rooms/" + num(id) + rest }

// change changes a room and returns its head as it is then.
func (u *user) change(id chat.RoomID, body string) chat.Head {
	u.n.t.Helper()
	return u.head("PATCH", roomPath(id, ""), body, 200)
}

// headNow is a room's head.
func (u *user) headNow(id chat.RoomID) chat.Head {
	u.n.t.Helper()
	return u.head("GET", roomPath(id, ""), "", 200)
}

// saying posts with mentions, over the socket.
func (c *client) saying(id chat.RoomID, text string, mentions ...chat.AccountID) chat.Row {
	c.t.Helper()
	p := post(text)
	p.Mentions = mentions
	c.send(&wire.Send{Room: id, Posts: []chat.Post{p}})
	return c.row(p.Key)
}

// refusal wants a reject of that code, and returns what it says.
func (c *client) refusal(code chat.Code) string {
	c.t.Helper()
	r := expect[*wire.Reject](c, nil)
	if r.Code != code {
		c.t.Fatalf("reject %+v, want %s", r, code)
	}
	return r.Message
}

// Who is mentioned is told by the row, and by the head after a resume.
func TestMentions(t *testing.T) {
	n := newNode(t)
	anna, bo, eve := n.guest("Anna"), n.guest("Bo"), n.guest("Eve")
	room := anna.group("deal", bo).ID
	before := bo.headNow(room).Tag
	a, b := anna.connect(), bo.connect()
	row := a.saying(room, "@Bo @Eve @Bo @Anna", bo.id, eve.id, bo.id, anna.id, 4711)
	if want := []chat.AccountID{bo.id, anna.id}; !slices.Equal(row.Mentions, want) {
		t.Errorf("mentions %v, want %v", row.Mentions, want)
	}
	f := expect[*wire.Rows](b, nil)
	if !slices.Equal(f.Rows[0].Mentions, row.Mentions) || !slices.ContainsFunc(f.Users, func(u chat.User) bool { return u.ID == bo.id }) {
		t.Errorf("Bo was told %s", encode(f))
	}
	if h := bo.headNow(room); h.Mention != row.Seq || h.Tag == before || h.Read >= h.Mention {
		t.Errorf("Bo's head: %+v", h)
	}
	if h := anna.headNow(room); h.Mention != 0 {
		t.Errorf("mentioned by oneself: %+v", h)
	}
	a.say(room, "more")
	if h := bo.headNow(room); h.Mention != row.Seq {
		t.Errorf("after a row that mentions nobody: %+v", h)
	}
	b.send(&wire.Mark{Room: room, Read: row.Seq})
	expect(b, func(f *wire.Marks) bool { return true })
	if h := bo.headNow(room); h.Mention != row.Seq || h.Read != row.Seq {
		t.Errorf("after it was read: %+v", h)
	}

	// An edit calls nobody; a recall takes the mentions away with the text.
	a.send(&wire.Edit{Room: room, Seq: row.Seq, Key: post("").Key, Text: "nobody"})
	if got := a.text("nobody"); len(got.Mentions) != 2 {
		t.Errorf("after an edit: %v", got.Mentions)
	}
	a.send(&wire.Recall{Room: room, Seq: row.Seq, Key: post("").Key})
	f = expect(a, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	if f.Rows[0].Mentions != nil {
		t.Errorf("recalled: %s", encode(f))
	}
	status, answer := n.call(anna.token, "POST", roomPath(room, "/messages"), fmt.Sprintf(`{"text":"x","mentions":[%d]}`, bo.id))
	if status != 201 || !strings.Contains(string(answer), fmt.Sprintf(`"mentions":[%d]`, bo.id)) {
		t.Errorf("over HTTP: %d %s", status, answer)
	}
}

// Promise 3: whom a post mentions is part of what its key stands for.
func TestMentionsAreContent(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal", bo).ID
	a := anna.connect()
	p := post("hello")
	p.Mentions = []chat.AccountID{bo.id, 4711} // one of them is dropped from the row, not from the content
	send := func(p chat.Post) { a.send(&wire.Send{Room: room, Posts: []chat.Post{p}}) }
	send(p)
	a.row(p.Key)
	send(p)
	if f := expect[*wire.Rows](a, nil); f.Upto != 0 || !slices.Equal(f.Rows[0].Mentions, []chat.AccountID{bo.id}) {
		t.Errorf("answer to a repeated key: %s", encode(f))
	}
	other := p
	other.Mentions = []chat.AccountID{bo.id}
	send(other)
	a.refusal(chat.Conflict)
	if with, without := n.postHash(room, &chat.Post{Text: "x"}), n.contentHash("post", room, 0, "x", "null", ""); with != without {
		t.Error("a post without mentions has another hash than before there were any")
	}
	crowd := post("crowd")
	for i := range chat.MaxMentions + 1 {
		crowd.Mentions = append(crowd.Mentions, chat.AccountID(i+1))
	}
	send(crowd)
	a.refusal(chat.TooLarge)
	crowd.Mentions = crowd.Mentions[1:]
	send(crowd)
	if row := a.row(crowd.Key); len(row.Mentions) != 0 {
		t.Errorf("mentions of strangers: %v", row.Mentions)
	}
}

// What somebody makes of a room is told to their other devices, and to nobody
// else.
func TestStanding(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal", bo).ID
	a, b := anna.connect(), bo.connect()
	tags := map[string]bool{anna.headNow(room).Tag: true}
	for body, want := range map[string]func(h chat.Head) bool{
		`{"muted":true}`:              func(h chat.Head) bool { return h.Muted },
		`{"top":true}`:                func(h chat.Head) bool { return h.Top },
		`{"hidden":true}`:             func(h chat.Head) bool { return h.IsHidden() && *h.Hidden == 0 },
		`{"unread":true}`:             func(h chat.Head) bool { return h.Unread },
		`{"top":true,"unread":true}`:  func(h chat.Head) bool { return h.Top && h.Unread },
		`{"top":null,"hidden":false}`: nil,
		`{}`:                          nil,
	} {
		h := anna.change(room, body)
		if want == nil {
			a.quiet()
			continue
		}
		told := expect[*wire.Head](a, nil).Room
		if !want(h) || !want(told) || h.Tag != told.Tag || tags[h.Tag] {
			t.Errorf("%s: %+v, told %+v", body, h, told)
		}
		tags[h.Tag] = true
		anna.change(room, body) // again: no news, but for hiding
		anna.change(room, `{"muted":false,"top":false,"hidden":false,"unread":false}`)
		if back := expect[*wire.Head](a, nil).Room; want(back) || back.Hidden != nil {
			t.Errorf("taken back: %+v", back)
		}
		a.quiet()
	}
	b.quiet()
	if h := bo.headNow(room); h.Top || h.Muted || h.Hidden != nil || h.Unread {
		t.Errorf("Bo's head: %+v", h)
	}

	// Hidden until somebody posts.
	a.say(room, "one")
	if h := anna.change(room, `{"hidden":true}`); !h.IsHidden() || *h.Hidden != 1 {
		t.Errorf("hidden: %+v", h)
	}
	b.say(room, "two")
	if h := anna.headNow(room); h.IsHidden() || h.Hidden == nil || *h.Hidden != 1 {
		t.Errorf("after a post: %+v", h)
	}

	// All or nothing.
	status, _ := n.call(bo.token, "PATCH", roomPath(room, ""), `{"name":"mine","top":true}`)
	if h := bo.headNow(room); status != 403 || h.Top {
		t.Errorf("status %d, head %+v", status, h)
	}
	status, _ = n.call(anna.token, "PATCH", roomPath(room, ""), `{"name":"renamed","blocked":true}`)
	if h := anna.headNow(room); status != 400 || h.Name != "deal" {
		t.Errorf("status %d, head %+v", status, h)
	}
}

// Any mark of reading takes back that the room is marked as unread, on all
// devices; one of receiving does not.
func TestMarkedUnread(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.direct(bo).ID
	a, b := anna.connect(), bo.connect()
	b.say(room, "hello")
	unread := func(f *wire.Head) bool { return f.Room.Unread }
	cleared := func(f *wire.Head) bool { return !f.Room.Unread }
	a.send(&wire.Mark{Room: room, Read: 1})
	expect[*wire.Marks](a, nil)
	for _, how := range []wire.Frame{&wire.Mark{Room: room, Read: 1}, &wire.Mark{Room: room, Read: 99, Got: 1}} {
		anna.change(room, `{"unread":true}`)
		expect(a, unread)
		a.send(&wire.Mark{Room: room, Got: 1}, &wire.Mark{Room: room})
		a.quiet()
		a.send(how)
		expect(a, cleared)
	}
	anna.change(room, `{"unread":true}`)
	expect(a, unread)
	a.say(room, "an answer") // which marks what it answers as read
	expect(a, cleared)
	if h := anna.headNow(room); h.Unread {
		t.Errorf("head: %+v", h)
	}
}

// pinned are the texts of a room's pins.
func (u *user) pinned(id chat.RoomID) (texts []string) {
	u.n.t.Helper()
	status, answer := u.n.call(u.token, "GET", roomPath(id, "/pins"), "")
	var got struct {
		Items []chat.Row
		Users []chat.User
	}
	if err := json.Unmarshal(answer, &got); err != nil || status != 200 || got.Items == nil || got.Users == nil {
		u.n.t.Fatalf("pins: %d %s", status, answer)
	}
	for _, row := range got.Items {
		texts = append(texts, row.Text)
		if !slices.ContainsFunc(got.Users, func(u chat.User) bool { return u.ID == row.By }) {
			u.n.t.Errorf("users %+v lack %d", got.Users, row.By)
		}
	}
	return texts
}

func TestPins(t *testing.T) {
	n := newNode(t)
	anna, bo, eve := n.guest("Anna"), n.guest("Bo"), n.guest("Eve")
	room := anna.group("deal", bo).ID
	n.fill(room, bo, chat.MaxPins+1, "x") // 2 to 22
	a, b := anna.connect(), bo.connect()
	pin := func(seq chat.Seq) string { return roomPath(room, "/pins/"+num(seq)) }
	pins := func(want ...chat.Seq) func(*wire.Head) bool {
		return func(f *wire.Head) bool { return slices.Equal(f.Room.Pins, want) }
	}
	bo.want("PUT", pin(2), "", 403)
	anna.want("PUT", pin(3), "", 204)
	anna.want("PUT", pin(2), "", 204)
	anna.want("PUT", pin(3), "", 204) // stays where it is
	expect(b, pins(3, 2))
	expect(a, pins(3, 2))
	b.send(&wire.Edit{Room: room, Seq: 2, Key: post("").Key, Text: "edited"})
	b.text("edited")
	if got := bo.pinned(room); !slices.Equal(got, []string{"x1", "edited"}) {
		t.Errorf("pins: %q", got)
	}
	bo.want("DELETE", pin(2), "", 403)
	b.send(&wire.Recall{Room: room, Seq: 3, Key: post("").Key})
	expect(a, pins(2))
	expect(b, pins(2))
	anna.want("PUT", pin(3), "", 409)
	anna.want("DELETE", pin(3), "", 204) // is not pinned
	anna.want("DELETE", pin(2), "", 204)
	expect(b, pins())
	if got := bo.pinned(room); len(got) != 0 {
		t.Errorf("pins: %q", got)
	}
	for seq := range chat.Seq(chat.MaxPins) {
		want := 204
		if seq+3 == 3 {
			want = 409 // recalled
		}
		anna.want("PUT", pin(seq+3), "", want)
	}
	anna.want("PUT", pin(2), "", 204) // the twentieth
	for path, status := range map[string]int{pin(1): 403, pin(99): 404, pin(0): 400, pin(chat.MaxID + 1): 400, roomPath(room, "/pins/x"): 422} {
		anna.want("PUT", path, "", status)
	}
	n.fill(room, bo, 1, "one too many")
	anna.want("PUT", pin(23), "", 409)
	anna.want("DELETE", pin(99), "", 404)
	eve.want("GET", roomPath(room, "/pins"), "", 404)

	// In a direct room both may.
	direct := anna.direct(bo).ID
	n.fill(direct, anna, 1, "terms")
	bo.want("PUT", roomPath(direct, "/pins/1"), "", 204)
	if got := anna.pinned(direct); !slices.Equal(got, []string{"terms0"}) {
		t.Errorf("pins: %q", got)
	}
	anna.want("DELETE", roomPath(direct, "/pins/1"), "", 204)
}

// reported are a room's reports.
func (u *user) reported(id chat.RoomID) (list []chat.Report) {
	u.n.t.Helper()
	status, answer := u.n.call(u.token, "GET", roomPath(id, "/reports"), "")
	var got struct {
		Items []chat.Report
		Users []chat.User
	}
	if err := json.Unmarshal(answer, &got); err != nil || status != 200 || got.Items == nil {
		u.n.t.Fatalf("reports: %d %s", status, answer)
	}
	for _, report := range got.Items {
		for _, id := range []chat.AccountID{report.By, report.Row.By} {
			if !slices.ContainsFunc(got.Users, func(u chat.User) bool { return u.ID == id }) {
				u.n.t.Errorf("users %+v lack %d", got.Users, id)
			}
		}
	}
	slices.SortFunc(got.Items, func(a, b chat.Report) int { return cmp.Compare(a.Reason, b.Reason) }) // their times may be the same
	return got.Items
}

// Reports are told to those who keep order, and nothing of them to others.
// Promise 8: they keep nothing of a body that is recalled.
func TestReports(t *testing.T) {
	n := newNode(t)
	owner, mod, bo, cy, eve := n.guest("owner"), n.guest("mod"), n.guest("Bo"), n.guest("Cy"), n.guest("Eve")
	room := owner.group("deal", mod, bo, cy).ID
	owner.want("PUT", roomPath(room, "/members/"+num(mod.id)), `{"role":"moderator"}`, 204)
	n.fill(room, cy, 2, "spam") // 3 and 4
	m, b, c := mod.connect(), bo.connect(), cy.connect()
	reports := roomPath(room, "/reports")
	open := func(n int) func(*wire.Head) bool { return func(f *wire.Head) bool { return f.Room.Reports == n } }

	bo.want("POST", reports, `{"seq":3,"reason":"a 垃圾 <b>"}`, 204)
	expect(m, open(1))
	bo.want("POST", reports, `{"seq":3,"reason":"again"}`, 204) // once
	m.quiet()
	cy.want("POST", reports, `{"seq":3,"reason":"b"}`, 204)
	expect(m, open(2))
	b.quiet() // who reports is told to nobody else
	c.quiet()
	if h := bo.headNow(room); h.Reports != 0 {
		t.Errorf("Bo's head: %+v", h)
	}
	for _, u := range []*user{bo, cy} {
		u.want("GET", reports, "", 403)
		u.want("DELETE", reports+"/1", "", 403)
	}
	eve.want("GET", reports, "", 404)
	list := owner.reported(room)
	if len(list) != 2 || list[0].By != bo.id || list[0].Reason != "a 垃圾 <b>" || list[0].Row.Text != "spam0" || list[0].Row.Seq != 3 || list[0].At == 0 {
		t.Fatalf("reports: %+v", list)
	}

	// A recall takes the body from the moderators, too.
	m.send(&wire.Recall{Room: room, Seq: 3, Key: post("").Key})
	expect(b, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	if list := mod.reported(room); list[0].Row.Text != "" || list[0].Row.Recalled == 0 {
		t.Errorf("a recalled row is reported as %+v", list[0].Row)
	}
	other := mod.group("other").ID
	mod.want("DELETE", roomPath(other, "/reports/"+num(list[0].ID)), "", 404)
	mod.want("DELETE", reports+"/"+num(list[0].ID), "", 204)
	mod.want("DELETE", reports+"/"+num(list[0].ID), "", 404)
	expect(m, open(1))
	if list := mod.reported(room); len(list) != 1 || list[0].By != cy.id {
		t.Errorf("reports: %+v", list)
	}
	for body, status := range map[string]int{
		`{"seq":1,"reason":""}`:  403, // a system message
		`{"seq":3,"reason":""}`:  409, // recalled
		`{"seq":99,"reason":""}`: 404, `{"seq":0,"reason":""}`: 400, `{"seq":-1,"reason":""}`: 400, `{"seq":4}`: 422, `{"reason":"x"}`: 422,
		`{"seq":4,"reason":"` + strings.Repeat("好", chat.MaxReason+1) + `"}`: 413,
		`{"seq":4,"reason":"\u0000"}`:                                        400,
	} {
		bo.want("POST", reports, body, status)
	}
	bo.want("DELETE", reports+"/0", "", 400)

	// Those of direct rooms are for the operator.
	direct := bo.direct(cy).ID
	n.fill(direct, cy, 1, "threat")
	bo.want("POST", roomPath(direct, "/reports"), `{"seq":1,"reason":"help"}`, 204)
	for _, u := range []*user{bo, cy} {
		u.want("GET", roomPath(direct, "/reports"), "", 403)
		if h := u.headNow(direct); h.Reports != 0 {
			t.Errorf("head: %+v", h)
		}
	}
}

// Between two of whom one has blocked the other nothing is told, and the other
// learns no more than that they are refused.
func TestBlocked(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.direct(bo).ID
	a, b := anna.connect(), bo.connect()
	ask, stored := a.say(room, "hello"), post("buy this")
	b.send(&wire.Send{Room: room, Posts: []chat.Post{stored}})
	row := b.row(stored.Key)
	a.text("buy this")
	before := bo.headNow(room)
	b.quiet()
	if h := anna.change(room, `{"blocked":true}`); !h.Blocked {
		t.Fatalf("head: %+v", h)
	}
	expect(a, func(f *wire.Head) bool { return f.Room.Blocked })

	const refused, own = "this person takes no messages from you", "you have blocked this person"
	for _, side := range []struct {
		c    *client
		mine chat.Seq
		code chat.Code
		say  string
	}{{b, row.Seq, chat.Forbidden, refused}, {a, ask.Seq, chat.Conflict, own}} {
		for _, f := range []wire.Frame{
			&wire.Send{Room: room, Posts: []chat.Post{post("please")}},
			&wire.Edit{Room: room, Seq: side.mine, Key: post("").Key, Text: "please"},
			&wire.React{Room: room, Seq: ask.Seq, Emoji: "👍", On: true},
		} {
			side.c.send(f)
			if got := side.c.refusal(side.code); got != side.say {
				t.Errorf("%s: %q", f.Type(), got)
			}
		}
	}
	bo.want("PUT", roomPath(room, "/pins/"+num(row.Seq)), "", 403)
	bo.want("POST", roomPath(room, "/messages"), `{"text":"please"}`, 403)
	anna.want("POST", roomPath(room, "/messages"), `{"text":"no"}`, 409)
	bo.direct(anna) // opens what is there, and nothing more
	b.send(&wire.Typing{Room: room})
	a.send(&wire.Typing{Room: room})
	a.silent()
	b.silent()
	if h := bo.headNow(room); h.Tag != before.Tag || h.Rev != before.Rev {
		t.Errorf("Bo's head was %+v, is %+v", before, h)
	}

	// What was stored before is answered; a recall stays possible.
	b.send(&wire.Send{Room: room, Posts: []chat.Post{stored}})
	if f := expect[*wire.Rows](b, nil); f.Upto != 0 || f.Keys[bo.id][0] != stored.Key {
		t.Errorf("answer to a key of before: %s", encode(f))
	}
	b.send(&wire.Recall{Room: room, Seq: row.Seq, Key: post("").Key})
	expect(a, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	expect(b, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })

	// Each has blocked the other: one's own block is what one is told.
	bo.change(room, `{"blocked":true}`)
	b.send(&wire.Send{Room: room, Posts: []chat.Post{post("x")}})
	b.refusal(chat.Conflict)
	anna.change(room, `{"blocked":false}`)
	a.send(&wire.Send{Room: room, Posts: []chat.Post{post("x")}})
	a.refusal(chat.Forbidden)
	bo.change(room, `{"blocked":false}`)
	a.say(room, "welcome back")
	b.text("welcome back")

	group := anna.group("deal", bo).ID
	anna.want("PATCH", roomPath(group, ""), `{"blocked":true}`, 400)
	anna.want("PATCH", roomPath(group, ""), `{"blocked":false}`, 400)
}

// silent checks that nothing but marks, and the other's going, has come: nobody
// is told that somebody is writing.
func (c *client) silent() {
	c.t.Helper()
	c.send(&wire.Ping{})
	for f := range c.frames {
		switch f := f.(type) {
		case *wire.Pong:
			return
		case *wire.Marks:
		case *wire.Presence:
			if f.Online {
				c.t.Errorf("told of the other's coming: %s", encode(f))
			}
		default:
			c.t.Errorf("unexpected %s: %s", f.Type(), encode(f))
		}
	}
}

// Who is blocked looks away, and so does who blocks, until they unblock; also
// to who was arriving meanwhile.
func TestBlockedPresence(t *testing.T) {
	inBubble(t, func(n *node) {
		anna, bo, _, room := n.talked()
		a, b := anna.connect(), bo.connect()
		told[*wire.Presence](a)
		told[*wire.Presence](b)
		arriving := &session{server: n.Server, who: who{Account: bo.id}}
		n.hub.enter(arriving)
		defer n.hub.leave(arriving)
		anna.change(room, `{"blocked":true}`)
		for who, c := range map[chat.AccountID]*client{bo.id: a, anna.id: b} {
			if p := told[*wire.Presence](c); len(p) != 1 || p[0].User != who || p[0].Online {
				t.Errorf("told %+v of %d", p, who)
			}
		}
		if online := n.hub.arrived(bo.id, []chat.AccountID{anna.id}); len(online) != 0 {
			t.Errorf("one who read the store before is told of %v", online)
		}
		for _, u := range []*user{anna, bo} {
			if w := u.dial().hello(); len(w.Online) != 0 {
				t.Errorf("online: %v", w.Online)
			}
		}
		b.send(&wire.Typing{Room: room})
		b.leave()
		time.Sleep(time.Minute)
		bo.connect()
		if p := told[*wire.Presence](a); len(p) != 0 {
			t.Errorf("Anna was told %+v", p)
		}
		if got := told[*wire.Typed](a); len(got) != 0 {
			t.Errorf("typing was told")
		}
		anna.change(room, `{"blocked":false}`)
		synctest.Wait()
		if p := told[*wire.Presence](a); len(p) != 1 || p[0].User != bo.id || !p[0].Online {
			t.Errorf("Anna was told %+v", p)
		}
		if w := bo.dial().hello(); !slices.Equal(w.Online, []chat.AccountID{anna.id}) {
			t.Errorf("online: %v", w.Online)
		}
	})
}
