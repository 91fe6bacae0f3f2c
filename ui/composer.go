package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
	"parley/ui/voice"
)

// composer is the input bar. Its text area belongs to the browser: go-app never
// sets its value, for that would disturb input methods, and could not clear it.
type composer struct {
	app.Compo
	M     *model
	Room  chat.RoomID
	Talk  int
	Rows  int // while it is about one of them
	Prefs int

	about   chat.Seq // the reply or edit that the field was last filled for
	text    string   // what is in the field
	emojis  bool
	calling calling
}

func (c *composer) Render() app.UI {
	l := c.M.L
	d := c.M.draftOf()
	send := locale.Send
	if d.edit != 0 {
		send = locale.EditMessage
	}
	label := l.T(locale.WriteMessage)
	idle := chat.Blank(c.text) && !c.M.withFiles() // nothing to be sent
	left, tell := room(c.text)
	field := html.Textarea().ID("text").Attr("rows", 1).Attr("placeholder", label).Aria("label", label).Dir("auto").
		Attr("enterkeyhint", "enter").Attr("autocomplete", "off").Spellcheck(true).
		OnInput(c.onInput).OnKeyDown(c.onKey).OnBlur(c.onBlur).OnPaste(c.onPaste)
	box := html.Div().Class("box").Hidden(c.M.rec.state != recordIdle).Body(
		&attaching{M: c.M, Prefs: c.Prefs},
		c.announce(field),
		iconButton(iconSmile, l.T(locale.Emoji)).ID("smile").Aria("expanded", word(c.emojis)).Aria("haspopup", "true").OnClick(c.onEmojis),
		c.mic(idle && d.edit == 0),
		iconButton(iconSend, l.T(send)).Class("go").Hidden(idle && d.edit == 0 && voice.Able()).Attr("disabled", left < 0 || idle).OnClick(c.onSend),
	)
	return html.Div().Class("write").Role("form").Aria("label", label).Body(
		c.picker(), c.callList(), c.aboutBar(d), c.chosen(), box, c.recorder(), c.over(d, left, tell))
}

// picker draws the open emoji picker.
func (c *composer) picker() app.UI {
	if !c.emojis {
		return html.Div()
	}
	return html.Div().Body(
		html.Div().Class("veil").OnClick(c.onVeil),
		html.Div().Class("pop emojis").Body(&emojiPicker{M: c.M, Chosen: c.onEmoji, Closed: c.onShut, Prefs: c.M.revs.prefs}))
}

// aboutBar says what is being replied to or edited.
func (c *composer) aboutBar(d draft) app.UI {
	seq := max(d.reply, d.edit)
	if seq == 0 || c.M.rep == nil {
		return html.Div()
	}
	title, text := c.M.L.T(locale.EditingMessage), ""
	if row := c.M.rep.Quoted(c.Room, seq); row != nil {
		row, _ = c.M.rep.Shown(c.Room, row)
		s := c.M.speaker()
		text = s.content(row)
		switch {
		case d.edit != 0:
		case row.By == c.M.me.ID:
			title = c.M.L.T(locale.ReplyingToSelf)
		default:
			title = c.M.L.T(locale.ReplyingTo, s.name(row.By))
		}
	}
	return html.Div().Class("about").Body(
		html.Div().Body(html.B().Class("cut").Dir("auto").Text(title), html.Div().Class("cut").Dir("auto").Text(text)),
		iconButton(iconClose, c.M.L.T(locale.Cancel)).OnClick(c.onGiveUp))
}

// over says that a text is near its limit, over it, or was refused.
func (c *composer) over(d draft, left int, tell bool) app.UI {
	switch {
	case left < 0:
		return html.Div().Class("over bad").Role("alert").Text(c.M.L.N(locale.TooLong, -left))
	case d.fault != "":
		return html.Div().Class("over bad").Role("alert").Text(d.fault)
	case tell:
		return html.Div().Class("over").Role("status").Text(c.M.L.N(locale.BytesLeft, left))
	}
	return html.Div()
}

// OnMount fills the field with the draft, and on desktops puts the keyboard
// into it.
func (c *composer) OnMount(ctx app.Context) {
	if app.IsServer {
		return
	}
	d := c.M.draftOf()
	c.about = max(d.reply, d.edit)
	c.fill(d.text)
	if !touch() {
		focus(byID("text"))
	}
	if c.text != "" {
		ctx.Update()
	}
}

