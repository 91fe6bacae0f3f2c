//go:build !js

package link

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// Native dials outside of the browser. Header goes along with the handshake: a
// cookie with its Origin, or a bearer. Client may be nil.
type Native struct {
	URL    string // ws, wss, http or https
	Header http.Header
	Client *http.Client
}

var _ Dialer = Native{}

// WebSocket makes the platform's Dialer to a URL.
func WebSocket(url string) Dialer { return Native{URL: url} }

// closeFor is how long a closing handshake and the data before it may take.
const closeFor = 5 * time.Second

// Dial implements Dialer.
func (n Native) Dial(h Handler) Socket {
	// The socket's lifetime: ended by Close, or by the connection's end.
	ctx, cancel := context.WithCancel(context.Background())
	s := &conn{handler: h, cancel: cancel, wake: make(chan struct{}, 1)}
	go s.run(ctx, n)
	return s
}

// conn is a socket of the websocket package.
type conn struct {
	handler Handler
	cancel  context.CancelFunc
	wake    chan struct{} // holds one: there is something for the writer

	mu       sync.Mutex
	open     bool
	queue    [][]byte
	buffered int
	closing  bool
	code     int
	reason   string
	force    *time.Timer // ends a closing that takes too long
}

var _ Socket = (*conn)(nil)

// run is the reader. It dials, starts the writer and waits for it.
func (s *conn) run(ctx context.Context, n Native) {
	code, reason := s.connection(ctx, n)
	s.cancel()
	s.mu.Lock()
	if s.force != nil {
		s.force.Stop()
	}
	s.mu.Unlock()
	s.handler.Closed(code, reason)
}

func (s *conn) connection(ctx context.Context, n Native) (code int, reason string) {
	c, _, err := websocket.Dial(ctx, n.URL, &websocket.DialOptions{
		HTTPClient:      n.Client,
		HTTPHeader:      n.Header.Clone(),
		Subprotocols:    []string{wire.Subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return noCode, err.Error()
	}
	defer func() { _ = c.CloseNow() }() // of no consequence: it is closed, or lost
	if c.Subprotocol() != wire.Subprotocol {
		return wire.CloseProtocol, "the server does not speak " + wire.Subprotocol
	}
	c.SetReadLimit(chat.MaxServerSize)
	s.mu.Lock()
	s.open = true
	s.mu.Unlock()
	s.handler.Open()

	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(ctx, c)
	}()
	code, reason = s.read(ctx, c)
	s.cancel()
	<-written
	return code, reason
}

func (s *conn) read(ctx context.Context, c *websocket.Conn) (code int, reason string) {
	for {
		kind, text, err := c.Read(ctx)
		switch {
		case err != nil:
			return ending(err)
		case kind != websocket.MessageText:
			return wire.CloseBadData, "a binary message"
		}
		s.handler.Message(text)
	}
}

// write sends what is queued; when the socket is to be closed, it does that
// last.
func (s *conn) write(ctx context.Context, c *websocket.Conn) {
	for {
		s.mu.Lock()
		queue, closing, code, reason := s.queue, s.closing, s.code, s.reason
		s.queue = nil
		s.mu.Unlock()
		for _, message := range queue {
			if err := c.Write(ctx, websocket.MessageText, message); err != nil {
				s.cancel() // the reader tells why, if anybody can
				return
			}
			s.mu.Lock()
			s.buffered -= len(message)
			s.mu.Unlock()
		}
		if closing {
			_ = c.Close(websocket.StatusCode(code), reason) // the reader gets what there is to know
			return
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return
		}
	}
}

// Send implements Socket.
func (s *conn) Send(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	s.queue = append(s.queue, message)
	s.buffered += len(message)
	s.rouse()
}

// Buffered implements Socket.
func (s *conn) Buffered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffered
}

// Close implements Socket.
func (s *conn) Close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	s.closing, s.code, s.reason = true, code, reason
	if !s.open {
		s.cancel()
		return
	}
	s.force = time.AfterFunc(closeFor, s.cancel)
	s.rouse()
}

func (s *conn) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// ending reads the close code and reason from the error that ended reading.
func ending(err error) (code int, reason string) {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return int(closed.Code), closed.Reason
	}
	return noCode, err.Error()
}
