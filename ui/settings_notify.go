package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/locale"
)

// notifications is the part of the settings that says how one is told.
func (s *settings) notifications() app.UI {
	l, n := s.M.L, &s.M.notify
	hint := ""
	switch n.permission {
	case permissionNone:
		hint = l.T(locale.NotifyNone)
	case permissionDenied:
		hint = l.T(locale.NotifyDenied)
	}
	on := s.M.notifies()
	blocked := n.permission == permissionNone || n.permission == permissionDenied
	return html.Section().Body(html.H2().Text(l.T(locale.Notifications)),
		switched("notify-on", l.T(locale.NotifyMe), hint, on, blocked, s.onNotify),
		switched("notify-text", l.T(locale.NotifyText), l.T(locale.NotifyTextHint), s.M.prefs.NotifyText, !on, s.onNotifyText),
		switched("notify-sound", l.T(locale.NotifySound), "", !s.M.prefs.Quiet, false, s.onNotifySound))
}

// switched draws a switch with its words.
func switched(id, label, hint string, on, off bool, do app.EventHandler) app.UI {
	var below app.UI
	input := html.Input().ID(id).Attr("type", "checkbox").Role("switch").Attr("checked", on).Attr("disabled", off).OnChange(do)
	if hint != "" {
		below = html.Div().Class("hint").ID(id + "-hint").Text(hint)
		input = input.Aria("describedby", id+"-hint")
	}
	return html.Label().Class("switch").Body(html.Span().Class("text").Body(html.Span().Text(label), below), input)
}

func checked(e app.Event) bool { return e.Get("target").Get("checked").Truthy() }

func (s *settings) onNotify(_ app.Context, e app.Event) { s.M.turnNotify(checked(e)) }

func (s *settings) onNotifyText(_ app.Context, e app.Event) {
	p := s.M.prefs
	p.NotifyText = checked(e)
	s.M.setPrefs(p)
	s.M.subscribe()
}

func (s *settings) onNotifySound(_ app.Context, e app.Event) {
	p := s.M.prefs
	p.Quiet = !checked(e)
	s.M.setPrefs(p)
}
