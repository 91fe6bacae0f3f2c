package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/files"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
)

// heardBus is the local bus, overheard.
type heardBus struct {
	bus.Bus
	events chan<- bus.Event
}

func (b heardBus) Publish(e bus.Event) {
	select {
	case b.events <- e:
	default: // few tests listen
	}
	b.Bus.Publish(e)
}

// site is a server under test, asked without a network.
type site struct {
	t      *testing.T
	server *Server
	now    time.Time
	events chan bus.Event
	data   string // where files are; "" for nowhere
}

func newSite(t *testing.T, change ...func(*Config)) *site {
	t.Helper()
	cfg := Config{Guests: true}
	for _, c := range change {
		c(&cfg)
	}
	random := func(b []byte) { _, _ = rand.Read(b) }
	s := &site{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), events: make(chan bus.Event, 64)}
	db := memory.Open(store.Options{Random: random, Fatal: func(err error) { t.Error(err) }})
	var dir *files.Dir
	if cfg.MaxFile > 0 {
		var err error
		s.data = t.TempDir()
		if dir, err = files.Open(s.data); err != nil {
			t.Fatal(err)
		}
	}
	server, err := New(cfg, Parts{
		Files:  dir,
		Store:  db,
		Bus:    func(h bus.Handler) bus.Bus { return heardBus{local.New(h), s.events} },
		Now:    func() time.Time { return s.now },
		Random: random,
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.server = server
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask is a request. A body that is a string goes as it is, anything else as
// JSON; header fields are given as "Name: value".
type ask struct {
	method, path string
	body         any
	as           string // bearer
	header       []string
	host         string
	remote       string
}

func (s *site) do(a ask) *httptest.ResponseRecorder {
	s.t.Helper()
	var body io.Reader
	switch b := a.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	r := httptest.NewRequest(a.method, "http://localhost:8080"+a.path, body)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if a.as != "" {
		r.Header.Set("Authorization", "Bearer "+a.as)
	}
	if a.host != "" {
		r.Host = a.host
	}
	if a.remote != "" {
		r.RemoteAddr = a.remote
	}
	for _, h := range a.header {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			r.Header.Del(name)
			continue
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, r)
	return w
}

// want asks, and fails if the status is another.
func (s *site) want(status int, a ask) []byte {
	s.t.Helper()
	w := s.do(a)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d %s, want %d", a.method, a.path, w.Code, w.Body, status)
	}
	return w.Body.Bytes()
}

// refused asks, and fails unless the answer is a problem of that status and
// code.
func (s *site) refused(status int, code chat.Code, a ask) Problem {
	s.t.Helper()
	w := s.do(a)
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		s.t.Fatalf("%s %s: %d %q is no problem: %v", a.method, a.path, w.Code, w.Body, err)
	}
	if w.Code != status || p.Code != code || p.Status != status || p.Detail == "" {
		s.t.Errorf("%s %s: %d %s, want %d %s", a.method, a.path, w.Code, w.Body, status, code)
	}
	if got := w.Header().Get("Content-Type"); got != problemType {
		s.t.Errorf("%s %s: Content-Type %q", a.method, a.path, got)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		s.t.Errorf("%s %s: headers %v", a.method, a.path, w.Header())
	}
	return p
}

// visitor is somebody signed in.
type visitor struct {
	token string
	id    chat.AccountID
}

func (s *site) guest(name string) visitor {
	s.t.Helper()
	return personOf(s.t, s.want(201, ask{method: "POST", path: "/api/v1/session", body: map[string]any{"guest": map[string]any{"name": name}}}))
}

func (s *site) member(username string) visitor {
	s.t.Helper()
	return personOf(s.t, s.want(201, ask{method: "POST", path: "/api/v1/accounts", body: memberOf(username)}))
}

func memberOf(username string) map[string]string {
	return map[string]string{"username": username, "password": "correct horse", "name": "Dr. " + username}
}

func personOf(t *testing.T, body []byte) visitor {
	t.Helper()
	got := decode[sessionBody](t, body)
	return visitor{got.Session, got.Me.ID}
}

func decode[T any](t *testing.T, data []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

// cookie returns the Set-Cookie of an answer, nil if there is none.
func cookie(w *httptest.ResponseRecorder) *http.Cookie {
	for _, c := range w.Result().Cookies() {
		return c
	}
	return nil
}
