package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"

	"parley/web/browsertest"
)

// me is whom the person is signed in as.
func (p *person) me() int64 {
	p.t.Helper()
	return browsertest.Eval[int64](p.Page, `JSON.parse(localStorage.getItem("parley.me")).id`)
}

// goTo chooses a conversation in the list, without loading the page again.
func (p *person) goTo(name string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll("#list .room")].find(e => e.querySelector(".name")?.textContent === %s);
		el.click(); return true })()`, js(name)))
	p.Wait(fmt.Sprintf(`document.querySelector(".bar h1")?.textContent.includes(%s)`, js(name)))
}

// entry chooses an action from the menu of a conversation in the list.
func (p *person) entry(name, do string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll("#list .entry a")].find(e => e.querySelector(".name").textContent === %s);
		el.focus();
		el.dispatchEvent(new MouseEvent("contextmenu", {bubbles: true, cancelable: true, button: 0})); return true })()`, js(name)))
	p.focused("#entry-sheet button")
	p.click("#entry-sheet " + do)
}

// listed waits until the list's entry of a conversation has something inside.
func (p *person) listed(name, what string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll("#list .entry")].some(e => e.querySelector(".name").textContent === %s && e.querySelector(%s))`, js(name), js(what)))
}

// makeGroup makes a group of which owner is the owner.
func makeGroup(owner *person, name string, members ...*person) int64 {
	ids := ""
	for i, p := range members {
		if i > 0 {
			ids += ","
		}
		ids += fmt.Sprint(p.me())
	}
	owner.Wait(fmt.Sprintf(`fetch("/api/v1/rooms", {method: "POST", headers: {"Content-Type": "application/json"},
		body: %s}).then(r => r.json()).then(h => (window.made = h.id, true))`, js(fmt.Sprintf(`{"name":%q,"members":[%s]}`, name, ids))))
	return browsertest.Eval[int64](owner.Page, `window.made`)
}

// TestMention calls somebody in a group that she has muted, by the keyboard
// alone: it is marked in her list, found on opening, and drawn strongly.
func TestMention(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna Lee", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{Lang: "zh-CN"})
	makeGroup(bo, "Orders", anna)
	anna.goTo("Orders")
	anna.click("#room-menu")
	anna.focused("#room-items button")
	anna.shoot("room-menu")
	anna.click("#room-items [data-do=mute]")
	anna.listed("Orders", `[aria-label="Muted"]`)
	anna.Wait(`(() => { document.querySelector(".self").click(); return true })()`)
	anna.path("/settings")

	bo.goTo("Orders")
	for i := range 40 {
		bo.say(fmt.Sprintf("line %d of a long list of things to do", i))
	}
	bo.sent("line 39 of a long list of things to do")
	anna.listed("Orders", ".badge.quiet")
	bo.fill("#text", "please look, @an")
	bo.Wait(`document.querySelector("#calls [role=option]")`)
	bo.shoot("mention-list")
	bo.key("Enter", "")
	bo.Wait(`document.querySelector("#text").value === "please look, @Anna Lee "`)
	bo.Wait(`!document.querySelector("#calls")`)
	bo.key("Enter", "")
	bo.bubble("please look", ".at")
	for i := range 30 {
		bo.say(fmt.Sprintf("later %d of a long list of things to do", i))
	}
	bo.sent("later 29 of a long list of things to do")
	anna.listed("Orders", ".badge:not(.quiet)")
	anna.Wait(`document.querySelector("#list").textContent.includes("[Mentioned you]")`)
	anna.shoot("mention-marked")
	anna.goTo("Orders")
	anna.click(".jump.call")
	anna.Wait(`document.activeElement.textContent.includes("please look") && document.activeElement.querySelector(".at.self")`)
	anna.Wait(`!document.querySelector(".jump.call")`)
	anna.shoot("mention-found")
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestNamesOfReaders looks up who has read a message and who reacted, with the
// keyboard.
func TestNamesOfReaders(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{Dark: true})
	makeGroup(anna, "Orders", bo)
	anna.goTo("Orders")
	bo.goTo("Orders")
	anna.say("who is for Friday?")
	bo.sees("who is for Friday?")
	bo.act("who is for Friday?", ".quick button")
	anna.bubble("who is for Friday?", ".chip")
	anna.bubble("who is for Friday?", ".readers")
	bo.fill("#text", "I am, and")
	anna.Wait(`document.querySelector(".typist .dots") && document.querySelector("#list .typing .dots")`)
	anna.shoot("typing")
	anna.click(".readers")
	anna.focused("#sheet .names")
	anna.Wait(`document.querySelector("#sheet .names").innerText.includes("Bo")`)
	anna.shoot("names")
	anna.key("Escape", "")
	anna.focused(".msg[data-seq]")
	bo.Wait(`(() => { document.querySelector(".chip").dispatchEvent(new MouseEvent("contextmenu", {bubbles: true, cancelable: true, clientX: 500, clientY: 400})); return true })()`)
	bo.focused("#sheet .names")
	bo.shoot("names-dark")
	bo.key("Escape", "")
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestForward sends a message on to a room and to somebody new, and hides,
// marks and puts on top what is in the list.
func TestForward(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	cleo := arrive(t, server.url, "/", "Cleo", browsertest.Options{Width: 390, Height: 844, Touch: true, Dark: true})
	makeGroup(anna, "Orders", bo, cleo)
	anna.goTo("Orders")
	bo.goTo("Orders")
	bo.say("500 pieces by Friday")
	anna.sees("500 pieces by Friday")
	anna.Wait(`(() => { [...document.querySelectorAll(".msg")].pop().focus(); return true })()`)
	anna.key("Enter", "")
	anna.focused("#sheet [role=menuitem]")
	anna.shoot("message-menu")
	anna.click("#sheet [data-do=forward]")
	anna.focused("#find-rooms")
	anna.fill("#find-rooms", "Cleo")
	anna.Wait(`document.querySelector("#targets [data-who]")`)
	anna.key("Enter", "")
	anna.Wait(`document.querySelector("#targets [aria-checked=true]")`)
	anna.fill("#find-rooms", "Ord")
	anna.Wait(`document.querySelector("#targets [data-room]")`)
	anna.shoot("forward")
	anna.click("#targets [data-room]")
	anna.click(".dialog footer .btn:not(:disabled)")
	anna.Wait(`document.querySelector(".toast:not(.none)")`)
	anna.focused(".msg[data-seq]")
	bo.Wait(`[...document.querySelectorAll(".msg.you")].filter(e => e.textContent.includes("500 pieces")).length === 1`)
	cleo.goTo("Anna")
	cleo.sees("500 pieces by Friday")

	// The list.
	anna.entry("Cleo", "[data-do=top]")
	anna.Wait(`document.querySelector("#list .entry:first-child .room.top")?.textContent.includes("Cleo")`)
	anna.focused("#list a")
	anna.entry("Cleo", "[data-do=unread]")
	anna.listed("Cleo", ".badge.dotted")
	anna.shoot("list")
	anna.goTo("Cleo")
	anna.Wait(`!document.querySelector(".badge.dotted")`)
	anna.entry("Cleo", "[data-do=hide]")
	anna.path("/")
	anna.focused("#list a")
	anna.Wait(`![...document.querySelectorAll("#list .entry")].some(e => e.textContent.includes("Cleo"))`)
	anna.fill("#search", "cle")
	anna.listed("Cleo", "a")
	anna.fill("#search", "")
	cleo.Wait(`document.querySelector("#text")`)
	cleo.fill("#text", "I am back")
	cleo.click(".write .go:not(:disabled)")
	anna.listed("Cleo", ".badge")
	cleo.shoot("phone-talk")
	cleo.click(".bar .back")
	cleo.focused("#list a")
	cleo.shoot("phone-list")
	anna.WantNoErrors()
	bo.WantNoErrors()
	cleo.WantNoErrors()
}

// TestBlock blocks a stranger and takes that back.
func TestBlock(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{Lang: "zh-CN"})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	bo.Reload()
	bo.goTo("Anna")
	bo.say("Buy my watches!")
	anna.goTo("Bo")
	anna.sees("Buy my watches!")
	anna.click("#room-menu")
	anna.click("#room-items [data-do=block]")
	anna.focused("#stay")
	anna.shoot("block")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector(".barred") && !document.querySelector("#text")`)
	anna.listed("Bo", `[aria-label="已拉黑"]`)
	anna.shoot("blocked")
	bo.say("Really good watches!")
	bo.Wait(`document.querySelector(".msg.bad .fault")`)
	bo.shoot("blocked-other")
	anna.click("#unblock")
	anna.Wait(`document.querySelector("#text")`)
	bo.click(".msg.bad .fault [data-act=retry]")
	anna.sees("Really good watches!")
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestPins pins messages, far back too, finds them from the bar, and unpins.
func TestPins(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{Width: 390, Height: 844, Touch: true})
	makeGroup(anna, "Orders", bo)
	anna.goTo("Orders")
	anna.say("The address is 12 Long Street")
	anna.sent("The address is 12 Long Street")
	anna.act("The address is", "[data-do=pin]")
	anna.Wait(`document.querySelector(".strip .pin")?.textContent.includes("12 Long Street")`)
	for i := range 70 {
		anna.say(fmt.Sprintf("line %d", i))
	}
	anna.say("The price is 5 euros")
	anna.sent("The price is 5 euros")
	anna.act("The price is", "[data-do=pin]")
	anna.Wait(`document.querySelector("#pins")`)
	anna.shoot("pinned")

	bo.goTo("Orders")
	bo.Wait(`document.querySelector(".strip .pin")?.textContent.includes("5 euros")`)
	bo.shoot("pinned-phone")
	bo.click("#pins")
	bo.Wait(`document.querySelectorAll(".cards .card-row").length === 2`)
	if browsertest.Eval[bool](bo.Page, `document.querySelector(".cards [data-do=unpin]") !== null`) {
		t.Error("a member may unpin")
	}
	bo.shoot("pins-phone")
	bo.press(".cards .card-row:last-child [data-do=show]", "Show")
	bo.Wait(`document.activeElement.textContent.includes("12 Long Street")`)

	anna.click("#pins")
	anna.focused(".cards button")
	anna.shoot("pins")
	anna.click(".cards .card-row:first-child [data-do=unpin]")
	anna.Wait(`document.querySelectorAll(".cards .card-row").length === 1`)
	anna.key("Escape", "")
	anna.Wait(`document.querySelector(".strip .pin").textContent.includes("12 Long Street")`)
	bo.Wait(`document.querySelector(".strip .pin").textContent.includes("12 Long Street")`)
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestReport brings a message before the owner of a group, who removes it.
func TestReport(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	cleo := arrive(t, server.url, "/", "Cleo", browsertest.Options{Dark: true, Lang: "zh-CN"})
	makeGroup(anna, "Orders", bo, cleo)
	for _, p := range []*person{anna, bo, cleo} {
		p.goTo("Orders")
	}
	bo.say("Cheap watches at watches.example")
	cleo.sees("Cheap watches")
	cleo.act("Cheap watches", "[data-do=report]")
	cleo.focused(`.dialog input[type=radio]`)
	cleo.fill("#report-more", "第三次了")
	cleo.shoot("report")
	cleo.click(".dialog .danger:not(:disabled)")
	cleo.Wait(`document.querySelector(".toast:not(.none)")`)
	cleo.focused(".msg[data-seq]")
	anna.click("#review")
	anna.Wait(`document.querySelector(".cards .why")?.textContent.includes("第三次了")`)
	anna.shoot("reports")
	anna.click(".cards [data-do=remove]")
	anna.Wait(`document.querySelector(".cards .none")`)
	anna.key("Escape", "")
	anna.Wait(`!document.querySelector(".strip.warn")`)
	bo.Wait(`!document.querySelector("[role=log]").textContent.includes("Cheap watches")`)
	anna.WantNoErrors()
	bo.WantNoErrors()
	cleo.WantNoErrors()
}

