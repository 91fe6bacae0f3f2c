package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/locale"
	"parley/ui/voice"
)

// attaching is the button that chooses files, and on phones what kind of them.
type attaching struct {
	app.Compo
	M     *model
	Prefs int

	open bool
}

// ways are the inputs behind the button: a phone asks which.
var ways = []struct {
	id, accept, capture string
	drawing             string
	word                locale.Text
}{
	{"choose-pictures", "image/*,video/*", "", iconPicture, locale.AttachPicture},
	{"choose-camera", "image/*", "environment", iconCamera, locale.AttachCamera},
	{"choose-files", "", "", iconFile, locale.AttachFile},
}

func (a *attaching) Render() app.UI {
	l := a.M.L
	out := make([]app.UI, 0, len(ways)+2)
	for _, w := range ways {
		in := html.Input().Attr("type", "file").ID(w.id).Hidden(true).TabIndex(-1).Aria("label", l.T(w.word)).OnChange(a.onChange)
		if w.accept != "" {
			in = in.Attr("accept", w.accept)
		}
		if w.capture != "" {
			in = in.Attr("capture", w.capture)
		} else {
			in = in.Attr("multiple", true)
		}
		out = append(out, in)
	}
	out = append(out, iconButton(iconClip, l.T(locale.Attach)).ID("attach").OnClick(a.onClick))
	return html.Div().Class("clip").Body(append(out, a.menu())...)
}

func (a *attaching) menu() app.UI {
	if !a.open {
		return html.Div()
	}
	items := make([]app.UI, 0, len(ways))
	for _, w := range ways {
		items = append(items, item(w.id, w.drawing, "", a.M.L.T(w.word)))
	}
	return html.Div().Body(
		html.Div().Class("veil").OnClick(a.onShut),
		html.Div().Class("pop menu up").ID("attach-items").Role("menu").OnClick(a.onItem).OnKeyDown(a.onKey).Body(items...))
}

func (a *attaching) onClick(app.Context, app.Event) {
	a.M.learnLimit()
	if !touch() {
		byID("choose-files").Call("click")
		return
	}
	a.open = true
	a.M.drawn(func() { focus(find("attach-items", "button")) })
}

func (a *attaching) onShut(app.Context, app.Event) { a.open = false }

func (a *attaching) onKey(_ app.Context, e app.Event) {
	if leaves(roam(e, byID("attach-items"))) {
		a.open = false
		a.M.drawn(func() { focus(byID("attach")) })
	}
}

func (a *attaching) onItem(_ app.Context, e app.Event) {
	if button := closest(e.Get("target"), "[data-do]"); button.Truthy() {
		byID(data(button, "do")).Call("click")
		a.open = false
	}
}

func (a *attaching) onChange(_ app.Context, e app.Event) {
	in := e.Get("target")
	a.M.choose(blobsOf(in.Get("files")))
	in.Set("value", "") // or the same file could not be chosen again
	if !touch() {
		focus(byID("text"))
	}
}

// chosen draws what is in the tray.
func (c *composer) chosen() app.UI {
	t := c.M.tray()
	if len(t.picks) == 0 && t.fault == "" {
		return html.Div()
	}
	l := c.M.L
	items := make([]app.UI, 0, len(t.picks))
	for i := range t.picks {
		p := &t.picks[i]
		var look app.UI = html.Span().Class("sheetlet").Body(icon(iconFile), html.Span().Class("end").Text(endingOf(p.file.Name)))
		if p.url != "" {
			look = html.Img().Attr("src", p.url).Aria("hidden", "true").Attr("decoding", "async").Attr("draggable", "false")
		}
		items = append(items, html.Li().Title(p.file.Name).Body(look,
			html.Span().Class("cut name").Dir("auto").Text(p.file.Name), html.Span().Class("size").Text(sizeWord(p.file.Size)),
			iconButton(iconClose, l.T(locale.RemoveFile, p.file.Name)).DataSet("no", strconv.Itoa(p.no))))
	}
	var fault app.UI
	if t.fault != "" {
		fault = html.Div().Class("over bad").Role("alert").Text(t.fault)
	}
	return html.Div().Body(
		html.Ul().Class("tray").Aria("label", l.T(locale.ChosenFiles)).OnClick(c.onUnchoose).Body(items...), fault)
}

func (c *composer) onUnchoose(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-no]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	c.M.unchoose(int(numberOf(data(button, "no"))))
	focus(byID("text"))
}

// onPaste takes pasted files. What also has a text (a table, a page) is pasted
// as that.
func (c *composer) onPaste(ctx app.Context, e app.Event) {
	from := e.Get("clipboardData")
	files := blobsOf(from.Get("files"))
	if len(files) == 0 || from.Call("getData", "text/plain").String() != "" || c.M.draftOf().edit != 0 {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	c.M.learnLimit()
	c.M.choose(files)
}

// mic draws the button that records, where there is nothing to be sent.
func (c *composer) mic(idle bool) app.UI {
	return iconButton(iconMic, c.M.L.T(locale.RecordVoice)).ID("mic").Class("mic").Hidden(!idle || !voice.Able()).
		OnClick(c.onMic).On("pointerdown", c.onMicDown).OnContextMenu(c.onNoContext)
}

// onMic is for the keyboard: a pointer has come down before.
func (c *composer) onMic(ctx app.Context, e app.Event) {
	if e.Get("detail").Int() == 0 {
		c.M.record(false)
	}
}

func (c *composer) onMicDown(_ app.Context, e app.Event) {
	if e.Get("button").Int() == 0 {
		e.PreventDefault()
		c.M.record(true)
	}
}

func (c *composer) onNoContext(ctx app.Context, e app.Event) {
	e.PreventDefault()
	ctx.PreventUpdate()
}

// recorder is what is there while one records, in the place of the field.
func (c *composer) recorder() app.UI {
	if c.M.rec.state == recordIdle {
		return html.Div()
	}
	l := c.M.L
	return html.Div().Class("box rec").Role("group").Aria("label", l.T(locale.RecordVoice)).OnKeyDown(c.onRecordKey).Body(
		iconButton(iconBin, l.T(locale.DiscardVoice)).ID("rec-drop").OnClick(c.onRecordDrop),
		html.Span().Class("lamp"),
		html.Span().ID("rec-time").Role("timer").Text("0:00"),
		html.Canvas().ID("rec-wave").Class("levels").Attr("width", 600).Attr("height", 56),
		iconButton(iconSend, l.T(locale.SendVoice)).ID("rec-send").Class("go").OnClick(c.onRecordSend))
}

func (c *composer) onRecordDrop(app.Context, app.Event) { c.M.endRecording(false) }
func (c *composer) onRecordSend(app.Context, app.Event) { c.M.endRecording(true) }

func (c *composer) onRecordKey(ctx app.Context, e app.Event) {
	if e.Get("key").String() != "Escape" {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	c.M.endRecording(false)
}
