package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
)

// What the menus of messages, rooms and the list have in common.

// item is an entry of a menu.
func item(do, drawing, class, label string) app.UI {
	return html.Button().Class(class).Attr("type", "button").Role("menuitem").DataSet("do", do).Body(icon(drawing), app.Text(label))
}

// leaves tells whether a key closes a menu.
func leaves(key string) bool { return key == "Escape" || key == "Tab" }

// roam moves the keyboard through the buttons of a menu, and tells the key.
func roam(e app.Event, in app.Value) string {
	key := e.Get("key").String()
	var by int
	switch key {
	case "ArrowDown", "ArrowRight":
		by = 1
	case "ArrowUp", "ArrowLeft":
		by = -1
	default:
		return key
	}
	e.PreventDefault()
	all := in.Call("querySelectorAll", `button:not(:disabled, [data-act=more]), a`)
	at := app.Window().Get("Array").Get("prototype").Get("indexOf").Call("call", all, document().Get("activeElement")).Int()
	if n := all.Length(); n > 0 {
		next := all.Index((at + by + n) % n)
		focus(next)
		next.Call("scrollIntoView", map[string]any{"block": "nearest"})
	}
	return key
}

// spot is where a sheet opens: at a point, or, where there is no room below it,
// with its end at above. Without above it is moved up as far as it must.
type spot struct{ x, y, above float64 }

// below is the spot below an element.
func below(el app.Value, indent float64) spot {
	box := el.Call("getBoundingClientRect")
	return spot{x: box.Get("left").Float() + indent, y: box.Get("bottom").Float() + 4, above: box.Get("top").Float() - 4}
}

// putSheet moves an open sheet to its spot, as far as the screen has room for it
// there, and puts the keyboard into it.
func putSheet(sheet app.Value, at spot) {
	if !sheet.Truthy() {
		return
	}
	w, h := app.Window().Size()
	high := sheet.Get("offsetHeight").Float()
	x := min(at.x, float64(w)-sheet.Get("offsetWidth").Float()-8)
	y := min(at.y, float64(h)-high-8)
	if y < at.y && at.above-high >= 8 {
		y = at.above - high
	}
	sheet.Get("style").Set("left", strconv.Itoa(int(max(x, 8)))+"px")
	sheet.Get("style").Set("top", strconv.Itoa(int(max(y, 8)))+"px")
	if first := sheet.Call("querySelector", "button, [tabindex]"); first.Truthy() {
		focus(first)
	}
}

// holdTime is how long a finger must stay to open a menu.
const holdTime = 450 * time.Millisecond

// hold is a finger that stays on something that has a menu.
type hold struct {
	turn   int
	opened bool // it has opened the menu, and still stays
}

// down begins to wait; what the finger then opens is opened at a point.
func (h *hold) down(ctx app.Context, e app.Event, open func(app.Context, spot)) {
	h.turn++
	turn, at := h.turn, pointOf(e)
	ctx.After(holdTime, func(ctx app.Context) {
		if h.turn == turn {
			h.opened = true
			open(ctx, at)
		}
	})
}

// pointOf is where a pointer is.
func pointOf(e app.Event) spot {
	return spot{x: e.Get("clientX").Float(), y: e.Get("clientY").Float()}
}

// drop ends it; so does scrolling, which cancels the pointer.
func (h *hold) drop() { h.turn++ }

// lift keeps the finger that has opened a menu from choosing in it: it is
// lifted above an item, and browsers make a click of that.
func (h *hold) lift(e app.Event) {
	if h.opened {
		h.opened = false
		e.PreventDefault()
	}
}
