package main

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// sender posts numbered texts into a room, several at a time on their way, and
// keeps what was acknowledged: the rows that came back.
type sender struct {
	who    int
	token  string
	room   chat.RoomID
	posts  []chat.Post // all that it ever sent, in order
	stored map[chat.Key]chat.Row
}

// work sends until the connection dies.
func (s *sender) work(url string, acknowledged chan<- struct{}) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Authorization": {"Bearer " + s.token}},
	})
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(chat.MaxServerSize)
	write := func(f wire.Frame) error {
		data, err := wire.Append(nil, f)
		if err != nil {
			return err
		}
		return conn.Write(ctx, websocket.MessageText, data)
	}
	if err := write(&wire.Hello{V: wire.Version, Device: fmt.Sprint("sender ", s.who)}); err != nil {
		return err
	}
	for _, p := range s.posts { // what the last crash left open goes out again, under the same keys
		if _, done := s.stored[p.Key]; !done {
			if write(&wire.Send{Room: s.room, Posts: []chat.Post{p}}) != nil {
				return nil
			}
		}
	}
	flying := make(chan struct{}, 16)
	var writing sync.WaitGroup
	defer writing.Wait()
	defer cancel()
	writing.Go(func() {
		for {
			select {
			case flying <- struct{}{}:
			case <-ctx.Done():
				return
			}
			var random [10]byte
			random[0], random[1], random[2], random[3] = byte(s.who), byte(len(s.posts)>>16), byte(len(s.posts)>>8), byte(len(s.posts))
			p := chat.Post{
				Key:  chat.KeyV7(chat.Time(time.Now().UnixMilli()), random),
				Text: fmt.Sprintf("%d/%d", s.who, len(s.posts)),
			}
			s.posts = append(s.posts, p)
			if write(&wire.Send{Room: s.room, Posts: []chat.Post{p}}) != nil {
				return
			}
		}
	})
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return nil // the crash that the test makes
		}
		for line := range wire.Split(data) {
			f, err := wire.DecodeServer(line)
			if err != nil {
				return err
			}
			rows, ok := f.(*wire.Rows)
			if !ok {
				continue
			}
			for _, row := range rows.Rows {
				if !strings.HasPrefix(row.Text, strconv.Itoa(s.who)+"/") {
					continue
				}
				s.stored[row.Key] = row
				select {
				case <-flying:
				default:
				}
				acknowledged <- struct{}{}
			}
		}
	}
}

// Promises 1, 2 and 3, on the whole program: kill -9 under load, several times
// over the same data. What was acknowledged is there, in the place that was
// acknowledged; nothing is there twice; the order of each sender is kept.
func TestKilledUnderLoad(t *testing.T) {
	const senders, rounds, between = 8, 4, 700
	data := "--data=" + t.TempDir()
	p := start(t, data, "--rate=0")
	crew := make([]*sender, senders)
	for i := range crew {
		var in struct {
			Session string
			Me      chat.Account
		}
		p.do("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":"s%d"}}`, i), &in)
		var room chat.Head
		p.do("PUT", "/api/v1/open/load", in.Session, "", &room)
		crew[i] = &sender{who: i, token: in.Session, room: room.ID, stored: make(map[chat.Key]chat.Row)}
	}
	for range rounds {
		acknowledged := make(chan struct{}, 1<<16)
		var work sync.WaitGroup
		for _, s := range crew {
			work.Go(func() {
				if err := s.work(p.url, acknowledged); err != nil {
					t.Errorf("sender %d: %v", s.who, err)
				}
			})
		}
		for range between {
			select {
			case <-acknowledged:
			case <-time.After(30 * time.Second):
				t.Fatal("nothing more is acknowledged")
			}
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = p.cmd.Wait()
		work.Wait()
		p = start(t, data, "--rate=0")
		checkStored(t, crew, history(p, crew[0]))
	}
	p.stop()
}

// history reads a whole room, from the newest to the first row.
func history(p *process, s *sender) []chat.Row {
	p.t.Helper()
	var all []chat.Row
	before := chat.Seq(0)
	for {
		var page wire.Page
		p.do("GET", fmt.Sprintf("/api/v1/rooms/%d/messages?before=%d&limit=200", s.room, before), s.token, "", &page)
		all = append(page.Rows, all...)
		if page.Start {
			return all
		}
		before = page.Rows[0].Seq
	}
}

func checkStored(t *testing.T, crew []*sender, rows []chat.Row) {
	t.Helper()
	byKey := make(map[chat.Key]chat.Row, len(rows))
	last := make(map[string]int) // of each sender
	for i, row := range rows {
		if row.Seq != chat.Seq(i+1) || row.Rev != chat.Rev(i+1) {
			t.Fatalf("row %d has seq %d and rev %d", i+1, row.Seq, row.Rev)
		}
		if _, double := byKey[row.Key]; double {
			t.Fatalf("%s is there twice", row.Text)
		}
		byKey[row.Key] = row
		who, number, _ := strings.Cut(row.Text, "/")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if was, any := last[who]; any && n != was+1 || !any && n != 0 {
			t.Fatalf("sender %s: %d follows %d", who, n, was)
		}
		last[who] = n
	}
	total := 0
	for _, s := range crew {
		total += len(s.stored)
		for key, told := range s.stored {
			if is, ok := byKey[key]; !ok || is.Seq != told.Seq || is.Text != told.Text {
				t.Fatalf("%s was acknowledged as row %d and is %+v", told.Text, told.Seq, is)
			}
		}
	}
	t.Logf("%d acknowledged, %d stored", total, len(rows))
}
