package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// The document, as far as go-app does not reach it. Natively all of this is
// go-app's stub and does nothing.

// tree is the document, asked for once: what Go is given of the page costs it a
// finalizer each time.
var tree = app.Window().Get("document")

func document() app.Value { return tree }

func byID(id string) app.Value { return document().Call("getElementById", id) }

// find is the first element inside the one of that id that matches; null if
// there is none.
func find(id, selector string) app.Value {
	if el := byID(id); el.Truthy() {
		return el.Call("querySelector", selector)
	}
	return app.Null()
}

// closest is the nearest element around el that matches, el included.
func closest(el app.Value, selector string) app.Value {
	if !el.Truthy() || el.Get("closest").Type() != app.TypeFunction {
		return app.Null()
	}
	return el.Call("closest", selector)
}

// data is a data attribute of an element, "" without one.
func data(el app.Value, name string) string {
	if v := el.Get("dataset").Get(name); v.Type() == app.TypeString {
		return v.String()
	}
	return ""
}

// listen calls f on the UI goroutine for every event of a target that lives as
// long as the page.
func (m *model) listen(target app.Value, event string, f func(app.Value)) {
	if app.IsServer {
		return
	}
	target.Call("addEventListener", event, app.FuncOf(func(_ app.Value, args []app.Value) any {
		m.later(func() { f(args[0]) })
		return nil
	}))
}

// composing tells whether a key belongs to an input method that is at work.
// Browsers that do not say so give the keyCode 229.
func composing(e app.Event) bool {
	return e.Get("isComposing").Truthy() || e.Get("keyCode").Equal(app.ValueOf(229))
}

// focus moves the keyboard to an element, if it is there.
func focus(el app.Value) {
	if el.Truthy() {
		el.Call("focus", map[string]any{"preventScroll": true})
	}
}

// watched reports whether the user can see the page: what is read is read only
// then.
func watched() bool {
	return document().Get("visibilityState").String() == "visible" && document().Call("hasFocus").Bool()
}

// touch reports whether the main pointer is a finger: Enter breaks the line
// there, and no keyboard pops up by itself.
func touch() bool { return media("(pointer: coarse)") }

func media(query string) bool {
	if app.IsServer {
		return false
	}
	return app.Window().Call("matchMedia", query).Get("matches").Bool()
}

// copyText puts text into the clipboard. Pages on plain http have no
// navigator.clipboard: there a selection is copied.
func copyText(text string) {
	if clipboard := app.Window().Get("navigator").Get("clipboard"); clipboard.Truthy() {
		clipboard.Call("writeText", text)
		return
	}
	back := document().Get("activeElement")
	area := document().Call("createElement", "textarea")
	area.Set("value", text)
	area.Set("className", "sr")
	document().Get("body").Call("appendChild", area)
	area.Call("select")
	document().Call("execCommand", "copy")
	area.Call("remove")
	focus(back)
}

// touched is what is below a pointer. A finger's events go to where it came down.
func touched(e app.Value) app.Value {
	return document().Call("elementFromPoint", e.Get("clientX"), e.Get("clientY"))
}
