package main

import (
	"fmt"
	"testing"

	"parley/web/browsertest"
)

// search types into the search box.
func (p *person) search(text string) {
	p.t.Helper()
	p.fill("#search", text)
}

// hit waits until a message is found that says text, with what was searched for
// marked.
func (p *person) hit(text, marked string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll("#list [data-hit]")].some(e => e.textContent.includes(%s)
		&& [...e.querySelectorAll("mark")].some(m => m.textContent === %s))`, js(text), js(marked)))
}

// lit waits until the message that says text is shown as what was looked for.
func (p *person) lit(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll("[role=log] .msg")].find(e => e.textContent.includes(%s));
		const log = document.querySelector("#log").getBoundingClientRect(), box = el.getBoundingClientRect();
		return box.top >= log.top && box.bottom <= log.bottom && el.matches(".shown") })()`, js(text)))
}

// TestSearchJourney searches in Chinese, online and offline, on a desk and on a
// phone, by keyboard and by finger: people, rooms, and messages, which are
// shown where they were said.
func TestSearchJourney(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir(), "--rate", "0")
	bo := arrive(t, server.url, "/", "Bo 李", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{Lang: "zh-CN"})
	anna.press("#list button", "Bo 李")
	direct := anna.path("/c/")
	anna.say("请开发票给我")
	bo.press("#list a, #list button", "Anna")
	bo.say("发票号是 A-17，明天寄出")
	for _, p := range []*person{anna, bo} {
		p.Open(server.url + "/r/市场")
		p.Wait(`document.querySelector("#text")`)
	}
	bo.say("市场价 12 元")
	anna.sees("市场价 12 元")
	for i := range 80 {
		bo.say(fmt.Sprintf("line %d", i))
	}
	anna.sees("line 79")
	bo.sent("line 79")

	// Online, by keyboard.
	anna.search("发票")
	anna.hit("请开发票给我", "发票")
	anna.hit("发票号是 A-17", "发票")
	anna.shoot("search-zh")
	anna.focused("#search")
	anna.Wait(`document.querySelector("#list [data-room=发票]")`)
	anna.key("ArrowDown", "")
	anna.focused(`#list [data-hit]`)
	anna.key("ArrowDown", "")
	anna.focused(`#list [data-hit]`)
	anna.key("ArrowDown", "")
	anna.focused(`#list [data-room]`) // last
	anna.key("Escape", "")
	anna.focused("#search")
	anna.press("#list [data-hit]", "请开发票给我")
	anna.path(direct)
	anna.lit("请开发票给我")
	anna.search("市场价")
	anna.hit("市场价 12 元", "市场价")
	anna.key("Enter", "") // takes the first
	anna.lit("市场价 12 元")  // far above the newest
	anna.shoot("search-jumped")
	anna.search("李")
	anna.Wait(`[...document.querySelectorAll("#list .entry")].some(e => e.textContent.includes("Bo 李"))`)
	anna.search("\"NEAR(* OR")
	anna.Wait(`document.querySelector("#list .none")`)

	// In one room, from its menu; Escape ends that.
	anna.click("#room-menu")
	anna.click("#room-items [data-do=search]")
	anna.focused("#search")
	anna.search("发票")
	anna.Wait(`document.querySelector("#list .none")`)
	anna.search("line 7")
	anna.hit("line 7", "7")
	anna.shoot("search-room")
	anna.key("Escape", "")
	anna.key("Escape", "")
	anna.Wait(`!document.querySelector(".scope")`)

	// What is recalled is gone from what was found.
	anna.search("发票")
	anna.hit("发票号是 A-17", "发票")
	bo.Open(server.url + direct)
	bo.act("发票号是 A-17", `[data-do=recall]`)
	anna.Wait(`![...document.querySelectorAll("#list [data-hit]")].some(e => e.textContent.includes("A-17"))`)

	// Connected, but who there is cannot be asked: what is known has to do.
	browsertest.Eval[bool](anna.Page, `(() => { const real = fetch; window.fetch = (what, how) =>
		String(what?.url ?? what).includes("/api/v1/people") ? Promise.reject(new TypeError("refused")) : real(what, how); return true })()`)
	anna.search("Bo")
	anna.Wait(`[...document.querySelectorAll("#list .entry")].some(e => e.textContent.includes("Bo 李"))`)
	anna.Wait(`document.querySelector("#list [data-room=Bo]")`)

	// Offline: the same words, on this device.
	anna.ready()
	server.stop()
	anna.Reload()
	anna.Wait(`document.querySelector("#search")`)
	anna.search("发票")
	anna.hit("请开发票给我", "发票")
	anna.Wait(`document.querySelector("#list .hint")`)
	anna.shoot("search-offline")
	anna.press("#list [data-hit]", "请开发票给我")
	anna.path(direct)
	anna.lit("请开发票给我")
	anna.WantNoErrors(offlineErrors...)
	bo.WantNoErrors(offlineErrors...)
}

// TestSearchPhone searches one room on a phone, where the list is a page of its
// own.
func TestSearchPhone(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true, Dark: true})
	anna.Wait(`document.querySelector("#text")`)
	anna.fill("#text", "a Müller invoice")
	anna.click(".write .go:not([disabled])")
	anna.sent("a Müller invoice")
	anna.click("#room-menu")
	anna.click("#room-items [data-do=search]")
	anna.path("/")
	anna.search("muller inv")
	anna.hit("a Müller invoice", "Müller")
	anna.shoot("search-phone")
	anna.press("#list [data-hit]", "invoice")
	anna.path("/r/42")
	anna.lit("a Müller invoice")
	anna.Wait(`document.querySelector("#text")`)
	anna.WantNoErrors()
}
