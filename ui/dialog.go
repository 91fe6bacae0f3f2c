package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
)

// dialogKind is what a dialog asks.
type dialogKind int

const (
	dialogNone dialogKind = iota
	dialogGroup
	dialogOpenRoom
	dialogMembers
	dialogAdd
	dialogRename
	dialogLeave
	dialogSignOut
	dialogForward
	dialogPins
	dialogReport
	dialogReports
	dialogBlock
	dialogPicture
	dialogDate
	dialogDelete
	dialogCrop
)

// dialog is the open one. The keyboard goes back to where it came from.
type dialog struct {
	kind dialogKind
	room chat.RoomID
	seq  chat.Seq  // of the message that it is about
	at   chat.Time // the day that it begins with
	from app.Value

	reports  []chat.Report // that it lists
	portrait *portrait     // that it cuts out of a picture
}

// openDialog opens a dialog about the open room, or about none.
func (m *model) openDialog(kind dialogKind) {
	from := m.dialog.from
	if from == nil {
		from = document().Get("activeElement")
	}
	m.openDialogOn(kind, m.talk.room, 0, from)
}

// openDialogOn opens a dialog about a room or a message of it.
func (m *model) openDialogOn(kind dialogKind, room chat.RoomID, seq chat.Seq, from app.Value) {
	m.dialog = dialog{kind: kind, room: room, seq: seq, from: from}
	m.fault, m.busy = "", false
	m.revs.dialog++
	switch kind {
	case dialogGroup, dialogAdd:
		m.lookAround()
	case dialogMembers:
		m.fetchMembers(m.talk.room)
	case dialogReports:
		m.fetchReports(room)
	}
}

func (m *model) closeDialog() {
	from := m.dialog.from
	m.dialog, m.fault = dialog{}, ""
	m.revs.dialog++
	if m.busy { // with what it asked for: that is no reason to wait any more
		m.busy = false
		m.revs.status++
	}
	if from != nil {
		m.ctx.Defer(func(app.Context) { focus(from) })
	}
}

// dialogs draws the open dialog above everything.
type dialogs struct {
	app.Compo
	M      *model
	Kind   dialogKind
	Dialog int
	Talk   int
	People int
	Prefs  int
}

// OnUpdate takes the keyboard back into the dialog when what had it is gone: a
// button that was disabled, a member who was removed.
func (d *dialogs) OnUpdate(app.Context) {
	if d.Kind == dialogNone {
		return
	}
	d.M.drawn(func() {
		if shade := byID("shade"); shade.Truthy() && !closest(document().Get("activeElement"), "#shade").Truthy() {
			focus(shade.Call("querySelector", "button"))
		}
	})
}

