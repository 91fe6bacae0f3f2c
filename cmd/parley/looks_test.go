package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"parley/web/browsertest"
)

// viewer is somebody who looks at everything, on one screen after another.
type viewer struct {
	*person
	screen browsertest.Options
	name   string   // of the screen and the language
	said   []string // what people have typed, which is in any language
	found  []string // what was reported already
}

// screens are what things are looked at on.
var screens = []struct {
	name string
	browsertest.Options
}{
	{"desktop", browsertest.Options{Width: 1280, Height: 800, Still: true}},
	{"phone", browsertest.Options{Width: 390, Height: 844, Touch: true, Still: true}},
}

// everywhere does something on each screen in each language; look adds the
// themes.
func (v *viewer) everywhere(do func()) {
	v.t.Helper()
	for _, lang := range []string{"en", "zh-Hans"} {
		for _, s := range screens {
			v.screen = s.Options
			v.name = s.name + "-" + lang[:2]
			v.Turn(v.screen)
			v.speak(lang)
			do()
		}
	}
}

// speak chooses the language in the settings.
func (v *viewer) speak(lang string) {
	v.t.Helper()
	v.screen.Lang = lang
	if browsertest.Eval[string](v.Page, `document.documentElement.lang`) == lang {
		return
	}
	v.click(".myself .self")
	v.click(fmt.Sprintf(`.settings input[name=lang][data-value="%s"]`, lang))
	v.Wait(fmt.Sprintf(`document.documentElement.lang === %s`, js(lang)))
}

// look takes a picture of what there is in both themes, and checks each. Where
// nobody asks for pictures one theme is enough: what is wrong with a colour is
// the audit's.
func (v *viewer) look(surface string) {
	v.t.Helper()
	themes := []bool{false, true}
	if os.Getenv("PARLEY_SHOTS") == "" {
		themes = []bool{v.screen.Lang != "en"}
	}
	for _, dark := range themes {
		theme := "light"
		if v.screen.Dark = dark; dark {
			theme = "dark"
		}
		v.Turn(v.screen)
		v.shoot(fmt.Sprintf("%s-%s-%s", surface, v.name, theme))
		said, _ := json.Marshal(v.said) // of strings
		script := fmt.Sprintf(faulty, v.screen.Touch, v.screen.Lang == "en", said)
		for _, fault := range browsertest.Eval[[]string](v.Page, script) {
			if !slices.Contains(v.found, v.name+fault) {
				v.found = append(v.found, v.name+fault)
				v.t.Errorf("%s, %s, %s: %s", surface, v.name, theme, fault)
			}
		}
	}
}

