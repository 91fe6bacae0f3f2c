//go:build linux

package main

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/server/store/storetest/faults"
	"parley/shared/chat"
	"parley/shared/wire"
)

// enough is how many posts a fault is waited for.
const enough = 5000

// poster posts numbered texts over HTTP and over a socket, and keeps what was
// acknowledged.
type poster struct {
	*process
	token  string
	room   chat.RoomID
	socket *websocket.Conn
	stored []string
	tried  int
}

func newPoster(p *process) *poster {
	p.t.Helper()
	b := &poster{process: p}
	var in struct{ Session string }
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"Ada"}}`, &in)
	b.token = in.Session
	var room chat.Head
	p.do("PUT", "/api/v1/open/disk", b.token, "", &room)
	b.room = room.ID
	return b
}

// post posts over HTTP. The error is that of a server that has gone.
func (b *poster) post() (*http.Response, chat.Code, error) {
	b.tried++
	text := fmt.Sprint("http ", b.tried)
	r, err := http.NewRequestWithContext(b.t.Context(), "POST", fmt.Sprintf("%s/api/v1/rooms/%d/messages", b.url, b.room), strings.NewReader(`{"text":"`+text+`"}`))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+b.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, "", err
	}
	var problem struct{ Code chat.Code }
	if answer.StatusCode == http.StatusCreated {
		b.stored = append(b.stored, text)
	} else if err := json.Unmarshal(data, &problem); err != nil {
		b.t.Fatalf("%d %s", answer.StatusCode, data)
	}
	return answer, problem.Code, nil
}

// dial opens the socket and says hello.
func (b *poster) dial() {
	b.t.Helper()
	conn, _, err := websocket.Dial(b.t.Context(), b.url+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Authorization": {"Bearer " + b.token}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	conn.SetReadLimit(chat.MaxServerSize)
	b.t.Cleanup(func() { _ = conn.CloseNow() })
	b.socket = conn
	b.write(&wire.Hello{V: wire.Version, Device: "disk"})
}

func (b *poster) write(f wire.Frame) {
	b.t.Helper()
	data, err := wire.Append(nil, f)
	if err == nil {
		err = b.socket.Write(b.t.Context(), websocket.MessageText, data)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// send posts over the socket and returns the refusal, nil if it was stored.
func (b *poster) send() *wire.Reject {
	b.t.Helper()
	b.tried++
	p := chat.Post{
		Key:  chat.KeyV7(chat.Time(time.Now().UnixMilli()), [10]byte{0: byte(b.tried >> 8), 1: byte(b.tried)}),
		Text: fmt.Sprint("socket ", b.tried),
	}
	b.write(&wire.Send{Room: b.room, Posts: []chat.Post{p}})
	for {
		_, data, err := b.socket.Read(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		for line := range wire.Split(data) {
			f, err := wire.DecodeServer(line)
			if err != nil {
				b.t.Fatal(err)
			}
			switch f := f.(type) {
			case *wire.Reject:
				if f.Key != p.Key || f.Room != b.room {
					b.t.Fatalf("%+v for %v", f, p.Key)
				}
				return f
			case *wire.Rows:
				if slices.ContainsFunc(f.Rows, func(row chat.Row) bool { return row.Key == p.Key }) {
					b.stored = append(b.stored, p.Text)
					return nil
				}
			}
		}
	}
}

// kept checks that what was acknowledged is there, each once, in its order.
func (b *poster) kept() {
	b.t.Helper()
	at := 0
	rows := history(b.process, &sender{token: b.token, room: b.room})
	for i, row := range rows {
		if row.Seq != chat.Seq(i+1) || row.Rev != chat.Rev(i+1) {
			b.t.Fatalf("row %d has seq %d and rev %d", i+1, row.Seq, row.Rev)
		}
		if at < len(b.stored) && row.Text == b.stored[at] {
			at++
		}
	}
	if at != len(b.stored) {
		b.t.Errorf("of %d acknowledged, %q is not in its place among %d stored", len(b.stored), b.stored[at], len(rows))
	}
	b.t.Logf("%d tried, %d acknowledged, %d stored", b.tried, len(b.stored), len(rows))
}

// Promise 1, on the whole program: a sync that fails ends it, with a word in
// the log, and is not tried again; nothing acknowledged is lost.
func TestFailedSyncEndsTheProcess(t *testing.T) {
	data := "--data=" + filepath.Join(t.TempDir(), "data")
	log := filepath.Join(t.TempDir(), "strace")
	b := newPoster(startAs(t, faults.Command(t, log, "fsync,fdatasync:error=EIO:when=60", program, serveArgs(data, "--rate=0")...)))
	for {
		answer, code, err := b.post()
		if err != nil {
			break
		}
		if answer.StatusCode != http.StatusCreated && code != chat.Unavailable {
			t.Errorf("%s %s", answer.Status, code)
		}
		if b.tried == enough {
			t.Fatal("it goes on")
		}
	}
	_ = b.cmd.Wait()
	if code, said := b.cmd.ProcessState.ExitCode(), b.errs.String(); code != 1 || !strings.Contains(said, "the database failed, the process ends") {
		t.Errorf("it ended with %d\n%s", code, said)
	}
	var disk faults.Disk
	if err := disk.Read(log); err != nil || len(disk.Failed) != 1 || len(disk.Retried) != 0 {
		t.Errorf("failed %q, tried again %q, %v", disk.Failed, disk.Retried, err)
	}
	b.process = start(t, data)
	b.kept()
	b.stop()
}

// Promise 1, on the whole program: a full disk refuses with storage_full, over
// HTTP and over a socket, and when there is space again the same process goes
// on as if nothing had been.
func TestFullDiskHeals(t *testing.T) {
	data := "--data=" + filepath.Join(t.TempDir(), "data")
	log := filepath.Join(t.TempDir(), "strace")
	// strace counts by thread, and the writer may change its thread, so that
	// the disk may be full several times.
	b := newPoster(startAs(t, faults.Command(t, log, "pwrite64:error=ENOSPC:when=500..600", program, serveArgs(data, "--rate=0")...)))
	b.dial()
	byHTTP, bySocket, healed := 0, 0, 0
	for healed < 50 {
		if b.tried >= enough {
			t.Fatalf("%d refused over HTTP, %d over the socket, %d in a row accepted", byHTTP, bySocket, healed)
		}
		answer, code, err := b.post()
		if err != nil {
			t.Fatalf("%v\n%s", err, b.errs)
		}
		healed++
		if answer.StatusCode != http.StatusCreated {
			byHTTP++
			if answer.StatusCode != http.StatusInsufficientStorage || code != chat.StorageFull || answer.Header.Get("Retry-After") == "" {
				t.Fatalf("%s %s, retry after %q", answer.Status, code, answer.Header.Get("Retry-After"))
			}
		}
		refusal := b.send()
		if refusal != nil {
			bySocket++
			if refusal.Code != chat.StorageFull || refusal.Retry <= 0 {
				t.Fatalf("%+v", refusal)
			}
		}
		if refusal != nil || answer.StatusCode != http.StatusCreated || byHTTP == 0 || bySocket == 0 {
			healed = 0
		}
	}
	t.Logf("%d refused over HTTP, %d over the socket", byHTTP, bySocket)
	b.kept()
	b.end()
	if !strings.Contains(b.errs.String(), "the disk is full") {
		t.Errorf("the log says nothing of it:\n%s", b.errs)
	}
}
