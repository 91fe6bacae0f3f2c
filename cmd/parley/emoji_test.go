package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"parley/web/browsertest"
)

// TestEmojiByKeyboard picks emoji for a message and for a reaction without a
// mouse: by words in both languages, by arrows, with a skin tone. The browser
// remembers the tone and what was used, and forgets both at the sign-out.
func TestEmojiByKeyboard(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.Wait(`document.querySelector("#text") === document.activeElement`)
	field := func(want string) {
		t.Helper()
		anna.Wait(fmt.Sprintf(`document.querySelector("#text").value === %s && document.activeElement.id === "text"`, js(want)))
	}
	first := func(want string) {
		t.Helper()
		anna.Wait(fmt.Sprintf(`document.querySelector("#emoji .grid button")?.dataset.emoji === %s`, js(want)))
	}
	open := func() {
		t.Helper()
		anna.Wait(`(() => { document.querySelector("#smile").focus(); return true })()`)
		anna.Type(kb.Enter)
		anna.focused("#emoji-search")
		anna.Wait(`document.querySelectorAll("#emoji [role=tab]").length === 10`)
	}

	// Found by a Chinese word and taken by Enter.
	anna.Type("Deal ")
	open()
	anna.Type("握手")
	first("🤝")
	anna.Type(kb.Enter)
	field("Deal 🤝")

	// A skin tone, a group, an arrow.
	open()
	anna.Type(kb.Tab)
	anna.focused("#emoji-tone")
	anna.Type(kb.Enter)
	anna.focused(".tones [data-tone='0']")
	anna.Type(kb.ArrowRight + kb.ArrowRight + kb.ArrowRight)
	anna.focused(".tones [data-tone='3']")
	anna.Type(kb.Enter)
	anna.focused("#emoji-tone")
	anna.Type(kb.Tab)
	anna.focused("#emoji [role=tab][data-group='1']")
	anna.Type(kb.ArrowLeft)
	first("🤝") // used last
	anna.Type(kb.ArrowRight + kb.ArrowRight)
	anna.focused("#emoji [role=tab][data-group='2'][aria-selected=true]")
	first("👋🏽")
	anna.shoot("emoji-people")
	anna.Type(kb.Tab)
	anna.focused("#emoji [data-emoji='👋🏽']")
	anna.Type(kb.ArrowRight + kb.ArrowDown + kb.ArrowUp + kb.ArrowLeft + kb.ArrowUp)
	anna.focused("#emoji-search")
	anna.Type(kb.ArrowDown + kb.ArrowRight)
	anna.focused("#emoji [data-emoji='🤚🏽']")

	// What is typed in the grid is searched; Escape leaves.
	anna.Type("rock")
	anna.focused("#emoji-search")
	anna.Wait(`document.querySelector("#emoji-search").value === "rock" && document.querySelector("#emoji [data-emoji='🚀']")`)
	anna.Type(kb.Escape)
	field("Deal 🤝")
	anna.Type(kb.Enter)
	anna.sees("Deal 🤝")

	// As a reaction, after a reload, with the tone of before.
	anna.sent("Deal 🤝")
	anna.Reload()
	anna.sees("Deal 🤝")
	anna.Wait(`(() => { document.querySelector("#log").focus(); return document.activeElement.id === "log" })()`)
	anna.Type(kb.ArrowUp)
	anna.focused(".msg[data-seq]")
	anna.Type(kb.Enter)
	anna.focused("#sheet [data-do]")
	anna.Wait(`(() => { document.querySelector("#sheet [data-do=emojis]").focus(); return true })()`)
	anna.Type(kb.Enter)
	anna.focused("#emoji-search")
	anna.Type("thumbs up")
	first("👍🏽")
	anna.Type(kb.Enter)
	anna.Wait(`document.querySelector(".chip[data-emoji='👍🏽'][aria-pressed=true]")`)
	anna.focused(".msg[data-seq]")

	anna.Open(server.url + "/settings")
	anna.press(".settings button", "Sign out")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector("main.gate") && localStorage.getItem("parley.emoji") === null`)
	anna.WantNoErrors()
}

// TestEmojiOffline opens the picker for the first time when the server is gone.
func TestEmojiOffline(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Lang: "zh-CN"})
	anna.Wait(`navigator.serviceWorker.ready.then(r => r.active.state === "activated" && navigator.serviceWorker.controller)`)
	server.stop()
	anna.click("#smile")
	anna.Wait(`document.querySelector("#emoji .grid [data-emoji='😀'][aria-label='嘿嘿']")`)
	anna.WantNoErrors("WebSocket", "net::ERR")
}

// TestEmojiPhone is the picker under a thumb: a sheet at the bottom, no keyboard
// that comes up by itself, and nothing out of reach.
func TestEmojiPhone(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	for _, dark := range []bool{false, true} {
		anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true, Dark: dark, Lang: "zh-CN"})
		anna.click("#smile")
		anna.Wait(`document.querySelectorAll("#emoji .grid button").length > 100`)
		anna.focused("#emoji [role=tab]")
		anna.Wait(`(() => { const box = document.querySelector(".emojis").getBoundingClientRect();
			return box.left === 0 && box.right === innerWidth && Math.abs(box.bottom - innerHeight) < 1 && box.top > innerHeight / 4 })()`)
		anna.Wait(`[...document.querySelectorAll("#emoji button")].every(b => b.offsetWidth >= 24 && b.offsetHeight >= 24)`)
		anna.shoot(fmt.Sprintf("emoji-phone-dark-%v", dark))
		anna.click("#emoji [data-group='9']")
		anna.click("#emoji [data-emoji='🇨🇳']")
		anna.Wait(`document.querySelector("#text").value === "🇨🇳" && !document.querySelector("#emoji")`)
		anna.focused("#smile")
		anna.click(".write .go:not(:disabled)")
		anna.sees("🇨🇳")
		anna.act("🇨🇳", "#sheet [data-do=emojis]")
		anna.Wait(`(() => { const box = document.querySelector("#sheet.emojis").getBoundingClientRect();
			return box.left === 0 && box.right === innerWidth && Math.abs(box.bottom - innerHeight) < 1 })()`)
		anna.shoot(fmt.Sprintf("emoji-react-phone-dark-%v", dark))
		anna.click("#emoji [data-group='0']") // used last
		anna.click("#emoji [data-emoji='🇨🇳']")
		anna.Wait(`document.querySelector(".chip[data-emoji='🇨🇳']")`)
		anna.WantNoErrors()
	}
}