func (d *dialogs) Render() app.UI {
	m := d.M
	switch d.Kind {
	case dialogGroup, dialogAdd:
		return html.Div().Body(&picker{M: m, Add: d.Kind == dialogAdd, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogMembers:
		return html.Div().Body(&memberList{M: m, Dialog: d.Dialog, Talk: d.Talk, People: d.People, Prefs: d.Prefs})
	case dialogPicture:
		return html.Div().Body(&gallery{M: m, Dialog: d.Dialog, Talk: d.Talk, Prefs: d.Prefs})
	case dialogOpenRoom, dialogRename:
		return html.Div().Body(&asker{M: m, Kind: d.Kind, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogDate:
		return html.Div().Body(&dater{M: m, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogForward:
		return html.Div().Body(&forwarder{M: m, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogPins:
		return html.Div().Body(&pinList{M: m, Dialog: d.Dialog, Talk: d.Talk, People: d.People, Prefs: d.Prefs})
	case dialogReport:
		return html.Div().Body(&reporter{M: m, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogReports:
		return html.Div().Body(&reportList{M: m, Dialog: d.Dialog, Talk: d.Talk, People: d.People, Prefs: d.Prefs})
	case dialogDelete:
		return html.Div().Body(&deleter{M: m, Dialog: d.Dialog, Prefs: d.Prefs})
	case dialogLeave, dialogSignOut, dialogBlock, dialogCrop:
		return html.Div().Body(&sure{M: m, Kind: d.Kind, Dialog: d.Dialog, Prefs: d.Prefs})
	}
	return html.Div()
}

// framed draws the frame that all dialogs have: a title, a way out, and the
// keyboard kept inside.
func (m *model) framed(title string, inside ...app.UI) app.UI {
	head := html.Header().Body(
		html.H2().ID("dialog-title").Class("cut").Text(title),
		iconButton(iconClose, m.L.T(locale.Close)).OnClick(func(app.Context, app.Event) { m.closeDialog() }))
	return html.Div().Class("shade").ID("shade").OnClick(m.onShade).OnKeyDown(m.onDialogKey).Body(
		html.Div().Class("dialog").TabIndex(-1).Role("dialog").Aria("modal", "true").Aria("labelledby", "dialog-title").
			Body(append([]app.UI{head}, inside...)...))
}

// onShade closes the dialog when one clicks beside it.
func (m *model) onShade(ctx app.Context, e app.Event) {
	if e.Get("target").Equal(byID("shade")) {
		m.closeDialog()
		return
	}
	ctx.PreventUpdate()
}

// onDialogKey closes the dialog on Escape, and keeps Tab inside it.
func (m *model) onDialogKey(ctx app.Context, e app.Event) {
	if composing(e) {
		ctx.PreventUpdate()
		return
	}
	switch e.Get("key").String() {
	case "Escape":
		e.PreventDefault()
		m.closeDialog()
		return
	case "Tab":
		all := byID("shade").Call("querySelectorAll", "button:not(:disabled), input:not(:disabled), textarea, a[href], [tabindex='0']")
		if n := all.Length(); n > 0 {
			first, last, now := all.Index(0), all.Index(n-1), document().Get("activeElement")
			switch back := e.Get("shiftKey").Truthy(); {
			case back && (now.Equal(first) || closest(now, "[role=dialog]").Equal(now)):
				e.PreventDefault()
				focus(last)
			case !back && now.Equal(last):
				e.PreventDefault()
				focus(first)
			}
		}
	}
	ctx.PreventUpdate()
}

// fault draws what went wrong in a form.
func (m *model) faultLine() app.UI {
	if m.fault == "" {
		return nil
	}
	return html.P().Class("error").Role("alert").Text(m.fault)
}

// field is a labelled input.
func field(id, label, hint string, input app.HTMLElem) app.UI {
	var below app.UI
	if hint != "" {
		below = html.P().Class("hint").ID(id + "-hint").Text(hint)
		input = input.Aria("describedby", id+"-hint")
	}
	return html.Div().Body(html.Label().Class("label").Attr("for", id).Text(label), input.ID(id).Class("field"), below)
}

func valueOf(id string) string {
	if el := byID(id); el.Truthy() {
		return el.Get("value").String()
	}
	return ""
}

// asker asks for one name: of the open room to enter, or of the group.
type asker struct {
	app.Compo
	M      *model
	Kind   dialogKind
	Dialog int
	Prefs  int
}

// OnMount puts the keyboard into the field.
func (a *asker) OnMount(ctx app.Context) {
	if s := a.M.roomOf(a.M.talk.room); a.Kind == dialogRename && s != nil {
		if el := byID("asked"); el.Truthy() {
			el.Set("value", s.Head.Name)
		}
	}
	ctx.Defer(func(app.Context) { focus(byID("asked")) })
}

func (a *asker) Render() app.UI {
	l := a.M.L
	title, label, hint, do := l.T(locale.EnterRoom), l.T(locale.RoomName), l.T(locale.RoomNameHint), l.T(locale.Enter)
	if a.Kind == dialogRename {
		title, label, hint, do = l.T(locale.Rename), l.T(locale.GroupName), "", l.T(locale.Save)
	}
	return a.M.framed(title, html.Form().OnSubmit(a.onSubmit).Body(
		html.Div().Class("inside").Body(
			field("asked", label, hint, html.Input().Attr("type", "text").Attr("autocomplete", "off").Attr("maxlength", chat.MaxGroupName)),
			a.M.faultLine()),
		html.Footer().Body(html.Button().Class("btn").Attr("type", "submit").Attr("disabled", a.M.busy).Text(do))))
}

func (a *asker) onSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	name := valueOf("asked")
	if a.Kind == dialogRename {
		a.M.changeRoom(a.M.dialog.room, api.RoomChange{Name: &name})
		return
	}
	if a.M.openRoomNamed(name) {
		a.M.dialog.from = nil
		a.M.closeDialog()
	}
}

// sure asks whether one really wants to leave, or which part of a picture to
// use: what has a Cancel.
type sure struct {
	app.Compo
	M      *model
	Kind   dialogKind
	Dialog int
	Prefs  int
}

// OnMount puts the keyboard on the way back, or into the frame.
func (s *sure) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) {
		focus(byID("stay"))
		if p := s.M.dialog.portrait; p != nil {
			p.hang()
		}
	})
}

func (s *sure) Render() app.UI {
	l := s.M.L
	title, text, do := l.T(locale.SignOutAsk), "", l.T(locale.SignOut)
	name := ""
	if r := s.M.roomOf(s.M.dialog.room); r != nil {
		name = r.Title
	}
	if s.Kind == dialogLeave {
		title, text, do = l.T(locale.LeaveAsk, name), l.T(locale.LeaveHint), l.T(locale.Leave)
	} else if s.Kind == dialogBlock {
		title, text, do = l.T(locale.BlockAsk, name), l.T(locale.BlockHint), l.T(locale.Block)
	} else if s.M.me.Kind == chat.KindGuest {
		text, do = l.T(locale.SignOutGuest), l.T(locale.SignOutAnyway)
	}
	var why, lost app.UI
	class := "btn danger"
	if s.Kind == dialogCrop {
		title, do, class = l.T(locale.PictureCut), l.T(locale.PictureUse), "btn"
		why = s.M.dialog.portrait.draw(l)
	} else if text != "" {
		why = html.P().Text(text)
	}
	if s.Kind == dialogSignOut && s.M.rep != nil && s.M.rep.Waiting() > 0 {
		lost = html.P().Text(l.N(locale.SignOutUnsent, s.M.rep.Waiting()))
	}
	return s.M.framed(title,
		html.Div().Class("inside").Body(why, lost, s.M.faultLine()),
		html.Footer().Body(
			html.Button().ID("stay").Class("btn plain").Attr("type", "button").Text(l.T(locale.Cancel)).OnClick(s.onStay),
			html.Button().ID("do").Class(class).Attr("type", "button").Attr("disabled", s.M.busy).Text(do).OnClick(s.onDo)))
}

func (s *sure) onStay(app.Context, app.Event) { s.M.closeDialog() }

func (s *sure) onDo(app.Context, app.Event) {
	switch s.Kind {
	case dialogLeave:
		s.M.leaveRoom(s.M.dialog.room)
	case dialogBlock:
		yes := true
		s.M.changeRoom(s.M.dialog.room, api.RoomChange{Blocked: &yes})
	case dialogCrop:
		s.M.usePicture(s.M.dialog.portrait)
	default:
		s.M.signOut()
	}
}
