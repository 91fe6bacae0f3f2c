package ws

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the other side of a connection, by hand: it reads only when told to,
// and the pipe between holds nothing.
type peer struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// pipe is a listener that accepts one end of a pipe.
type pipe struct {
	ends chan net.Conn
	done chan struct{}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.ends:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { close(p.done); return nil }
func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// accept makes a connection over a pipe. It must be called in a bubble of
// synctest; the test ends the connection.
func accept(t *testing.T, opts Options) (*Conn, *peer) {
	t.Helper()
	accepted, host := make(chan *Conn), new(Acceptor)
	listener := &pipe{ends: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := host.Accept(w, r, opts)
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	})}
	go func() { _ = server.Serve(listener) }()
	near, far := net.Pipe()
	listener.ends <- far
	p := &peer{t: t, Conn: near, r: bufio.NewReaderSize(near, 1)}
	go func() {
		_, _ = io.WriteString(near, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	}()
	res, err := http.ReadResponse(p.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %v, %v", res, err)
	}
	c := <-accepted
	t.Cleanup(func() {
		_ = near.Close()
		if over, reads := readers.Load(c); reads {
			<-over.(chan struct{})
		} else {
			c.Finish()
		}
		_ = server.Close()
	})
	return c, p
}

// frame writes a masked frame.
func (p *peer) frame(op byte, fin bool, payload []byte) error {
	if fin {
		op |= 0x80
	}
	head := []byte{op}
	switch size := len(payload); {
	case size < 126:
		head = append(head, 0x80|byte(size))
	case size < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(size))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(size))
	}
	mask := [maskSize]byte{0x8e, 0x01, 0x7f, 0xc3}
	head = append(head, mask[:]...)
	for i, b := range payload {
		head = append(head, b^mask[i%maskSize])
	}
	_, err := p.Write(head)
	return err
}

// next reads a frame.
func (p *peer) next() (op byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(p.r, head); err != nil {
		return 0, nil, err
	}
	size, extended := uint64(head[1]), 0
	switch head[1] {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	if extended > 0 {
		length := make([]byte, 8)
		if _, err := io.ReadFull(p.r, length[8-extended:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint64(length)
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(p.r, payload)
	return head[0] & 0x0f, payload, err
}

// text reads a message, and wants one.
func (p *peer) text() string {
	p.t.Helper()
	op, payload, err := p.next()
	if err != nil || op != opText {
		p.t.Fatalf("opcode %x, %q, %v instead of a message", op, payload, err)
	}
	return string(payload)
}

// end reads to the end of the connection and returns the messages and the
// code of the close frame, 1006 without one.
func (p *peer) end() (messages []string, code int) {
	for {
		op, payload, err := p.next()
		switch {
		case err != nil:
			return messages, 1006
		case op == opText:
			messages = append(messages, string(payload))
		case op == opClose:
			if _, _, err := p.next(); err == nil {
				p.t.Error("something follows the close frame")
			}
			return messages, int(binary.BigEndian.Uint16(payload))
		}
	}
}

// readers are the connections that readAll reads, each with what is closed when
// it has ended.
var readers sync.Map

// readAll reads as a session does, until the end, and returns what came.
func readAll(c *Conn) chan []string {
	result, over := make(chan []string, 1), make(chan struct{})
	readers.Store(c, over)
	go func() {
		defer close(over)
		var messages []string
		for {
			data, err := c.Read(context.Background())
			if err != nil {
				c.Finish()
				result <- messages
				return
			}
			messages = append(messages, string(data))
		}
	}()
	return result
}

func item(room int, format string, args ...any) Item {
	return Item{Message: Join(fmt.Appendf(nil, format, args...)), Room: roomID(room)}
}
