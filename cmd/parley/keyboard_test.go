package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// key presses a key where the keyboard is, as far as the page can tell. more
// adds to the event.
func (p *person) key(key, more string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
		{key: %s, bubbles: true, cancelable: true %s})); return true })()`, js(key), more))
}

// focused waits until the keyboard is at something.
func (p *person) focused(what string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.activeElement.matches(%s)`, js(what)))
}

// TestInputMethod composes in the message field and in the search box: the keys
// are the input method's, and nothing is sent, opened or left.
func TestInputMethod(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Lang: "zh-CN"})
	anna.Wait(`document.querySelector("#text")`)
	anna.fill("#text", "nihao")
	for _, composing := range []string{`, isComposing: true, keyCode: 13`, `, keyCode: 229`} {
		anna.key("Enter", composing)
		anna.key("Escape", composing)
	}
	anna.fill("#text", "你好")
	anna.key("Enter", "")
	anna.sees("你好")
	if log := browsertest.Eval[string](anna.Page, `document.querySelector("[role=log]").textContent`); strings.Contains(log, "nihao") {
		t.Errorf("sent while composing: %q", log)
	}

	anna.fill("#search", "shichang")
	anna.Wait(`document.querySelector("#list [data-room=shichang]")`)
	anna.key("Enter", `, isComposing: true`)
	anna.key("Escape", `, isComposing: true`)
	anna.fill("#search", "市场")
	anna.Wait(`document.querySelector("#list [data-room=市场]")`)
	anna.key("Enter", "")
	anna.Wait(`decodeURI(location.pathname) === "/r/市场"`)
	anna.WantNoErrors()
}

// TestKeyboardReturns opens what opens above the page, and leaves it again: the
// keyboard is back where it was.
func TestKeyboardReturns(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.say("one")
	anna.say("two")
	leave := func(opener, item, back string) {
		t.Helper()
		anna.Wait(fmt.Sprintf(`(() => { const el = document.querySelector(%s); el.focus(); el.click(); return true })()`, js(opener)))
		anna.focused(item)
		anna.key("Escape", "")
		anna.focused(back)
	}
	leave("#new", "#new-items button", "#new")
	leave("#room-menu", "#room-items button", "#room-menu")
	leave("#smile", "#emoji-search", "#text")

	// A dialog that a menu opened.
	anna.click("#room-menu")
	anna.focused("#room-items button")
	anna.click("#room-items [data-do=members]")
	anna.focused("#shade button")
	anna.key("Escape", "")
	anna.focused("#room-menu")

	// A message's menu, and the emoji behind it, which must be on the screen.
	anna.Wait(`document.querySelector(".msg[data-seq]")`)
	anna.Wait(`(() => { document.querySelector("#log").focus(); return true })()`)
	anna.key("ArrowUp", "")
	anna.focused(".msg[data-seq]")
	anna.key("Enter", "")
	anna.focused("#sheet [data-do]")
	anna.key("Escape", "")
	anna.focused(".msg[data-seq]")
	anna.key("Enter", "")
	anna.click("#sheet [data-do=emojis]")
	anna.focused("#emoji-search")
	anna.Wait(`document.querySelector("#sheet").getBoundingClientRect().bottom <= innerHeight`)
	anna.key("Escape", "")
	anna.focused(".msg[data-seq]")
	anna.WantNoErrors()
}

// touch puts fingers on the screen, or takes them away.
func (p *person) touch(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		return err
	}))
}

// TestLongPress holds a finger on a message until its menu is there, and lifts
// it above one of the reactions: that chooses nothing, and the menu stays.
func TestLongPress(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true})
	anna.Wait(`document.querySelector("#text")`)
	anna.fill("#text", "hold me")
	anna.click(".write .go:not(:disabled)")
	anna.sees("hold me")
	anna.Wait(`document.querySelector(".msg[data-seq] .bubble")`)
	at := browsertest.Eval[[]float64](anna.Page, `(() => { const box = document.querySelector(".msg[data-seq] .bubble").getBoundingClientRect();
		return [box.left + 10, box.top + 10] })()`)
	anna.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: at[0], Y: at[1]})
	anna.Wait(`document.querySelector("#sheet [data-do=reply]")`)
	anna.touch(input.DispatchTouchEventTypeTouchEnd)
	anna.click("#sheet [data-do=reply]")
	anna.Wait(`document.querySelector(".about")`)
	if browsertest.Eval[bool](anna.Page, `document.querySelector(".chip") !== null`) {
		t.Error("lifting the finger chose a reaction")
	}
	anna.WantNoErrors()
}

// TestThemes combines what the system says with what was chosen: what was
// chosen wins, on every page and before the program has come.
func TestThemes(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	const (
		light = "rgb(248, 248, 248)"
		dark  = "rgb(15, 19, 22)"
	)
	ground := `getComputedStyle(document.body).backgroundColor`
	tinted := `[...document.querySelectorAll("meta[name=theme-color]")].filter(m => matchMedia(m.media).matches).map(m => m.content).join()`
	for _, system := range []bool{false, true} {
		p := browsertest.New(t, browsertest.Options{Dark: system})
		for chosen, want := range map[string]string{"": light, "light": light, "dark": dark} {
			if chosen == "" && system {
				want = dark
			}
			bar := map[string]string{light: "#eceff1", dark: "#1f262b"}[want]
			for _, path := range []string{"/", "/nothing/here"} {
				p.Open(server.url + path)
				browsertest.Eval[bool](p, fmt.Sprintf(`(localStorage.setItem("parley.prefs", JSON.stringify({theme: %s})), true)`, js(chosen)))
				p.Reload()
				if got := browsertest.Eval[string](p, ground); got != want {
					t.Errorf("system dark %v, chosen %q, %s: %s", system, chosen, path, got)
				}
			}
			p.Open(server.url + "/")
			p.Wait(`document.querySelector("main.gate")`)
			if got := browsertest.Eval[string](p, ground+` + " " + `+tinted); got != want+" "+bar {
				t.Errorf("system dark %v, chosen %q: %s", system, chosen, got)
			}
		}
	}
}

// TestFocusOnWaiting leaves the keyboard on a message that waits while it
// becomes a row, which another element draws.
func TestFocusOnWaiting(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.say("first")
	anna.sent("first")
	server.stop()
	anna.Wait(`document.querySelector(".banner")`)
	anna.say("the one in hand")
	anna.say("another")
	anna.Wait(`document.querySelectorAll(".msg[data-key]").length === 2`)
	anna.Wait(`(() => { document.querySelector(".msg[data-key]").focus(); return true })()`)
	again(t, server, data)
	anna.Wait(`document.activeElement.matches(".msg[data-seq]") && document.activeElement.textContent.includes("the one in hand")`)
	anna.WantNoErrors(offlineErrors...)
}
