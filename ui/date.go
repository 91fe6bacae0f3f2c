package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// openDate asks to which day of the open room to go, beginning with that of a
// time, or today.
func (m *model) openDate(at chat.Time, from app.Value) {
	m.openDialogOn(dialogDate, m.talk.room, 0, from)
	m.dialog.at = at
}

// dater asks for a day of the conversation.
type dater struct {
	app.Compo
	M      *model
	Dialog int
	Prefs  int
}

// OnMount puts the keyboard into the field.
func (d *dater) OnMount(ctx app.Context) {
	at := d.M.dialog.at
	if at == 0 {
		at = d.M.now()
	}
	if el := byID("day"); el.Truthy() {
		el.Set("value", d.M.L.Date(at))
	}
	ctx.Defer(func(app.Context) { focus(byID("day")) })
}

func (d *dater) Render() app.UI {
	l := d.M.L
	return d.M.framed(l.T(locale.GoToDate), html.Form().OnSubmit(d.onSubmit).Body(
		html.Div().Class("inside").Body(
			field("day", l.T(locale.Day), "", html.Input().Attr("type", "date").Attr("required", true).Attr("max", l.Date(d.M.now()))),
			d.M.faultLine()),
		html.Footer().Body(
			html.Button().Class("btn plain").Attr("type", "button").Text(l.T(locale.FirstMessage)).OnClick(d.onFirst),
			html.Button().Class("btn").Attr("type", "submit").Attr("disabled", d.M.busy).Text(l.T(locale.Go)))))
}

func (d *dater) onSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	if at, is := d.M.L.Midnight(valueOf("day")); is {
		d.M.jumpToTime(at)
	}
}

func (d *dater) onFirst(app.Context, app.Event) { d.M.closeToJump(1) }
