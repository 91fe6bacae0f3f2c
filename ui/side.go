package ui

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// bdi keeps a name's direction of writing to itself.
func bdi() app.HTMLElem { return app.Elem("bdi") }

// side is the left pane: oneself, the search box, and the list.
type side struct {
	app.Compo
	M      *model
	List   int
	People int
	Status int
	Prefs  int

	open    bool // the menu of what can be begun
	context listMenu
	hold    hold
	limit   int
}

// fewRooms is how many conversations it takes for the list to show those alone.
const fewRooms = 3

// listStep is how many rooms are drawn at first, and then with each scroll to
// the end.
const listStep = 60

func (s *side) Render() app.UI {
	l := s.M.L
	return html.Nav().Class("side").Aria("label", l.T(locale.Conversations)).Body(
		html.Header().Class("myself").Body(
			html.A().Class("self").Attr("href", "/settings").Title(l.T(locale.Settings)).Body(
				avatar(face{ID: int64(s.M.me.ID), Name: s.M.me.Name, Pic: s.M.me.Avatar, Here: s.M.rep != nil && s.M.rep.Live()}, ""),
				html.Span().Class("what cut").Body(
					bdi().Class("who cut").Text(s.M.me.Name),
					html.Div().Class("kind").Text(s.kind()))),
			html.A().Class("icon").Attr("href", "/settings").Title(l.T(locale.Settings)).Aria("label", l.T(locale.Settings)).Body(icon(iconGear)),
			html.Div().Body(
				iconButton(iconPlus, l.T(locale.NewMenu)).ID("new").Aria("haspopup", "menu").Aria("expanded", word(s.open)).OnClick(s.onNew),
				s.menu())),
		html.Div().Class("search").Role("search").Body(
			icon(iconSearch),
			html.Input().ID("search").Attr("type", "search").Attr("placeholder", l.T(locale.SearchHint)).Aria("label", l.T(locale.SearchHint)).
				Attr("autocomplete", "off").OnInput(s.onSearch).OnKeyDown(s.onSearchKey)),
		s.scope(),
		html.Div().Class("sr").Aria("live", "polite").Text(s.news()),
		html.Div().Class("scroll").ID("list").OnClick(s.onClick).On("scroll", s.onScroll).
			OnKeyDown(s.onListKey).OnContextMenu(s.onContext).
			On("pointerdown", s.onDown).
			On("pointerup", s.onUp).
			On("pointercancel", s.onUp).
			On("touchend", s.onLift).
			Body(s.list()...),
		s.drawContext())
}

func (s *side) kind() string {
	if s.M.me.Kind == chat.KindMember {
		return "@" + s.M.me.Username
	}
	return s.M.L.T(locale.Guest)
}

func (s *side) menu() app.UI {
	if !s.open {
		return html.Div()
	}
	l := s.M.L
	return html.Div().Body(
		html.Div().Class("veil").OnClick(s.onNew),
		html.Div().Class("pop menu corner").ID("new-items").Role("menu").OnClick(s.onItem).OnKeyDown(s.onMenuKey).Body(
			item("group", iconPeople, "", l.T(locale.NewGroup)),
			item("room", iconHash, "", l.T(locale.EnterRoom))))
}

// list draws what the search box finds, or all rooms, or what to do when there
// are none.
func (s *side) list() []app.UI {
	if s.M.rep == nil {
		return nil
	}
	if q := strings.TrimSpace(s.M.found.text); q != "" {
		return s.results(q)
	}
	rooms := s.M.rep.Rooms()
	if len(rooms) == 0 && !s.M.welcomed {
		return s.unknown()
	}
	var out []app.UI
	if s.M.fault != "" && s.M.dialog.kind == dialogNone && s.M.place.page != pageSettings {
		out = append(out, html.Div().Class("part").Body(s.M.faultLine()))
	}
	if len(rooms) > 0 {
		out = append(out, s.entries(rooms[:min(len(rooms), s.limit+listStep)]))
	}
	if len(rooms) < fewRooms {
		out = append(out, s.around(len(rooms) == 0)...)
	}
	return out
}

// unknown draws the list before anything is known: nothing, for that is over
// in a moment, or that there is no connection.
func (s *side) unknown() []app.UI {
	if !s.M.banner.trouble {
		return nil
	}
	return []app.UI{html.Div().Class("none").Text(s.M.L.T(locale.NotLive))}
}

