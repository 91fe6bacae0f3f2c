package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/locale"
)

// menu is what one can do with a message, open at a point of the screen.
type menu struct {
	seq     chat.Seq
	smileys bool // all of them, to react with
	x, y    float64
}

// hold is a finger that stays on a message.
type hold struct {
	turn   int
	opened bool // it has opened the menu, and still stays
	x, y   float64
}

// holdTime is how long a finger must stay to open the menu.
const holdTime = 450 * time.Millisecond

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
		t.jumpTo(ctx, chat.Seq(n))
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
	case "reply":
		t.M.replyTo(seq)
	case "more", "smile":
		box := button.Call("getBoundingClientRect")
		t.open(ctx, menu{seq: seq, smileys: data(button, "act") == "smile",
			x: box.Get("left").Float(), y: box.Get("bottom").Float() + 4})
	}
}

func (t *timeline) onEntry(button app.Value, do func(chat.Key)) {
	if key, err := chat.ParseKey(data(button, "key")); err == nil {
		do(key)
	}
}

// onOver moves the tools to the message under the mouse.
func (t *timeline) onOver(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if e.Get("pointerType").String() != "mouse" || t.menu.seq != 0 {
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
	msg := closest(e.Get("target"), ".msg[data-seq]")
	if e.Get("pointerType").String() == "mouse" || !msg.Truthy() {
		return
	}
	t.hold = hold{turn: t.hold.turn + 1, x: e.Get("clientX").Float(), y: e.Get("clientY").Float()}
	turn, seq := t.hold.turn, seqOf(msg)
	ctx.After(holdTime, func(ctx app.Context) {
		if t.hold.turn == turn {
			t.hold.opened = true
			t.open(ctx, menu{seq: seq, x: t.hold.x, y: t.hold.y})
		}
	})
}

// onUp ends it; so does scrolling, which cancels the pointer.
func (t *timeline) onUp(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate()
	t.drop()
}

func (t *timeline) drop() { t.hold.turn++ }

// onLift keeps the finger that has opened the menu from choosing in it: it is
// lifted above an item, and browsers make a click of that.
func (t *timeline) onLift(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if t.hold.opened {
		t.hold.opened = false
		e.PreventDefault()
	}
}

// onNoContext keeps the browser's own menu away from ours.
func (t *timeline) onNoContext(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	e.PreventDefault()
}

// onContext opens the menu in the place of the browser's, but where there is a
// link or a selection to do something with.
func (t *timeline) onContext(ctx app.Context, e app.Event) {
	msg := closest(e.Get("target"), ".msg[data-seq]")
	selected := app.Window().Call("getSelection").Call("toString").String() != ""
	if !msg.Truthy() || selected || closest(e.Get("target"), "a").Truthy() {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	t.drop()
	t.open(ctx, menu{seq: seqOf(msg), x: e.Get("clientX").Float(), y: e.Get("clientY").Float()})
}

// onKey walks from message to message, and opens the menu.
func (t *timeline) onKey(ctx app.Context, e app.Event) {
	key := e.Get("key").String()
	now := document().Get("activeElement")
	msg := closest(now, ".msg")
	onMsg := msg.Truthy() && msg.Equal(now)
	switch {
	case (key == "Enter" || key == "ContextMenu") && onMsg && seqOf(msg) != 0:
		e.PreventDefault()
		box := msg.Call("querySelector", ".bubble").Call("getBoundingClientRect")
		t.open(ctx, menu{seq: seqOf(msg), x: box.Get("left").Float() + 12, y: box.Get("bottom").Float()})
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

// open opens the menu and puts the keyboard into it.
func (t *timeline) open(ctx app.Context, m menu) {
	row := t.M.rep.Row(t.Room, m.seq)
	if row == nil || row.Recalled != 0 || row.Kind == chat.KindSystem {
		return
	}
	t.menu = m
	ctx.Update()
	t.M.drawn(func() {
		sheet := byID("sheet")
		if !sheet.Truthy() {
			return
		}
		w, h := app.Window().Size()
		x := min(m.x, float64(w)-sheet.Get("offsetWidth").Float()-8)
		y := min(m.y, float64(h)-sheet.Get("offsetHeight").Float()-8)
		sheet.Get("style").Set("left", strconv.Itoa(int(max(x, 8)))+"px")
		sheet.Get("style").Set("top", strconv.Itoa(int(max(y, 8)))+"px")
		focus(sheet.Call("querySelector", "button"))
	})
}

// shut closes the menu; the keyboard goes back to the message.
func (t *timeline) shut(ctx app.Context) {
	seq := t.menu.seq
	t.menu = menu{}
	ctx.Update()
	t.M.drawn(func() {
		if log := byID("log"); log.Truthy() {
			focus(log.Call("querySelector", `.msg[data-seq="`+strconv.FormatInt(int64(seq), 10)+`"]`))
		}
	})
}

// quick are the reactions that the menu offers at once.
var quick = []string{"👍", "❤️", "😂", "😮", "😢", "🙏"}

// drawMenu draws the open menu.
func (t *timeline) drawMenu(s *replica.Summary) app.UI {
	row := t.M.rep.Row(t.Room, t.menu.seq)
	if t.menu.seq == 0 || row == nil {
		return app.Div()
	}
	var inside app.UI
	if t.menu.smileys {
		inside = &smileys{M: t.M, Chosen: t.onSmiley, Closed: t.onShut, Prefs: t.M.revs.prefs}
	} else {
		inside = app.Div().Role("menu").Class("menu").OnClick(t.onMenu).OnKeyDown(t.onMenuKey).Body(t.items(row, s.Head.Role)...)
	}
	return app.Div().OnContextMenu(t.onNoContext).Body(
		app.Div().Class("veil deep").OnClick(t.onVeil),
		app.Div().Class("pop sheet").ID("sheet").Body(inside))
}

func (t *timeline) items(row *chat.Row, role string) []app.UI {
	l := t.M.L
	row, _ = t.M.rep.Shown(t.Room, row)
	faces := make([]app.UI, 0, len(quick)+1)
	for _, emoji := range quick {
		faces = append(faces, app.Button().Type("button").Role("menuitem").Aria("label", l.T(locale.React)+" "+emoji).
			DataSet("do", "react").DataSet("emoji", emoji).Text(emoji))
	}
	faces = append(faces, app.Button().Type("button").Role("menuitem").Title(l.T(locale.Smileys)).
		Aria("label", l.T(locale.Smileys)).DataSet("do", "smileys").Body(icon(iconPlus)))
	out := []app.UI{app.Div().Class("quick").Body(faces...)}
	item := func(do, drawing, class string, word locale.Text) {
		out = append(out, app.Button().Class(class).Type("button").Role("menuitem").DataSet("do", do).
			Body(icon(drawing), app.Text(l.T(word))))
	}
	item("reply", iconReply, "", locale.Reply)
	if row.Text != "" {
		item("copy", iconCopy, "", locale.Copy)
	}
	if mayEdit(row, t.M.me.ID) {
		item("edit", iconPencil, "", locale.Edit)
	}
	if mayRecall(row, t.M.me.ID, role) {
		item("recall", iconRecall, "danger", locale.Recall)
	}
	return out
}

func (t *timeline) onMenu(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		return
	}
	seq := t.menu.seq
	do := data(button, "do")
	if do == "smileys" {
		again := t.menu
		again.smileys = true
		t.open(ctx, again)
		return
	}
	t.shut(ctx)
	switch do {
	case "react":
		t.M.react(seq, data(button, "emoji"))
	case "reply":
		t.M.replyTo(seq)
	case "edit":
		t.M.editRow(seq)
	case "recall":
		t.M.recallRow(seq)
	case "copy":
		if row := t.M.rep.Row(t.Room, seq); row != nil {
			row, _ = t.M.rep.Shown(t.Room, row)
			copyText(row.Text)
		}
	}
}

func (t *timeline) onMenuKey(ctx app.Context, e app.Event) {
	if leaves(roam(e, byID("sheet"))) {
		t.shut(ctx)
		return
	}
	ctx.PreventUpdate()
}

func (t *timeline) onVeil(ctx app.Context, _ app.Event) { t.shut(ctx) }
func (t *timeline) onShut(ctx app.Context)              { t.shut(ctx) }

func (t *timeline) onSmiley(ctx app.Context, emoji string) {
	seq := t.menu.seq
	t.shut(ctx)
	t.M.react(seq, emoji)
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
	all := in.Call("querySelectorAll", "button, a")
	at := app.Window().Get("Array").Get("prototype").Get("indexOf").Call("call", all, document().Get("activeElement")).Int()
	if n := all.Length(); n > 0 {
		focus(all.Index((at + by + n) % n))
	}
	return key
}
