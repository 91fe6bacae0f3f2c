package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
)

// listMenu is the open menu of an entry of the list, at a point of the screen.
type listMenu struct {
	room chat.RoomID
	at   spot
}

// roomIn is the conversation of the entry around an element, 0 if that is none.
func roomIn(el app.Value) chat.RoomID {
	n, _ := strconv.ParseInt(data(closest(el, "[data-id]"), "id"), 10, 64)
	return chat.RoomID(n)
}

// entryOf is the link of a conversation in the list; null if it is not there.
func entryOf(id chat.RoomID) app.Value {
	return find("list", `[data-id="`+strconv.FormatInt(int64(id), 10)+`"] a`)
}

func (s *side) openMenu(ctx app.Context, m listMenu) {
	s.context = m
	ctx.Update()
	s.M.drawn(func() { putSheet(byID("entry-sheet"), m.at) })
}

// shutMenu closes the menu; the keyboard goes back to the entry.
func (s *side) shutMenu(ctx app.Context) {
	id := s.context.room
	s.context = listMenu{}
	ctx.Update()
	s.M.drawn(func() { focusEntry(id) })
}

// focusEntry puts the keyboard on a conversation in the list, or into the
// search box if it is not there.
func focusEntry(id chat.RoomID) {
	if el := entryOf(id); el.Truthy() {
		focus(el)
		el.Call("scrollIntoView", map[string]any{"block": "nearest"})
		return
	}
	focus(find("list", "a, button"))
}

// drawContext draws the open menu.
func (s *side) drawContext() app.UI {
	r := s.M.roomOf(s.context.room)
	if r == nil {
		return html.Div()
	}
	return html.Div().OnContextMenu(s.onNoContext).Body(
		html.Div().Class("veil deep").OnClick(s.onContextVeil),
		html.Div().Class("pop sheet").ID("entry-sheet").Body(
			html.Div().Class("menu").Role("menu").Aria("label", r.Title).OnClick(s.onContextItem).OnKeyDown(s.onContextKey).
				Body(s.M.roomItems(r, false)...)))
}

func (s *side) onContext(ctx app.Context, e app.Event) {
	id := roomIn(e.Get("target"))
	if id == 0 {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	s.hold.drop()
	at := pointOf(e)
	if el := entryOf(id); e.Get("button").Int() != 2 && el.Truthy() { // the keyboard's
		at = below(el, 60)
	}
	s.openMenu(ctx, listMenu{room: id, at: at})
}

func (s *side) onDown(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	id := roomIn(e.Get("target"))
	if e.Get("pointerType").String() == "mouse" || id == 0 {
		return
	}
	s.hold.down(ctx, e, func(ctx app.Context, at spot) { s.openMenu(ctx, listMenu{room: id, at: at}) })
}

func (s *side) onUp(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate()
	s.hold.drop()
}

func (s *side) onLift(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	s.hold.lift(e)
}

func (s *side) onNoContext(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	e.PreventDefault()
}

func (s *side) onContextVeil(ctx app.Context, _ app.Event) { s.shutMenu(ctx) }

func (s *side) onContextKey(ctx app.Context, e app.Event) {
	if leaves(roam(e, byID("entry-sheet"))) {
		e.PreventDefault()
		s.shutMenu(ctx)
		return
	}
	ctx.PreventUpdate()
}

func (s *side) onContextItem(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		return
	}
	id := s.context.room
	s.shutMenu(ctx)
	s.M.doRoom(id, data(button, "do"), entryOf(id))
}

// returnToList puts the keyboard on the conversation that was left, or near to
// it, where what had it is gone: a phone goes back to the list, an entry of the
// list was hidden.
func (m *model) returnToList(left chat.RoomID) {
	if left == 0 {
		return
	}
	m.drawn(func() {
		if now := document().Get("activeElement"); now.Equal(document().Get("body")) || !now.Truthy() {
			focusEntry(left)
		}
	})
}
