package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// gate is where one comes in: with a name, as a member, or to become one.
type gate struct {
	app.Compo
	M      *model
	Status int
	Prefs  int
	Open   string // the open room that one wants to go to
	Inside bool   // somebody is signed in: a guest who wants to be a member

	way  way
	open bool // way was chosen
}

// way is a way in.
type way int

const (
	wayGuest way = iota
	wayLogin
	wayJoin
)

func (g *gate) Render() app.UI {
	l := g.M.L
	at := g.at()
	tab := func(w way, text locale.Text) app.UI {
		return html.Button().Attr("type", "button").Role("tab").Aria("selected", word(at == w)).
			DataSet("way", int(w)).Text(l.T(text))
	}
	tabs := []app.UI{tab(wayLogin, locale.SignIn), tab(wayJoin, locale.NewAccount)}
	if !g.Inside {
		tabs = append([]app.UI{tab(wayGuest, locale.AsGuest)}, tabs...)
	}
	var note app.UI
	if g.M.note != "" {
		note = html.P().Class("hint").Role("status").Text(g.M.note)
	}
	var back app.UI
	if g.Inside {
		back = html.A().Class("link").Attr("href", "/").Text(l.T(locale.Back))
	}
	return html.Main().Class("gate").Body(html.Div().Class("card").Body(
		html.Div().Class("brand").Body(
			html.Div().Class("logo").Body(app.Raw(`<svg viewBox="0 0 24 24" aria-hidden="true">`+iconLogo+`</svg>`)),
			html.H1().Text(l.T(locale.Welcome)), html.P().Text(g.hint(at)), note),
		html.Div().Class("tabs3").Role("tablist").OnClick(g.onTab).Body(tabs...),
		html.Div().Body(&form{M: g.M, Way: at, Inside: g.Inside, Status: g.Status, Prefs: g.Prefs}),
		html.Div().Class("foot").Body(back,
			html.Button().Class("link").Attr("type", "button").Lang(string(g.other())).Text(g.otherName()).OnClick(g.onLang))))
}

// at is the way that is shown: who is a guest already can only become a member
// or sign in.
func (g *gate) at() way {
	if !g.open && g.Inside {
		return wayJoin
	}
	return g.way
}

func (g *gate) hint(at way) string {
	l := g.M.L
	switch {
	case at == wayLogin:
		return l.T(locale.LoginHint)
	case at == wayJoin && g.Inside:
		return l.T(locale.BecomeHint)
	case at == wayJoin:
		return l.T(locale.JoinHint)
	case g.Open != "":
		return l.T(locale.WelcomeRoom, g.Open)
	}
	return l.T(locale.WelcomeHint)
}

// form is the form of a way in. Another way is another form, mounted anew: what
// was typed as a name must not turn up as a username, and a browser's password
// manager must know what it sees.
type form struct {
	app.Compo
	M      *model
	Way    way
	Inside bool
	Status int
	Prefs  int
}

// CompoID has go-app mount a new form for another way.
func (f *form) CompoID() string { return string(rune('0' + f.Way)) }

// OnMount puts the keyboard into the first field.
func (f *form) OnMount(ctx app.Context) {
	if !touch() {
		ctx.Defer(func(app.Context) { focus(document().Call("querySelector", ".card input")) })
	}
}

func (f *form) Render() app.UI {
	l := f.M.L
	var fields []app.UI
	if f.Way == wayGuest || f.Way == wayJoin && !f.Inside {
		hint := ""
		if f.Way == wayGuest {
			hint = l.T(locale.NameHint)
		}
		fields = append(fields, field("name", l.T(locale.YourName), hint, html.Input().Attr("type", "text").
			Attr("autocomplete", "nickname").Attr("maxlength", 2*chat.MaxPersonName)))
	}
	do := l.T(locale.StartChatting)
	if f.Way != wayGuest {
		do = l.T(locale.SignIn)
		hint, fill := "", "current-password"
		if f.Way == wayJoin {
			do, hint, fill = l.T(locale.BecomeMember), l.T(locale.PasswordHint), "new-password"
		}
		fields = append(fields,
			field("username", l.T(locale.Username), "", html.Input().Attr("type", "text").Attr("autocomplete", "username").
				Attr("autocapitalize", "none").Attr("spellcheck", "false").Attr("maxlength", chat.MaxUsername)),
			field("password", l.T(locale.Password), hint, html.Input().Attr("type", "password").Attr("autocomplete", fill)))
	}
	fields = append(fields, f.M.faultLine(),
		html.Button().Class("btn wide").Attr("type", "submit").Attr("disabled", f.M.busy).Text(do))
	return html.Form().Class("form").OnSubmit(f.onSubmit).Body(fields...)
}

func (f *form) onSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	if f.M.busy {
		return
	}
	switch f.Way {
	case wayGuest:
		f.M.guest(valueOf("name"))
	case wayLogin:
		f.M.login(valueOf("username"), valueOf("password"))
	case wayJoin:
		name := f.M.me.Name
		if !f.Inside {
			name = valueOf("name")
		}
		f.M.register(valueOf("username"), valueOf("password"), name)
	}
}

func (g *gate) onTab(_ app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-way]")
	if !button.Truthy() {
		return
	}
	g.way, g.open = way(data(button, "way")[0]-'0'), true
	g.M.fault = ""
	g.M.revs.status++
}

// other is the language that the link at the foot offers.
func (g *gate) other() locale.Lang {
	if g.M.L.Lang() == locale.Chinese {
		return locale.English
	}
	return locale.Chinese
}

func (g *gate) otherName() string {
	for _, lang := range locale.Langs {
		if lang.Lang == g.other() {
			return lang.Name
		}
	}
	return ""
}

func (g *gate) onLang(app.Context, app.Event) {
	p := g.M.prefs
	p.Lang = string(g.other())
	g.M.setPrefs(p)
}
