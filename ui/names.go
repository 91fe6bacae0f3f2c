package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// given lists the emoji that a row was given, the most given first.
func given(reactions map[string][]chat.AccountID) []string {
	out := make([]string, 0, len(reactions))
	for emoji, who := range reactions {
		if len(who) > 0 {
			out = append(out, emoji)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if n, k := len(reactions[a]), len(reactions[b]); n != k {
			return k - n
		}
		return strings.Compare(a, b)
	})
	return out
}

// readers are those who have read an own row, in rooms of several. In a direct
// room the tick says it.
func (m *model) readers(head *chat.Head, row *chat.Row) []chat.AccountID {
	if head.Kind == chat.KindDirect || row.By != m.me.ID {
		return nil
	}
	return m.rep.ReadBy(head.ID, row.Seq)
}

// hasNames tells whether there is somebody to name.
func (m *model) hasNames(head *chat.Head, row *chat.Row) bool {
	return len(given(row.Reactions)) > 0 || len(m.readers(head, row)) > 0
}

// names draws who has reacted to a row, and who has read it.
func (m *model) names(head *chat.Head, stored *chat.Row) app.UI {
	row, _ := m.rep.Shown(head.ID, stored)
	var parts []app.UI
	part := func(title string, who []chat.AccountID) {
		people := make([]app.UI, 0, len(who))
		for _, id := range who {
			people = append(people, html.Li().Body(
				avatar(face{ID: int64(id), Name: m.user(id).Name, Pic: m.user(id).Avatar}, "small"),
				bdi().Class("cut").Text(m.speaker().name(id))))
		}
		parts = append(parts, html.H3().Text(title), html.Ul().Body(people...))
	}
	for _, emoji := range given(row.Reactions) {
		part(emoji+" "+strconv.Itoa(len(row.Reactions[emoji])), row.Reactions[emoji])
	}
	if who := m.readers(head, row); len(who) > 0 {
		part(m.L.N(locale.ReadBy, len(who)), who)
	}
	return html.Div().Class("names").TabIndex(0).Role("dialog").Aria("label", m.L.T(locale.Names)).Body(parts...)
}