// OnUpdate follows the model: a reply or an edit that began or ended, a text
// to be written again.
func (c *composer) OnUpdate(ctx app.Context) {
	d := c.M.draftOf()
	about := max(d.reply, d.edit)
	if about == c.about && d.text == c.text {
		return
	}
	c.about, c.text = about, d.text
	ctx.Defer(func(app.Context) {
		c.fill(d.text)
		focus(byID("text"))
	})
}

// fill puts a text into the field.
func (c *composer) fill(text string) {
	c.text, c.calling = text, calling{}
	if field := byID("text"); field.Truthy() {
		if field.Get("value").String() != text {
			field.Set("value", text)
		}
		grow(field)
	}
}

// grow makes the field as high as its text, to 8 lines.
func grow(field app.Value) {
	style := field.Get("style")
	style.Set("height", "auto")
	style.Set("height", strconv.Itoa(field.Get("scrollHeight").Int())+"px")
}

// take reads what is in the field.
func (c *composer) take() string {
	field := byID("text")
	if !field.Truthy() {
		return c.text
	}
	return field.Get("value").String()
}

func (c *composer) onInput(ctx app.Context, _ app.Event) {
	before := c.face()
	c.text = c.take()
	c.M.keepText(c.text)
	grow(byID("text"))
	if !c.look(byID("text")) && c.face() == before {
		ctx.PreventUpdate() // a keystroke that changes nothing around the field
	}
}

// face is what the bar shows of the text.
func (c *composer) face() [3]int {
	left, tell := room(c.text)
	shown := [3]int{}
	if chat.Blank(c.text) {
		shown[0] = 1
	}
	if tell {
		shown[1] = left
	}
	if c.M.draftOf().fault != "" {
		shown[2] = 1
	}
	return shown
}

func (c *composer) onKey(ctx app.Context, e app.Event) {
	if c.callKey(e) {
		return
	}
	d := c.M.draftOf()
	k := keystroke{
		Key: e.Get("key").String(), Shift: e.Get("shiftKey").Truthy(), Ctrl: e.Get("ctrlKey").Truthy(),
		Meta: e.Get("metaKey").Truthy(), Alt: e.Get("altKey").Truthy(),
		Composing: composing(e),
		Touch:     touch(), OnCtrl: c.M.prefs.Send == sendOnCtrl,
		Empty: c.take() == "", Busy: d.reply != 0 || d.edit != 0,
	}
	switch deedOf(k) {
	case deedSend:
		e.PreventDefault()
		c.send()
	case deedEdit:
		if !c.M.editLast() {
			ctx.PreventUpdate()
			return
		}
		e.PreventDefault()
	case deedRelease:
		e.PreventDefault()
		c.M.giveUp()
	default:
		ctx.PreventUpdate()
	}
}

func (c *composer) send() {
	if c.M.submit(c.take()) {
		d := c.M.draftOf()
		c.about = max(d.reply, d.edit)
		c.fill(d.text)
	}
}

func (c *composer) onSend(app.Context, app.Event) {
	c.send()
	focus(byID("text"))
}

func (c *composer) onGiveUp(app.Context, app.Event) { c.M.giveUp() }

func (c *composer) onEmojis(app.Context, app.Event) { c.emojis = !c.emojis }
func (c *composer) onVeil(ctx app.Context, _ app.Event) {
	c.onShut(ctx)
}

func (c *composer) onShut(ctx app.Context) {
	c.emojis = false
	ctx.Update()
	c.M.drawn(c.resume)
}

// resume gives the keyboard back when the emoji are left: to the field, but on
// a phone, where another keyboard would come up with it, to their button.
func (c *composer) resume() {
	if touch() {
		focus(byID("smile"))
		return
	}
	focus(byID("text"))
}

// onEmoji puts an emoji where the caret is.
func (c *composer) onEmoji(ctx app.Context, emoji string) {
	c.emojis = false
	field := byID("text")
	if !field.Truthy() {
		return
	}
	from, to := field.Get("selectionStart").Int(), field.Get("selectionEnd").Int()
	field.Call("setRangeText", emoji, from, to, "end")
	c.text = c.take()
	c.M.keepText(c.text)
	grow(field)
	ctx.Update()
	c.M.drawn(c.resume)
}
