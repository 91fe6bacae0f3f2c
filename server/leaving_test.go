package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/wire"
)

func TestSessionsElsewhere(t *testing.T) {
	s := newSite(t)
	mine := s.member("anna")
	w := s.do(ask{
		method: "POST", path: "/api/v1/session", body: map[string]any{"login": map[string]string{"username": "anna", "password": "correct horse"}},
		header: []string{"User-Agent: Fire\u202efox\u0000 " + strings.Repeat("界", 100)},
	})
	there := personOf(t, w.Body.Bytes())
	other := s.guest("Ben")
	type answer struct{ Items []listedSession }
	list := decode[answer](t, s.want(200, ask{method: "GET", path: "/api/v1/sessions", as: mine.token})).Items
	if len(list) != 2 {
		t.Fatalf("sessions %+v", list)
	}
	i := slices.IndexFunc(list, func(l listedSession) bool { return !l.Current })
	if i < 0 || !list[1-i].Current || len(list[i].Agent) > maxAgent || !strings.HasPrefix(list[i].Agent, "Firefox 界") || strings.HasSuffix(list[i].Agent, "\ufffd") {
		t.Errorf("sessions %+v", list)
	}
	elsewhere := "/api/v1/sessions/" + itoa(list[i].ID)
	s.refused(404, chat.NotFound, ask{method: "DELETE", path: elsewhere, as: other.token})
	s.want(204, ask{method: "DELETE", path: elsewhere, as: mine.token})
	s.refused(404, chat.NotFound, ask{method: "DELETE", path: elsewhere, as: mine.token})
	s.refused(401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", as: there.token})
	s.want(200, ask{method: "GET", path: "/api/v1/me", as: mine.token})
}

// Promise 9: the sockets of a session that was ended from elsewhere close.
func TestSignOutThereClosesSockets(t *testing.T) {
	n := newNode(t)
	status, _ := n.call("", "POST", "/api/v1/accounts", `{"username":"anna","password":"correct horse","name":"Anna"}`)
	if status != http.StatusCreated {
		t.Fatal(status)
	}
	here, there := n.login("anna", "correct horse"), n.login("anna", "correct horse")
	socket := there.connect()
	var list struct{ Items []listedSession }
	_, answer := n.call(there.token, "GET", "/api/v1/sessions", "")
	if err := json.Unmarshal(answer, &list); err != nil {
		t.Fatal(err)
	}
	for _, l := range list.Items {
		if l.Current {
			if status, answer := n.call(here.token, "DELETE", "/api/v1/sessions/"+itoa(l.ID), ""); status != 204 {
				t.Fatalf("%d %s", status, answer)
			}
		}
	}
	socket.expectClose(wire.CloseSignedOut)
}

func TestSweepOfSessions(t *testing.T) {
	s := newSite(t)
	old := s.guest("Old")
	s.now = s.now.Add(100 * 24 * time.Hour)
	fresh := s.guest("Fresh")
	s.now = s.now.Add(100 * 24 * time.Hour)
	s.server.sweepSessions()
	for token, want := range map[string]bool{old.token: false, fresh.token: true} {
		hash, _ := tokenHash(token)
		_, err := s.server.store.Session(t.Context(), hash)
		if (err == nil) != want {
			t.Errorf("session: %v, want it there: %v", err, want)
		}
	}
}

func TestDeleteMe(t *testing.T) {
	s := newSite(t)
	anna, ben := s.member("anna"), s.guest("Ben")
	direct := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(anna.id), as: ben.token}))
	group := decode[chat.Head](t, s.want(201, ask{method: "POST", path: "/api/v1/rooms", as: anna.token, body: map[string]any{"name": "Team", "members": []chat.AccountID{ben.id}}}))
	s.want(200, ask{method: "PATCH", path: "/api/v1/me", as: anna.token, body: `{"settings":{"a":1},"locale":"zh"}`})
	messages := func(room chat.RoomID) string { return "/api/v1/rooms/" + num(room) + "/messages" }
	s.want(201, ask{method: "POST", path: messages(direct.ID), as: anna.token, body: `{"text":"kept"}`})
	s.want(201, ask{method: "POST", path: messages(group.ID), as: anna.token, body: `{"text":"kept"}`})

	s.refused(403, chat.Forbidden, ask{method: "DELETE", path: "/api/v1/me", as: anna.token})
	s.refused(403, chat.Forbidden, ask{method: "DELETE", path: "/api/v1/me", as: anna.token, body: `{"password":"wrong horse"}`})
	s.want(204, ask{method: "DELETE", path: "/api/v1/me", as: anna.token, body: `{"password":"correct horse"}`})
	s.refused(401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", as: anna.token})
	s.refused(401, chat.Unauthorized, ask{method: "POST", path: "/api/v1/session", body: map[string]any{"login": map[string]string{"username": "anna", "password": "correct horse"}}})

	type page struct {
		Rows  []chat.Row
		Users []chat.User
	}
	for _, room := range []chat.RoomID{direct.ID, group.ID} {
		got := decode[page](t, s.want(200, ask{method: "GET", path: messages(room), as: ben.token}))
		if !slices.ContainsFunc(got.Rows, func(r chat.Row) bool { return r.Text == "kept" && r.By == anna.id }) {
			t.Errorf("rows %+v", got.Rows)
		}
		if !slices.Contains(got.Users, chat.User{ID: anna.id, Kind: chat.KindFormer}) {
			t.Errorf("users %+v", got.Users)
		}
	}
	if h := decode[chat.Head](t, s.want(200, ask{method: "GET", path: "/api/v1/rooms/" + num(group.ID), as: ben.token})); h.Members != 1 || h.Role != chat.RoleOwner {
		t.Errorf("the group is %+v", h)
	}
	s.refused(403, chat.Forbidden, ask{method: "POST", path: messages(direct.ID), as: ben.token, body: `{"text":"hello?"}`})
	s.refused(404, chat.NotFound, ask{method: "PUT", path: "/api/v1/direct/" + num(anna.id), as: ben.token})
	s.refused(404, chat.NotFound, ask{method: "PUT", path: "/api/v1/rooms/" + num(group.ID) + "/members/" + num(anna.id), as: ben.token})
	s.refused(404, chat.NotFound, ask{method: "POST", path: "/api/v1/rooms", as: ben.token, body: map[string]any{"name": "New", "members": []chat.AccountID{anna.id}}})
	if found := decode[struct{ Items []chat.User }](t, s.want(200, ask{method: "GET", path: "/api/v1/people", as: ben.token})).Items; len(found) != 0 {
		t.Errorf("people %+v", found)
	}
	s.member("anna") // the name is free
	s.want(204, ask{method: "DELETE", path: "/api/v1/me", as: ben.token})
}

