package server

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// texts is a client of a plain text room, as somebody would write one in ten
// lines.
type texts struct {
	t    *testing.T
	conn *websocket.Conn
}

// listen serves the site on a socket.
func (s *site) listen() (url string) {
	listener := httptest.NewServer(s.server.Handler())
	s.t.Cleanup(func() {
		if err := s.server.Shutdown(context.Background()); err != nil { // the listener waits for its connections
			s.t.Error(err)
		}
		listener.Close()
	})
	return listener.URL
}

func dialTexts(t *testing.T, url string, header ...string) texts {
	t.Helper()
	conn, answer, err := tryTexts(t, url, header...)
	if err != nil {
		t.Fatalf("%s: %v %v", url, err, answer)
	}
	return texts{t, conn}
}

func tryTexts(t *testing.T, url string, header ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	opts := &websocket.DialOptions{HTTPHeader: http.Header{}}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		opts.HTTPHeader.Set(name, value)
	}
	conn, answer, err := websocket.Dial(t.Context(), url, opts)
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, answer, err
}

func (c texts) say(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c texts) hears(want ...string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for _, w := range want {
		kind, got, err := c.conn.Read(ctx)
		if err != nil || kind != websocket.MessageText || string(got) != w {
			c.t.Fatalf("heard %q, %v; want %q", got, err, w)
		}
	}
}

func (c texts) isClosed(code int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, _, err := c.conn.Read(ctx)
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			if int(closed.Code) != code || closed.Reason == "" {
				c.t.Errorf("closed by %v, want %d", closed, code)
			}
			return
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestTextRoom(t *testing.T) {
	s := newSite(t)
	url := s.listen()
	room := url + "/chat/42/"
	a := dialTexts(t, room)
	b := dialTexts(t, url+"/chat/42?name=%E5%B0%8F%E6%98%8E")
	a.say("one")
	a.hears("one")
	b.hears("one")
	late := dialTexts(t, room) // no history
	other := dialTexts(t, url+"/chat/43/")
	b.say("")
	b.say(" \n ")
	b.say("two\nlines, {\"t\":\"bye\"}")
	for _, c := range []texts{a, b, late} {
		c.hears("two\nlines, {\"t\":\"bye\"}")
	}
	other.say("elsewhere")
	other.hears("elsewhere")

	// The same room as by every other way in.
	p := s.guest("C")
	head := decode[chat.Head](t, s.want(200, ask{method: "PUT", path: "/api/v1/open/42", as: p.token}))
	s.want(201, ask{method: "POST", path: "/api/v1/rooms/" + num(head.ID) + "/messages", as: p.token, body: `{"text":"three"}`})
	late.hears("three")
	page := decode[wire.Page](t, s.want(200, ask{method: "GET", path: "/api/v1/rooms/" + num(head.ID) + "/messages", as: p.token}))
	names := map[chat.AccountID]string{}
	for _, u := range page.Users {
		names[u.ID] = u.Kind + " " + u.Name
	}
	var got []string
	for _, row := range page.Rows {
		got = append(got, names[row.By]+": "+row.Text)
	}
	if want := "guest guest: one|guest 小明: two\nlines, {\"t\":\"bye\"}|guest C: three"; strings.Join(got, "|") != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

func TestTextRoomSender(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Origins = []string{"https://shop.example"} })
	url := s.listen()
	p := s.member("anna")
	cookie := "Cookie: parley_session=" + p.token
	by := func(header ...string) chat.AccountID {
		t.Helper()
		c := dialTexts(t, url+"/chat/42/", header...)
		c.say("hi")
		c.hears("hi")
		head := decode[chat.Head](t, s.want(200, ask{method: "PUT", path: "/api/v1/open/42", as: p.token}))
		return head.Last.By
	}
	if got := by(cookie, "Origin: "+url); got != p.id {
		t.Errorf("our own page posted as %d, not as %d", got, p.id)
	}
	for name, header := range map[string][]string{
		"no origin":  {cookie},
		"listed":     {cookie, "Origin: https://shop.example"},
		"no cookie":  {"Origin: " + url},
		"bad cookie": {"Cookie: parley_session=" + strings.Repeat("x", 43), "Origin: " + url},
	} {
		if got := by(header...); got == p.id || got == 0 {
			t.Errorf("%s: posted as %d", name, got)
		}
	}
}

func TestTextRoomRefuses(t *testing.T) {
	s := newSite(t)
	url := s.listen()
	for name, c := range map[string]struct {
		path   string
		header string
		status int
	}{
		"another site": {"/chat/42/", "Origin: https://evil.example", 403},
		"room's name":  {"/chat/a%20b/", "", 400},
		"guest's name": {"/chat/42/?name=a%0Ab", "", 400},
		"foreign host": {"/chat/42/", "Host: evil.example", 421},
	} {
		var header []string
		if c.header != "" {
			header = append(header, c.header)
		}
		if name == "foreign host" {
			s.refused(421, chat.BadRequest, ask{method: "GET", path: c.path, host: "evil.example"})
			continue
		}
		if _, answer, err := tryTexts(t, url+c.path, header...); err == nil || answer == nil || answer.StatusCode != c.status {
			t.Errorf("%s: %v, %v; want %d", name, answer, err, c.status)
		}
	}
	s.refused(426, chat.BadRequest, ask{method: "GET", path: "/chat/42/"})
	closed := newSite(t, func(c *Config) { c.Guests = false })
	closed.refused(404, chat.NotFound, ask{method: "GET", path: "/chat/42/"})
}

func TestTextRoomCloses(t *testing.T) {
	s := newSite(t)
	url := s.listen() + "/chat/42/"
	whole := strings.Repeat("a", chat.MaxText)
	c := dialTexts(t, url)
	c.conn.SetReadLimit(2 * chat.MaxText)
	c.say(whole)
	c.hears(whole)
	c.say(whole + "a")
	c.isClosed(wire.CloseTooBig)

	c = dialTexts(t, url)
	if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte("x")); err != nil {
		t.Fatal(err)
	}
	c.isClosed(wire.CloseBadData)

	c = dialTexts(t, url)
	c.say("bell \x07")
	c.isClosed(wire.ClosePolicy)

	c = dialTexts(t, url)
	c.say("\xff")
	c.isClosed(wire.CloseBadUTF8)
}

func TestTextRoomLimits(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate = 1 })
	url := s.listen()
	c := dialTexts(t, url+"/chat/42/")
	for range postsBurst + 1 {
		c.say("x")
	}
	c.isClosed(wire.CloseRate)

	// Making rooms and guests takes sign-ins: two were taken above.
	for i := range signInsBurst - 2 {
		dialTexts(t, url+"/chat/room"+num(chat.Seq(i)))
	}
	if _, answer, err := tryTexts(t, url+"/chat/another"); err == nil || answer.StatusCode != 429 {
		t.Errorf("one room too many: %v, %v", answer, err)
	}
	c = dialTexts(t, url+"/chat/42/")
	c.say("x")
	c.isClosed(wire.CloseRate)
}

func TestTextRoomRemoved(t *testing.T) {
	s := newSite(t)
	url := s.listen()
	owner := s.member("anna")
	head := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: owner.token}))
	c := dialTexts(t, url+"/chat/42/")
	c.say("x")
	c.hears("x")
	head = decode[chat.Head](t, s.want(200, ask{method: "GET", path: "/api/v1/rooms/" + num(head.ID), as: owner.token}))
	s.want(204, ask{method: "DELETE", path: "/api/v1/rooms/" + num(head.ID) + "/members/" + num(head.Last.By), as: owner.token})
	c.say("y")
	c.isClosed(wire.ClosePolicy)
}
