package ui

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/locale"
)

// emojiPicker is where one picks an emoji. Chosen gets what was picked, Closed
// is called when nothing was. Only the group that one looks at is drawn.
type emojiPicker struct {
	app.Compo
	M      *model
	Chosen func(app.Context, string)
	Closed func(app.Context)
	Prefs  int

	taste  emojiTaste
	group  int    // of the tabs: recent is the first
	asked  string // what is searched for
	toning bool   // the skin tones are offered
	failed bool   // the table did not come
}

// emojiFound is how many results are drawn.
const emojiFound = 96

// recent is the tab of what was used last.
const recent = 0

// OnInit opens what was used last, once that fills a row.
func (p *emojiPicker) OnInit() {
	p.taste = p.M.emojiTaste()
	if len(p.taste.Recent) < 8 {
		p.group = 1
	}
}

// OnMount fetches the table at the first opening, and gives the keyboard to the
// search, but on phones, where another keyboard would come up with it.
func (p *emojiPicker) OnMount(ctx app.Context) {
	p.load(ctx)
	ctx.Defer(func(app.Context) {
		if touch() {
			focus(find("emoji", "[role=tab][tabindex='0']"))
			return
		}
		focus(byID("emoji-search"))
	})
}

func (p *emojiPicker) load(ctx app.Context) {
	if p.M.emoji != nil || app.IsServer {
		return
	}
	p.M.loadEmoji(func(err error) {
		ctx.Dispatch(func(app.Context) { p.failed = err != nil })
	})
}

func (p *emojiPicker) Render() app.UI {
	l := p.M.L
	label := l.T(locale.EmojiSearch)
	return html.Div().Class("picker").ID("emoji").Role("dialog").Aria("label", l.T(locale.Emoji)).
		OnClick(p.onClick).OnKeyDown(p.onKey).Body(
		html.Div().Class("seek").Body(
			html.Input().ID("emoji-search").Class("field").Attr("type", "search").Attr("placeholder", label).Aria("label", label).
				Attr("autocomplete", "off").Attr("enterkeyhint", "done").OnInput(p.onSearch),
			html.Button().ID("emoji-tone").Class("icon").Attr("type", "button").Title(p.toneLabel()).Aria("label", p.toneLabel()).
				Aria("expanded", word(p.toning)).Text(hand(p.taste.Tone))),
		p.tones(), p.tabs(), p.body())
}

// hand shows a skin tone.
func hand(tone int) string { return (&emoji{plain: "✋", toned: "✋~"}).with(tone) }

func (p *emojiPicker) toneLabel() string {
	tone := p.taste.Tone
	if tone < 0 || tone >= len(tones) {
		tone = 0
	}
	return p.M.L.T(locale.SkinTone, p.M.L.T(tones[tone].name))
}

// tones draws the skin tones to choose from.
func (p *emojiPicker) tones() app.UI {
	if !p.toning {
		return html.Div()
	}
	out := make([]app.UI, 0, len(tones))
	for i, tone := range tones {
		name := p.M.L.T(tone.name)
		out = append(out, html.Button().Attr("type", "button").Role("radio").Aria("checked", word(i == p.taste.Tone)).
			TabIndex(roving(i == p.taste.Tone)).Title(name).Aria("label", name).DataSet("tone", i).Text(hand(i)))
	}
	return html.Div().Class("tones").Role("radiogroup").Aria("label", p.toneLabel()).Body(out...)
}

// roving is the tab index of one of several among which the arrows go.
func roving(on bool) int {
	if on {
		return 0
	}
	return -1
}

func (p *emojiPicker) tabs() app.UI {
	l := p.M.L
	tab := func(i int, name locale.Text) app.HTMLElem {
		on := i == p.group || p.M.emoji == nil
		return html.Button().Attr("type", "button").Role("tab").Title(l.T(name)).Aria("label", l.T(name)).
			Aria("selected", word(on && p.asked == "")).Aria("controls", "emoji-grid").TabIndex(roving(on)).DataSet("group", i)
	}
	out := []app.UI{tab(recent, locale.EmojiRecent).Body(icon(iconClock))}
	if p.M.emoji != nil {
		for i, g := range p.M.emoji.groups {
			out = append(out, tab(i+1, g.name).Text(g.face))
		}
	}
	return html.Div().Class("tabs").Role("tablist").Aria("label", l.T(locale.EmojiGroups)).Body(out...)
}

