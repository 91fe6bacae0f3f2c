package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"parley/web/browsertest"
)

// reach presses a key until the keyboard is at something, as who has no mouse
// does.
func (p *person) reach(what, key string, with ...kb.Modifier) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%s)`, js(what)))
	for range 60 {
		p.Type(key, with...)
		if browsertest.Eval[bool](p.Page, fmt.Sprintf(`document.activeElement.matches(%s)`, js(what))) {
			return
		}
	}
	p.t.Fatalf("%s cannot be reached by %q; the keyboard is at %s", what, key,
		browsertest.Eval[string](p.Page, `document.activeElement.outerHTML.slice(0, 200)`))
}

// TestKeyboardOnly is a whole visit with real keys and nothing else: signing in,
// a room, messages and their menu, dialogs, the list, search, settings, and the
// way out.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := &person{Page: browsertest.New(t, browsertest.Options{}), t: t, name: "Anna", url: server.url}
	anna.Open(server.url + "/")
	anna.reach("main.gate form input", kb.Tab)
	anna.Type("Anna" + kb.Enter)
	anna.Wait(`document.querySelector("nav.side .self")`)

	// Into a room by its name.
	anna.reach("#new", kb.Tab)
	anna.Type(kb.Enter)
	anna.focused("#new-items [data-do=group]")
	anna.reach("#new-items [data-do=room]", kb.ArrowDown)
	anna.Type(kb.Enter)
	anna.focused("#asked")
	anna.Type("harbour" + kb.Enter)
	anna.path("/r/harbour")
	anna.focused("#text")
	anna.Type("first words" + kb.Enter)
	anna.sees("first words")
	anna.sent("first words")

	// A message's menu, a reply, an edit, a reaction, a recall.
	onMessage := func(do string) {
		t.Helper()
		anna.reach("#log, .msg", kb.Tab, kb.ModifierShift)
		anna.reach(".msg[data-seq]", kb.ArrowUp)
		anna.Type(kb.Enter)
		anna.focused("#sheet button")
		anna.reach("#sheet [data-do="+do+"]", kb.ArrowDown)
		anna.Type(kb.Enter)
	}
	onMessage("reply")
	anna.focused("#text")
	anna.Type("an answer" + kb.Enter)
	anna.bubble("an answer", ".quote")
	anna.sent("an answer")
	anna.Type(kb.ArrowUp)
	anna.Wait(`document.querySelector("#text").value === "an answer"`)
	anna.Type(kb.End + " indeed" + kb.Enter)
	anna.sees("an answer indeed")
	onMessage("recall")
	anna.Wait(`document.querySelector(".bubble.gone")`)

	// The conversation's menu, its dialogs, and back.
	anna.reach("#room-menu", kb.Tab, kb.ModifierShift)
	anna.Type(kb.Enter)
	anna.focused("#room-items button")
	anna.reach("#room-items [data-do=members]", kb.ArrowDown)
	anna.Type(kb.Enter)
	anna.focused("#shade button")
	for range 8 { // the keyboard stays in the dialog
		anna.Type(kb.Tab)
		anna.focused("#shade *")
	}
	anna.Type(kb.Escape)
	anna.focused("#room-menu")

	// The list, by its search and by itself.
	anna.reach("#search", kb.Tab)
	anna.Type("harb")
	anna.Wait(`document.querySelector("#list a[href='/r/harbour']")`)
	anna.reach("#list a[href='/r/harbour']", kb.ArrowDown)
	anna.Type(kb.Enter)
	anna.Wait(`document.querySelector("#text")`)
	anna.reach("#search", kb.Tab, kb.ModifierShift)
	anna.Type(kb.Escape)
	anna.Wait(`document.querySelector("#search").value === ""`)

	// Settings, and out.
	anna.reach("a[href='/settings']", kb.Tab, kb.ModifierShift)
	anna.Type(kb.Enter)
	anna.path("/settings")
	anna.reach(".settings input[name=theme]", kb.Tab)
	for _, theme := range []string{"light", "dark"} {
		anna.Type(kb.ArrowRight)
		anna.Wait(fmt.Sprintf(`document.documentElement.dataset.theme === %s`, js(theme)))
		anna.focused("input[name=theme][data-value=" + theme + "]:checked")
		anna.Wait(`new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))`)
	}
	anna.Wait(`(() => { [...document.querySelectorAll(".settings button")].find(b => b.textContent === "Sign out").dataset.out = ""; return true })()`)
	anna.reach("[data-out]", kb.Tab)
	anna.Type(kb.Enter)
	anna.focused("#stay")
	anna.reach("#shade .danger", kb.Tab)
	anna.Type(kb.Enter)
	anna.Wait(`document.querySelector("main.gate")`)
	anna.WantNoErrors()
}