// TestQueuedDeleted deletes a message that waits for a connection.
func TestQueuedDeleted(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.say("before")
	anna.sent("before")
	server.stop()
	anna.Wait(`document.querySelector(".banner")`)
	anna.say("a thought that is better kept")
	anna.Wait(`document.querySelector(".msg[data-key]")`)
	// What the window's focus has drawn anew, or an answer of the disk, leaves
	// the keyboard in the menu that is just opening.
	anna.Wait(`(() => {
		const msg = document.querySelector(".msg[data-key]");
		msg.focus();
		msg.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
		window.dispatchEvent(new Event("focus"));
		return true;
	})()`)
	anna.focused("#sheet [data-do]")
	anna.shoot("queued-menu")
	anna.click("#sheet [data-do=delete]")
	anna.Wait(`!document.querySelector("[role=log]").textContent.includes("a thought")`)
	anna.focused("#log")
	anna.WantNoErrors(append(offlineErrors, "update a ServiceWorker")...)
}

// TestOfflineChanges edits, reacts and recalls without a server, and reloads
// right after: all three are done when there is one again.
func TestOfflineChanges(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.Wait(`document.querySelector("#text")`)
	for _, text := range []string{"first", "second", "third"} {
		anna.say(text)
		anna.sent(text)
	}
	anna.ready()
	server.stop()
	anna.Wait(`document.querySelector(".banner")`)
	anna.act("first", "[data-do=edit]")
	anna.Wait(`document.querySelector("#text").value === "first"`)
	anna.say("changed offline")
	anna.act("second", ".quick button")
	anna.bubble("second", ".chip")
	anna.act("third", "[data-do=recall]")
	anna.Reload()
	anna.sees("changed offline")
	anna.bubble("second", ".chip")
	anna.Wait(`!document.querySelector("[role=log]").textContent.includes("third")`)
	again(t, server, data)
	bo := arrive(t, server.url, "/r/42", "Bo", browsertest.Options{})
	bo.sees("changed offline")
	bo.bubble("second", ".chip")
	bo.Wait(`!document.querySelector("[role=log]").textContent.includes("third")`)
	anna.WantNoErrors(offlineErrors...)
}

// TestListByTouch holds a finger on a conversation: its menu opens, and lifting
// the finger opens nothing else.
func TestListByTouch(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true, Lang: "zh-CN"})
	anna.Wait(`document.querySelector("#text")`)
	anna.click(".bar .back")
	anna.focused("#list a")
	at := browsertest.Eval[[]float64](anna.Page, `(() => { const box = document.querySelector("#list a").getBoundingClientRect();
		return [box.left + 120, box.top + 30] })()`)
	anna.touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: at[0], Y: at[1]})
	anna.Wait(`document.querySelector("#entry-sheet [data-do=top]")`)
	anna.shoot("list-touch")
	anna.touch(input.DispatchTouchEventTypeTouchEnd)
	anna.click("#entry-sheet [data-do=top]")
	anna.Wait(`document.querySelector(".room.top")`)
	anna.path("/")
	if at := browsertest.Eval[string](anna.Page, `location.pathname`); at != "/" {
		t.Errorf("lifting the finger opened %s", at)
	}
	anna.WantNoErrors()
}