// body draws the visible group, or what was found.
func (p *emojiPicker) body() app.UI {
	l := p.M.L
	title, forms := p.shown()
	grid := make([]app.UI, 0, len(forms))
	for i, form := range forms {
		name := form
		if e := p.M.emoji.find(form); e != nil {
			name = e.called(l.Lang())
		}
		grid = append(grid, html.Button().Attr("type", "button").Title(name).Aria("label", name).TabIndex(roving(i == 0)).
			DataSet("emoji", form).Text(form))
	}
	var none app.UI
	switch {
	case len(forms) > 0:
	case p.M.emoji == nil && p.failed:
		none = html.Div().Class("none").Role("alert").Body(app.Text(l.T(locale.EmojiFailed)),
			html.Button().Class("btn plain").Attr("type", "button").DataSet("again", "").Text(l.T(locale.Retry)))
	case p.M.emoji == nil:
	case p.asked != "":
		none = html.Div().Class("none").Role("status").Text(l.T(locale.NothingFound, p.asked))
	default:
		none = html.Div().Class("none").Text(l.T(locale.EmojiNoRecent))
	}
	return html.Div().Class("stock").ID("emoji-grid").Role("tabpanel").Aria("label", title).Body(
		html.Div().Class("title").Text(title),
		html.Div().Class("grid").Body(grid...), none)
}

// shown is what the grid holds, and its name.
func (p *emojiPicker) shown() (title string, forms []string) {
	l := p.M.L
	switch {
	case p.asked != "":
		for _, e := range p.M.emoji.search(p.asked, emojiFound) {
			forms = append(forms, e.with(p.taste.Tone))
		}
		return l.T(locale.Search), forms
	case p.group == recent || p.M.emoji == nil:
		return l.T(locale.EmojiRecent), p.taste.Recent
	}
	g := p.M.emoji.groups[min(p.group, len(p.M.emoji.groups))-1]
	forms = make([]string, 0, len(g.all))
	for i := range g.all {
		forms = append(forms, g.all[i].with(p.taste.Tone))
	}
	return l.T(g.name), forms
}

func (p *emojiPicker) onSearch(ctx app.Context, _ app.Event) {
	asked := strings.TrimSpace(valueOf("emoji-search"))
	if asked == p.asked {
		ctx.PreventUpdate()
		return
	}
	p.asked = asked
	p.toTop()
}

// toTop shows the beginning of another grid.
func (p *emojiPicker) toTop() {
	if grid := byID("emoji-grid"); grid.Truthy() {
		grid.Set("scrollTop", 0)
	}
}

func (p *emojiPicker) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "button")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	number := func(name string) (int, bool) {
		n, err := strconv.Atoi(data(button, name))
		return n, err == nil
	}
	if form := data(button, "emoji"); form != "" {
		p.choose(ctx, form)
	} else if i, is := number("group"); is {
		p.show(i)
	} else if i, is := number("tone"); is {
		p.taste.Tone = i
		p.keep()
		p.turnTones()
	} else if button.Equal(byID("emoji-tone")) {
		p.turnTones()
	} else {
		p.failed = false
		p.load(ctx)
	}
}

// choose hands an emoji over, and remembers it.
func (p *emojiPicker) choose(ctx app.Context, form string) {
	p.taste = p.taste.used(form)
	p.keep()
	p.Chosen(ctx, form)
}

func (p *emojiPicker) keep() { p.M.setLocal(keyEmoji, p.taste) }

// show turns to a group.
func (p *emojiPicker) show(group int) {
	p.group, p.asked = group, ""
	if field := byID("emoji-search"); field.Truthy() {
		field.Set("value", "")
	}
	p.toTop()
}

// turnTones offers the skin tones, or takes them away, and moves the keyboard
// along.
func (p *emojiPicker) turnTones() {
	p.toning = !p.toning
	p.M.drawn(func() {
		if p.toning {
			focus(find("emoji", ".tones [aria-checked=true]"))
			return
		}
		focus(byID("emoji-tone"))
	})
}

