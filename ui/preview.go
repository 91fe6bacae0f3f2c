package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/locale"
)

// speaker is what the words of rows need to know: whose screen it is, and who
// is who.
type speaker struct {
	L    *locale.Locale
	Me   chat.AccountID
	Name func(chat.AccountID) string
}

// name is a person in a sentence, oneself as "You".
func (s speaker) name(id chat.AccountID) string {
	if id == s.Me {
		return s.L.T(locale.You)
	}
	return s.Name(id)
}

// object is a person whom a sentence is about, not the one it begins with.
func (s speaker) object(id chat.AccountID) string {
	if id == s.Me {
		return s.L.T(locale.YouObject)
	}
	return s.Name(id)
}

// system words a system row.
func (s speaker) system(row *chat.Row) string {
	if row.System == nil {
		return ""
	}
	by, about := s.name(row.By), s.object(row.System.Account)
	switch row.System.Event {
	case chat.EventMade:
		return s.L.T(locale.SystemMade, by)
	case chat.EventJoined:
		if row.System.Account == row.By || row.System.Account == 0 {
			return s.L.T(locale.SystemJoinedSelf, by)
		}
		return s.L.T(locale.SystemJoined, by, about)
	case chat.EventLeft:
		if row.System.Account != 0 {
			by = s.name(row.System.Account)
		}
		return s.L.T(locale.SystemLeft, by)
	case chat.EventRemoved:
		return s.L.T(locale.SystemRemoved, by, about)
	case chat.EventRenamed:
		return s.L.T(locale.SystemRenamed, by, row.System.Text)
	case chat.EventRole:
		return s.L.T(locale.SystemRole, by, about, s.role(row.System.Text))
	}
	return ""
}

// role words a role inside a sentence.
func (s speaker) role(role string) string {
	switch role {
	case chat.RoleOwner:
		return s.L.T(locale.RoleLowOwner)
	case chat.RoleModerator:
		return s.L.T(locale.RoleLowModerator)
	}
	return s.L.T(locale.RoleLowMember)
}

// recalled words the placeholder of a row that was taken back.
func (s speaker) recalled(row *chat.Row) string {
	if row.By == s.Me {
		return s.L.T(locale.RecalledOwn)
	}
	return s.L.T(locale.Recalled, s.Name(row.By))
}

// content is a row in one line, without its author.
func (s speaker) content(row *chat.Row) string {
	switch {
	case row.Kind == chat.KindSystem:
		return s.system(row)
	case row.Recalled != 0:
		return s.recalled(row)
	case len(row.Files) > 0:
		return strings.TrimSpace(s.files(row.Files) + " " + oneLine(row.Text))
	case row.Text != "":
		return oneLine(row.Text)
	case row.Kind == chat.KindFile:
		return s.L.T(locale.FileMessage)
	case row.Kind == chat.KindCard:
		return s.L.T(locale.CardMessage)
	}
	return ""
}

// files says what kind of files there are, and what the only one is called.
// Pictures among others are files.
func (s speaker) files(files []chat.File) string {
	f := &files[0]
	several := ""
	if len(files) > 1 {
		several = " ×" + strconv.Itoa(len(files))
	}
	mixed := slices.ContainsFunc(files, func(one chat.File) bool { return picture(&one) != picture(f) || spoken(&one) != spoken(f) })
	switch {
	case mixed:
		return s.L.T(locale.FileMessage) + several
	case picture(f):
		return s.L.T(locale.ImageMessage) + several
	case spoken(f):
		return s.L.T(locale.VoiceMessage) + several
	case len(files) > 1:
		return s.L.T(locale.FileMessage) + several
	}
	return s.L.T(locale.FileMessage) + " " + f.Name
}

// preview is the last row of a room in its list entry.
func (s speaker) preview(kind string, row *chat.Row) string {
	said := s.said(kind, row)
	if said.bare() {
		return said.text
	}
	return s.L.T(said.how, said.parts()...)
}

// said is a row in one line: its text, how that is worded with a name before it,
// and whose.
type said struct {
	how      locale.Text
	by, text string
}

// said splits the last row of a room: who says it matters where more than two
// talk.
func (s speaker) said(kind string, row *chat.Row) said {
	if row == nil {
		return said{}
	}
	text := s.content(row)
	switch {
	case row.Kind == chat.KindSystem, row.Recalled != 0:
	case row.By == s.Me:
		return said{how: locale.PreviewOwn, text: text}
	case kind != chat.KindDirect:
		return said{how: locale.PreviewOther, by: s.Name(row.By), text: text}
	}
	return said{text: text}
}

// bare tells whether it is a text alone.
func (s said) bare() bool { return s.how == (locale.Text{}) }

func (s said) parts() []any {
	if s.by == "" {
		return []any{s.text}
	}
	return []any{s.by, s.text}
}

// draw draws it. Name and text have a direction each: a right-to-left text must
// not change places with the name.
func (s said) draw(l *locale.Locale) []app.UI {
	if s.bare() {
		return []app.UI{app.Text(s.text)}
	}
	return isolated(l, s.how, s.parts()...)
}

// isolated is a sentence in which each thing that is put in keeps its own
// direction.
func isolated(l *locale.Locale, sentence locale.Text, parts ...any) []app.UI {
	var out []app.UI
	for i, piece := range l.Pieces(sentence, parts...) {
		switch {
		case i%2 == 1:
			out = append(out, bdi().Text(piece))
		case piece != "":
			out = append(out, app.Text(piece))
		}
	}
	return out
}

// oneLine joins the lines of a text.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// speaker is the model's.
func (m *model) speaker() speaker {
	return speaker{L: m.L, Me: m.me.ID, Name: func(id chat.AccountID) string { return m.user(id).Name }}
}
