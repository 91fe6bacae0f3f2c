//go:build !js

package link

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// serve is a server that hands each accepted WebSocket to f.
func serve(t *testing.T, protocols []string, f func(ctx context.Context, c *websocket.Conn, r *http.Request)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: protocols})
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = c.CloseNow() }()
		f(r.Context(), c, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// follow starts a Link whose statuses and frames come through channels.
func follow(t *testing.T, d Dialer) (*Link, <-chan Status, <-chan wire.Frame) {
	t.Helper()
	statuses, frames := make(chan Status, 100), make(chan wire.Frame, 1000)
	l := New(Config{Dialer: d, Status: func(s Status) { statuses <- s }, Frames: func(fs []wire.Frame) {
		for _, f := range fs {
			frames <- f
		}
	}})
	l.Start()
	t.Cleanup(func() {
		l.Stop()
		<-l.Done()
	})
	return l, statuses, frames
}

func await(t *testing.T, statuses <-chan Status, state State) Status {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case s := <-statuses:
			if s.State == state {
				return s
			}
		case <-deadline:
			t.Fatalf("state %d did not come", state)
		}
	}
}

func TestNativeConversation(t *testing.T) {
	const rounds = 200
	server := serve(t, []string{wire.Subprotocol}, func(ctx context.Context, c *websocket.Conn, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s" || strings.Contains(r.Header.Get("Sec-WebSocket-Extensions"), "deflate") {
			t.Errorf("headers %v", r.Header)
		}
		for n := 0; n <= rounds; {
			_, text, err := c.Read(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			for line := range wire.Split(text) {
				f, err := wire.DecodeClient(line)
				if err != nil {
					t.Error(err)
				}
				if typing, ok := f.(*wire.Typing); ok && typing.Room != chat.RoomID(n) {
					t.Errorf("frame %d is of %d", n, typing.Room)
				}
				n++
			}
		}
		big := `{"t":"typing","room":1,"user":2,"pad":"` + strings.Repeat("x", chat.MaxServerSize-100) + `"}`
		if err := c.Write(ctx, websocket.MessageText, []byte(big)); err != nil {
			t.Error(err)
		}
		_ = c.Close(wire.CloseSignedOut, "signed out") // the client has gone already if it fails
	})
	l, statuses, frames := follow(t, Native{URL: server.URL, Header: http.Header{"Authorization": {"Bearer s"}}})
	await(t, statuses, Open)
	if err := l.Send(&wire.Hello{V: 1, Device: "d"}); err != nil {
		t.Fatal(err)
	}
	for i := range rounds {
		if err := l.Send(&wire.Typing{Room: chat.RoomID(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	s := await(t, statuses, Stopped)
	if s.Reason != SignedOut || s.Code != wire.CloseSignedOut || s.Text != "signed out" {
		t.Errorf("status %+v", s)
	}
	if f, ok := (<-frames).(*wire.Typed); !ok || f.User != 2 {
		t.Errorf("frame %#v", f)
	}
}

func TestNativeRefusals(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		_, statuses, _ := follow(t, WebSocket(server.URL))
		if s := await(t, statuses, Waiting); s.Code != noCode {
			t.Errorf("status %+v", s)
		}
	})
	t.Run("no WebSocket", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(server.Close)
		_, statuses, _ := follow(t, WebSocket(server.URL))
		if s := await(t, statuses, Waiting); s.Code != noCode || !strings.Contains(s.Text, "404") {
			t.Errorf("status %+v", s)
		}
	})
	hold := func(ctx context.Context, c *websocket.Conn, _ *http.Request) { _, _, _ = c.Read(ctx) }
	t.Run("no subprotocol", func(t *testing.T) {
		_, statuses, _ := follow(t, WebSocket(serve(t, nil, hold).URL))
		if s := await(t, statuses, Waiting); s.Code != wire.CloseProtocol {
			t.Errorf("status %+v", s)
		}
	})
	t.Run("binary", func(t *testing.T) {
		server := serve(t, []string{wire.Subprotocol}, func(ctx context.Context, c *websocket.Conn, r *http.Request) {
			if err := c.Write(ctx, websocket.MessageBinary, []byte(`{"t":"pong"}`)); err != nil {
				t.Error(err)
			}
			hold(ctx, c, r)
		})
		_, statuses, _ := follow(t, WebSocket(server.URL))
		if s := await(t, statuses, Waiting); s.Code != wire.CloseBadData {
			t.Errorf("status %+v", s)
		}
	})
}

// A peer that neither reads nor answers cannot keep a Link from ending, nor
// its owner waiting in Send.
func TestNativeStopWithADeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := make(pipes)
		free := make(chan struct{})
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
			if err != nil {
				t.Error(err)
				return
			}
			<-free
			_ = c.CloseNow() // the client has gone
		})}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = server.Serve(listener) // ends by Close
		}()
		client := &http.Client{Transport: &http.Transport{DialContext: listener.dial}}
		l, statuses, _ := follow(t, Native{URL: "ws://server.test/ws", Client: client})
		await(t, statuses, Open)
		if err := l.Send(&wire.Hello{V: 1, Device: "d"}); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if err := l.Send(&wire.Edit{Room: 1, Seq: 1, Text: strings.Repeat("x", 10_000)}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		began := time.Now()
		l.Stop()
		<-l.Done()
		if took := time.Since(began); took > 2*closeFor {
			t.Errorf("stopping took %v", took)
		}
		close(free)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
		client.CloseIdleConnections()
	})
}

// pipes is a network of net.Pipe.
type pipes chan net.Conn

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }
