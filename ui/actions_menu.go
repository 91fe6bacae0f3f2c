package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// menu is what one can do with a message, open at a point of the screen.
type menu struct {
	seq    chat.Seq
	key    chat.Key // of an entry that has no row yet
	emojis bool     // all of them, to react with
	names  bool     // who reacted and who has read it
	at     spot
}

// menuOf is the menu of what is drawn as a message.
func menuOf(msg app.Value, names bool) menu {
	key, _ := chat.ParseKey(data(msg, "key"))
	return menu{seq: seqOf(msg), key: key, names: names}
}

// open opens the menu and puts the keyboard into it.
func (t *timeline) open(ctx app.Context, m menu) {
	row, e := t.M.rep.Row(t.Room, m.seq), t.M.rep.Entry(m.key)
	if m.seq != 0 && (row == nil || row.Recalled != 0 || row.Kind == chat.KindSystem) || m.seq == 0 && e == nil {
		return
	}
	if m.names && !t.M.hasNames(t.M.rep.Room(t.Room).Head, row) {
		m.names = false
	}
	t.menu = m
	ctx.Update()
	t.M.drawn(func() { putSheet(byID("sheet"), m.at) })
}

// shut closes the menu; the keyboard goes back to the message.
func (t *timeline) shut(ctx app.Context) {
	m := t.menu
	t.menu = menu{}
	ctx.Update()
	t.M.drawn(func() { focus(m.from()) })
}

// from is the message that a menu belongs to, or the log if that is gone.
func (m menu) from() app.Value {
	what := `.msg[data-seq="` + strconv.FormatInt(int64(m.seq), 10) + `"]`
	if m.seq == 0 {
		what = `.msg[data-key="` + m.key.String() + `"]`
	}
	if msg := find("log", what); msg.Truthy() {
		return msg
	}
	return byID("log")
}

// quick are the reactions that the menu offers at once.
var quick = []string{"👍", "❤️", "😂", "😮", "😢", "🙏"}

// drawMenu draws the open menu.
func (t *timeline) drawMenu(s *replica.Summary) app.UI {
	row, e := t.M.rep.Row(t.Room, t.menu.seq), t.M.rep.Entry(t.menu.key)
	var inside app.UI
	class := "pop sheet"
	switch {
	case t.menu.seq == 0 && e != nil:
		inside = t.listed(t.entryItems(e))
	case row == nil:
		return html.Div()
	case t.menu.emojis:
		inside = &emojiPicker{M: t.M, Chosen: t.onEmoji, Closed: t.onShut, Prefs: t.M.revs.prefs}
		class = "pop sheet emojis"
	case t.menu.names:
		inside = html.Div().OnKeyDown(t.onMenuKey).Body(t.M.names(s.Head, row))
	default:
		inside = t.listed(t.items(row, s.Head))
	}
	return html.Div().OnContextMenu(t.onNoContext).Body(
		html.Div().Class("veil deep").OnClick(t.onVeil),
		html.Div().Class(class).ID("sheet").Body(inside))
}

func (t *timeline) listed(items []app.UI) app.UI {
	return html.Div().Role("menu").Class("menu").OnClick(t.onMenu).OnKeyDown(t.onMenuKey).Body(items...)
}

