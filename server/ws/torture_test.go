package ws

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// tcpHost accepts connections on real sockets: the path that does not wait.
type tcpHost struct {
	t        *testing.T
	host     Acceptor
	server   *http.Server
	listener net.Listener
	accepted chan *Conn
	sessions sync.WaitGroup
}

func newTCPHost(t *testing.T, opts func(c **Conn) Options) *tcpHost {
	t.Helper()
	h := &tcpHost{t: t, accepted: make(chan *Conn, 1)}
	var err error
	if h.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	h.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c *Conn
		var err error
		if c, err = h.host.Accept(w, r, opts(&c)); err != nil {
			t.Error(err)
			return
		}
		h.accepted <- c
		h.sessions.Go(func() {
			for {
				data, err := c.Read(context.Background())
				if err != nil {
					break
				}
				_ = c.Answer(context.Background(), 0, Join([]byte("answer to "+string(data)), []byte("its end")))
			}
			c.Finish()
		})
	})}
	go func() { _ = h.server.Serve(h.listener) }()
	t.Cleanup(func() { _ = h.server.Close(); h.sessions.Wait() })
	return h
}

func (h *tcpHost) dial() (*Conn, *peer) {
	h.t.Helper()
	socket, err := net.Dial("tcp", h.listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = socket.Close() })
	_ = socket.(*net.TCPConn).SetReadBuffer(8 << 10)
	p := &peer{t: h.t, Conn: socket, r: bufio.NewReader(socket)}
	_, err = io.WriteString(socket, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	if err != nil {
		h.t.Fatal(err)
	}
	res, err := http.ReadResponse(p.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		h.t.Fatalf("%v, %v", res, err)
	}
	return <-h.accepted, p
}

// Promise 10, on real sockets: rooms push to all, in their order, while peers
// read fast, slowly or not at all, send messages and pings, and go, properly or
// not. Frames stay whole, rooms in order, and what is missing is told by a head.
func TestTorture(t *testing.T) {
	const peers, rooms, pushes = 24, 4, 1500
	h := newTCPHost(t, func(c **Conn) Options {
		return Options{Limit: 1 << 10, Pending: 32 << 10, Drained: func(behind []chat.RoomID) {
			for _, room := range behind {
				(*c).Push(head(int(room)))
			}
		}}
	})
	var conns []*Conn
	var reading sync.WaitGroup
	for i := range peers {
		c, p := h.dial()
		conns = append(conns, c)
		r := rand.New(rand.NewPCG(1, uint64(i)))
		reading.Go(func() { torture(t, p, r, i) })
	}
	var pumps sync.WaitGroup
	for room := 1; room <= rooms; room++ {
		pumps.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(room)))
			for n := range pushes {
				it := live(item(room, "%d/%d/%s", room, n, strings.Repeat("x", r.IntN(1<<uint(r.IntN(13))))))
				for _, c := range conns {
					c.Push(it)
				}
			}
		})
	}
	pumps.Wait()
	for _, c := range conns {
		c.Push(item(0, "end"))
		c.Close(wire.CloseRestart, "over")
	}
	reading.Wait()
}

// torture is a peer: kind decides how it behaves.
func torture(t *testing.T, p *peer, r *rand.Rand, kind int) {
	defer func() { _ = p.Close() }()
	next, pongs, asked := map[int]int{}, 0, 0
	for frames := 0; ; frames++ {
		// For each frame: all of them take as long as the machine does.
		_ = p.SetDeadline(time.Now().Add(20 * time.Second))
		if kind%4 == 1 && r.IntN(3) == 0 { // asks
			op, payload := byte(opText), []byte(strconv.Itoa(frames))
			if r.IntN(2) == 0 {
				op = opPing
			}
			if p.frame(op, true, payload) == nil && op == opPing {
				asked++
			}
		}
		switch {
		case kind%8 == 2 && frames == 100: // stalls
			time.Sleep(50 * time.Millisecond)
		case kind%8 == 3 && frames == 50: // is cut
			return
		case kind%8 == 5 && frames == 60: // goes properly
			_ = p.frame(opClose, true, []byte{0x03, 0xe8})
		}
		op, payload, err := p.next()
		switch {
		case err != nil:
			if kind%8 == 4 || kind%8 == 0 {
				t.Errorf("peer %d ended with %v", kind, err)
			}
			return
		case op == opPing: // of the wheel
		case op == opPong:
			if pongs++; pongs > asked {
				t.Errorf("peer %d: a pong for nothing", kind)
			}
		case op == opClose:
			if code := int(binary.BigEndian.Uint16(payload)); code != wire.CloseRestart && code != 1000 && code != wire.CloseTooSlow {
				t.Errorf("peer %d: closed with %d", kind, code)
			}
			if rest, _ := io.ReadAll(p.r); len(rest) > 0 {
				t.Errorf("peer %d: %d bytes after the close frame", kind, len(rest))
			}
			return
		case op == opText:
			follow(t, kind, next, string(payload))
		default:
			t.Errorf("peer %d: opcode %x", kind, op)
			return
		}
	}
}

