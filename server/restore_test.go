package server

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/server/store"
	"parley/server/store/sqlite"
	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// phone is a client as people have it: a replica on a connection.
type phone struct {
	t *testing.T
	r *replica.Replica
	c *client
}

func newPhone(t *testing.T) *phone {
	return &phone{t: t, r: replica.New(replica.Config{Device: "d"})}
}

// step gives the replica an input and does what it says. What it stores counts
// as stored at once.
func (p *phone) step(in replica.Input) {
	p.t.Helper()
	var stored []chat.Key
	for _, e := range p.r.Step(chat.Time(time.Now().UnixMilli()), in) {
		switch e := e.(type) {
		case replica.Transmit:
			p.c.send(e.Frame)
		case replica.SaveOutbox:
			for _, entry := range e.Entries {
				if entry.State == replica.Storing {
					stored = append(stored, entry.Key)
				}
			}
		case replica.Refused, replica.Hangup:
			p.t.Fatalf("%T: %+v", e, e)
		}
	}
	if len(stored) > 0 {
		p.step(replica.Stored{Keys: stored})
	}
}

func (p *phone) connect(u *user) {
	p.t.Helper()
	p.c = u.dial()
	p.step(replica.Opened{})
}

// cut ends the connection; what was on its way is lost.
func (p *phone) cut() {
	p.t.Helper()
	p.c.leave()
	p.step(replica.Closed{})
}

// until takes frames until ok.
func (p *phone) until(what string, ok func() bool) {
	p.t.Helper()
	timeout, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case f, open := <-p.c.frames:
			if !open {
				p.t.Fatalf("the connection ended before %s", what)
			}
			p.step(replica.Received{Frame: f})
		case <-tick.C:
			p.step(replica.Tick{})
		case <-timeout:
			p.t.Fatalf("it did not come to %s", what)
		}
	}
}

// write composes a post.
func (p *phone) write(room chat.RoomID, text string, reply chat.Seq) chat.Key {
	p.t.Helper()
	key := post("").Key
	p.step(replica.Compose{Room: room, Key: key, Text: text, Reply: reply})
	return key
}

// shows reports whether the room is shown up to a text, with nothing pending
// but failed entries.
func (p *phone) shows(room chat.RoomID, last string) func() bool {
	return func() bool {
		tl := p.r.Timeline(room)
		n := len(tl.Rows)
		return tl.Ready && n > 0 && tl.Rows[n-1].Text == last && p.r.Waiting() == 0
	}
}

// log is what a room's rows say, as the store has them.
func (n *node) log(u *user, room chat.RoomID) (rows []chat.Row, texts []string) {
	n.t.Helper()
	page, err := n.page(context.Background(), u.id, room, 0, chat.MaxPage)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, row := range page.Rows {
		texts = append(texts, row.Text)
	}
	return page.Rows, texts
}

func openSQLite(tb testing.TB, dir string) *sqlite.Store {
	tb.Helper()
	st, err := sqlite.Open(context.Background(), dir, sqlite.Options{Options: store.Options{
		Random: func(b []byte) { _, _ = rand.Read(b) }, Fatal: func(err error) { tb.Error(err) },
	}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	return st
}

// restored ends a node and serves a backup of it.
func (n *node) restored(file string) *node {
	n.t.Helper()
	n.stop()
	dir := filepath.Join(n.t.TempDir(), "data")
	random := func(b []byte) { _, _ = rand.Read(b) }
	if _, err := sqlite.Restore(context.Background(), file, dir, random, 1, nil); err != nil {
		n.t.Fatal(err)
	}
	return nodeOn(n.t, openSQLite(n.t, dir))
}

// Promises 3, 5 and 6: clients that have seen more than a restored database
// holds begin anew. What they had queued is sent under the new epoch, each post
// once and in order; what names a row of the old epoch is refused on the
// device, and stays.
func TestRestoredBackup(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	n := nodeOn(t, openSQLite(t, dir))
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal", bo).ID
	a, b := newPhone(t), newPhone(t)
	for d, u := range map[*phone]*user{a: anna, b: bo} {
		d.connect(u)
		d.step(replica.OpenRoom{Room: room})
	}
	for _, text := range []string{"one", "two"} {
		a.write(room, text, 0)
	}
	for _, d := range []*phone{a, b} {
		d.until("two", d.shows(room, "two"))
	}
	if _, err := sqlite.Backup(context.Background(), dir, file); err != nil {
		t.Fatal(err)
	}
	since := anna.group("since", bo).ID
	for _, text := range []string{"lost", "lost too"} {
		b.write(room, text, 0)
	}
	for _, d := range []*phone{b, a} {
		d.until("what the backup does not hold", d.shows(room, "lost too"))
	}
	a.write(room, "in flight", 0) // the old database may have it
	a.cut()
	b.cut()
	old := a.r.Timeline(room)
	queued := []chat.Key{a.write(room, "queued", 0), a.write(room, "queued too", 0)}
	reply := a.write(room, "a reply", old.Rows[len(old.Rows)-1].Seq)
	edit := post("").Key
	a.step(replica.Edit{Room: room, Seq: 2, Key: edit, Text: "edited"})
	b.write(room, "from the other", 0)

	n = n.restored(file)
	anna.n, bo.n = n, n
	a.connect(anna)
	a.until("its queue", a.shows(room, "queued too"))
	b.connect(bo)
	b.until("its queue", b.shows(room, "from the other"))
	a.until("the other's", a.shows(room, "from the other"))

	rows, texts := n.log(anna, room)
	want := []string{"", "one", "two", "in flight", "queued", "queued too", "from the other"}
	if !slices.Equal(texts, want) {
		t.Errorf("the room holds %q", texts)
	}
	for _, d := range []*phone{a, b} {
		tl := d.r.Timeline(room)
		if !slices.EqualFunc(tl.Rows, rows, func(x *chat.Row, y chat.Row) bool {
			return x.Seq == y.Seq && x.Rev == y.Rev && x.Key == y.Key && x.Text == y.Text
		}) {
			t.Errorf("%d rows are shown, the log holds %d", len(tl.Rows), len(rows))
		}
		if d.r.Timeline(since).Known {
			t.Error("a room is known that the backup does not hold")
		}
	}
	for _, key := range []chat.Key{reply, edit} {
		if e := a.r.Entry(key); e == nil || e.State != replica.Failed || e.Message == "" {
			t.Errorf("of the old epoch: %+v", e)
		}
	}
	for _, key := range queued {
		if e := a.r.Entry(key); e != nil {
			t.Errorf("sent, and still there: %+v", e)
		}
	}
}

// Promise 5: who claims to be past the head is told so by the head, and gets a
// reset, also where a database was put back under its old epoch.
func TestCursorPastTheHead(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	room := anna.group("g").ID
	n.fill(room, anna, 3, "m")
	c := anna.dial()
	c.send(&wire.Hello{V: 1, Device: "d", Epoch: n.store.Meta().Epoch, Cursors: map[chat.RoomID]wire.Cursor{room: {Rev: 99, Tag: "t"}}})
	if w := expect[*wire.Welcome](c, nil); len(w.Rooms) != 1 || w.Rooms[0].Rev != 4 {
		t.Errorf("welcome: %s", encode(w))
	}
	c.send(&wire.Pull{Room: room, After: ptr(chat.Rev(99))})
	if f := expect[*wire.Rows](c, nil); !f.Reset || f.Upto != 4 || len(f.Rows) != 4 {
		t.Errorf("rows: %s", encode(f))
	}
}
