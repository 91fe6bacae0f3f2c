package cluster

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/link"
)

// device is a client as the UI is one: a replica over a link. Whatever it writes
// is durable at once. It lives as long as the test, and goes to whatever node it
// is sent.
type device struct {
	t     *testing.T
	id    chat.AccountID
	token string
	link  *link.Link // nil: it is offline. Its callbacks end with it.

	mu     sync.Mutex
	r      *replica.Replica
	open   bool // the link is
	resets int  // how often what it held was dropped
}

// newDevice signs somebody in at a node. The device goes nowhere yet.
func newDevice(t *testing.T, n *node, name string) *device {
	t.Helper()
	var in struct {
		Session string
		Me      chat.Account
	}
	n.do("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":%q}}`, name), &in)
	d := &device{t: t, id: in.Me.ID, token: in.Session, r: replica.New(replica.Config{Device: name})}
	t.Cleanup(d.leave)
	return d
}

// visit connects to a node, from wherever the device was.
func (d *device) visit(n *node) {
	d.leave()
	d.link = link.New(link.Config{
		Dialer: link.Native{URL: n.url() + "/ws", Header: http.Header{"Authorization": {"Bearer " + d.token}}, Client: dialer},
		Status: d.status,
		Frames: func(frames []wire.Frame) {
			for _, f := range frames {
				d.do(replica.Received{Frame: f})
			}
		},
	})
	d.link.Start()
}

// leave goes offline.
func (d *device) leave() {
	if d.link != nil {
		d.link.Stop()
		<-d.link.Done()
		d.link = nil
	}
}

func (d *device) status(s link.Status) {
	d.mu.Lock()
	was := d.open
	d.open = s.State == link.Open
	is := d.open
	d.mu.Unlock()
	if was && !is {
		d.do(replica.Closed{})
	}
	if is && !was {
		d.do(replica.Opened{})
	}
}

func (d *device) do(in replica.Input) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step(in)
}

// step does what the replica says. d.mu is held.
func (d *device) step(in replica.Input) {
	if got, is := in.(replica.Received); is {
		if rows, is := got.Frame.(*wire.Rows); is && rows.Reset && rows.Room != 0 && len(d.r.Timeline(rows.Room).Rows) > 0 {
			d.resets++
		}
	}
	for _, e := range d.r.Step(chat.Time(time.Now().UnixMilli()), in) {
		switch e := e.(type) {
		case replica.Transmit:
			_ = d.link.Send(e.Frame) // the link is over: it is sent again
		case replica.SaveMeta:
			if e.Reset {
				d.resets++
			}
		case replica.SaveOutbox:
			var keys []chat.Key
			for _, entry := range e.Entries {
				keys = append(keys, entry.Key)
			}
			d.step(replica.Stored{Keys: keys})
		}
	}
}

// newKey makes the key of something that is written.
func newKey() chat.Key {
	var random [10]byte
	_, _ = rand.Read(random[:])
	return chat.KeyV7(chat.Time(time.Now().UnixMilli()), random)
}

// enters opens a room's screen.
func (d *device) enters(room chat.RoomID) { d.do(replica.OpenRoom{Room: room}) }

// say writes a message, online or not.
func (d *device) say(room chat.RoomID, text string) chat.Key {
	key := newKey()
	d.do(replica.Compose{Room: room, Key: key, Text: text})
	return key
}

// shows is what the room's screen shows, without what waits.
func (d *device) shows(room chat.RoomID) (texts []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step(replica.Tick{}) // short waits end while somebody looks
	for _, row := range d.r.Timeline(room).Rows {
		texts = append(texts, told(row))
	}
	return texts
}

// told is a row as somebody can tell it from others.
func told(row *chat.Row) string {
	if row.Recalled != 0 {
		return "(recalled)"
	}
	text := row.Text
	for emoji := range row.Reactions {
		text += " " + emoji
	}
	return text
}

// waits counts what the server has not answered, and what it refused.
func (d *device) waits(room chat.RoomID) (waiting, failed int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.r.Room(room); s != nil {
		return s.Waiting, s.Failed
	}
	return 0, 0
}

// wasReset tells how often what the device held was dropped.
func (d *device) wasReset() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.resets
}

// until waits for something that must come.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !is(); <-tick.C {
		if time.Since(began) > patience {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// reads is a room's history as a node tells it.
func (n *node) reads(room chat.RoomID, token string) (texts []string) {
	n.t.Helper()
	var rows []chat.Row
	for before := chat.Seq(0); ; before = rows[0].Seq {
		var page wire.Page
		n.do("GET", fmt.Sprintf("/api/v1/rooms/%d/messages?limit=200&before=%d", room, before), token, "", &page)
		rows = slices.Concat(page.Rows, rows)
		if page.Start {
			break
		}
	}
	for i := range rows {
		texts = append(texts, told(&rows[i]))
	}
	return texts
}
