package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// calling is the list of members that an "@" in the field has opened.
type calling struct {
	from, to int // of "@" and what is written of the name, in UTF-16 units
	q        string
	found    []chat.User // none: closed
	active   int
}

// callsShown is how many members the list shows: who is not among them is found
// by writing more of the name.
const callsShown = 40

// look opens, changes or closes the list by what stands before the caret, and
// tells whether it did.
func (c *composer) look(field app.Value) bool {
	next := calling{to: field.Get("selectionEnd").Int()}
	if q, from, ok := callAt(c.text, next.to); ok && field.Get("selectionStart").Int() == next.to {
		found := callable(c.M.company(c.Room), q, c.M.me.ID)
		next.q, next.from, next.found = q, from, found[:min(len(found), callsShown)]
	}
	was := c.calling
	if len(next.found) > 0 && next.from == was.from && next.q == was.q && len(was.found) > 0 {
		next.active = was.active
	}
	if next.found == nil {
		next = calling{}
	}
	c.calling = next
	return len(was.found) > 0 || len(next.found) > 0
}

// callList draws it.
func (c *composer) callList() app.UI {
	if len(c.calling.found) == 0 {
		return html.Div()
	}
	lines := make([]app.UI, 0, len(c.calling.found))
	for i, u := range c.calling.found {
		lines = append(lines, html.Div().Class("room small").Role("option").ID(callID(i)).DataSet("n", i).
			Aria("selected", word(i == c.calling.active)).Body(
			avatar(face{ID: int64(u.ID), Name: u.Name, Pic: u.Avatar, Here: c.M.rep.Presence(u.ID).Online}, "small"),
			html.Span().Class("what").Body(bdi().Class("cut").Text(u.Name))))
	}
	return html.Div().Class("pop calls").ID("calls").Role("listbox").Aria("label", c.M.L.T(locale.MembersToCall)).
		On("mousedown", c.onCallDown).OnClick(c.onCall).Body(lines...)
}

func callID(i int) string { return "call-" + strconv.Itoa(i) }

// announce ties the field to the list, for screen readers.
func (c *composer) announce(field app.HTMLElem) app.HTMLElem {
	if len(c.calling.found) == 0 {
		return field
	}
	return field.Aria("autocomplete", "list").Aria("controls", "calls").Aria("activedescendant", callID(c.calling.active))
}

// callKey takes a key while the list is open, and tells whether it was for it.
func (c *composer) callKey(e app.Event) bool {
	n := len(c.calling.found)
	if n == 0 || composing(e) {
		return false
	}
	switch e.Get("key").String() {
	case "ArrowDown":
		c.calling.active = (c.calling.active + 1) % n
	case "ArrowUp":
		c.calling.active = (c.calling.active + n - 1) % n
	case "Enter", "Tab":
		c.choose(c.calling.active)
	case "Escape":
		c.calling = calling{}
	case "ArrowLeft", "ArrowRight", "Home", "End":
		c.calling = calling{}
		return false // the caret still moves
	default:
		return false
	}
	e.PreventDefault()
	c.M.drawn(func() {
		if on := find("calls", "[aria-selected=true]"); on.Truthy() {
			on.Call("scrollIntoView", map[string]any{"block": "nearest"})
		}
	})
	return true
}

// choose puts a member's name into the field.
func (c *composer) choose(i int) {
	field, at := byID("text"), c.calling
	if !field.Truthy() || i >= len(at.found) {
		return
	}
	u := at.found[i]
	field.Call("setRangeText", "@"+u.Name+" ", at.from, at.to, "end")
	c.calling = calling{}
	c.M.choseCall(u)
	c.text = c.take()
	c.M.keepText(c.text)
	grow(field)
}

// onCallDown keeps the keyboard in the field.
func (c *composer) onCallDown(ctx app.Context, e app.Event) {
	e.PreventDefault()
	ctx.PreventUpdate()
}

func (c *composer) onCall(ctx app.Context, e app.Event) {
	line := closest(e.Get("target"), "[data-n]")
	if !line.Truthy() {
		ctx.PreventUpdate()
		return
	}
	i, _ := strconv.Atoi(data(line, "n"))
	c.choose(i)
	focus(byID("text"))
}

// onBlur closes the list when the keyboard goes elsewhere.
func (c *composer) onBlur(ctx app.Context, _ app.Event) {
	if len(c.calling.found) == 0 {
		ctx.PreventUpdate()
	}
	c.calling = calling{}
}

// choseCall remembers who was chosen for a name, for others may have it too.
func (m *model) choseCall(u chat.User) {
	if m.talk.chosen == nil {
		m.talk.chosen = map[string]chat.AccountID{}
	}
	m.talk.chosen[u.Name] = u.ID
}
