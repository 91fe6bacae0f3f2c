package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// again starts the server anew, where it was.
func again(t *testing.T, was *process, data string) *process {
	t.Helper()
	return start(t, "--data", data, "--listen", strings.TrimPrefix(was.url, "http://"))
}

// clocks counts the messages of the open conversation that are queued: that
// have the clock, and are thereby promised to be on disk.
const clocks = `document.querySelectorAll('[role=log] .msg .tick[title^="Queued"]').length`

// offlineErrors are what a page's console says without a server.
var offlineErrors = []string{"WebSocket", "Failed to load resource", "net::ERR"}

// noting has every page of the tab mark in the timeline when its first message
// is in the document.
func (p *person) noting() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			new MutationObserver((_, o) => {
				if (!document.querySelector("[role=log] .msg")) return;
				o.disconnect();
				performance.mark("readable");
			}).observe(document, {childList: true, subtree: true});`})
		return err
	}))
}

// readable is the time in ms from the navigation to the first painting, on the
// page's thread, after the first message was in the document.
func readable(t *testing.T, timeline []browsertest.Event) float64 {
	t.Helper()
	slices.SortFunc(timeline, func(a, b browsertest.Event) int { return cmp.Compare(a.Ts, b.Ts) })
	var began float64
	var marked *browsertest.Event
	for i := range timeline {
		e := &timeline[i]
		switch {
		case e.Name == "navigationStart" && strings.HasPrefix(e.Args.Data.DocumentLoaderURL, "http"):
			began, marked = e.Ts, nil
		case e.Name == "readable" && marked == nil:
			marked = e
		case e.Name == "Paint" && marked != nil && e.Pid == marked.Pid && e.Tid == marked.Tid:
			return (e.Ts + e.Dur - began) / 1000
		}
	}
	t.Fatalf("no painting of a message among %d events", len(timeline))
	return 0
}

// ready waits until the page can be opened without a server.
func (p *person) ready() {
	p.t.Helper()
	p.Wait(`navigator.serviceWorker.ready.then(r => r.active && r.active.state === "activated" && navigator.serviceWorker.controller)`)
}

// TestOfflineReload shows lists and conversations from the disk at any address.
func TestOfflineReload(t *testing.T) {
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	for i := range 60 {
		anna.say(fmt.Sprintf("message %d.", i))
	}
	bo.press("#list a", "Anna")
	bo.sees("message 59.")
	bo.say("all read")
	anna.sees("all read")
	anna.sent("message 59.")
	anna.fill("#text", "half a thought")
	anna.ready()
	server.stop()

	anna.noting()
	timeline := anna.Trace(func() {
		anna.Open(server.url + direct)
		anna.sees("message 0.")
		browsertest.Eval[bool](anna.Page, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`)
	}, "blink.user_timing", "loading", "devtools.timeline")
	t.Logf("by the browser's timeline, a conversation is painted without a server after %.0f ms", readable(t, timeline))
	anna.sees("all read")
	anna.Wait(`document.querySelector("#text").value === "half a thought"`)
	anna.Wait(`document.querySelector("#list").textContent.includes("Bo")`)
	anna.shoot("offline-reload")
	anna.Open(server.url + "/")
	anna.press("#list a", "Bo")
	anna.sees("message 30.")
	anna.WantNoErrors(offlineErrors...)
}

// sent waits until the message that says text is stored by the server, and
// shown as its row.
func (p *person) sent(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll("[role=log] .msg[data-seq] .text")].some(e => e.firstChild.textContent === %s)`, js(text)))
}

// wants waits until the open conversation says exactly these texts.
func (p *person) wants(texts []string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll("[role=log] .msg .text")].map(e => e.firstChild.textContent).join("|") === %s`, js(strings.Join(texts, "|"))))
}

// TestOfflineCompose writes 20 messages in three rooms without a server. They
// arrive once, and in order (Promise 6).
func TestOfflineCompose(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	rooms := []string{"/r/north", "/r/south", "/r/east"}
	for _, room := range rooms {
		anna.Open(server.url + room)
		anna.Wait(`document.querySelector("#text")`)
		anna.say("first in " + room)
		anna.sent("first in " + room)
	}
	// As soon as the rooms are on disk, whichever were opened last.
	anna.Wait(`new Promise(done => indexedDB.databases().then(([db]) => {
		indexedDB.open(db.name).onsuccess = e => {
			const db = e.target.result, count = db.transaction("rows").objectStore("rows").count();
			count.onsuccess = () => { db.close(); done(count.result === 3) };
		};
	}))`)
	anna.ready()
	server.stop()
	said := map[string][]string{}
	for i := range 20 {
		room := rooms[i%3]
		if said[room] == nil {
			said[room] = []string{"first in " + room}
		}
		if i < 3 {
			anna.Open(server.url + room)
		} else {
			anna.press("#list a", strings.TrimPrefix(room, "/r/"))
		}
		anna.path(room)
		anna.sees("first in " + room)
		text := fmt.Sprintf("offline %d", i)
		anna.say(text)
		said[room] = append(said[room], text)
	}
	anna.Wait(clocks + ` === 7`)
	anna.Wait(`document.querySelector(".banners").innerText.includes("20")`)
	anna.shoot("offline-queued")
	again(t, server, data)
	for _, room := range rooms {
		anna.press("#list a", strings.TrimPrefix(room, "/r/"))
		anna.path(room)
		anna.Wait(clocks + ` === 0`)
		anna.wants(said[room])
		bo.Open(server.url + room)
		bo.wants(said[room])
	}
}

