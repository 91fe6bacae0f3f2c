//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/web/browsertest"
)

// person is somebody at a browser of their own.
type person struct {
	*browsertest.Page
	t    *testing.T
	name string
	url  string
}

// arrive opens a fresh browser at a path and signs in by name.
func arrive(t *testing.T, url, path, name string, o browsertest.Options) *person {
	t.Helper()
	p := &person{Page: browsertest.New(t, o), t: t, name: name, url: url}
	p.Open(url + path)
	p.Wait(`document.querySelector("main.gate form input")`)
	p.fill(`main.gate form input`, name)
	p.click(`main.gate form button[type=submit]`)
	p.Wait(`document.querySelector("nav.side .self")`)
	return p
}

func js(s string) string { b, _ := json.Marshal(s); return string(b) }

// fill types into a field, as far as the page can tell.
func (p *person) fill(field, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const f = document.querySelector(%s); f.focus(); f.value = %s;
		f.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, js(field), js(text)))
}

func (p *person) click(what string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { document.querySelector(%s).click(); return true })()`, js(what)))
}

// press clicks the control inside what that shows text.
func (p *person) press(what, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll(%s)].find(e => e.textContent.includes(%s));
		el.click(); return true })()`, js(what), js(text)))
}

// say writes a message and sends it by Enter.
func (p *person) say(text string) {
	p.t.Helper()
	p.Wait(`document.querySelector("#text")`)
	p.fill("#text", text)
	p.Wait(`(() => { document.querySelector("#text").dispatchEvent(
		new KeyboardEvent("keydown", {key: "Enter", code: "Enter", keyCode: 13, bubbles: true, cancelable: true})); return true })()`)
	p.sees(text)
}

// sees waits for a message in the open conversation.
func (p *person) sees(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector("[role=log]").textContent.includes(%s)`, js(text)))
}

// page returns all that the page shows.
func (p *person) page() string {
	return browsertest.Eval[string](p.Page, `document.body.innerText`)
}

// path waits until the page is at one of a kind, and returns it. Every path
// begins with "/", which is a kind of its own.
func (p *person) path(prefix string) string {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`location.pathname === %[1]s || %[1]s !== "/" && location.pathname.startsWith(%[1]s)`, js(prefix)))
	return browsertest.Eval[string](p.Page, `location.pathname`)
}

// shoot takes a picture for people to look at, where PARLEY_SHOTS says.
func (p *person) shoot(name string) {
	p.t.Helper()
	if dir := os.Getenv("PARLEY_SHOTS"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}

// TestThreePeople is the main job: two people talk one to one, three in a room
// together with a script, and everything is still there after a reload, and
// after the server has restarted.
func TestThreePeople(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	port := strings.TrimPrefix(server.url, "http://")
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	cleo := arrive(t, server.url, "/", "Cleo", browsertest.Options{})

	// One to one, both ways.
	anna.Reload()
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	anna.say("Hello Bo, 500 pieces?")
	bo.press("#list a, #list button", "Anna")
	bo.path(direct)
	bo.sees("Hello Bo, 500 pieces?")
	bo.say("Yes, by Friday.")
	anna.sees("Yes, by Friday.")

	// Nobody else sees it.
	cleo.Open(server.url + direct)
	cleo.Wait(`document.querySelector(".talk")`)
	cleo.Wait(`!document.body.innerText.includes("pieces")`)
	if shown := cleo.page(); strings.Contains(shown, "500 pieces") || strings.Contains(shown, "Friday") {
		t.Errorf("Cleo sees what is not hers:\n%s", shown)
	}

	// Three in an open room, with a plain text client.
	script := textRoom(t, port, "42", "till")
	for _, p := range []*person{anna, bo, cleo} {
		p.Open(server.url + "/r/42")
		p.Wait(`document.querySelector("#text")`)
	}
	for _, p := range []*person{anna, bo, cleo} {
		p.say("I am " + p.name)
		script.hears("I am " + p.name)
	}
	script.say("receipt 17")
	for _, p := range []*person{anna, bo, cleo} {
		for _, text := range []string{"I am Anna", "I am Bo", "I am Cleo", "receipt 17"} {
			p.sees(text)
		}
		p.shoot("room-" + p.name)
	}

	// A reload, and a restart of the server.
	anna.Open(server.url + direct)
	anna.sees("Hello Bo, 500 pieces?")
	anna.Reload()
	anna.sees("Yes, by Friday.")
	anna.shoot("direct")
	script.close()
	server.stop()
	server = start(t, "--data", data, "--listen", port)
	bo.Open(server.url + direct)
	bo.sees("Hello Bo, 500 pieces?")
	anna.sees("Yes, by Friday.")
	bo.say("Still there?")
	anna.sees("Still there?")
	cleo.sees("receipt 17")

	// Offline, at a deep address: the conversation, and that it is so.
	server.stop()
	anna.Reload()
	anna.Wait(`document.querySelector("nav.side, main.gate, .shell, .talk")`)
	anna.sees("Hello Bo, 500 pieces?")
	anna.Wait(`/offline|reconnecting/i.test(document.querySelector(".banners").innerText)`)
	anna.shoot("offline")
	anna.path(direct)
	for _, p := range []*person{anna, bo} {
		p.WantNoErrors("WebSocket", "Failed to load resource", "net::ERR")
	}
}

// script is a client of ten lines: a plain text room.
type script struct {
	t    *testing.T
	conn *websocket.Conn
}

func textRoom(t *testing.T, host, room, name string) *script {
	t.Helper()
	conn, answer, err := websocket.Dial(t.Context(), "ws://"+host+"/chat/"+room+"/?name="+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer.Status)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &script{t, conn}
}

func (s *script) say(text string) {
	s.t.Helper()
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
	s.hears(text)
}

// hears reads the next message.
func (s *script) hears(text string) {
	s.t.Helper()
	late := time.AfterFunc(10*time.Second, func() { _ = s.conn.CloseNow() })
	defer late.Stop()
	_, got, err := s.conn.Read(s.t.Context())
	if err != nil || string(got) != text {
		s.t.Fatalf("the script hears %q, %v, not %q", got, err, text)
	}
}

func (s *script) close() { _ = s.conn.Close(websocket.StatusNormalClosure, "") }