// items are what one can do with a row.
func (t *timeline) items(row *chat.Row, head *chat.Head) []app.UI {
	l := t.M.L
	row, _ = t.M.rep.Shown(t.Room, row)
	faces := make([]app.UI, 0, len(quick)+1)
	for _, emoji := range quick {
		faces = append(faces, html.Button().Attr("type", "button").Role("menuitem").Aria("label", l.T(locale.React)+" "+emoji).
			DataSet("do", "react").DataSet("emoji", emoji).Text(emoji))
	}
	faces = append(faces, html.Button().Attr("type", "button").Role("menuitem").Title(l.T(locale.Emoji)).
		Aria("label", l.T(locale.Emoji)).DataSet("do", "emojis").Body(icon(iconPlus)))
	out := []app.UI{html.Div().Class("quick").Body(faces...)}
	add := func(may bool, do, drawing, class string, word locale.Text) {
		if may {
			out = append(out, item(do, drawing, class, l.T(word)))
		}
	}
	pinned := isPinned(head, row.Seq)
	add(true, "reply", iconReply, "", locale.Reply)
	add(row.Text != "", "copy", iconCopy, "", locale.Copy)
	add(mayForward(row), "forward", iconForward, "", locale.Forward)
	add(mayEdit(row, t.M.me.ID), "edit", iconPencil, "", locale.Edit)
	add(mayPin(head) && !pinned, "pin", iconPin, "", locale.Pin)
	add(mayPin(head) && pinned, "unpin", iconPin, "", locale.Unpin)
	add(t.M.hasNames(head, row), "names", iconPeople, "", locale.Names)
	add(row.By != t.M.me.ID, "report", iconFlag, "danger", locale.Report)
	add(mayRecall(row, t.M.me.ID, head.Role), "recall", iconRecall, "danger", locale.Recall)
	return out
}

// entryItems are what one can do with what is not a row yet.
func (t *timeline) entryItems(e *replica.Entry) []app.UI {
	l := t.M.L
	var out []app.UI
	if e.State == replica.Failed {
		out = append(out, item("retry", iconSend, "", l.T(locale.Retry)))
	}
	if e.Text != "" {
		out = append(out, item("copy", iconCopy, "", l.T(locale.Copy)))
	}
	if t.M.rep.MayDiscard(e.Key) {
		out = append(out, item("delete", iconBin, "danger", l.T(locale.Delete)))
	}
	if len(out) == 0 {
		out = append(out, html.Div().Class("none").TabIndex(-1).Text(l.T(locale.OnItsWay)))
	}
	return out
}

func (t *timeline) onMenu(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		return
	}
	m, do := t.menu, data(button, "do")
	if do == "emojis" || do == "names" {
		m.emojis, m.names = do == "emojis", do == "names"
		t.open(ctx, m)
		return
	}
	emoji := data(button, "emoji")
	t.shut(ctx)
	if m.seq == 0 {
		t.doEntry(m.key, do)
		return
	}
	t.do(m.seq, do, emoji)
}

// do does what was chosen for a row.
func (t *timeline) do(seq chat.Seq, do, emoji string) {
	switch do {
	case "react":
		t.M.react(seq, emoji)
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
			t.M.tell(t.M.L.T(locale.Copied))
		}
	case "pin", "unpin":
		t.M.pin(seq, do == "pin")
	case "forward":
		t.M.openDialogOn(dialogForward, t.Room, seq, menu{seq: seq}.from())
	case "report":
		t.M.openDialogOn(dialogReport, t.Room, seq, menu{seq: seq}.from())
	}
}

// doEntry does what was chosen for an entry, if it is still there.
func (t *timeline) doEntry(key chat.Key, do string) {
	e := t.M.rep.Entry(key)
	if e == nil {
		return
	}
	switch do {
	case "copy":
		copyText(e.Text)
		t.M.tell(t.M.L.T(locale.Copied))
	case "retry":
		t.M.step(replica.Retry{Key: key})
	case "delete":
		t.M.step(replica.Discard{Key: key})
	}
}

func (t *timeline) onMenuKey(ctx app.Context, e app.Event) {
	if key := e.Get("key").String(); t.menu.names && key != "Escape" && key != "Tab" {
		ctx.PreventUpdate() // the arrows scroll
		return
	}
	if leaves(roam(e, byID("sheet"))) {
		t.shut(ctx)
		return
	}
	ctx.PreventUpdate()
}

func (t *timeline) onVeil(ctx app.Context, _ app.Event) { t.shut(ctx) }
func (t *timeline) onShut(ctx app.Context)              { t.shut(ctx) }

func (t *timeline) onEmoji(ctx app.Context, emoji string) {
	seq := t.menu.seq
	t.shut(ctx)
	t.M.react(seq, emoji)
}
