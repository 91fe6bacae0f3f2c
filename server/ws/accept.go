package ws

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Acceptor accepts connections, and holds what they share: the library's
// readers, and the wheel of their pings. When its last connection has ended,
// nothing of it runs. The zero value is ready.
type Acceptor struct {
	wheel wheel

	mu    sync.Mutex
	start time.Time // of the clock
	conns int
	spare []*library
}

// clock is the time since some moment before any connection, never 0.
func (a *Acceptor) clock() time.Duration { return time.Since(a.start) }

// Accept upgrades a request. Whose Origin is good is the caller's to decide,
// before. On an error the answer has been written. The connection outlives the
// request: the caller's handler may return, and should, since much is kept for
// it.
func (a *Acceptor) Accept(w http.ResponseWriter, r *http.Request, opts Options) (*Conn, error) {
	c := &Conn{host: a, limit: opts.Limit, drained: opts.Drained, queue: *NewQueue(opts.Pending, opts.Bare)}
	h := &hijacker{ResponseWriter: w, c: c, l: new(library)}
	if err := h.l.handshake(h, r, opts.Subprotocol); err != nil {
		if h.c.socket != nil {
			_ = h.c.socket.Close()
		}
		return nil, err
	}
	h.l.end() // it only shook hands: those that read are larger
	a.add(c)
	return c, nil
}

// hijacker takes a request's socket over for a Conn, and shows the library
// itself instead.
type hijacker struct {
	http.ResponseWriter
	c *Conn
	l *library
}

// Hijack implements http.Hijacker. Of what the HTTP server holds, only the
// socket is kept.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("ws: hijack: %w", err)
	}
	h.c.socket = socket
	if err := rw.Flush(); err != nil { // the handshake, if it is still there
		return nil, nil, fmt.Errorf("ws: hijack: %w", err)
	}
	if tcp, ok := socket.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(kernelSend) // without it a peer that does not read only costs more
	}
	h.c.raw, h.c.direct = rawOf(socket)
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	h.c.ahead = slices.Clone(early)
	return h.l, h.l.streams(0), nil
}

// add counts a connection in.
func (a *Acceptor) add(c *Conn) {
	a.mu.Lock()
	if a.start.IsZero() {
		a.start = time.Now().Add(-time.Nanosecond)
	}
	a.conns++
	a.mu.Unlock()
	a.wheel.add(c)
}

// remove ends what add began. What connections share ends with the last.
func (a *Acceptor) remove(c *Conn) {
	a.wheel.remove(c)
	a.mu.Lock()
	a.conns--
	var over []*library
	if a.conns == 0 {
		over, a.spare = a.spare, nil
	}
	a.mu.Unlock()
	for _, l := range over {
		l.end()
	}
}

// lend lends a library to a connection.
func (a *Acceptor) lend(c *Conn) (l *library, err error) {
	a.mu.Lock()
	if last := len(a.spare) - 1; last >= 0 {
		l = a.spare[last]
		a.spare[last] = nil
		a.spare = a.spare[:last]
	}
	a.mu.Unlock()
	if l == nil {
		if l, err = newLibrary(); err != nil {
			return nil, err
		}
	}
	l.c = c
	return l, nil
}

// give takes a library back that is between messages.
func (a *Acceptor) give(l *library) {
	l.c = nil
	a.mu.Lock()
	kept := a.conns > 0 && len(a.spare) < spareMost
	if kept {
		a.spare = append(a.spare, l)
	}
	a.mu.Unlock()
	if !kept {
		l.end()
	}
}
