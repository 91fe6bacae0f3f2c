package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
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
	return html.Section().Class("talk").Body(
		html.Header().Class("bar").Body(backLink(s.M), html.Div().Class("to").Body(
			html.H1().Body(bdi().Text(l.T(locale.Settings))))),
		html.Div().Class("settings").Body(html.Div().Class("inner").Body(
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
	return html.Section().Body(
		html.Div().Class("face").Body(
			avatar(face{ID: int64(s.M.me.ID), Name: s.M.me.Name, Pic: s.M.me.Avatar}, "large"),
			html.Div().Body(html.Div().Body(html.B().Dir("auto").Text(s.M.me.Name)), html.Div().Class("hint").Text(kind), s.picture())),
		html.Form().OnSubmit(s.onName).Body(
			html.Div().Class("rowf").Body(
				field("my-name", l.T(locale.YourName), "", html.Input().Attr("type", "text").
					Attr("autocomplete", "nickname").Attr("maxlength", 2*chat.MaxPersonName).OnInput(s.onTyped)),
				html.Button().Class("btn plain").Attr("type", "submit").Attr("disabled", s.M.busy).Text(button))),
		s.M.faultLine())
}

func (s *settings) account() app.UI {
	l := s.M.L
	var become app.UI
	if s.M.me.Kind == chat.KindGuest {
		become = html.Div().Class("start").Body(
			html.B().Text(l.T(locale.BecomeMember)), html.Span().Text(l.T(locale.BecomeHint)),
			html.Div().Body(html.A().Class("btn").Attr("href", "/signin").Text(l.T(locale.BecomeMember))))
	}
	return html.Section().Body(html.H2().Text(l.T(locale.Account)), become,
		html.Div().Body(html.Button().Class("btn plain").Attr("type", "button").OnClick(s.onSignOut).
			Body(icon(iconLeave), app.Text(l.T(locale.SignOut)))))
}

// option is one of a few things to choose from.
type option struct{ value, label string }

// choice draws a few options of which one is chosen.
func choice(name, label, chosen string, options []option, on app.EventHandler) app.UI {
	radios := make([]app.UI, 0, len(options))
	for _, o := range options {
		radios = append(radios, html.Label().Body(
			html.Input().Attr("type", "radio").Attr("name", name).DataSet("value", o.value).Attr("checked", o.value == chosen).OnChange(on),
			html.Span().Text(o.label)))
	}
	return html.FieldSet().Body(html.Legend().Class("label").Text(label), html.Div().Class("choice").Body(radios...))
}

func (s *settings) look() app.UI {
	l := s.M.L
	langs := []option{{"", l.T(locale.LanguageBrowser)}}
	for _, lang := range locale.Langs {
		langs = append(langs, option{string(lang.Lang), lang.Name})
	}
	return html.Section().Body(html.H2().Text(l.T(locale.Appearance)),
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
	return html.Section().Body(html.H2().Text(l.T(locale.Keyboard)),
		choice("send", l.T(locale.SendKey), s.M.prefs.Send, []option{
			{"", l.T(locale.SendOnEnter)}, {sendOnCtrl, l.T(locale.SendOnCtrl)}}, s.onSend),
		html.P().Class("hint").Text(l.T(hint)))
}

func (s *settings) about() app.UI {
	version := app.Getenv("GOAPP_VERSION")
	if version == "" {
		return nil
	}
	return html.P().Class("hint").Text("Parley · " + s.M.L.T(locale.Version) + " " + version)
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
