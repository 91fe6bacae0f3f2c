package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

// refusedOfRelease is what a server answers to golden frames that it refuses:
// to one it is the frame that is at fault, to the other this server.
var refusedOfRelease = map[string]chat.Code{
	"send_min": chat.BadRequest,  // a blank text
	"send":     chat.Unsupported, // files and cards
}

// Promise 15: the frames of the previous release's client, word for word but
// for the ids, are served.
func TestPreviousReleasesClient(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	room := anna.group("old").ID
	n.fill(room, anna, 8, "row ")
	dir := filepath.Join("..", "shared", "wire", "testdata", "released", "v1", "client")
	frame := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(
			`"room":5`, `"room":`+itoa(int64(room)),
			`"5":`, `"`+itoa(int64(room))+`":`,
			`"as":101`, `"as":`+itoa(int64(anna.id)),
		).Replace(strings.TrimSpace(string(data)))
	}
	for _, hello := range []string{"hello_min", "hello"} {
		c := anna.dial()
		c.raw(frame(hello))
		if w := expect[*wire.Welcome](c, nil); w.Me.ID != anna.id || len(w.Rooms) != 1 {
			t.Errorf("%s: %+v", hello, w)
		}
		if hello == "hello" {
			served(t, c, dir, frame)
		}
	}
	status, answer := n.call(anna.token, "GET", "/api/v1/rooms/"+itoa(int64(room))+"/messages?limit=3", "")
	if status != 200 || strings.Contains(string(answer), `"better"`) || !strings.Contains(string(answer), `"recalled":`) {
		t.Errorf("edit and recall left %d %s", status, answer)
	}
}

// served sends all frames but hello, in the order of their names, and checks
// what is refused.
func served(t *testing.T, c *client, dir string, frame func(string) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d frames, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if strings.HasPrefix(name, "hello") {
			continue
		}
		c.raw(frame(name) + "\n" + `{"t":"ping"}`)
		var code chat.Code
		pongs := 1
		if name == "ping" {
			pongs = 2
		}
		expect(c, func(f wire.Frame) bool {
			switch f := f.(type) {
			case *wire.Reject:
				code = f.Code
			case *wire.Pong:
				pongs--
			}
			return pongs == 0
		})
		if code != refusedOfRelease[name] {
			t.Errorf("%s: refused with %q, want %q", name, code, refusedOfRelease[name])
		}
	}
}
