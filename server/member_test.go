package server

import (
	"fmt"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func (u *user) add(room chat.RoomID, who *user) {
	u.n.t.Helper()
	u.want("PUT", fmt.Sprintf("/api/v1/rooms/%d/members/%d", room, who.id), "{}", 200, 201, 204)
}

func (u *user) remove(room chat.RoomID, who *user) {
	u.n.t.Helper()
	u.want("DELETE", fmt.Sprintf("/api/v1/rooms/%d/members/%d", room, who.id), "", 200, 204)
}

func (u *user) want(method, path, body string, statuses ...int) {
	u.n.t.Helper()
	status, answer := u.n.call(u.token, method, path, body)
	for _, s := range statuses {
		if s == status {
			return
		}
	}
	u.n.t.Fatalf("%s %s: %d %s", method, path, status, answer)
}

// Promise 9: the removal's row is the last that the removed one is told.
func TestRemovalEndsDelivery(t *testing.T) {
	n := newNode(t)
	owner, eve, bo := n.guest("owner"), n.guest("Eve"), n.guest("Bo")
	room := owner.group("deal", eve, bo).ID
	o, e, b := owner.connect(), eve.connect(), bo.connect()
	o.say(room, "before")
	e.text("before")
	owner.remove(room, eve)
	o.say(room, "after")
	b.text("after")
	f := expect(e, func(f *wire.Rows) bool { return true })
	if len(f.Rows) != 1 || f.Rows[0].System == nil || f.Rows[0].System.Event != chat.EventRemoved {
		t.Fatalf("the removed one was told %s", encode(f))
	}
	expect[*wire.Gone](e, nil)
	e.quiet()
	e.send(&wire.Send{Room: room, Posts: []chat.Post{post("let me in")}})
	if r := expect[*wire.Reject](e, nil); r.Code != chat.NotFound || r.Room != room || r.Key.IsZero() {
		t.Fatalf("reject: %+v", r)
	}
	after := chat.Rev(1)
	e.send(&wire.Pull{Room: room, After: &after})
	if r := expect[*wire.Reject](e, nil); r.Code != chat.NotFound {
		t.Fatalf("reject: %+v", r)
	}
	owner.add(room, eve)
	if h := expect[*wire.Head](e, nil); h.Room.ID != room || h.Room.N != 2 || h.Room.ReadN != 2 {
		t.Fatalf("head: %+v", h.Room)
	}
	o.say(room, "again")
	e.text("again")
}

func TestLastOwnerLeaves(t *testing.T) {
	n := newNode(t)
	owner, first, second := n.guest("owner"), n.guest("first"), n.guest("second")
	room := owner.group("deal", first, second).ID
	c := first.connect()
	owner.remove(room, owner)
	row := expect(c, func(f *wire.Rows) bool { return f.Rows[0].System.Event == chat.EventLeft })
	if row.Upto != row.Rows[0].Rev {
		t.Fatalf("a membership row ends a frame: %s", encode(row))
	}
	role := expect[*wire.Rows](c, nil).Rows[0].System
	if role == nil || role.Event != chat.EventRole || role.Account != first.id || role.Text != chat.RoleOwner {
		t.Fatalf("role: %+v", role)
	}
	if h := first.head("GET", "/api/v1/rooms/"+itoa(int64(room)), "", 200); h.Role != chat.RoleOwner || h.Members != 2 {
		t.Fatalf("head: %+v", h)
	}
}

func TestRemovedFromAnOpenRoomStaysOut(t *testing.T) {
	n := newNode(t)
	owner, eve := n.guest("owner"), n.guest("Eve")
	owner.want("POST", "/api/v1/accounts", `{"username":"owner","password":"correct horse","name":"Owner"}`, 201)
	owner = n.login("owner", "correct horse")
	room := owner.open("bazaar").ID
	eve.open("bazaar")
	e := eve.connect()
	owner.remove(room, eve)
	expect[*wire.Gone](e, nil)
	eve.want("PUT", "/api/v1/open/bazaar", "", 403)
	owner.add(room, eve)
	expect[*wire.Head](e, nil)
	eve.want("PUT", "/api/v1/open/bazaar", "", 200)
}

func TestWhoMayRemoveWhom(t *testing.T) {
	n := newNode(t)
	owner, mod, mod2, bo := n.guest("owner"), n.guest("mod"), n.guest("mod2"), n.guest("bo")
	room := owner.group("deal", mod, mod2, bo).ID
	member := func(u *user) string { return fmt.Sprintf("/api/v1/rooms/%d/members/%d", room, u.id) }
	mod.want("PUT", member(mod), `{"role":"owner"}`, 403)
	b := bo.connect()
	for _, m := range []*user{mod, mod2} {
		owner.want("PUT", member(m), `{"role":"moderator"}`, 200, 204)
		expect[*wire.Head](b, nil) // roles are part of what everybody is told
	}
	bo.want("DELETE", member(mod), "", 403)
	mod.want("DELETE", member(mod2), "", 403)
	mod.want("DELETE", member(owner), "", 403)
	mod.want("DELETE", member(bo), "", 204)
	owner.want("PUT", member(owner), `{"role":"member"}`, 409)
	owner.want("PUT", member(owner), `{"role":"king"}`, 400, 422)
	direct := owner.direct(bo).ID
	owner.want("PUT", fmt.Sprintf("/api/v1/rooms/%d/members/%d", direct, mod.id), "{}", 403)
	owner.want("DELETE", fmt.Sprintf("/api/v1/rooms/%d/members/%d", direct, owner.id), "", 403)
}

// Promise 9: after a sign-out its sockets close, others of the account do not.
func TestSignOutClosesItsSockets(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	c := anna.connect()
	anna.want("DELETE", "/api/v1/session", "", 204)
	expect[*wire.Bye](c, nil)
	c.expectClose(wire.CloseSignedOut)
	anna.dial().expectClose(wire.CloseNotSigned)
}