// follow checks a message: the items of each room come in order, and after a
// gap there is a head.
func follow(t *testing.T, kind int, next map[int]int, message string) {
	for line := range strings.SplitSeq(message, "\n") {
		var room, n int
		if _, err := fmt.Sscanf(line, "head %d", &room); err == nil {
			next[room] = -1
			continue
		}
		if _, err := fmt.Sscanf(line, "%d/%d/", &room, &n); err != nil {
			if line != "end" && line != "its end" && !strings.HasPrefix(line, "answer to ") {
				t.Errorf("peer %d: torn: %.40q", kind, line)
			}
			continue
		}
		if want := next[room]; want >= 0 && n != want {
			t.Errorf("peer %d: item %d of room %d, not %d", kind, n, room, want)
		}
		next[room] = n + 1
	}
}

// trickle is a socket that takes step bytes at a time, and control frames come
// at each of them.
type trickle struct {
	net.Conn
	step  int
	wrote func()
}

// Write implements net.Conn.
func (s *trickle) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p[:min(s.step, len(p))])
	s.wrote()
	return n, err
}

// However little a socket takes at a time, and whatever is to be sent at that
// moment, frames are whole and nothing is lost.
func TestPartialWrites(t *testing.T) {
	for step := 1; step <= 40; step++ {
		synctest.Test(t, func(t *testing.T) {
			c, p := accept(t, usual)
			writes := 0
			c.socket = &trickle{Conn: c.socket, step: step, wrote: func() {
				switch writes++; writes % 3 {
				case 0:
					c.sendControl(opPing, nil)
				case 1:
					c.sendControl(opPong, []byte("pong"))
				}
			}}
			go func() {
				for i := range 10 {
					c.Push(item(7, "item %d %s", i, strings.Repeat("x", i*i)))
					if i%3 == 0 {
						_ = c.Answer(context.Background(), 8, Join([]byte("one")), Join([]byte("two")))
					}
				}
				c.Push(item(7, "end"))
			}()
			items, parts := 0, 0
			for done := false; !done; {
				op, payload, err := p.next()
				switch {
				case err != nil:
					t.Fatal(err)
				case op == opPing && len(payload) == 0, op == opPong && string(payload) == "pong":
					continue
				case op != opText:
					t.Fatalf("step %d: opcode %x, %q", step, op, payload)
				}
				for line := range strings.SplitSeq(string(payload), "\n") {
					switch {
					case line == []string{"one", "two"}[parts%2]:
						parts++
					case line == fmt.Sprintf("item %d %s", items, strings.Repeat("x", items*items)):
						items++
					case line == "end":
						done = true
					default:
						t.Fatalf("step %d: %q", step, line)
					}
				}
			}
			if items != 10 || parts != 8 {
				t.Errorf("step %d: %d items, %d parts", step, items, parts)
			}
		})
	}
}

// The peer's frames may arrive in any pieces.
func TestFramesInPieces(t *testing.T) {
	all := func() []byte {
		p := &peer{}
		var b strings.Builder
		p.Conn = &into{w: &b}
		_ = p.frame(opText, true, []byte("one"))
		_ = p.frame(opPing, true, []byte("ping"))
		_ = p.frame(opText, false, []byte("two "))
		_ = p.frame(opPong, true, nil)
		_ = p.frame(opContinuation, true, []byte(strings.Repeat("x", 200)))
		_ = p.frame(opText, true, nil)
		_ = p.frame(opText, true, []byte("three"))
		return []byte(b.String())
	}()
	want := []string{"one", "two " + strings.Repeat("x", 200), "", "three"}
	for cut := 1; cut < len(all); cut++ {
		synctest.Test(t, func(t *testing.T) {
			c, p := accept(t, usual)
			over := readAll(c)
			for _, part := range [][]byte{all[:cut], all[cut:]} {
				go func() { _, _ = p.Write(part) }() // which waits: a pipe holds nothing
				synctest.Wait()
			}
			if op, payload, err := p.next(); err != nil || op != opPong || string(payload) != "ping" {
				t.Errorf("cut at %d: opcode %x, %q, %v", cut, op, payload, err)
			}
			c.Close(wire.CloseRestart, "")
			_, _ = p.end()
			if got := <-over; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("cut at %d: read %q", cut, got)
			}
		})
	}
}

// Messages of every size are the same, whether Read takes them as they came or
// the library does, and however many come at once.
func TestFramesOfAnySize(t *testing.T) {
	var texts []string
	for size := range 300 {
		texts = append(texts, filler(size))
	}
	for _, size := range []int{bufferSize - 9, bufferSize - 8, bufferSize - 7, bufferSize, 1<<16 - 1, 1 << 16} {
		texts = append(texts, filler(size))
	}
	h := newTCPHost(t, func(**Conn) Options { return usual })
	for _, together := range []int{1, 3, len(texts)} {
		c, p := h.dial()
		go func() {
			for some := range slices.Chunk(texts, together) {
				var b strings.Builder
				to := &peer{Conn: &into{w: &b}}
				for _, text := range some {
					_ = to.frame(opText, true, []byte(text))
				}
				_, _ = io.WriteString(p, b.String())
			}
		}()
		for _, text := range texts {
			if got := p.text(); got != "answer to "+text+"\nits end" {
				t.Fatalf("%d at once: %.40q came, of %d bytes, %.40q of %d was sent", together, got, len(got), text, len(text))
			}
		}
		c.Close(wire.CloseRestart, "")
		_, _ = p.end()
	}
}

// filler is a text of so many bytes, no two neighbours of which are the same.
func filler(size int) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = ' ' + byte(i*7%89)
	}
	return string(b)
}

// into is a socket that is only written to.
type into struct {
	net.Conn
	w io.Writer
}

// Write implements net.Conn.
func (i *into) Write(p []byte) (int, error) { return i.w.Write(p) }
