package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
)

// How one reaches what can be done with a message: the buttons inside it, the
// tools that follow the mouse, a long press, the right button, the keyboard.

func seqOf(el app.Value) chat.Seq {
	if !el.Truthy() {
		return 0
	}
	n, _ := strconv.ParseInt(data(el, "seq"), 10, 64)
	return chat.Seq(n)
}

// onClick takes the clicks on everything inside the messages.
func (t *timeline) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-act]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	msg := closest(button, ".msg")
	if closest(button, "#tools").Truthy() {
		msg = t.hot
	}
	seq := chat.Seq(0)
	if msg != nil {
		seq = seqOf(msg)
	}
	switch data(button, "act") {
	case "jump":
		n, _ := strconv.ParseInt(data(button, "to"), 10, 64)
		t.M.jump(chat.Seq(n))
	case "date":
		n, _ := strconv.ParseInt(data(button, "at"), 10, 64)
		t.M.openDate(chat.Time(n), button)
	case "chip":
		t.M.react(seq, data(button, "emoji"))
	case "again":
		t.M.writeAgain(seq)
	case "retry":
		t.onEntry(button, func(key chat.Key) { t.M.step(replica.Retry{Key: key}) })
	case "drop":
		t.onEntry(button, func(key chat.Key) { t.M.step(replica.Discard{Key: key}) })
	case "keep":
		t.onEntry(button, func(key chat.Key) {
			if e := t.M.rep.Entry(key); e != nil {
				copyText(e.Text)
			}
		})
	case "picture":
		t.M.openGallery(seq, int(numberOf(data(button, "n"))))
	case "play":
		t.M.toggle(closest(button, ".voice"))
	case "reply":
		t.M.replyTo(seq)
	case "more", "smile":
		t.open(ctx, menu{seq: seq, emojis: data(button, "act") == "smile", at: below(button, 0)})
	case "names":
		t.open(ctx, menu{seq: seq, names: true, at: below(button, 0)})
	}
}

func (t *timeline) onEntry(button app.Value, do func(chat.Key)) {
	if key, err := chat.ParseKey(data(button, "key")); err == nil {
		do(key)
	}
}

// onSeek goes to a place of a voice message.
func (t *timeline) onSeek(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if at := e.Get("target"); closest(at, ".seek").Truthy() {
		t.M.seek(closest(at, ".voice"), numberOf(at.Get("value").String()))
	}
}

// onOver moves the tools to the message under the mouse.
func (t *timeline) onOver(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if e.Get("pointerType").String() != "mouse" || t.menu != (menu{}) {
		return
	}
	target := e.Get("target")
	tools := byID("tools")
	if !tools.Truthy() || closest(target, "#tools").Truthy() {
		return
	}
	msg := closest(target, ".msg[data-seq]")
	if !msg.Truthy() || msg.Call("querySelector", ".bubble.gone").Truthy() {
		tools.Get("classList").Call("remove", "on")
		return
	}
	t.hot = msg
	bubble := msg.Call("querySelector", ".bubble").Call("getBoundingClientRect")
	fill := tools.Get("parentElement").Call("getBoundingClientRect")
	width := tools.Get("offsetWidth").Float()
	left := bubble.Get("right").Float() - 14
	if msg.Get("classList").Call("contains", "me").Bool() {
		left = bubble.Get("left").Float() - width + 14
	}
	left = min(max(left-fill.Get("left").Float(), 0), fill.Get("width").Float()-width)
	style := tools.Get("style")
	style.Set("left", strconv.Itoa(int(left))+"px")
	style.Set("top", strconv.Itoa(int(bubble.Get("top").Float()-fill.Get("top").Float()-20))+"px")
	tools.Get("classList").Call("add", "on")
}

// onDown begins to wait for a long press.
func (t *timeline) onDown(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	msg := closest(e.Get("target"), ".msg")
	if e.Get("pointerType").String() == "mouse" || !msg.Truthy() {
		return
	}
	opens := menuOf(msg, closest(e.Get("target"), ".chip").Truthy())
	t.hold.down(ctx, e, func(ctx app.Context, at spot) {
		opens.at = at
		t.open(ctx, opens)
	})
}

// onUp ends it.
func (t *timeline) onUp(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate()
	t.hold.drop()
}

func (t *timeline) onLift(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	t.hold.lift(e)
}

// onNoContext keeps the browser's own menu away from ours.
func (t *timeline) onNoContext(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	e.PreventDefault()
}

// onContext opens the menu in the place of the browser's, but where there is a
// link or a selection to do something with. On a reaction it tells who gave it.
func (t *timeline) onContext(ctx app.Context, e app.Event) {
	msg := closest(e.Get("target"), ".msg")
	selected := app.Window().Call("getSelection").Call("toString").String() != ""
	if !msg.Truthy() || selected || closest(e.Get("target"), "a").Truthy() {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	t.hold.drop()
	m := menuOf(msg, closest(e.Get("target"), ".chip").Truthy())
	m.at = pointOf(e)
	t.open(ctx, m)
}

// onKey walks from message to message, and opens the menu.
func (t *timeline) onKey(ctx app.Context, e app.Event) {
	key := e.Get("key").String()
	now := document().Get("activeElement")
	msg := closest(now, ".msg")
	onMsg := msg.Truthy() && msg.Equal(now)
	switch {
	case (key == "Enter" || key == "ContextMenu") && onMsg:
		e.PreventDefault()
		m := menuOf(msg, false)
		m.at = below(msg.Call("querySelector", ".bubble"), 12)
		t.open(ctx, m)
		return
	case key == "ArrowUp" || key == "ArrowDown":
		t.walk(e, msg, key)
	case key == "Escape":
		focus(byID("text"))
	}
	ctx.PreventUpdate()
}

func (t *timeline) walk(e app.Event, msg app.Value, key string) {
	all := byID("log").Call("querySelectorAll", ".msg")
	at := all.Length()
	if msg.Truthy() {
		at = app.Window().Get("Array").Get("prototype").Get("indexOf").Call("call", all, msg).Int()
	}
	if key == "ArrowUp" {
		at--
	} else {
		at++
	}
	if at < 0 || at >= all.Length() {
		return
	}
	e.PreventDefault()
	next := all.Index(at)
	focus(next)
	next.Call("scrollIntoView", map[string]any{"block": "nearest"})
}
