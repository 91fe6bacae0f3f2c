package main

import (
	"fmt"
	"strings"
	"testing"

	"parley/web/browsertest"
)

// unclipped finds where text with a mark on it can be painted beyond what it
// belongs to: nothing around it clips it to a bounded height.
const unclipped = `(() => {
	const bounded = (el) => { for (; el && el !== document.body; el = el.parentElement) {
		const s = getComputedStyle(el), high = el.getBoundingClientRect().height;
		if ((/hidden|clip|auto|scroll/.test(s.overflowY) || s.clipPath !== "none") && high < 120) return true;
		if (s.clipPath === "inset(50%)") return true; // for screen readers only
	} return false };
	const out = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walker.nextNode());)
		if (/\u030d/.test(n.data) && n.parentElement.getBoundingClientRect().height > 0 && !bounded(n.parentElement))
			out.push(n.parentElement.outerHTML.slice(0, 120));
	return out })()`

// turned finds names that are not kept from the words around them.
const turned = `(() => {
	const out = [], walker = document.createTreeWalker(document.querySelector("#list, body"), NodeFilter.SHOW_TEXT);
	for (let n; (n = walker.nextNode());) {
		const at = n.data.indexOf("דנה");
		if (at < 0) continue;
		const alone = n.data.trim() === "דנה" && /isolate|plaintext/.test(getComputedStyle(n.parentElement).unicodeBidi);
		const block = n.data.trim() === "דנה" && getComputedStyle(n.parentElement).display !== "inline";
		if (!alone && !block && n.data[at - 1] !== "\u2068") out.push(n.parentElement.outerHTML.slice(0, 160));
	}
	return out })()`

// TestTextHazards has somebody with a hostile name write what is meant to harm
// whoever reads it.
func TestTextHazards(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	me := browsertest.Eval[int64](anna.Page, `JSON.parse(localStorage.getItem("parley.me")).id`)
	guest := func(name string) (session string) {
		var s struct{ Session string }
		server.do("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":%s}}`, js(name)), &s)
		return s.Session
	}
	// More than 30 on one letter are not in normal form, and refused.
	marked, dana := guest("Z"+strings.Repeat("\u030d", 30)), guest("דנה")
	var room struct{ ID int64 }
	server.do("POST", "/api/v1/rooms", dana, fmt.Sprintf(`{"name":"Harbour","members":[%d]}`, me), &room)
	say := func(as, text string) {
		server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID), as, fmt.Sprintf(`{"text":%s}`, js(text)), nil)
	}
	for _, text := range []string{
		"javascript:alert(document.cookie)", "JaVaScRiPt:alert(1)//https", "data:text/html,<script>alert(1)</script>",
		"vbscript:x", "file:///etc/passwd", "blob:https://x.example/1", "https://good.example/\u202egpj.exe",
		"Z" + strings.Repeat("\u030d", 5000), "\u202eturned",
	} {
		say(dana, text)
	}
	anna.press("#list a", "Harbour")
	anna.sees("turned")
	anna.Wait(`[...document.querySelectorAll(".msg")].some(m => m.textContent.includes("turned") && m.querySelector(".author"))
		|| document.querySelector(".author")`)
	if links := browsertest.Eval[[]string](anna.Page, `[...document.querySelectorAll(".msg a")].map(a => a.href)`); len(links) != 1 || links[0] != "https://good.example/" {
		t.Errorf("links: %q", links)
	}
	check := func(where string) {
		t.Helper()
		for _, el := range browsertest.Eval[[]string](anna.Page, unclipped) {
			t.Errorf("%s: marks are painted beyond %s", where, el)
		}
		for _, el := range browsertest.Eval[[]string](anna.Page, turned) {
			t.Errorf("%s: the name can turn what is around it: %s", where, el)
		}
	}
	check("group")
	if high := browsertest.Eval[float64](anna.Page, `Math.max(...[...document.querySelectorAll(".bubble")].map(b => b.offsetHeight))`); high > 80 {
		t.Errorf("a bubble is %v px high", high)
	}
	anna.shoot("hazards")

	// A name made of marks, in the list and in a conversation of two.
	var direct struct{ ID int64 }
	server.do("PUT", fmt.Sprintf("/api/v1/direct/%d", me), marked, "", &direct)
	room.ID = direct.ID
	say(marked, "who am I?")
	anna.press("#list a", "who am I?")
	anna.sees("who am I?")
	anna.act("who am I?", "#sheet [data-do=reply]")
	anna.Wait(`document.querySelector(".about")`)
	check("direct")
	anna.shoot("hazards-name")
	anna.WantNoErrors()
}
