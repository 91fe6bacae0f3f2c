package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// clocked has the page note when its socket closed, and when a banner came.
const clocked = `(() => {
	const Socket = WebSocket;
	window.WebSocket = class extends Socket {
		constructor(...to) { super(...to); this.addEventListener("close", () => { window.closedAt ??= performance.now() }) }
	};
	new MutationObserver(() => { if (document.querySelector(".banner:not(.news)")) window.toldAt ??= performance.now() })
		.observe(document, {childList: true, subtree: true});
})()`

// TestFeel measures what no picture shows: the two panes, how far the field
// grows, that things move in unless somebody asks for rest, that the keyboard of
// a phone covers nothing, that a page twice as large loses nothing, and that a
// short trouble is not told.
func TestFeel(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := &person{Page: browsertest.New(t, browsertest.Options{}), t: t, name: "Anna", url: server.url}
	anna.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clocked})
		return err
	}))
	anna.Open(server.url + "/r/42")
	anna.fill(`main.gate form input`, "Anna")
	anna.click(`main.gate form button[type=submit]`)
	anna.Wait(`document.querySelector("#text")`)
	anna.Wait(`document.querySelector("nav[aria-label] [role=list][aria-label]") && document.querySelector("section.talk [role=log][aria-label][aria-live=off]")`)

	for width, side := range map[int64]string{1280: "400 true", 900: "342 true", 700: "0 true"} {
		anna.Turn(browsertest.Options{Width: width, Height: 800})
		anna.Wait(fmt.Sprintf(`document.querySelector(".side").offsetWidth + " " + (document.querySelector(".talk").offsetWidth > 400) === %q`, side))
	}
	anna.Turn(browsertest.Options{Width: 1280, Height: 800})

	height := func(lines int) int {
		anna.fill("#text", strings.Repeat("line\n", lines-1)+"line")
		return browsertest.Eval[int](anna.Page, `document.querySelector("#text").offsetHeight`)
	}
	if one, eight, nine := height(1), height(8), height(9); eight < one+7*20 || nine != eight {
		t.Errorf("the field is %d, %d and %d px high for 1, 8 and 9 lines", one, eight, nine)
	}
	const moving = `new Promise(done => { const seen = new Set();
		new MutationObserver(() => document.getAnimations().forEach(a => seen.add(a.animationName))).observe(document.querySelector("#log"), {childList: true, subtree: true});
		setTimeout(() => done(seen.has("from-end")), 400);
		const field = document.querySelector("#text");
		field.value = "hello"; field.dispatchEvent(new Event("input", {bubbles: true}));
		field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); })`
	if !browsertest.Eval[bool](anna.Page, moving) {
		t.Error("a message does not slide in")
	}
	anna.Turn(browsertest.Options{Width: 1280, Height: 800, Still: true})
	if browsertest.Eval[bool](anna.Page, moving) {
		t.Error("a message slides in, though somebody wants rest")
	}

	anna.Wait(`(() => { navigator.clipboard.writeText = async text => { window.copied = text }; return true })()`)
	anna.act("hello", "#sheet [data-do=copy]")
	anna.Wait(`window.copied === "hello"`)

	// The keyboard of a phone, as visualViewport tells of it.
	anna.Turn(browsertest.Options{Width: 390, Height: 844, Touch: true})
	anna.Wait(`(() => { Object.defineProperty(visualViewport, "height", {configurable: true, get: () => 480});
		visualViewport.dispatchEvent(new Event("resize")); return true })()`)
	anna.Wait(`document.querySelector(".write").getBoundingClientRect().bottom <= 480 && document.querySelector("#log").getBoundingClientRect().height > 200`)
	anna.Wait(`(() => { delete visualViewport.height; visualViewport.dispatchEvent(new Event("resize")); return true })()`)

	// At 200% a window of 1280 x 800 has this many pixels.
	zoomed := &viewer{person: anna, name: "zoomed", screen: browsertest.Options{Width: 640, Height: 400, Lang: "en"}, said: []string{"Anna", "42", "hello", "line"}}
	anna.Turn(zoomed.screen)
	anna.Wait(`document.querySelector(".write").getBoundingClientRect().bottom <= innerHeight && innerHeight === 400`)
	zoomed.look("conversation")
	anna.click("#room-menu")
	anna.Wait(`document.querySelector("#room-items")`)
	zoomed.look("menu")
	anna.key("Escape", "")
	anna.click(".myself .self")
	anna.Wait(`document.querySelector(".settings .devices li")`)
	zoomed.look("settings")

	server.stop()
	anna.Wait(`window.toldAt`)
	if after := browsertest.Eval[float64](anna.Page, `toldAt - closedAt`); after < 1900 {
		t.Errorf("trouble is told after %.0f ms", after)
	}
	anna.WantNoErrors(offlineErrors...)
}

// TestReadWhenLookedAt has a conversation open on a page that nobody looks at:
// what comes is delivered, and read only when somebody looks again.
func TestReadWhenLookedAt(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := &person{Page: browsertest.New(t, browsertest.Options{}), t: t, name: "Anna", url: server.url}
	anna.notes()
	anna.Open(server.url + "/")
	anna.fill(`main.gate form input`, "Anna")
	anna.click(`main.gate form button[type=submit]`)
	anna.Wait(`document.querySelector("nav.side .self")`)
	bo := meet(t, server, "Bo")
	room := bo.with(anna.me())
	bo.posts(room, "one", "")
	reads := func() (read int64) {
		var all struct {
			Items []struct {
				User struct{ ID int64 }
				Read int64
			}
		}
		server.do("GET", fmt.Sprintf("/api/v1/rooms/%d/members", room), bo.session, "", &all)
		for _, one := range all.Items {
			if one.User.ID == anna.me() {
				read = one.Read
			}
		}
		return read
	}
	anna.Open(fmt.Sprintf("%s/c/%d", server.url, room))
	anna.sees("one")
	anna.Wait(fmt.Sprintf(`fetch("/api/v1/rooms/%d").then(r => r.json()).then(h => h.read === 1)`, room))
	anna.Wait(`(localStorage["test.away"] = "yes")`)
	bo.posts(room, "two", "")
	anna.sees("two")
	anna.Wait(fmt.Sprintf(`fetch("/api/v1/rooms/%d").then(r => r.json()).then(h => h.got === 2)`, room))
	anna.Wait(`document.title.startsWith("(1)")`)
	if n := reads(); n != 1 {
		t.Errorf("read up to %d, though nobody looks", n)
	}
	anna.Wait(`(localStorage.removeItem("test.away"), dispatchEvent(new Event("focus")), document.dispatchEvent(new Event("visibilitychange")), true)`)
	anna.Wait(fmt.Sprintf(`fetch("/api/v1/rooms/%d").then(r => r.json()).then(h => h.read === 2)`, room))
	anna.WantNoErrors()
}