// TestKilledBrowser kills the browser right after the page has said that a
// message is queued (Promise 6).
func TestKilledBrowser(t *testing.T) {
	t.Parallel()
	data, profile := t.TempDir(), t.TempDir()
	server := start(t, "--data", data)
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Profile: profile})
	anna.Wait(`document.querySelector("#text")`)
	anna.say("online")
	anna.sent("online")
	anna.ready()
	// Chromium takes its time to write cookies and localStorage.
	anna.Quit()
	anna = &person{Page: browsertest.New(t, browsertest.Options{Profile: profile}), t: t, name: "Anna", url: server.url}
	anna.Open(server.url + "/r/42")
	anna.sent("online") // a page that quits at once may leave it queued
	server.stop()
	want := []string{"online"}
	for i := range 5 {
		want = append(want, fmt.Sprintf("offline %d", i))
		anna.say(want[i+1])
	}
	anna.Wait(clocks + ` === 5`)
	anna.Kill()

	anna = &person{Page: browsertest.New(t, browsertest.Options{Profile: profile}), t: t, name: "Anna", url: server.url}
	anna.Open(server.url + "/r/42")
	anna.wants(want)
	anna.Wait(clocks + ` === 5`)
	again(t, server, data)
	anna.Wait(clocks + ` === 0`)
	anna.wants(want)
	bo := arrive(t, server.url, "/r/42", "Bo", browsertest.Options{})
	bo.wants(want)
}

// TestTwoTabsOffline composes in both: both show the same, and it arrives once.
func TestTwoTabsOffline(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	one := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	one.Wait(`document.querySelector("#text")`)
	one.say("online")
	one.sent("online")
	one.ready()
	two := &person{Page: one.Tab(), t: t, name: "Anna", url: server.url}
	two.Open(server.url + "/r/42")
	two.wants([]string{"online"})
	server.stop()
	want := []string{"online"}
	for i, tab := range []*person{one, two, one, one, two, two} {
		want = append(want, fmt.Sprintf("offline %d", i))
		tab.say(want[i+1])
		for _, p := range []*person{one, two} {
			p.wants(want)
			p.Wait(fmt.Sprintf(clocks+` === %d`, i+1))
		}
	}
	again(t, server, data)
	for _, p := range []*person{one, two} {
		p.Wait(clocks + ` === 0`)
		p.wants(want)
	}
	bo := arrive(t, server.url, "/r/42", "Bo", browsertest.Options{})
	bo.wants(want)
}

// TestOfflineSignOut leaves nothing for whoever comes next (Promise 14), and
// has the server end the session before that.
func TestOfflineSignOut(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	bo := arrive(t, server.url, "/r/secret", "Bo", browsertest.Options{})
	bo.Wait(`document.querySelector("#text")`)
	bo.say("the price is 7")
	bo.sent("the price is 7")
	bo.fill("#text", "a draft of Bo")
	bo.ready()
	bo.Open(server.url + "/settings")
	other := &person{Page: bo.Tab(), t: t, name: "Bo", url: server.url}
	other.Open(server.url + "/r/secret")
	other.sees("the price is 7")
	server.stop()
	bo.press(".settings button", "Sign out")
	bo.click(".dialog .danger")
	bo.Wait(`document.querySelector("main.gate")`)
	other.Wait(`document.querySelector("main.gate")`)
	bo.Wait(`indexedDB.databases().then(all => all.length === 0)`)
	left := browsertest.Eval[string](bo.Page, `JSON.stringify(localStorage)`)
	if !strings.Contains(left, "parley.leaving") || strings.Contains(left, "parley.me") || strings.Contains(left, "Bo") {
		t.Errorf("localStorage holds %s", left)
	}
	bo.Open(server.url + "/r/secret")
	bo.Wait(`document.querySelector("main.gate form input")`)

	again(t, server, data)
	carla := &person{Page: bo.Page, t: t, name: "Carla", url: server.url}
	carla.Open(server.url + "/")
	carla.Wait(`!localStorage.getItem("parley.leaving")`)
	carla.fill(`main.gate form input`, "Carla")
	carla.click(`main.gate form button[type=submit]`)
	carla.Wait(`document.querySelector("nav.side .self")`)
	carla.Wait(`document.querySelector("nav.side").textContent.includes("Carla")`)
	if shown := carla.page(); strings.Contains(shown, "secret") || strings.Contains(shown, "price") || strings.Contains(shown, "Draft") {
		t.Errorf("Carla sees what was Bo's:\n%s", shown)
	}
	carla.Wait(`indexedDB.databases().then(all => all.length === 1)`)
}

// TestDraftOutlivesThePage reloads right after a keystroke.
func TestDraftOutlivesThePage(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	for i := range 5 {
		text := fmt.Sprintf("half a thought %d", i)
		anna.Wait(`document.querySelector("#text")`)
		anna.fill("#text", text)
		anna.Reload()
		anna.Wait(`document.querySelector("#text")?.value === ` + js(text))
	}
	anna.say("a whole one")
	anna.Reload()
	anna.sees("a whole one")
	anna.Wait(`document.querySelector("#text").value === ""`)
}