// onKey moves the keyboard through the picker: arrows in the tones, the tabs and
// the grid, Tab from one to the next, and what is typed anywhere is searched.
func (p *emojiPicker) onKey(ctx app.Context, e app.Event) {
	if composing(e) || !p.press(ctx, e, e.Get("key").String()) {
		ctx.PreventUpdate()
	}
}

// press does what a key is for, and tells whether something else is shown now.
func (p *emojiPicker) press(ctx app.Context, e app.Event, key string) bool {
	now := document().Get("activeElement")
	seeking := now.Equal(byID("emoji-search"))
	switch {
	case key == "Escape":
		e.PreventDefault()
		e.Call("stopPropagation")
		if p.toning {
			p.turnTones()
		} else {
			p.Closed(ctx)
		}
		return true
	case key == "Tab":
		e.PreventDefault()
		p.hop(now, e.Get("shiftKey").Bool())
	case seeking && key == "ArrowDown":
		e.PreventDefault()
		focus(find("emoji", ".grid button"))
	case seeking && key == "Enter":
		e.PreventDefault()
		if _, forms := p.shown(); p.asked != "" && len(forms) > 0 {
			p.choose(ctx, forms[0])
			return true
		}
	case !seeking:
		return p.walk(e, now, key)
	}
	return false
}

// hop goes to the next part of the picker, or the one before.
func (p *emojiPicker) hop(now app.Value, back bool) {
	parts := []string{"#emoji-search", "#emoji-tone", ".tones [tabindex='0']", ".tabs [tabindex='0']", ".stock .grid button, .stock .none button"}
	at := 0
	for i, part := range []string{"#emoji-search", "#emoji-tone", ".tones", ".tabs", ".stock"} {
		if closest(now, part).Truthy() {
			at = i
		}
	}
	by := 1
	if back {
		by = len(parts) - 1
	}
	for range parts {
		at = (at + by) % len(parts)
		if next := find("emoji", parts[at]); next.Truthy() {
			focus(next)
			return
		}
	}
}

// walk goes by an arrow, Home or End among the buttons around the keyboard, and
// to the search with what is typed. It tells whether that turned to another
// group.
func (p *emojiPicker) walk(e app.Event, now app.Value, key string) bool {
	if key != " " && utf8.RuneCountInString(key) == 1 &&
		!e.Get("ctrlKey").Bool() && !e.Get("metaKey").Bool() && !e.Get("altKey").Bool() {
		focus(byID("emoji-search")) // which gets the character
		return false
	}
	inside := closest(now, ".grid, .tabs, .tones")
	if !inside.Truthy() {
		return false
	}
	grid := inside.Get("classList").Call("contains", "grid").Bool()
	all := inside.Call("querySelectorAll", "button")
	at := app.Window().Get("Array").Get("prototype").Get("indexOf").Call("call", all, now).Int()
	to := step(key, at, all.Length(), columns(inside, grid))
	if to != at || strings.HasPrefix(key, "Arrow") {
		e.PreventDefault()
	}
	switch {
	case to == at:
		return false
	case to < 0:
		focus(byID("emoji-search"))
		return false
	}
	next := all.Index(to)
	focus(next)
	if grid {
		next.Call("scrollIntoView", map[string]any{"block": "nearest"})
	}
	group, err := strconv.Atoi(data(next, "group"))
	if err == nil {
		p.show(group)
	}
	return err == nil
}

// columns is how many the grid has in a row; what is no grid has one row.
func columns(el app.Value, grid bool) int {
	if !grid {
		return 0
	}
	tracks := app.Window().Call("getComputedStyle", el).Get("gridTemplateColumns").String()
	return len(strings.Fields(tracks))
}

// step is where a key leads from one of n in rows of columns: -1 above the first
// row. Without columns there is one row, and up and down lead nowhere.
func step(key string, at, n, columns int) int {
	to := at
	switch key {
	case "ArrowRight":
		to++
	case "ArrowLeft":
		to--
	case "ArrowDown":
		to += columns
		if to >= n && at/max(columns, 1) < (n-1)/max(columns, 1) {
			to = n - 1 // the last row is shorter
		}
	case "ArrowUp":
		to -= columns
		if to < 0 {
			return -1
		}
	case "Home":
		to = 0
	case "End":
		to = n - 1
	}
	if to < 0 || to >= n {
		return at
	}
	return to
}

// word writes a truth value for an attribute.
func word(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
