package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/shared/chat"
	"parley/shared/wire"
)

// manyRooms is how many rooms a client may resume with, and be answered within
// the bound.
const manyRooms = 500

// crowd makes somebody who is in many groups, in each of which a long text is
// the last.
func crowd(tb testing.TB, s *Server) (in signIn, rooms []chat.RoomID) {
	tb.Helper()
	ctx := context.Background()
	in, err := s.signInGuest(ctx, "Anna", "")
	if err != nil {
		tb.Fatal(err)
	}
	for i := range manyRooms {
		head, err := s.makeGroup(ctx, in.me.ID, fmt.Sprint("room ", i), nil)
		if err == nil {
			_, err = s.post(ctx, in.me.ID, head.ID, []chat.Post{post(strings.Repeat("话", 300))})
		}
		if err != nil {
			tb.Fatal(err)
		}
		rooms = append(rooms, head.ID)
	}
	return in, rooms
}

// resume says hello on a connection of its own, and returns the heads that
// answer, of which there are want, the bytes of each message, and the epoch.
func resume(tb testing.TB, url, token string, hello *wire.Hello, want int) (heads []chat.Head, sizes []int, epoch string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(url, "http")+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(chat.MaxServerSize)
	if err := ws.Write(ctx, websocket.MessageText, encode(hello)); err != nil {
		tb.Fatal(err)
	}
	for welcomed := false; !welcomed || len(heads) < want; {
		_, data, err := ws.Read(ctx)
		if err != nil {
			tb.Fatal(err)
		}
		sizes = append(sizes, len(data))
		for line := range wire.Split(data) {
			f, err := wire.DecodeServer(line)
			if err != nil {
				tb.Fatal(err)
			}
			switch f := f.(type) {
			case *wire.Welcome:
				heads, epoch, welcomed = append(heads, f.Rooms...), f.Epoch, true
			case *wire.Head:
				heads = append(heads, f.Room)
			default:
				tb.Fatalf("%s comes into the welcome", f.Type())
			}
		}
	}
	return heads, sizes, epoch
}

// cursorsAt is what a client that holds heads says.
func cursorsAt(heads []chat.Head) map[chat.RoomID]wire.Cursor {
	cursors := make(map[chat.RoomID]wire.Cursor, len(heads))
	for i := range heads {
		cursors[heads[i].ID] = wire.Cursor{Rev: heads[i].Rev, Tag: heads[i].Tag}
	}
	return cursors
}

// Promise 5: who resumes with many rooms is told each that has changed, once,
// the most recent first, in messages of bounded size.
func TestResumeWithManyRooms(t *testing.T) {
	n := newNode(t)
	in, rooms := crowd(t, n.Server)
	hello := &wire.Hello{V: wire.Version, Device: "d"}
	heads, sizes, epoch := resume(t, n.http.URL, in.token, hello, manyRooms)
	told := func(heads []chat.Head) (ids []chat.RoomID) {
		for i := range heads {
			ids = append(ids, heads[i].ID)
		}
		slices.Sort(ids)
		return ids
	}
	slices.Sort(rooms)
	if got := told(heads); !slices.Equal(got, rooms) {
		t.Errorf("%d heads are not those of %d rooms", len(got), len(rooms))
	}
	if first, last := heads[0].Last.At, heads[manyRooms-1].Last.At; first < last {
		t.Errorf("the first is of %d, the last of %d", first, last)
	}
	if most := slices.Max(sizes); most > chat.FrameAim*5/4 {
		t.Errorf("messages of %d bytes", sizes)
	}

	hello.Epoch, hello.Cursors = epoch, cursorsAt(heads)
	if size := len(encode(hello)); size > chat.MaxClientSize {
		t.Errorf("hello takes %d bytes", size)
	}
	if heads, sizes, _ := resume(t, n.http.URL, in.token, hello, 0); len(heads) != 0 || sizes[0] > 1000 {
		t.Errorf("nothing has changed, and %d heads came, %d bytes", len(heads), sizes)
	}
	changed := []chat.RoomID{rooms[0], rooms[7], rooms[manyRooms-1]}
	for _, id := range changed {
		if _, err := n.post(context.Background(), in.me.ID, id, []chat.Post{post("news")}); err != nil {
			t.Fatal(err)
		}
	}
	if heads, _, _ = resume(t, n.http.URL, in.token, hello, len(changed)); !slices.Equal(told(heads), changed) {
		t.Errorf("told of %d rooms, %d have changed", told(heads), changed)
	}
	hello.Epoch = "of another database"
	if heads, _, _ = resume(t, n.http.URL, in.token, hello, manyRooms); !slices.Equal(told(heads), rooms) {
		t.Errorf("under another epoch %d heads came", len(heads))
	}
}

// BenchmarkHello500 is dialling, hello and the whole answer, over SQLite and a
// loopback socket, with the client's decoding: of somebody who holds nothing,
// and of somebody who holds all as it is.
func BenchmarkHello500(b *testing.B) {
	random := func(p []byte) { _, _ = rand.Read(p) }
	s, err := New(Config{Guests: true}, Parts{
		Store: openSQLite(b, b.TempDir()), Now: time.Now, Random: random,
		Bus: func(h bus.Handler) bus.Bus { return local.New(h) }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	defer func() {
		if err := s.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	in, _ := crowd(b, s)
	hello := &wire.Hello{V: wire.Version, Device: "d"}
	heads, _, epoch := resume(b, web.URL, in.token, hello, manyRooms)
	for _, c := range []struct {
		name    string
		cursors map[chat.RoomID]wire.Cursor
		want    int
	}{{"nothing held", nil, manyRooms}, {"all held", cursorsAt(heads), 0}} {
		b.Run(c.name, func(b *testing.B) {
			hello.Epoch, hello.Cursors = epoch, c.cursors
			bytes := 0
			b.ReportAllocs()
			for b.Loop() {
				_, sizes, _ := resume(b, web.URL, in.token, hello, c.want)
				bytes = 0
				for _, size := range sizes {
					bytes += size
				}
			}
			b.ReportMetric(float64(bytes), "answer-B")
		})
	}
}
