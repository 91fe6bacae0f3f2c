package cluster

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/server/bus/nats/natstest"
	"parley/shared/chat"
	"parley/shared/replica"
)

// command runs the program to its end, and returns what it says.
func command(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return string(out), code
}

// single makes a node at an address, with flags of its own.
func single(t *testing.T, addr string, args ...string) *node {
	n := &node{t: t, addr: addr, log: &lockedBuffer{}, args: append([]string{"--admin-listen=", "--rate=0"}, args...)}
	t.Cleanup(func() {
		n.end()
		if t.Failed() {
			t.Logf("the node at %s said\n%s", addr, n.log)
		}
	})
	return n
}

// talk is some people's conversation, as a test has it go on.
type talk struct {
	*testing.T
	room          chat.RoomID
	ann, ben, cle *device
}

// newTalk has three people talk at a node. Cle leaves early, and so holds the
// oldest cursor.
func newTalk(t *testing.T, n *node) *talk {
	c := &talk{T: t, ann: newDevice(t, n, "Ann"), ben: newDevice(t, n, "Ben"), cle: newDevice(t, n, "Cle")}
	var head chat.Head
	n.do("POST", "/api/v1/rooms", c.ann.token, fmt.Sprintf(`{"name":"deal","members":[%d,%d]}`, c.ben.id, c.cle.id), &head)
	c.room = head.ID
	for _, d := range c.all() {
		d.visit(n)
		d.enters(c.room)
	}
	for i := range 10 {
		c.ann.say(c.room, fmt.Sprint("early ", i))
	}
	c.agree(n)
	c.cle.leave()
	for i := range 300 { // more than a page
		c.ben.say(c.room, fmt.Sprint("later ", i))
	}
	c.until("all is posted", func() bool { return len(c.ann.shows(c.room)) >= 310 })
	c.ann.do(replica.Edit{Room: c.room, Seq: c.seq("early 1"), Key: newKey(), Text: "edited"})
	c.ann.do(replica.Recall{Room: c.room, Seq: c.seq("early 2"), Key: newKey()})
	c.ben.do(replica.React{Room: c.room, Seq: c.seq("early 3"), Key: newKey(), Emoji: "👍", On: true})
	c.until("all of that is done", func() bool {
		shown := c.ann.shows(c.room)
		return slices.Contains(shown, "edited") && slices.Contains(shown, "(recalled)") && slices.Contains(shown, "early 3 👍")
	})
	return c
}

func (c *talk) all() []*device { return []*device{c.ann, c.ben, c.cle} }

func (c *talk) until(what string, is func() bool) {
	c.Helper()
	until(c.T, what, is)
}

// seq finds a row by its text.
func (c *talk) seq(text string) chat.Seq {
	c.Helper()
	c.ann.mu.Lock()
	defer c.ann.mu.Unlock()
	for _, row := range c.ann.r.Timeline(c.room).Rows {
		if row.Text == text {
			return row.Seq
		}
	}
	c.Fatalf("there is no row %q", text)
	return 0
}

// agree waits until nobody waits for anything, and everybody shows the newest of
// what the node holds, with nothing missing and nothing twice.
func (c *talk) agree(n *node) (log []string) {
	c.Helper()
	c.until("nobody waits", func() bool {
		return !slices.ContainsFunc(c.all(), func(d *device) bool { waiting, _ := d.waits(c.room); return waiting > 0 })
	})
	log = n.reads(c.room, c.ann.token)
	for _, d := range c.all() {
		var shown []string
		c.until("somebody shows the newest row", func() bool {
			shown = d.shows(c.room)
			return len(shown) > 0 && shown[len(shown)-1] == log[len(log)-1]
		})
		if diff := cmp.Diff(log[len(log)-len(shown):], shown); diff != "" {
			c.Errorf("a device shows something else than the log (-log +shown):\n%s", diff)
		}
	}
	return log
}