// around draws who is here: whom one could write to.
func (s *side) around(nothing bool) []app.UI {
	l := s.M.L
	var out []app.UI
	if nothing {
		out = append(out, html.Div().Class("start").Body(html.B().Text(l.T(locale.StartTitle)), html.Span().Text(l.T(locale.StartHint))))
	}
	var people []app.UI
	for _, u := range s.M.here {
		if !s.talksTo(u.ID) {
			people = append(people, s.person(u))
		}
	}
	switch {
	case len(people) > 0:
		out = append(out, html.H2().Class("part").Text(l.T(locale.WhoIsHere)), list(l.T(locale.WhoIsHere), people))
	case nothing:
		out = append(out, html.Div().Class("none").Body(html.Span().Text(l.T(locale.NoOneYet)), html.Span().Text(l.T(locale.NoOneYetHint))))
	}
	return out
}

// talksTo tells whether there is a one-to-one conversation with somebody.
func (s *side) talksTo(id chat.AccountID) bool {
	for _, r := range s.M.rep.AllRooms() {
		if r.Head.Kind == chat.KindDirect && r.Head.Peer == id {
			return true
		}
	}
	return false
}

func (s *side) person(u chat.User) app.UI {
	tag := ""
	if u.Kind == chat.KindGuest {
		tag = s.M.L.T(locale.Guest)
	}
	return html.Div().Role("listitem").Body(
		html.Button().Class("room").Attr("type", "button").DataSet("who", strconv.FormatInt(int64(u.ID), 10)).Body(
			avatar(face{ID: int64(u.ID), Name: u.Name, Pic: u.Avatar, Here: s.M.rep.Presence(u.ID).Online}, ""),
			html.Span().Class("what").Body(bdi().Class("name cut").Text(u.Name)),
			html.Span().Class("tag").Text(tag)))
}

// entries is the list of rooms.
func (s *side) entries(rooms []*replica.Summary) app.UI {
	lines := make([]app.UI, 0, len(rooms))
	for _, r := range rooms {
		lines = append(lines, &entry{M: s.M, Line: s.M.lineOf(r), Prefs: s.Prefs})
	}
	return list(s.M.L.T(locale.Conversations), lines)
}

// list is a list that has a name for screen readers.
func list(label string, items []app.UI) app.UI {
	return html.Div().Role("list").Aria("label", label).Body(items...)
}

func (s *side) onSearch(_ app.Context, e app.Event) { s.M.find(e.Get("target").Get("value").String()) }

// onSearchKey leaves the box into the list, or empties it.
func (s *side) onSearchKey(ctx app.Context, e app.Event) {
	if composing(e) {
		ctx.PreventUpdate()
		return
	}
	switch e.Get("key").String() {
	case "Escape":
		if s.M.found.text == "" {
			s.M.endSearch() // also of one room
			return
		}
		e.Get("target").Set("value", "")
		s.M.find("")
		return
	case "ArrowDown", "Enter":
		e.PreventDefault()
		focus(find("list", "a, button"))
		if e.Get("key").String() == "Enter" {
			document().Get("activeElement").Call("click")
		}
	}
	ctx.PreventUpdate()
}

// onListKey walks through the list, and out of what was found.
func (s *side) onListKey(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if roam(e, byID("list")) == "Escape" && s.M.found.text != "" {
		focus(byID("search"))
	}
}

// onScroll draws more of a long list when its end is near.
func (s *side) onScroll(ctx app.Context, _ app.Event) {
	list := byID("list")
	left := list.Get("scrollHeight").Float() - list.Get("scrollTop").Float() - list.Get("clientHeight").Float()
	if s.M.rep != nil && left < 400 && s.limit+listStep < len(s.M.rep.Rooms()) {
		s.limit += listStep
		return
	}
	ctx.PreventUpdate()
}

// onClick takes the clicks on people and on the room that was searched for.
// Rooms of the list are links.
func (s *side) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "a, button")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	if data(button, "act") == "more" {
		s.openMenu(ctx, listMenu{room: roomIn(button), at: below(button, 0)})
		return
	}
	if hit := data(button, "hit"); hit != "" {
		s.M.openHit(hit)
		return
	}
	if data(button, "do") == "more" {
		s.M.moreMessages()
		return
	}
	if who, err := strconv.ParseInt(data(button, "who"), 10, 64); err == nil {
		s.M.writeTo(chat.AccountID(who))
	} else if name := data(button, "room"); name != "" {
		s.M.openRoomNamed(name)
	}
	s.M.endSearch()
}

func (s *side) onNew(app.Context, app.Event) {
	s.open = !s.open
	s.M.drawn(func() {
		if s.open {
			focus(find("new-items", "button"))
		} else {
			focus(byID("new"))
		}
	})
}

func (s *side) onMenuKey(ctx app.Context, e app.Event) {
	if leaves(roam(e, byID("new-items"))) {
		s.onNew(ctx, e)
	}
}

func (s *side) onItem(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		return
	}
	s.open = false
	focus(byID("new"))
	if data(button, "do") == "group" {
		s.M.openDialog(dialogGroup)
		return
	}
	s.M.openDialog(dialogOpenRoom)
}
