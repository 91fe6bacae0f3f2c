package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"nhooyr.io/websocket"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/search"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/wire"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *simHunt != "" {
		os.Exit(hunt(*simHunt))
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// node is a server under test, with its store.
type node struct {
	*Server
	t      *testing.T
	http   *httptest.Server
	client *http.Client
}

// newNode starts a server on a memory store, with guests and without rates.
func newNode(t *testing.T, change ...func(*Config)) *node {
	t.Helper()
	random := func(b []byte) { _, _ = rand.Read(b) }
	st := memory.Open(store.Options{Random: random, Fatal: func(err error) { t.Error(err) }})
	t.Cleanup(func() { _ = st.Close() })
	return nodeOn(t, st, change...)
}

func nodeOn(t *testing.T, st store.Store, change ...func(*Config)) *node {
	t.Helper()
	return nodeWith(t, st, nil, change...)
}

func nodeWith(t *testing.T, st store.Store, index search.Index, change ...func(*Config)) *node {
	t.Helper()
	cfg := Config{Guests: true}
	for _, c := range change {
		c(&cfg)
	}
	s, err := New(cfg, Parts{
		Store: st, Now: time.Now, Random: func(b []byte) { _, _ = rand.Read(b) },
		Bus: func(h bus.Handler) bus.Bus { return local.New(h) },
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil)), Search: index,
	})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Server: s, t: t, http: httptest.NewServer(s.Handler()), client: http.DefaultClient}
	t.Cleanup(n.stop)
	return n
}

func (n *node) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Shutdown(ctx); err != nil {
		n.t.Error(err)
	}
	n.http.Close()
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// user is somebody signed in.
type user struct {
	n     *node
	id    chat.AccountID
	token string
}

func (n *node) guest(name string) *user {
	n.t.Helper()
	return n.signIn(map[string]any{"guest": map[string]string{"name": name}})
}

func (n *node) login(username, password string) *user {
	n.t.Helper()
	return n.signIn(map[string]any{"login": map[string]string{"username": username, "password": password}})
}

func (n *node) signIn(how map[string]any) *user {
	n.t.Helper()
	var in struct {
		Session string
		Me      chat.Account
	}
	body, err := json.Marshal(how)
	if err != nil {
		n.t.Fatal(err)
	}
	status, answer := n.call("", "POST", "/api/v1/session", string(body))
	if status != http.StatusCreated {
		n.t.Fatalf("sign in: %d %s", status, answer)
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		n.t.Fatal(err)
	}
	return &user{n: n, id: in.Me.ID, token: in.Session}
}

// call makes a request as whom the token says.
func (n *node) call(token, method, path, body string) (status int, answer []byte) {
	n.t.Helper()
	req, err := http.NewRequest(method, n.http.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		n.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := n.client.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// head makes a request that answers with a head.
func (u *user) head(method, path, body string, want ...int) chat.Head {
	u.n.t.Helper()
	status, answer := u.n.call(u.token, method, path, body)
	for _, w := range want {
		if status == w {
			var h chat.Head
			if err := json.Unmarshal(answer, &h); err != nil {
				u.n.t.Fatal(err)
			}
			return h
		}
	}
	u.n.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	return chat.Head{}
}

func (u *user) direct(with *user) chat.Head {
	u.n.t.Helper()
	return u.head("PUT", "/api/v1/direct/"+itoa(int64(with.id)), "", 200, 201)
}

func (u *user) open(name string) chat.Head {
	u.n.t.Helper()
	return u.head("PUT", "/api/v1/open/"+name, "", 200, 201)
}

func (u *user) group(name string, with ...*user) chat.Head {
	u.n.t.Helper()
	ids := []chat.AccountID{}
	for _, w := range with {
		ids = append(ids, w.id)
	}
	body, _ := json.Marshal(map[string]any{"name": name, "members": ids})
	return u.head("POST", "/api/v1/rooms", string(body), 201)
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// client is a connection that speaks frames by hand.
type client struct {
	t      *testing.T
	ws     *websocket.Conn
	frames chan wire.Frame
	closed chan websocket.CloseError
}

// dial opens a connection and reads frames into c.frames until it ends.
func (u *user) dial() *client {
	u.n.t.Helper()
	return u.n.dial(http.Header{"Authorization": {"Bearer " + u.token}})
}

func (n *node) dial(header http.Header) *client {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(n.http.URL, "http")+"/ws",
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}, HTTPHeader: header, HTTPClient: n.client})
	if err != nil {
		n.t.Fatal(err)
	}
	ws.SetReadLimit(chat.MaxServerSize)
	c := &client{t: n.t, ws: ws, frames: make(chan wire.Frame, 1<<16), closed: make(chan websocket.CloseError, 1)}
	n.t.Cleanup(func() { _ = ws.CloseNow() })
	go c.read()
	return c
}

