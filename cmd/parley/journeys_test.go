package main

import (
	"fmt"
	"strings"
	"testing"

	"parley/web/browsertest"
)

// act chooses an action from the menu of the message that says text.
func (p *person) act(text, do string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll(".msg[data-seq] .bubble")].findLast(e => e.textContent.includes(%s));
		const box = el.getBoundingClientRect();
		el.dispatchEvent(new MouseEvent("contextmenu", {bubbles: true, cancelable: true, clientX: box.left + 5, clientY: box.top + 5}));
		return true })()`, js(text)))
	p.click(do)
}

// bubble waits until the message that says text has something inside.
func (p *person) bubble(text, what string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll(".msg")].some(e => e.textContent.includes(%s) && e.querySelector(%s))`, js(text), js(what)))
}

// TestMessageWork is what one does with messages: ticks, reply, edit, react,
// recall, and that the other side follows.
func TestMessageWork(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{Lang: "zh-CN"})
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	anna.say("价格是多少？")
	bo.Wait(`document.title.startsWith("(1)")`)
	bo.press("#list a, #list button", "Anna")
	bo.path(direct)
	bo.sees("价格是多少？")
	anna.bubble("价格是多少？", ".tick.read")
	bo.Wait(`!document.title.startsWith("(")`)

	bo.act("价格是多少？", `[data-do=reply]`)
	bo.say("Two euros")
	anna.Wait(`[...document.querySelectorAll(".msg")].some(e => e.textContent.includes("Two euros") && e.querySelector(".quote"))`)

	bo.act("Two euros", `[data-do=edit]`)
	bo.Wait(`document.querySelector("#text").value === "Two euros"`)
	bo.say("Three euros")
	anna.sees("Three euros")
	anna.Wait(`!document.querySelector("[role=log]").textContent.includes("Two euros")`)
	anna.sees("已编辑")

	anna.act("Three euros", `.quick button`)
	bo.sees("👍")

	bo.act("Three euros", `[data-do=recall]`)
	anna.sees("撤回")
	anna.Wait(`!document.body.textContent.includes("Three euros")`)
	anna.Reload()
	anna.sees("撤回")
	anna.shoot("recalled")
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestGuestBecomesMember keeps everything, also a message that is just being
// stored, signs out, comes back on another browser, and ends the account there.
func TestGuestBecomesMember(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/market", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true})
	anna.path("/r/market")
	anna.Wait(`document.querySelector("#text")`)
	anna.fill("#text", "Fresh fish!")
	anna.click(".write .go:not([disabled])")
	anna.sees("Fresh fish!")
	anna.Open(server.url + "/signin")
	anna.Wait(`document.querySelectorAll("main.gate form input").length >= 2`)
	inputs := browsertest.Eval[int](anna.Page, `document.querySelectorAll("main.gate form input").length`)
	for i, value := range map[int][]string{2: {"anna", "correct horse"}, 3: {"Anna", "anna", "correct horse"}}[inputs] {
		anna.fill(fmt.Sprintf("main.gate form > :nth-child(%d) input", i+1), value)
	}
	anna.shoot("become")
	anna.click(`main.gate form button[type=submit]`)
	anna.path("/settings") // before, the session is being exchanged
	anna.Open(server.url + "/r/market")
	anna.sees("Fresh fish!")
	anna.sent("Fresh fish!") // who signs out before gives it up
	anna.Open(server.url + "/settings")
	anna.press(".settings button", "Sign out")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector("main.gate")`)

	again := &person{Page: browsertest.New(t, browsertest.Options{}), t: t, url: server.url}
	again.Open(server.url + "/signin")
	again.signsIn("anna", "correct horse")
	again.press("#list a, #list button", "market")
	again.sees("Fresh fish!")
	again.endsAccount("correct horse")
	again.Open(server.url + "/signin")
	again.signsIn("anna", "correct horse")
	again.Wait(`document.querySelector("main.gate form [role=alert]")`)
	again.WantNoErrors("401", "403")
}

// signsIn fills in the form for members.
func (p *person) signsIn(username, password string) {
	p.t.Helper()
	p.press("main.gate [role=tab]", "Sign in")
	p.Wait(`document.querySelectorAll("main.gate form input").length == 2`)
	p.fill("main.gate form > :nth-child(1) input", username)
	p.fill("main.gate form > :nth-child(2) input", password)
	p.click(`main.gate form button[type=submit]`)
}

// endsAccount deletes a member's account, with a wrong password at first, which
// changes nothing.
func (p *person) endsAccount(password string) {
	p.t.Helper()
	p.Open(p.url + "/settings")
	p.click("#delete-me")
	p.focused("#delete-password")
	for _, typed := range []string{"wrong horse", password} {
		p.fill("#delete-password", typed)
		p.click(".dialog .danger:not([disabled])")
		if typed != password {
			p.Wait(`/password/i.test(document.querySelector(".dialog [role=alert]").textContent)`)
			p.shoot("delete-wrong-password")
		}
	}
	p.Wait(`document.querySelector("main.gate") && !localStorage.getItem("parley.me")`)
	p.Wait(`indexedDB.databases().then(all => all.length === 0)`)
}

// TestRefusedStays writes offline to a group, and is removed from it in the
// meantime: what was written is still there, with the reason, to be copied.
func TestRefusedStays(t *testing.T) {
	t.Parallel()
	data := "--data=" + t.TempDir()
	server := start(t, data)
	port := strings.TrimPrefix(server.url, "http://")
	var owner struct{ Session string }
	server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Owner"}}`, &owner)
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	me := browsertest.Eval[int64](anna.Page, `JSON.parse(localStorage.getItem("parley.me")).id`)
	var club struct{ ID int64 }
	server.do("POST", "/api/v1/rooms", owner.Session, fmt.Sprintf(`{"name":"Club","members":[%d]}`, me), &club)
	anna.press("#list a", "Club")
	anna.say("before")
	anna.sent("before") // or it would be refused as well
	server.stop()
	anna.Wait(`document.querySelector(".banner")`)
	anna.say("not to be lost")
	server = start(t, data, "--listen", port)
	server.do("DELETE", fmt.Sprintf("/api/v1/rooms/%d/members/%d", club.ID, me), owner.Session, "", nil)
	anna.Wait(`document.querySelector(".msg.bad .fault [data-act=keep]")`)
	anna.sees("not to be lost")
	anna.Wait(`!document.querySelector("#text")`)
	anna.click(".msg.bad .fault [data-act=drop]")
	anna.Wait(`!document.body.textContent.includes("not to be lost")`)
	anna.WantNoErrors("WebSocket", "net::ERR")
}
