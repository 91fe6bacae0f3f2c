package ws

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"nhooyr.io/websocket"
)

const (
	bufferSize = 4 << 10
	spareMost  = 64 // libraries kept for who reads next
)

// buffer holds what came, until the library has taken it.
type buffer [bufferSize]byte

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// errIdle says that the peer is between messages, and nothing more came.
var errIdle = errors.New("ws: nothing came")

// library is a connection of the WebSocket library, which reads frames, and
// answers pings and closes. It is lent to one Conn after the other, since it
// costs several times what else an idle connection does: a Conn has one from a
// message's first byte until it is between messages again.
//
// It is the socket of the library's connection.
type library struct {
	ws *websocket.Conn
	br *bufio.Reader
	c  *Conn // has it now
}

var _ net.Conn = (*library)(nil)

// Read implements net.Conn: what has come already, then what comes, but nothing
// between messages, so that the library can be given back.
func (l *library) Read(p []byte) (int, error) {
	c := l.c
	if len(c.ahead) == 0 {
		if c.in.between() {
			return 0, errIdle
		}
		return c.more(p)
	}
	return c.take(p), nil
}

// Write implements net.Conn. The library writes nothing but control frames,
// each at once, since none is larger than its buffer.
func (l *library) Write(p []byte) (int, error) {
	l.c.answerControl(p)
	return len(p), nil
}

// Close implements net.Conn. The socket is the Conn's to close.
func (*library) Close() error { return nil }

// LocalAddr implements net.Conn.
func (*library) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr implements net.Conn.
func (*library) RemoteAddr() net.Addr { return &net.TCPAddr{} }

// SetDeadline implements net.Conn. The library keeps time by contexts.
func (*library) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (*library) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (*library) SetWriteDeadline(time.Time) error { return nil }

// handshake upgrades a request with the library, on the socket that w gives
// away to whoever hijacks it.
func (l *library) handshake(w http.ResponseWriter, r *http.Request, subprotocol string) (err error) {
	accept := &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled}
	if subprotocol != "" {
		accept.Subprotocols = []string{subprotocol}
	}
	if l.ws, err = websocket.Accept(w, r, accept); err != nil {
		return fmt.Errorf("ws: accept: %w", err)
	}
	l.ws.SetReadLimit(-1) // Read has its own, that closes in order
	return nil
}

// streams are what the library reads and writes through: so many bytes at once,
// or the least that can be, and a control frame.
func (l *library) streams(size int) *bufio.ReadWriter {
	l.br = bufio.NewReaderSize(l, size)
	return bufio.NewReadWriter(l.br, bufio.NewWriterSize(l, 2+controlMost))
}

// end ends the library's connection, and waits for its goroutine.
func (l *library) end() { _ = l.ws.CloseNow() }

// noRequest is a handshake without a peer: the library makes no connections
// otherwise.
type noRequest struct {
	l      *library
	header http.Header
}

func newLibrary() (*library, error) {
	l := new(library)
	r := &http.Request{Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="},
	}}
	return l, l.handshake(&noRequest{l: l, header: make(http.Header)}, r, "")
}

// Header implements http.ResponseWriter.
func (n *noRequest) Header() http.Header { return n.header }

// Write implements http.ResponseWriter.
func (n *noRequest) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (n *noRequest) WriteHeader(int) {}

// Hijack implements http.Hijacker.
func (n *noRequest) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return n.l, n.l.streams(bufferSize), nil
}
