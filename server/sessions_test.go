package server

import (
	"strings"
	"testing"
	"time"

	"parley/shared/chat"
)

func TestGuestSignsIn(t *testing.T) {
	s := newSite(t)
	w := s.do(ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"小明"}}`})
	if w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := cookie(w)
	got := decode[sessionBody](t, w.Body.Bytes())
	if c == nil || c.Name != "parley_session" || c.Value != got.Session || !c.HttpOnly || c.Secure || c.Path != "/" || c.MaxAge <= 0 {
		t.Errorf("cookie %+v", c)
	}
	if !strings.Contains(w.Header().Get("Set-Cookie"), "SameSite=Lax") {
		t.Errorf("Set-Cookie %q", w.Header().Get("Set-Cookie"))
	}
	if len(got.Session) != 43 || got.Me.Kind != chat.KindGuest || got.Me.Name != "小明" {
		t.Errorf("answer %+v", got)
	}
	for _, header := range []string{"Authorization: Bearer " + got.Session, "Cookie: parley_session=" + got.Session} {
		me := decode[chat.Account](t, s.want(200, ask{method: "GET", path: "/api/v1/me", header: []string{header}}))
		if me.ID != got.Me.ID {
			t.Errorf("%s: %+v", header, me)
		}
	}
}

func TestSecureCookie(t *testing.T) {
	s := newSite(t, func(c *Config) { c.URL = "https://chat.example.com" })
	w := s.do(ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"A"}}`})
	c := cookie(w)
	if c == nil || c.Name != "__Host-parley_session" || !c.Secure || c.Path != "/" || c.Domain != "" {
		t.Fatalf("cookie %+v", c)
	}
	s.want(200, ask{method: "GET", path: "/api/v1/me", header: []string{"Cookie: __Host-parley_session=" + c.Value}})
	s.refused(401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", header: []string{"Cookie: parley_session=" + c.Value}})
}

func TestNoGuests(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Guests = false })
	s.refused(403, chat.Forbidden, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"A"}}`})
	s.member("anna")
}

func TestTokenIsStoredHashed(t *testing.T) {
	s := newSite(t)
	p := s.guest("A")
	hash, ok := tokenHash(p.token)
	if !ok {
		t.Fatal("the token is not one")
	}
	session, err := s.server.store.Session(t.Context(), hash)
	if err != nil || session.Account != p.id || strings.Contains(string(session.Hash[:]), p.token) {
		t.Errorf("session %+v, %v", session, err)
	}
}

func TestMemberSignsIn(t *testing.T) {
	s := newSite(t)
	anna := s.member("Anna")
	login := func(username, password string) ask {
		return ask{method: "POST", path: "/api/v1/session", body: map[string]any{"login": map[string]string{"username": username, "password": password}}}
	}
	again := personOf(t, s.want(201, login("ANNA", "correct horse")))
	if again.id != anna.id || again.token == anna.token {
		t.Errorf("signed in as %+v, was %+v", again, anna)
	}
	s.want(200, ask{method: "GET", path: "/api/v1/me", as: anna.token})

	wrong := s.refused(401, chat.Unauthorized, login("anna", "wrong horse"))
	nobody := s.refused(401, chat.Unauthorized, login("nobody", "wrong horse"))
	if wrong.Detail != nobody.Detail {
		t.Errorf("a wrong password says %q, a wrong name %q", wrong.Detail, nobody.Detail)
	}
	s.refused(401, chat.Unauthorized, login("", ""))
	s.refused(409, chat.Conflict, ask{method: "POST", path: "/api/v1/accounts", body: memberOf("anna")})
}

func TestNewSessionWhateverCookieCame(t *testing.T) {
	s := newSite(t)
	old := s.guest("A")
	for _, token := range []string{old.token, "nonsense"} {
		got := personOf(t, s.want(201, ask{
			method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"B"}}`,
			header: []string{"Cookie: parley_session=" + token, "Origin: http://localhost:8080"},
		}))
		if got.id == old.id || got.token == token {
			t.Errorf("with %q: %+v", token, got)
		}
	}
}

