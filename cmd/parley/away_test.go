package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// lifecycle freezes or thaws the tab, as browsers do with tabs that nobody
// looks at.
func (p *person) lifecycle(state page.SetWebLifecycleStateState) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		return err
	}))
}

// A tab that was frozen for a minute has missed nothing when it wakes up.
func TestFrozenTab(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/r/quay", "Bo", browsertest.Options{})
	anna.say("before")
	bo.sees("before")
	anna.lifecycle(page.SetWebLifecycleStateStateFrozen)
	for i := range 5 {
		bo.say(fmt.Sprintf("while you slept %d", i))
	}
	<-time.After(time.Minute) // the promise is about this time; nothing shows when it is over
	anna.lifecycle(page.SetWebLifecycleStateStateActive)
	bo.say("good morning")
	anna.sees("good morning")
	for i := range 5 {
		anna.sees(fmt.Sprintf("while you slept %d", i))
	}
	anna.say("thank you")
	bo.sees("thank you")
}

// The server restarts while both write: nothing is lost, nothing comes twice,
// and the order is kept.
func TestRestartMidConversation(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	port := strings.TrimPrefix(server.url, "http://")
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/r/quay", "Bo", browsertest.Options{})
	anna.say("one")
	bo.sees("one")
	server.stop()
	for _, text := range []string{"two", "three", "four"} {
		anna.say(text)
	}
	bo.say("hello?")
	anna.Wait(`/offline|reconnect/i.test(document.querySelector(".banner").textContent)`)
	server = start(t, "--data", data, "--listen", port)
	bo.sees("four")
	anna.sees("hello?")
	anna.Wait(`!document.querySelector(".tick.clock, .msg.waiting")`)
	for _, p := range []*person{anna, bo} {
		all := browsertest.Eval[string](p.Page, `document.querySelector("[role=log]").innerText`)
		for _, text := range []string{"one", "two", "three", "four", "hello?"} {
			if n := strings.Count(all, text); n != 1 {
				t.Errorf("%s sees %q %d times:\n%s", p.name, text, n, all)
			}
		}
		if two, four := strings.Index(all, "two"), strings.Index(all, "four"); two > four {
			t.Errorf("%s sees another order:\n%s", p.name, all)
		}
	}
	server.stop()
}

// successor builds the server with a UI that differs: the next version.
func successor(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	css, err := filepath.Abs("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	style, err := os.ReadFile(css)
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(dir, "app.css")
	if err := os.WriteFile(next, append(style, "\n/* the next version */\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{css: next}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "parley")
	if out, err := exec.Command("go", "build", "-overlay", file, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// styleVersion tells the versions of the UI apart.
const styleVersion = `document.querySelector("link[href*='app.css']").href`

// A new version comes while somebody writes: it waits, says so, and when it is
// taken the draft is still there.
func TestUpdateMidSession(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	next := successor(t)
	server := start(t, "--data", data)
	port := strings.TrimPrefix(server.url, "http://")
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	anna.say("hello")
	anna.Wait(`navigator.serviceWorker.ready.then(r => r.active.state === "activated")`)
	old := browsertest.Eval[string](anna.Page, styleVersion)
	anna.fill("#text", "an unsent thought")
	server.stop()
	server = startProgram(t, next, "--data", data, "--listen", port)
	anna.Wait(`navigator.serviceWorker.getRegistration().then(r => r.update()).then(() => true)`)
	anna.Wait(`document.querySelector("#take-update")`)
	if now := browsertest.Eval[string](anna.Page, `document.querySelector("#text").value`); now != "an unsent thought" {
		t.Errorf("the draft is %q while the new version waits", now)
	}
	anna.click("#take-update")
	anna.Wait(styleVersion + ` !== ` + js(old))
	anna.sees("hello")
	anna.Wait(`document.querySelector("#text").value === "an unsent thought"`)
	server.stop()
}

// A page that nobody looks at, with nothing half written, takes the new version
// by itself: who comes back finds it.
func TestUpdateUnseen(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	next := successor(t)
	server := start(t, "--data", data)
	port := strings.TrimPrefix(server.url, "http://")
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	anna.say("hello")
	anna.Wait(`navigator.serviceWorker.ready.then(r => r.active.state === "activated")`)
	old := browsertest.Eval[string](anna.Page, styleVersion)
	server.stop()
	server = startProgram(t, next, "--data", data, "--listen", port)
	anna.Wait(`(() => { Object.defineProperty(document, "visibilityState", {get: () => "hidden", configurable: true});
		document.hasFocus = () => false; return true })()`)
	anna.Wait(`navigator.serviceWorker.getRegistration().then(r => r.update()).then(() => true)`)
	anna.Wait(styleVersion + ` !== ` + js(old))
	anna.sees("hello")
	server.stop()
}