// faulty is a script that returns what is wrong with what the page shows: what
// is wider than it should be, cut, out of reach, too small for a finger, or in
// another language. What is meant to be cut says so (text-overflow, line-clamp),
// and nothing of a button is.
const faulty = `((touch, english, said) => {
	const out = new Set(), W = innerWidth, H = innerHeight;
	const tell = (what, el, text) => out.add(what + ": " + path(el) + " " + JSON.stringify((text ?? el.textContent).trim().slice(0, 80)));
	const path = el => [el.parentElement, el].filter(Boolean).map(e => e.localName + (e.id && "#" + e.id) +
		[...e.classList].map(c => "." + c).join("")).join(" > ");
	const shown = el => el.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !el.closest(".sr");
	const up = function* (el) { for (; el; el = el.parentElement) yield el };
	const scrolls = (el, axis) => [...up(el)].some(p => /auto|scroll/.test(getComputedStyle(p)["overflow" + axis]));
	const typed = text => said.some(s => s.includes(text) || text.includes(s));

	if (document.scrollingElement.scrollWidth > W) tell("the page is too wide", document.body, "");
	for (const el of document.body.querySelectorAll("*")) {
		if (!shown(el)) continue;
		const style = getComputedStyle(el);
		if (el.scrollWidth > el.clientWidth + 1 && el.clientWidth > 1 && !/^(img|svg|canvas|input|textarea)$/.test(el.localName)) {
			const texts = [...el.childNodes].some(n => n.nodeType === 3 && n.data.trim());
			if (/auto|scroll/.test(style.overflowX) && !el.matches(".tray")) tell("scrolls sideways", el);
			else if (texts && style.overflowX !== "visible" && style.textOverflow !== "ellipsis" && style.webkitLineClamp === "none") tell("is cut", el);
			else if (texts && style.overflowX === "visible" && style.display !== "inline") tell("spills", el);
		}
	}

	// Texts, where they are painted.
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode, el = node.parentElement, text = node.data.trim();
		if (!text || !shown(el) || /^(script|style|noscript)$/.test(el.localName)) continue;
		language(el, text);
		const range = document.createRange();
		range.selectNodeContents(node);
		const box = range.getBoundingClientRect(), button = el.closest("button, .btn, [role=tab], .choice label, .switch");
		if (!box.width) continue;
		if (!scrolls(el, "X") && (box.left < -1 || box.right > W + 1) && !typed(text)) tell("is beyond the edge", el, text);
		if (!button || typed(text)) continue;
		for (const p of up(el)) {
			const edge = p.getBoundingClientRect();
			if (getComputedStyle(p).display !== "inline" && (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 3 || box.bottom > edge.bottom + 3))
				tell("does not fit into its button", el, text);
			if (p === button) break;
		}
	}

	// Controls.
	const above = document.querySelector("#shade, .veil, .gallery");
	for (const el of document.querySelectorAll("button, a[href], input, textarea, select, [role=option], [tabindex='0']")) {
		if (!shown(el) || el.matches(":disabled") || el.id === "log") continue;
		const own = el.getBoundingClientRect(), box = (el.closest("label") ?? el).getBoundingClientRect();
		if (!own.width || !own.height) continue;
		for (const word of ["aria-label", "title", "placeholder"]) if (el.hasAttribute(word) && !el.dataset.emoji) language(el, el.getAttribute(word));
		if (box.left < -1 || box.right > W + 1) { if (!scrolls(el.parentElement, "X")) tell("is beyond the edge", el); }
		if (box.top < -1 || box.bottom > H + 1) { if (!scrolls(el.parentElement, "Y")) tell("is beyond the edge", el); continue }
		const words = el.closest(".text, .quote, .hint, .meta, .fault, .acts, .banner, .foot, .portrait, .day, .strip, .chips, .gone, .picks, .tray, .about, .scope, .up") !== null;
		if ((box.width < 24 || box.height < 24 || touch && !words && Math.max(box.width, box.height) < 40 || touch && !words && box.height < 36) && style(el)) tell("is small, " + Math.round(box.width) + " x " + Math.round(box.height) + " px", el, el.getAttribute("aria-label") ?? undefined);
		if (above && !above.contains(el) && !el.closest(".pop")) continue;
		const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
		const clip = [...up(el.parentElement)].find(p => /auto|scroll/.test(getComputedStyle(p).overflowY))?.getBoundingClientRect();
		if (clip && (box.top + box.height / 2 < clip.top || box.top + box.height / 2 > clip.bottom - 2 || box.left + box.width / 2 > clip.right)) continue;
		if (at && !el.contains(at) && !at.contains(el) && !el.closest("label")?.contains(at)) tell("is covered by " + path(at), el, el.getAttribute("aria-label") ?? undefined);
	}
	function style(el) { return !el.closest(".text") && getComputedStyle(el).display !== "inline" }

	function language(el, text) {
		if (el.closest("[data-emoji], .av")) return;
		let rest = text;
		for (const s of said) rest = rest.replaceAll(s, "");
		if (said.some(s => s.includes(text.replace(/^…|…$/g, "")))) return;
		if (english ? /\p{Script=Han}/u.test(rest.replace("简体中文", "")) : /\p{Script=Latin}/u.test(rest.replace(
			/\b(English|Parley|Enter|Ctrl|Shift|JSON|Chrome|Firefox|Linux|Windows|macOS|Safari|[KMG]?B|PDF|PNG|TXT|a–z)\b/g, "").replace(/ [0-9a-f]{8,}$/, "")))
			tell("is in another language", el, text);
	}
	return [...out];
})(%v, %v, %s)`