func TestGuestBecomesMember(t *testing.T) {
	s := newSite(t)
	guest := s.guest("A")
	before, err := s.server.signedIn(t.Context(), guest.token)
	if err != nil {
		t.Fatal(err)
	}
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: guest.token}))

	s.member("taken")
	s.refused(409, chat.Conflict, ask{method: "POST", path: "/api/v1/accounts", body: memberOf("taken"), as: guest.token})
	s.want(200, ask{method: "GET", path: "/api/v1/me", as: guest.token})

	got := personOf(t, s.want(201, ask{method: "POST", path: "/api/v1/accounts", body: memberOf("anna"), as: guest.token}))
	if got.id != guest.id || got.token == guest.token {
		t.Errorf("became %+v, was %+v", got, guest)
	}
	after, err := s.server.signedIn(t.Context(), got.token)
	if err != nil || after != before {
		t.Errorf("session %+v, was %+v: %v", after, before, err)
	}
	s.refused(401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", as: guest.token})
	me := decode[chat.Account](t, s.want(200, ask{method: "GET", path: "/api/v1/me", as: got.token}))
	if me.Kind != chat.KindMember || me.Username != "anna" || me.Name != "Dr. anna" {
		t.Errorf("me %+v", me)
	}
	s.want(200, ask{method: "GET", path: "/api/v1/rooms/" + num(room.ID), as: got.token})
}

func TestSignOut(t *testing.T) {
	s := newSite(t)
	a, b := s.guest("A"), s.guest("B")
	here, err := s.server.signedIn(t.Context(), a.token)
	if err != nil {
		t.Fatal(err)
	}
	w := s.do(ask{method: "DELETE", path: "/api/v1/session", header: []string{"Cookie: parley_session=" + a.token, "Origin: http://localhost:8080"}})
	if c := cookie(w); w.Code != 204 || w.Body.Len() > 0 || c == nil || c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("%d %q, cookie %+v", w.Code, w.Body, c)
	}
	for {
		e := <-s.events
		if e.Revoked != 0 {
			if e.Revoked != here.Session || e.Topic.Account != a.id {
				t.Errorf("event %+v, session %+v", e, here)
			}
			break
		}
	}
	s.refused(401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", as: a.token})
	s.want(200, ask{method: "GET", path: "/api/v1/me", as: b.token})
}

func TestSessionEnds(t *testing.T) {
	s := newSite(t)
	p := s.guest("A")
	for range 3 { // each use moves the end away
		s.now = s.now.Add(170 * 24 * time.Hour)
		s.want(200, ask{method: "GET", path: "/api/v1/me", as: p.token})
	}
	s.now = s.now.Add(181 * 24 * time.Hour)
	w := s.do(ask{method: "GET", path: "/api/v1/me", header: []string{"Cookie: parley_session=" + p.token}})
	if c := cookie(w); w.Code != 401 || c == nil || c.MaxAge >= 0 {
		t.Errorf("%d, cookie %+v", w.Code, c)
	}
}

func TestPasswordHash(t *testing.T) {
	s := newSite(t)
	p := s.server.passwords
	stored, err := p.hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("stored as %q", stored)
	}
	other, err := p.hash(t.Context(), "correct horse")
	if err != nil || other == stored {
		t.Errorf("no salt: %q, %v", other, err)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if ok, err := p.check(t.Context(), stored, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := p.check(t.Context(), "", "correct horse"); ok || err != nil {
		t.Errorf("nobody's: %v, %v", ok, err)
	}
	for _, bad := range []string{"x", "$argon2id$v=19$m=1,t=0,p=1$AAAA$AAAA", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", stored[:len(stored)-1] + "!"} {
		if ok, err := p.check(t.Context(), bad, "correct horse"); ok || err == nil {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
}
