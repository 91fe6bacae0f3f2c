package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// results draws what the search finds: people, rooms and messages. The way into
// an open room of that name comes last, and only once it is known what else
// there is: Enter takes what is first, and who looks for a word must not find
// themselves in a room that is called so.
func (s *side) results(q string) []app.UI {
	found := &s.M.found
	var out []app.UI
	known := found.messages.asked == q // what there is
	if found.room == 0 {
		out = append(s.peopleCalled(q), s.roomsCalled(q)...)
		known = known && (found.asked == q || !s.M.rep.Live())
	}
	hits := s.M.shownHits()
	if known && len(out)+len(hits) == 0 {
		out = append(out, html.Div().Class("none").Text(s.M.L.T(locale.NothingFound, q)))
	}
	out = append(out, s.messages(q, hits)...)
	if known && found.room == 0 {
		out = append(out, s.enterable(q)...)
	}
	return out
}

// peopleCalled draws the people of that name, first those whom one talks to.
func (s *side) peopleCalled(q string) []app.UI {
	var lines []app.UI
	for _, r := range s.M.rep.AllRooms() {
		if r.Head.Kind == chat.KindDirect && holds(r.Title, q) {
			lines = append(lines, &entry{M: s.M, Line: s.M.lineOf(r), Prefs: s.Prefs})
		}
	}
	for _, u := range s.M.found.people {
		if !s.talksTo(u.ID) {
			lines = append(lines, s.person(u))
		}
	}
	return part(s.M.L.T(locale.People), lines)
}

func (s *side) roomsCalled(q string) []app.UI {
	var lines []app.UI
	for _, r := range s.M.rep.AllRooms() {
		if r.Head.Kind != chat.KindDirect && holds(r.Title, q) {
			lines = append(lines, &entry{M: s.M, Line: s.M.lineOf(r), Prefs: s.Prefs})
		}
	}
	return part(s.M.L.T(locale.Rooms), lines)
}

// part is a list below its heading, nothing if it is empty.
func part(title string, lines []app.UI) []app.UI {
	if len(lines) == 0 {
		return nil
	}
	return []app.UI{html.H2().Class("part").Text(title), list(title, lines)}
}

// enterable draws the way into the open room of that name.
func (s *side) enterable(q string) []app.UI {
	if chat.ValidOpenName(q) != nil {
		return nil
	}
	for _, r := range s.M.rep.AllRooms() {
		if r.Head.Kind == chat.KindOpen && r.Head.Name == q && !r.Gone {
			return nil
		}
	}
	return []app.UI{html.Button().Class("room small").Attr("type", "button").DataSet("room", q).Body(
		avatar(face{Name: q, Kind: chat.KindOpen, ID: int64(len(q))}, "small"),
		html.Span().Class("what").Body(html.Span().Class("cut").Dir("auto").Text(s.M.L.T(locale.EnterRoomNamed, q))))}
}

// messages draws the messages that were found, and says so where only this
// device was searched.
func (s *side) messages(q string, hits []hit) []app.UI {
	l, found := s.M.L, &s.M.found.messages
	lines := make([]app.UI, 0, len(hits))
	for i := range hits {
		lines = append(lines, s.message(&hits[i]))
	}
	out := part(l.T(locale.Messages), lines)
	if found.here && found.asked == q {
		out = append(out, html.Div().Class("hint").Role("note").Text(l.T(locale.OnlyHere)))
	}
	if found.next != "" && len(hits) > 0 {
		out = append(out, html.Button().Class("btn plain wide").Attr("type", "button").DataSet("do", "more").Attr("disabled", found.more).Text(l.T(locale.MoreMessages)))
	}
	return out
}

// message draws a message that was found.
func (s *side) message(h *hit) app.UI {
	m := s.M
	who := m.user(h.Row.By)
	where := ""
	if r := m.rep.Room(h.Room); r != nil && m.found.room == 0 && (r.Head.Kind != chat.KindDirect || h.Row.By == m.me.ID) {
		where = r.Title
	}
	text := html.Span().Class("said snippet").Dir("auto")
	var pieces []app.UI
	for _, p := range h.Pieces {
		if p.Hit {
			pieces = append(pieces, html.Mark().Text(p.Text))
		} else {
			pieces = append(pieces, app.Text(p.Text))
		}
	}
	var room app.UI
	if where != "" {
		room = html.Span().Class("where cut").Body(icon(iconChat), bdi().Class("cut").Text(where))
	}
	return html.Div().Role("listitem").Body(
		html.Button().Class("room hit").Attr("type", "button").DataSet("hit", fmt.Sprintf("%d/%d", h.Room, h.Row.Seq)).Body(
			avatar(face{ID: int64(who.ID), Name: who.Name, Pic: who.Avatar}, ""),
			html.Span().Class("what").Body(
				html.Span().Class("line").Body(
					bdi().Class("name cut").Text(m.speaker().name(h.Row.By)),
					html.Time().Title(m.L.Full(h.Row.At)).Text(m.L.Recent(h.Row.At, m.now()))),
				text.Body(pieces...), room)))
}

// scope says that only one room is searched, and ends that.
func (s *side) scope() app.UI {
	r := s.M.roomOf(s.M.found.room)
	if r == nil {
		return html.Div()
	}
	return html.Div().Class("scope").Body(
		html.Span().Class("cut").Dir("auto").Text(s.M.L.T(locale.SearchIn, r.Title)),
		iconButton(iconClose, s.M.L.T(locale.SearchAll)).OnClick(s.onUnscope))
}

func (s *side) onUnscope(app.Context, app.Event) {
	s.M.endSearch()
	focus(byID("search"))
}

// news tells a screen reader how many messages were found.
func (s *side) news() string {
	found := &s.M.found.messages
	if found.asked == "" || found.asked != strings.TrimSpace(s.M.found.text) {
		return ""
	}
	return s.M.L.N(locale.MessagesFound, len(found.hits))
}

// openHit shows a message that was found, and leaves what was found where it
// is.
func (m *model) openHit(hit string) {
	at, which, _ := strings.Cut(hit, "/")
	room, _ := strconv.ParseInt(at, 10, 64)
	seq, _ := strconv.ParseInt(which, 10, 64)
	m.jumpToSeq(chat.RoomID(room), chat.Seq(seq))
}
