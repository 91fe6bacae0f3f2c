package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/locale"
)

// settings is the page of what one can change about oneself and this browser.
type settings struct {
	app.Compo
	M      *model
	Status int
	Prefs  int

	saved bool
}

// OnMount fills in the name.
func (s *settings) OnMount(app.Context) {
	if el := byID("my-name"); el.Truthy() {
		el.Set("value", s.M.me.Name)
	}
	s.M.fetchDevices()
}

func (s *settings) Render() app.UI {
	l := s.M.L
	return app.Section().Class("talk").Body(
		app.Header().Class("bar").Body(backLink(s.M), app.Div().Class("to").Body(
			app.H1().Body(bdi().Text(l.T(locale.Settings))))),
		app.Div().Class("settings").Body(app.Div().Class("inner").Body(
			s.profile(), s.account(), s.look(), s.notifications(), s.keyboard(), s.devices(), s.data(), s.about())))
}

func (s *settings) profile() app.UI {
	l := s.M.L
	kind := l.T(locale.Guest)
	if s.M.me.Kind == chat.KindMember {
		kind = l.T(locale.Member) + " · @" + s.M.me.Username
	}
	button := l.T(locale.Save)
	if s.saved {
		button = l.T(locale.Saved)
	}
	return app.Section().Body(
		app.Div().Class("face").Body(
			avatar(face{ID: int64(s.M.me.ID), Name: s.M.me.Name, Pic: s.M.me.Avatar}, "large"),
			app.Div().Body(app.Div().Body(app.B().Dir("auto").Text(s.M.me.Name)), app.Div().Class("hint").Text(kind), s.picture())),
		app.Form().OnSubmit(s.onName).Body(
			app.Div().Class("rowf").Body(
				field("my-name", l.T(locale.YourName), "", app.Input().Type("text").
					Attr("autocomplete", "nickname").MaxLength(2*chat.MaxPersonName).OnInput(s.onTyped)),
				app.Button().Class("btn plain").Type("submit").Disabled(s.M.busy).Text(button))),
		s.M.faultLine())
}

func (s *settings) account() app.UI {
	l := s.M.L
	var become app.UI
	if s.M.me.Kind == chat.KindGuest {
		become = app.Div().Class("start").Body(
			app.B().Text(l.T(locale.BecomeMember)), app.Span().Text(l.T(locale.BecomeHint)),
			app.Div().Body(app.A().Class("btn").Href("/signin").Text(l.T(locale.BecomeMember))))
	}
	return app.Section().Body(app.H2().Text(l.T(locale.Account)), become,
		app.Div().Body(app.Button().Class("btn plain").Type("button").OnClick(s.onSignOut).
			Body(icon(iconLeave), app.Text(l.T(locale.SignOut)))))
}

// option is one of a few things to choose from.
type option struct{ value, label string }

// choice draws a few options of which one is chosen.
func choice(name, label, chosen string, options []option, on app.EventHandler) app.UI {
	radios := make([]app.UI, 0, len(options))
	for _, o := range options {
		radios = append(radios, app.Label().Body(
			app.Input().Type("radio").Name(name).DataSet("value", o.value).Checked(o.value == chosen).OnChange(on),
			app.Span().Text(o.label)))
	}
	return app.FieldSet().Body(app.Legend().Class("label").Text(label), app.Div().Class("choice").Body(radios...))
}

func (s *settings) look() app.UI {
	l := s.M.L
	langs := []option{{"", l.T(locale.LanguageBrowser)}}
	for _, lang := range locale.Langs {
		langs = append(langs, option{string(lang.Lang), lang.Name})
	}
	return app.Section().Body(app.H2().Text(l.T(locale.Appearance)),
		choice("lang", l.T(locale.Language), s.M.prefs.Lang, langs, s.onLang),
		choice("theme", l.T(locale.Theme), s.M.prefs.Theme, []option{
			{"", l.T(locale.ThemeSystem)}, {"light", l.T(locale.ThemeLight)}, {"dark", l.T(locale.ThemeDark)}}, s.onTheme))
}

func (s *settings) keyboard() app.UI {
	l := s.M.L
	hint := locale.SendEnterHint
	if s.M.prefs.Send == sendOnCtrl {
		hint = locale.SendCtrlHint
	}
	return app.Section().Body(app.H2().Text(l.T(locale.Keyboard)),
		choice("send", l.T(locale.SendKey), s.M.prefs.Send, []option{
			{"", l.T(locale.SendOnEnter)}, {sendOnCtrl, l.T(locale.SendOnCtrl)}}, s.onSend),
		app.P().Class("hint").Text(l.T(hint)))
}

func (s *settings) about() app.UI {
	version := app.Getenv("GOAPP_VERSION")
	if version == "" {
		return nil
	}
	return app.P().Class("hint").Text("Parley · " + s.M.L.T(locale.Version) + " " + version)
}

func chosen(e app.Event) string { return data(e.Get("target"), "value") }

func (s *settings) onLang(_ app.Context, e app.Event) {
	p := s.M.prefs
	p.Lang = chosen(e)
	s.M.setPrefs(p)
}

func (s *settings) onTheme(_ app.Context, e app.Event) {
	p := s.M.prefs
	p.Theme = chosen(e)
	s.M.setPrefs(p)
}

func (s *settings) onSend(_ app.Context, e app.Event) {
	p := s.M.prefs
	p.Send = chosen(e)
	s.M.setPrefs(p)
}

func (s *settings) onTyped(app.Context, app.Event) { s.saved = false }

func (s *settings) onName(_ app.Context, e app.Event) {
	e.PreventDefault()
	s.M.renameMe(valueOf("my-name"), func() {
		s.saved = true
		s.M.revs.status++
	})
}

func (s *settings) onSignOut(app.Context, app.Event) { s.M.openDialog(dialogSignOut) }
