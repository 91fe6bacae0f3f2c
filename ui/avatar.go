package ui

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
)

// face is what an avatar is drawn from. Until a picture is uploaded it shows
// initials on a colour that stays the same for the id.
type face struct {
	ID   int64
	Name string
	Pic  string // the id of the picture's file; "" for none
	Kind string // a room's kind; "" for a person
	Here bool
}

// colours is how many there are in app.css: c0 … c11, and n0 … n11 for names.
const colours = 12

// colourOf picks the colour of an id. Ids are random, but their low bits may
// come from anywhere: multiply (Knuth) and take the high ones.
func colourOf(id int64) string {
	return strconv.FormatUint(uint64(id)*0x9e3779b97f4a7c15>>32%colours, 10)
}

// initials are one or two letters for a name: the last two characters of a
// Chinese name as is usual there, else the first letters of the first and the
// last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		for _, r := range name {
			return string(r)
		}
		return "?"
	}
	first := []rune(words[0])
	if unicode.Is(unicode.Han, first[0]) {
		return string(first[max(0, len(first)-2):])
	}
	letters := string(unicode.ToUpper(first[0]))
	if len(words) > 1 {
		last := []rune(words[len(words)-1])
		if !unicode.Is(unicode.Han, last[0]) {
			letters += string(unicode.ToUpper(last[0]))
		}
	}
	return letters
}

// avatar draws a face. Groups are square and show their people, open rooms
// their number sign; size is "", "small" or "large".
func avatar(f face, size string) app.UI {
	class := app.AppendClass("av c"+colourOf(f.ID), size)
	var inside, pic, dot app.UI
	switch f.Kind {
	case chat.KindGroup:
		class, inside = class+" square", icon(iconPeople)
	case chat.KindOpen:
		class, inside = class+" square", icon(iconHash)
	default:
		inside = app.Text(initials(f.Name))
		if f.Pic != "" { // over the initials, which show until it is there, and where it cannot be had
			pic = html.Img().Attr("src", "/api/v1/files/"+url.PathEscape(f.Pic)).Attr("alt", "").Attr("draggable", "false")
		}
	}
	if f.Here {
		dot = html.Span().Class("dot")
	}
	return html.Span().Class(class).Aria("hidden", "true").Body(inside, pic, dot)
}

// faceOf is the face of a room's list entry.
func (m *model) faceOf(h *chat.Head, title string, here bool) face {
	if h.Kind == chat.KindDirect {
		return face{ID: int64(h.Peer), Name: title, Pic: m.user(h.Peer).Avatar, Here: here}
	}
	return face{ID: int64(h.ID), Name: title, Kind: h.Kind}
}
