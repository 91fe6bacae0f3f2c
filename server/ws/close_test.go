package ws

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"parley/shared/wire"
)

// A browser that is closed on must read the close frame, and then the end.
func TestAcceptedConnectionEndsWithItsCloseFrame(t *testing.T) {
	var host Acceptor
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := host.Accept(w, r, Options{Subprotocol: wire.Subprotocol, Limit: 1 << 10, Pending: 1 << 16})
		if err != nil {
			t.Error(err)
			return
		}
		c.Push(Item{Message: Join([]byte(`{"t":"pong"}`))})
		c.Close(wire.CloseSignedOut, "out")
		go func() {
			defer close(over)
			for {
				if _, err := c.Read(context.Background()); err != nil {
					break
				}
			}
			c.Finish()
		}()
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { <-over })
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
