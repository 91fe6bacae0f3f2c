package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/web/browsertest"
)

// auditor is axe-core, which .ci/need fetches into .cache.
func auditor(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("../../.cache/axe-core-*.min.js") // the pattern is good
	if len(found) == 0 {
		t.Fatal("axe-core is not there: run .ci/need axe, which fetches it with npm (make test does)")
	}
	source, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// auditing says what axe is to look at: everything that it has a rule for, and
// what breaks one of them in a way that shuts somebody out.
const auditing = `axe.run(document).then(r => r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical")
	.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + "\n\t" + n.html.slice(0, 300) + "\n\t" +
		n.failureSummary.split("\n").slice(1).join("; "))))`

// audit looks over what the page shows, once nothing moves any more.
func (p *person) audit(source, screen string) {
	p.t.Helper()
	p.Wait(`document.getAnimations().every(a => a.playState === "finished" || a.effect.getTiming().iterations === Infinity)`)
	if !browsertest.Eval[bool](p.Page, `"axe" in window`) {
		browsertest.Eval[bool](p.Page, source+"\n;true")
	}
	for _, violation := range browsertest.Eval[[]string](p.Page, auditing) {
		p.t.Errorf("%s: %s", screen, violation)
	}
	p.shoot("audit-" + p.t.Name()[strings.LastIndexByte(p.t.Name(), '/')+1:] + "-" + strings.ReplaceAll(screen, " ", "-"))
}

// TestAudit breaks two rules, and wants to hear of both.
func TestAudit(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	p := browsertest.New(t, browsertest.Options{})
	p.Open(server.url + "/")
	p.Wait(`document.querySelector("main.gate form input")`)
	browsertest.Eval[bool](p, auditor(t)+"\n;true")
	browsertest.Eval[bool](p, `(() => { const p = document.createElement("p"); p.textContent = "hard to read"; p.style.color = "#ddd";
		p.style.background = "#fff"; document.querySelector("main.gate .card").append(p, document.createElement("button")); return true })()`)
	found := strings.Join(browsertest.Eval[[]string](p, auditing), "\n")
	for _, rule := range []string{"color-contrast", "button-name"} {
		if !strings.Contains(found, rule) {
			t.Errorf("no %s in %q", rule, found)
		}
	}
}

// TestAccessibility has axe-core look over every main screen, in both themes, on
// a desktop and on a phone, in one language each: nothing serious or worse.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	source := auditor(t)
	for name, o := range map[string]browsertest.Options{
		"desktop-light": {},
		"desktop-dark":  {Dark: true, Lang: "zh-CN"},
		"phone-light":   {Width: 390, Height: 844, Touch: true, Lang: "zh-CN"},
		"phone-dark":    {Width: 390, Height: 844, Touch: true, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, "--data", t.TempDir())
			p := &person{Page: browsertest.New(t, o), t: t, name: "Anna", url: server.url}
			auditGate(p, source)
			direct, group := furnish(t, server, p)
			auditList(p, source)
			p.Open(fmt.Sprintf("%s/c/%d", server.url, direct))
			auditTalk(p, source)
			p.Open(fmt.Sprintf("%s/c/%d", server.url, group))
			auditGroup(p, source)
			p.Open(server.url + "/settings")
			p.Wait(`document.querySelector(".settings button")`)
			p.audit(source, "settings")
			p.press(".settings button", map[bool]string{true: "退出登录", false: "Sign out"}[o.Lang == "zh-CN"])
			p.Wait(`document.querySelector("#stay")`)
			p.audit(source, "sign out")
			p.click("#stay")
			p.Open(server.url + "/r/no%20room")
			p.Wait(`document.querySelector(".blank")`)
			p.audit(source, "no such room")
			server.stop()
			p.Wait(`document.querySelector(".banner")`)
			p.audit(source, "offline")
			p.WantNoErrors("WebSocket", "net::ERR", "Failed to load resource")
		})
	}
}

// auditGate looks at the ways in, and goes in.
func auditGate(p *person, source string) {
	p.Open(p.url + "/")
	p.Wait(`document.querySelector("main.gate form input")`)
	p.audit(source, "gate")
	for i := range 3 {
		p.click(fmt.Sprintf("main.gate [role=tab]:nth-child(%d)", i+1))
		p.audit(source, fmt.Sprintf("gate %d", i+1))
	}
	p.click("main.gate [role=tab]:nth-child(1)")
	p.Wait(`document.querySelectorAll("main.gate form input").length === 1`)
	p.fill("main.gate form input", p.name)
	p.click("main.gate form button[type=submit]")
	p.Wait(`document.querySelector("nav.side .self")`)
	p.audit(source, "empty list")
}