// What was under way when the account was deleted does not bring it back.
func TestFormerActsNoMore(t *testing.T) {
	s := newSite(t)
	a, b := s.guest("A"), s.guest("B")
	if err := s.server.deleteAccount(context.Background(), a.id, ""); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, _, open := s.server.enterOpen(ctx, a.id, "42")
	_, group := s.server.makeGroup(ctx, a.id, "G", []chat.AccountID{b.id})
	_, _, direct := s.server.directRoom(ctx, a.id, b.id)
	again := s.server.deleteAccount(ctx, a.id, "")
	for what, err := range map[string]error{"open": open, "group": group, "direct": direct, "again": again} {
		if code := chat.CodeOf(err); code != chat.Unauthorized && code != chat.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A deletion that was interrupted after its first transaction is brought to its
// end at the next start.
func TestInterruptedDeletion(t *testing.T) {
	n := newNode(t)
	a, b := n.guest("A"), n.guest("B")
	group := a.group("Team", b)
	open := a.open("42")
	if err := n.update(context.Background(), func(tx store.Tx) error { return n.forget(tx, a.id, "") }); err != nil {
		t.Fatal(err)
	}
	again := nodeOn(t, n.store)
	deadline := time.After(patience)
	for {
		var rooms []chat.RoomID
		var leavers []chat.AccountID
		err := again.view(context.Background(), func(r store.Reader) (err error) {
			if rooms, err = r.Rooms(a.id); err != nil {
				return err
			}
			leavers, err = r.Leavers()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(rooms) == 0 && len(leavers) == 0 {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("still in %v (%d and %d), leavers %v", rooms, group.ID, open.ID, leavers)
		default:
		}
	}
}

func TestExport(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate = 1 })
	anna, ben := s.member("anna"), s.guest("Ben")
	direct := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(ben.id), as: anna.token}))
	messages := "/api/v1/rooms/" + num(direct.ID) + "/messages"
	want := 0
	for i := range 2*exportPage + 5 {
		who := anna
		if i%2 == 1 {
			who = ben
		} else {
			want++
		}
		s.now = s.now.Add(time.Second)
		s.want(201, ask{method: "POST", path: messages, as: who.token, body: `{"text":"<b>洽谈</b> \" \\"}`})
	}
	at := "/api/v1/rooms/" + num(direct.ID)
	s.want(200, ask{method: "PATCH", path: at, as: anna.token, body: `{"top":true,"hidden":true,"blocked":true}`})
	s.want(204, ask{method: "POST", path: at + "/reports", as: anna.token, body: `{"seq":2,"reason":"spam"}`})
	s.want(204, ask{method: "POST", path: at + "/reports", as: ben.token, body: `{"seq":1,"reason":"not hers to know"}`})
	w := s.do(ask{method: "GET", path: "/api/v1/me/export", as: anna.token})
	type document struct {
		Account  chat.Account
		Sessions []exportedSession
		Rooms    []struct {
			Room     exportedRoom
			Messages []chat.Row
		}
	}
	got := decode[document](t, w.Body.Bytes())
	if w.Code != 200 || got.Account.Username != "anna" || len(got.Sessions) != 1 || len(got.Rooms) != 1 {
		t.Fatalf("%d %+v", w.Code, got)
	}
	room := got.Rooms[0]
	if room.Room.ID != direct.ID || room.Room.Peer == nil || room.Room.Peer.Name != "Ben" || len(room.Messages) != want {
		t.Errorf("%+v with %d messages, want %d", room.Room, len(room.Messages), want)
	}
	if r := room.Room; !r.Top || !r.Hidden || !r.Blocked || r.Muted || len(r.Reports) != 1 || r.Reports[0].Seq != 2 || r.Reports[0].Reason != "spam" {
		t.Errorf("%+v", r)
	}
	for _, row := range room.Messages {
		if row.By != anna.id || row.Text != `<b>洽谈</b> " \` {
			t.Fatalf("row %+v", row)
		}
	}
	if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	for range exportsBurst - 1 {
		s.want(200, ask{method: "GET", path: "/api/v1/me/export", as: anna.token})
	}
	s.refused(429, chat.SlowDown, ask{method: "GET", path: "/api/v1/me/export", as: anna.token})
	s.want(200, ask{method: "GET", path: "/api/v1/me/export", as: ben.token})
}

// An export whose session ends on the way is cut off: half of it does not look
// like the whole.
func TestExportIsCut(t *testing.T) {
	n := newNode(t)
	a := n.guest("A")
	w, err := n.signedIn(context.Background(), a.token)
	if err != nil {
		t.Fatal(err)
	}
	e := &export{server: n.Server, who: w, to: writes(func(string) {
		_ = n.signOut(context.Background(), w.Account, w.Session)
	})}
	a.open("42")
	if err := e.run(context.Background()); !errors.Is(err, errUnauthorized) {
		t.Errorf("it ended with %v", err)
	}
}

// writes is a writer that tells what it is given.
type writes func(string)

// Write implements io.Writer.
func (w writes) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

// An avatar is one's own square image; what else there is is nobody's business.
func TestAvatar(t *testing.T) {
	s := newSite(t)
	a, b := s.guest("A"), s.guest("B")
	put := func(id string, by chat.AccountID, kind string, width, height int) {
		err := s.server.update(context.Background(), func(tx store.Tx) error {
			return tx.PutFile(store.File{
				File: chat.File{ID: id, Name: "x", Type: kind, Width: width, Height: height}, Account: by, Blob: id, Hash: [32]byte{id[0]},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("good", a.id, "image/jpeg", 256, 256)
	put("wide", a.id, "image/jpeg", 256, 255)
	put("large", a.id, "image/png", 4096, 4096)
	put("text", a.id, "text/plain", 0, 0)
	put("theirs", b.id, "image/jpeg", 256, 256)
	wear := func(id string) ask {
		return ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: map[string]string{"avatar": id}}
	}
	for _, id := range []string{"wide", "large", "text"} {
		s.refused(400, chat.BadRequest, wear(id))
	}
	s.refused(404, chat.NotFound, wear("theirs"))
	s.refused(404, chat.NotFound, wear("none"))
	s.want(200, wear("good"))
	found := decode[struct{ Items []chat.User }](t, s.want(200, ask{method: "GET", path: "/api/v1/people", as: b.token})).Items
	if len(found) != 1 || found[0].Avatar != "good" {
		t.Errorf("people %+v", found)
	}
	s.want(200, wear(""))
	if me := decode[chat.Account](t, s.want(200, ask{method: "GET", path: "/api/v1/me", as: a.token})); me.Avatar != "" {
		t.Errorf("it is still %q", me.Avatar)
	}
}
