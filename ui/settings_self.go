package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// This file is what the settings say of oneself: the picture, where one is
// signed in, what is kept, and the end of it.

func (s *settings) picture() app.UI {
	l := s.M.L
	var remove app.UI
	if s.M.me.Avatar != "" {
		remove = html.Button().Class("link").Attr("type", "button").Attr("disabled", s.M.busy).Text(l.T(locale.PictureRemove)).OnClick(s.onNoPicture)
	}
	return html.Div().Class("portrait").Body(
		html.Button().Class("link").ID("choose-picture").Attr("type", "button").Attr("disabled", s.M.busy).Text(l.T(locale.Picture)).OnClick(s.onChoosePicture),
		html.Input().ID("picture").Attr("type", "file").Attr("accept", "image/*").Hidden(true).OnChange(s.onPicture),
		remove)
}

func (s *settings) onChoosePicture(app.Context, app.Event) { byID("picture").Call("click") }

func (s *settings) onPicture(_ app.Context, e app.Event) {
	input := e.Get("target")
	if files := input.Get("files"); files.Truthy() && files.Length() > 0 {
		s.M.readPicture(files.Index(0))
	}
	input.Set("value", "") // so that the same one can be chosen again
}

func (s *settings) onNoPicture(app.Context, app.Event) { s.M.changePicture("") }

func (s *settings) devices() app.UI {
	d := &s.M.devices
	if !d.known || len(d.list) == 0 {
		return nil
	}
	l := s.M.L
	items := make([]app.UI, 0, len(d.list))
	for _, one := range d.list {
		name := deviceName(l, one.Agent)
		state, end := l.T(locale.DeviceSeen, l.Recent(one.Seen, s.M.now())), app.UI(nil)
		if one.Current {
			state = l.T(locale.DeviceHere)
		} else {
			end = html.Button().Class("btn plain").Attr("type", "button").Attr("disabled", s.M.busy).DataSet("session", strconv.FormatInt(one.ID, 10)).
				Aria("label", l.T(locale.SignOutThere)+": "+name).Text(l.T(locale.SignOutThere)).OnClick(s.onSignOutThere)
		}
		items = append(items, html.Li().Body(
			html.Div().Class("text").Body(
				html.Div().Class("cut").Title(one.Agent).Body(bdi().Text(name)),
				html.Div().Class("hint").Text(state)),
			end))
	}
	return html.Section().Body(html.H2().Text(l.T(locale.Devices)), html.Ul().Class("devices").Body(items...))
}

func (s *settings) onSignOutThere(_ app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-session]")
	if id, err := strconv.ParseInt(data(button, "session"), 10, 64); err == nil {
		s.M.signOutThere(id)
	}
}

func (s *settings) data() app.UI {
	l := s.M.L
	return html.Section().Body(html.H2().Text(l.T(locale.YourData)),
		html.P().Class("hint").Text(l.T(locale.ExportHint)),
		html.Div().Class("ends").Body(
			html.A().Class("btn plain").Attr("href", "/api/v1/me/export").Attr("download", "parley-export.json").Text(l.T(locale.Export)),
			html.Button().Class("btn plain danger").ID("delete-me").Attr("type", "button").Text(l.T(locale.DeleteMe)).OnClick(s.onDelete)))
}

func (s *settings) onDelete(app.Context, app.Event) { s.M.openDialog(dialogDelete) }

// deleter asks whether one really wants to end the account.
type deleter struct {
	app.Compo
	M      *model
	Dialog int
	Prefs  int
}

// OnMount puts the keyboard into the field, or on the way back.
func (d *deleter) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) {
		if field := byID("delete-password"); field.Truthy() {
			focus(field)
			return
		}
		focus(byID("stay"))
	})
}

func (d *deleter) Render() app.UI {
	l := d.M.L
	var password app.UI
	if d.M.me.Kind == chat.KindMember {
		password = field("delete-password", l.T(locale.Password), "",
			html.Input().Attr("type", "password").Attr("autocomplete", "current-password").Attr("maxlength", chat.MaxPassword))
	}
	return d.M.framed(l.T(locale.DeleteAsk), html.Form().OnSubmit(d.onSubmit).Body(
		html.Div().Class("inside").Body(html.P().Text(l.T(locale.DeleteHint)), password, d.M.faultLine()),
		html.Footer().Body(
			html.Button().ID("stay").Class("btn plain").Attr("type", "button").Text(l.T(locale.Cancel)).OnClick(d.onStay),
			html.Button().Class("btn danger").Attr("type", "submit").Attr("disabled", d.M.busy).Text(l.T(locale.DeleteDo)))))
}

func (d *deleter) onStay(app.Context, app.Event) { d.M.closeDialog() }

func (d *deleter) onSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	d.M.deleteMe(valueOf("delete-password"))
}
