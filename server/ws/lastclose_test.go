package ws

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"parley/shared/wire"
)

// sink is a socket that keeps what is written.
type sink struct {
	net.Conn
	written bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) { return s.written.Write(p) }

func TestNothingFollowsACloseFrame(t *testing.T) {
	frame := func(head []byte, size int) []byte {
		return append(head, bytes.Repeat([]byte{0x88}, size)...) // a payload that looks like close frames
	}
	before := bytes.Join([][]byte{
		frame([]byte{0x81, 5}, 5),
		frame([]byte{0x81, 0}, 0),
		frame([]byte{0x89, 8}, 8),
		frame([]byte{0x01, 126, 0x01, 0x00}, 256),
		frame([]byte{0x80, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 65536),
	}, nil)
	for name, closing := range map[string][]byte{
		"with a code": {0x88, 4, 0x0f, 0xa3, 'h', 'i'},
		"bare":        {0x88, 0},
	} {
		want := append(bytes.Clone(before), closing...)
		all := append(append(bytes.Clone(want), closing...), before...)
		for _, step := range []int{1, 2, 3, 7, 300, 4096, len(all)} {
			s := &sink{}
			c := &lastClose{Conn: s}
			for rest := all; len(rest) > 0; {
				n, err := c.Write(rest[:min(step, len(rest))])
				if err != nil || n != min(step, len(rest)) {
					t.Fatalf("Write: %d, %v", n, err)
				}
				rest = rest[n:]
			}
			if !bytes.Equal(s.written.Bytes(), want) {
				t.Errorf("%s, by %d: wrote %d bytes, want %d", name, step, s.written.Len(), len(want))
			}
		}
	}
}

// A browser that is closed on must read the close frame, and then the end.
func TestAcceptedConnectionEndsWithItsCloseFrame(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, Options{Subprotocol: wire.Subprotocol, Limit: 1 << 10, Pending: 1 << 16})
		if err != nil {
			t.Error(err)
			return
		}
		c.Push(Item{Data: []byte(`{"t":"pong"}`)})
		c.Close(wire.CloseSignedOut, "out")
		for {
			if _, err := c.Read(r.Context()); err != nil {
				break
			}
		}
		c.Finish()
	}))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", res, err)
	}
	want := "\x81\x0c{\"t\":\"pong\"}\x88\x05\x0f\xa3out"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
	if _, err := conn.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 0x0f, 0xa3}); err != nil { // the answer, masked by zeros
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) != 0 {
		t.Errorf("after the close frame came %q, %v", rest, err)
	}
}