// From one program to two nodes (Promises 3, 4 and 5): clients go on from their
// cursors, miss nothing of what was posted before or after, and what they had
// queued arrives once.
func TestMove(t *testing.T) {
	data, addr := t.TempDir(), freeAddr(t)
	one := single(t, addr, "--data="+data)
	one.start()
	c := newTalk(t, one)
	one.do("POST", fmt.Sprintf("/api/v1/rooms/%d/reports", c.room), c.ben.token, fmt.Sprintf(`{"seq":%d,"reason":"spam"}`, c.seq("early 4")), nil)
	c.ann.leave()
	stored := c.ann.say(c.room, "stored, but not answered") // what the old node has, and Ann cannot know
	one.post(c.room, c.ann.token, stored, "stored, but not answered")
	for i := range 3 {
		c.ann.say(c.room, fmt.Sprint("queued ", i))
	}
	one.stop()
	c.ben.say(c.room, "queued while nothing was there")

	store := engine.Database(t)
	if said, code := command(t, "copy", "--from=sqlite:"+data, "--to="+store); code != 0 || !strings.Contains(said, "room by room (1)") {
		t.Fatalf("%d: %s", code, said)
	}
	bus := natstest.Start(t)
	args := []string{"--store=" + store, "--bus=nats://" + bus.Addr(), "--files=" + filepath.Join(data, "files")}
	a, b := single(t, addr, args...), single(t, freeAddr(t), args...)
	a.start() // where Ben still knocks
	b.start()
	c.cle.visit(b)
	c.ann.visit(b)
	log := c.agree(a)
	for i := range 5 {
		c.ben.say(c.room, fmt.Sprint("after ", i))
		c.cle.say(c.room, fmt.Sprint("after too ", i))
	}
	log = append(log, c.agree(b)[len(log):]...)
	once(t, log, "stored, but not answered", "queued 0", "queued 1", "queued 2", "queued while nothing was there", "after 0", "after too 4", "later 299")
	for _, d := range c.all() {
		if n := d.wasReset(); n > 0 {
			t.Errorf("a device was reset %d times", n)
		}
	}

	// The operator's tools on the new store.
	if said, code := command(t, "reports", "--store="+store, "--all"); code != 0 || !strings.Contains(said, `reported message`) || !strings.Contains(said, `"early 4"`) {
		t.Errorf("%d: %s", code, said)
	}
	for tool, args := range map[string][]string{
		"pg_dump":         {"backup", "--store=" + store, filepath.Join(t.TempDir(), "x")},
		"parley restored": {"restore", "--store=" + store, filepath.Join(t.TempDir(), "x")},
		"stop all nodes":  {"restored", "--store=" + store},
		"PostgreSQL":      {"restored", "--store=sqlite"},
		"is --store the":  {"reports", "--store=" + engine.URL("postgres")},
		"are open; stop":  {"copy", "--from=sqlite:" + data, "--to=" + store},
	} {
		if said, code := command(t, args...); code == 0 || !strings.Contains(said, tool) {
			t.Errorf("%v: %d, without %q: %s", args, code, tool, said)
		}
	}
}

// once wants texts in a log, each once.
func once(t *testing.T, log []string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		count := 0
		for _, line := range log {
			if line == text {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%q is there %d times", text, count)
		}
	}
}

// Back to a dump (Promise 5): under a new epoch, everybody takes the rooms as they
// are now, and what was queued is posted once.
func TestGoBack(t *testing.T) {
	store := engine.Database(t)
	name := store[strings.LastIndex(store, "/")+1:]
	n := single(t, freeAddr(t), "--store="+store, "--files="+t.TempDir())
	n.start()
	c := newTalk(t, n)
	c.cle.visit(n)
	before := c.agree(n)
	dump, err := engine.Tool(nil, "pg_dump", "--format=custom", name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		c.ann.say(c.room, fmt.Sprint("lost ", i))
	}
	c.agree(n)
	n.stop()
	for _, d := range c.all() {
		d.leave()
	}
	for i := range 3 {
		c.ann.say(c.room, fmt.Sprint("queued ", i))
	}
	// What this changes is no more, and its number will be another row's.
	c.ben.do(replica.Edit{Room: c.room, Seq: chat.Seq(len(before) + 2), Key: newKey(), Text: "queued"})

	// Into a new database: pg_restore --clean cannot drop what belongs to
	// partitions.
	for _, statement := range []string{"DROP DATABASE " + name, "CREATE DATABASE " + name + " TEMPLATE template0"} {
		if err := engine.Exec("postgres", statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := engine.Tool(dump, "pg_restore", "--exit-on-error", "--dbname="+name); err != nil {
		t.Fatal(err)
	}
	if said, code := command(t, "restored", "--store="+store); code != 0 || !strings.Contains(said, "epoch is new") {
		t.Fatalf("%d: %s", code, said)
	}
	n.start()
	for i := range 20 { // the log goes beyond the cursors
		n.post(c.room, c.ben.token, newKey(), fmt.Sprint("new ", i))
	}
	for _, d := range c.all() {
		d.visit(n)
	}
	log := c.agree(n)
	once(t, log, "queued 0", "queued 1", "queued 2", "later 299", "new 1", "new 19")
	if slices.Contains(log, "lost 0") || len(log) != len(before)+23 {
		t.Errorf("%d rows, %d were in the dump", len(log), len(before))
	}
	for _, d := range c.all() {
		if d.wasReset() == 0 {
			t.Error("a device kept what is no more")
		}
	}
	if _, failed := c.ben.waits(c.room); failed != 1 {
		t.Errorf("an edit of a row that is gone: %d failed", failed)
	}
	var found struct{ Items []struct{ Row chat.Row } }
	c.until("what is there is found", func() bool {
		n.do("GET", "/api/v1/search?q=queued", c.ann.token, "", &found)
		return len(found.Items) == 3
	})
}