func (c *client) read() {
	defer close(c.frames)
	for {
		_, data, err := c.ws.Read(context.Background())
		if err != nil {
			code := websocket.CloseStatus(err)
			c.closed <- websocket.CloseError{Code: code, Reason: err.Error()}
			return
		}
		for line := range wire.Split(data) {
			f, err := wire.DecodeServer(line)
			if err != nil {
				c.t.Errorf("%v in %s", err, line)
				continue
			}
			c.frames <- f
		}
	}
}

// send writes frames as one message.
func (c *client) send(frames ...wire.Frame) {
	c.t.Helper()
	var data []byte
	for i, f := range frames {
		if i > 0 {
			data = append(data, '\n')
		}
		data = append(data, encode(f)...)
	}
	c.raw(string(data))
}

func (c *client) raw(message string) {
	c.t.Helper()
	if err := c.ws.Write(context.Background(), websocket.MessageText, []byte(message)); err != nil {
		c.t.Logf("write: %v", err)
	}
}

// hello opens the session and returns the welcome.
func (c *client) hello() *wire.Welcome {
	c.t.Helper()
	c.send(&wire.Hello{V: 1, Device: "test"})
	return expect[*wire.Welcome](c, nil)
}

// connect dials, says hello, and waits until the session listens: it reads no
// frame before, and what is posted in between comes as a head.
func (u *user) connect() *client {
	u.n.t.Helper()
	c := u.dial()
	c.hello()
	c.send(&wire.Ping{})
	expect[*wire.Pong](c, nil)
	return c
}

// expect returns the next frame of type F that match takes, passing over
// others.
func expect[F wire.Frame](c *client, match func(F) bool) F {
	c.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case f, ok := <-c.frames:
			if !ok {
				c.t.Fatalf("the connection ended while waiting for %T", *new(F))
			}
			if f, ok := f.(F); ok && (match == nil || match(f)) {
				return f
			}
		case <-timeout:
			c.t.Fatalf("no %T came", *new(F))
		}
	}
}

// expectClose waits for the end of the connection.
func (c *client) expectClose(code int) {
	c.t.Helper()
	select {
	case got := <-c.closed:
		if int(got.Code) != code {
			c.t.Fatalf("closed with %d (%s), not %d", got.Code, got.Reason, code)
		}
	case <-time.After(patience):
		c.t.Fatalf("the connection was not closed with %d", code)
	}
}

// quiet sends a ping and checks that no frame but marks and presence comes
// before the pong.
func (c *client) quiet() {
	c.t.Helper()
	c.send(&wire.Ping{})
	for f := range c.frames {
		switch f := f.(type) {
		case *wire.Pong:
			return
		case *wire.Marks, *wire.Presence, *wire.Typed:
		default:
			c.t.Fatalf("unexpected %s: %s", f.Type(), encode(f))
		}
	}
}

// post makes a post with a fresh key.
func post(text string) chat.Post {
	var b [10]byte
	_, _ = rand.Read(b[:])
	return chat.Post{Key: chat.KeyV7(chat.Time(time.Now().UnixMilli()), b), Text: text}
}

// say posts a text and returns the row as the room was told.
func (c *client) say(room chat.RoomID, text string) chat.Row {
	c.t.Helper()
	p := post(text)
	c.send(&wire.Send{Room: room, Posts: []chat.Post{p}})
	return c.row(p.Key)
}

// row waits for the row of a key.
func (c *client) row(key chat.Key) (row chat.Row) {
	c.t.Helper()
	expect(c, func(f *wire.Rows) bool {
		for i := range f.Rows {
			if f.Rows[i].Key == key {
				row = f.Rows[i]
				return true
			}
		}
		return false
	})
	return row
}

// text waits for a row of that text.
func (c *client) text(text string) (row chat.Row) {
	c.t.Helper()
	expect(c, func(f *wire.Rows) bool {
		for i := range f.Rows {
			if f.Rows[i].Text == text {
				row = f.Rows[i]
				return true
			}
		}
		return false
	})
	return row
}

// encode writes a frame.
func encode(f wire.Frame) []byte { return appendFrame(nil, f) }