// furnish gives Anna somebody to talk to, and things that were said.
func furnish(t *testing.T, server *process, p *person) (direct, group int64) {
	t.Helper()
	me := browsertest.Eval[int64](p.Page, `JSON.parse(localStorage.getItem("parley.me")).id`)
	var bo struct{ Session string }
	server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo"}}`, &bo)
	var room struct{ ID int64 }
	say := func(text string) {
		server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID), bo.Session, text, nil)
	}
	server.do("POST", "/api/v1/rooms", bo.Session, fmt.Sprintf(`{"name":"Orders","members":[%d]}`, me), &room)
	group = room.ID
	say(`{"text":"Who packs the boxes?"}`)
	server.do("PUT", fmt.Sprintf("/api/v1/direct/%d", me), bo.Session, "", &room)
	direct = room.ID
	for _, text := range []string{`{"text":"What is the price? See https://example.org/list"}`, `{"text":"👍"}`} {
		say(text)
	}
	say(`{"text":"500 pieces","reply":1}`)
	return direct, group
}

// auditList looks at the list with its menus and what searching shows.
func auditList(p *person, source string) {
	p.Wait(`document.querySelectorAll("#list a").length === 2`)
	p.audit(source, "list")
	p.click("#new")
	p.Wait(`document.querySelector("#new-items")`)
	p.audit(source, "new menu")
	for i, dialog := range []string{"new group", "enter a room"} {
		if i > 0 {
			p.click("#new")
		}
		p.click(fmt.Sprintf("#new-items button:nth-of-type(%d)", i+1))
		p.Wait(`document.querySelector("#shade .dialog")`)
		p.audit(source, dialog)
		p.key("Escape", "")
		p.Wait(`!document.querySelector("#shade")`)
	}
	p.Wait(`(() => { document.querySelector("#list a").dispatchEvent(new MouseEvent("contextmenu",
		{bubbles: true, cancelable: true, button: 2, clientX: 60, clientY: 200})); return document.querySelector("#entry-sheet") })()`)
	p.audit(source, "menu of a room in the list")
	p.key("Escape", "")
	p.fill("#search", "pri")
	p.Wait(`document.querySelector("#list .hit, #list .none, #list .room")`)
	p.audit(source, "search")
	p.fill("#search", "no such thing anywhere")
	p.Wait(`document.querySelector("#list .none")`)
	p.audit(source, "nothing found")
	p.fill("#search", "")
}

// auditTalk looks at a conversation, and at all that opens above it.
func auditTalk(p *person, source string) {
	p.sees("500 pieces")
	p.Wait(`document.querySelector("#text")`)
	p.fill("#text", "Two euros each")
	p.click(".write .go:not(:disabled)")
	p.sees("Two euros each")
	p.sent("Two euros each")
	p.act("500 pieces", ".quick button")
	p.Wait(`document.querySelector(".chip")`)
	p.audit(source, "conversation")
	p.act("500 pieces", "#sheet .menu") // opens it, and clicks beside the items
	p.audit(source, "menu of a message")
	p.click("#sheet [data-do=emojis]")
	p.Wait(`document.querySelectorAll("#emoji .grid button").length > 100`)
	p.audit(source, "emoji")
	p.click("#emoji-tone")
	p.Wait(`document.querySelector("#emoji .tones")`)
	p.audit(source, "skin tones")
	p.key("Escape", "")
	p.fill("#emoji-search", "zzzz")
	p.Wait(`document.querySelector("#emoji .none")`)
	p.audit(source, "no emoji")
	p.key("Escape", "")
	for _, do := range []string{"forward", "report"} {
		p.act("500 pieces", "#sheet [data-do="+do+"]")
		p.Wait(`document.querySelector("#shade .dialog")`)
		p.audit(source, do)
		p.key("Escape", "")
		p.Wait(`!document.querySelector("#shade")`)
	}
	p.act("500 pieces", "#sheet [data-do=reply]")
	p.Wait(`document.querySelector(".about")`)
	p.audit(source, "reply")
	p.act("Two euros each", "#sheet [data-do=recall]")
	p.Wait(`document.querySelector(".bubble.gone")`)
	p.click("#room-menu")
	p.Wait(`document.querySelector("#room-items")`)
	p.audit(source, "menu of the conversation, and a recall")
	p.key("Escape", "")
}

// auditGroup looks at what a group has of its own.
func auditGroup(p *person, source string) {
	p.sees("Who packs the boxes?")
	p.audit(source, "group")
	p.fill("#text", "@")
	p.Wait(`document.querySelector("#calls")`)
	p.audit(source, "members to mention")
	p.fill("#text", "")
	p.click("#room-menu")
	p.click("#room-items [data-do=members]")
	p.Wait(`document.querySelector("#shade li")`)
	p.audit(source, "members")
	p.click("#shade footer .btn")
	p.Wait(`document.querySelector("#find-people")`)
	p.audit(source, "add members")
	p.key("Escape", "")
	p.Wait(`!document.querySelector("#shade")`)
	p.click("#room-menu")
	p.click("#room-items [data-do=leave]")
	p.Wait(`document.querySelector("#stay")`)
	p.audit(source, "leave")
	p.click("#stay")
}
