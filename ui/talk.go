package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// talk is the right pane: one conversation. Another room is another talk, so
// that nothing of the last one stays behind.
type talk struct {
	app.Compo
	M      *model
	Room   chat.RoomID
	Talk   int
	List   int
	People int
	Prefs  int
	Status int

	over bool // files are dragged over it
}

// CompoID has go-app mount a new talk for another room.
func (t *talk) CompoID() string { return strconv.FormatInt(int64(t.Room), 10) }

func (t *talk) Render() app.UI {
	s := t.M.roomOf(t.Room)
	pane := html.Section().Class("talk").Aria("label", t.M.L.T(locale.Timeline))
	if s == nil || s.Gone || !t.M.rep.Timeline(t.Room).Known {
		return pane.Body(t.without(s)...)
	}
	pane = pane.OnDragOver(t.onDragOver).OnDragLeave(t.onDragLeave).OnDrop(t.onDrop)
	return pane.Body(
		t.bar(s),
		&strip{M: t.M, Room: t.Room, Talk: t.Talk, List: t.List, People: t.People, Prefs: t.Prefs},
		&timeline{M: t.M, Room: t.Room, Talk: t.Talk, People: t.People, Prefs: t.Prefs},
		html.Div().Class("typist").Aria("live", "polite").Body(t.typing(s)...),
		t.below(s),
		t.target(),
	)
}

// target covers the conversation while files are dragged over it.
func (t *talk) target() app.UI {
	if !t.over {
		return nil
	}
	return html.Div().Class("drop").Body(html.Div().Body(icon(iconClip), app.Text(t.M.L.T(locale.DropFiles))))
}

func (t *talk) onDragOver(ctx app.Context, e app.Event) {
	if !e.Get("dataTransfer").Get("types").Call("includes", "Files").Bool() {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	if t.over {
		ctx.PreventUpdate()
		return
	}
	t.over = true
	t.M.learnLimit()
}

func (t *talk) onDragLeave(ctx app.Context, e app.Event) {
	if closest(e.Get("relatedTarget"), ".talk").Truthy() {
		ctx.PreventUpdate()
		return
	}
	t.over = false
}

func (t *talk) onDrop(_ app.Context, e app.Event) {
	e.PreventDefault()
	t.over = false
	t.M.choose(blobsOf(e.Get("dataTransfer").Get("files")))
	focus(byID("text"))
}

// without draws a room that is not there: not ours, or not known yet.
func (t *talk) without(s *replica.Summary) []app.UI {
	l := t.M.L
	title, hint := locale.RoomGone, locale.RoomGoneHint
	named := t.M.place.name
	switch {
	case t.M.place.page == pageOpen && t.M.missing[named] == chat.Forbidden:
		title, hint = locale.RoomBarred, locale.RoomBarredHint
	case t.M.place.page == pageOpen && t.M.missing[named] != "":
		title, hint = locale.RoomMissing, locale.RoomMissingHint
	case s != nil && s.Gone:
	case t.M.banner.trouble:
		title, hint = locale.NotLive, locale.NotLoaded
	case t.Room == 0 && t.M.place.page == pageOpen, t.M.rep == nil, !t.M.rep.Live(): // on its way
		return []app.UI{bare(t.M, named), html.Div().Class("logwrap")}
	}
	if s != nil && named == "" {
		named = s.Title
	}
	if s != nil && len(t.M.rep.Timeline(t.Room).Pending) > 0 { // what was not sent is still one's own
		return []app.UI{
			bare(t.M, named),
			html.Div().Class("blank short").Body(html.H2().Text(l.T(title)), html.P().Text(l.T(hint))),
			&timeline{M: t.M, Room: t.Room, Talk: t.Talk, People: t.People, Prefs: t.Prefs},
		}
	}
	return []app.UI{
		bare(t.M, named),
		html.Div().Class("blank").Body(
			html.Div().Class("mark").Body(icon(iconChat)),
			html.H2().Text(l.T(title)), html.P().Text(l.T(hint)),
			html.A().Class("btn plain").Attr("href", "/").Text(l.T(locale.Home))),
	}
}

// below is the composer, or why there is none.
func (t *talk) below(s *replica.Summary) app.UI {
	if s.Head.Blocked {
		return &barred{M: t.M, Room: t.Room, List: t.List, Prefs: t.Prefs}
	}
	if t.M.alone(s.Head) {
		return html.Div().Class("barred").Text(t.M.L.T(locale.FormerBar))
	}
	write := &composer{M: t.M, Room: t.Room, Talk: t.M.revs.talk, Prefs: t.Prefs}
	if d := t.M.draftOf(); d.reply != 0 || d.edit != 0 {
		write.Rows = t.M.revs.rows
	}
	return write
}

// typing says who is writing.
func (t *talk) typing(s *replica.Summary) []app.UI {
	switch {
	case len(s.Typing) == 0 || s.Head.Kind == chat.KindDirect: // there the bar says it
		return nil
	case len(s.Typing) == 1:
		return []app.UI{app.Text(t.M.L.T(locale.Typing, t.M.user(s.Typing[0]).Name)), dots()}
	}
	return []app.UI{app.Text(t.M.L.N(locale.TypingMany, len(s.Typing))), dots()}
}

// dots move while somebody writes.
func dots() app.UI {
	return html.Span().Class("dots").Aria("hidden", "true").Body(html.I(), html.I(), html.I())
}

// bare is the bar of a conversation that is not there.
func bare(m *model, name string) app.UI {
	var title app.UI
	if name != "" {
		title = html.H1().Class("cut").Body(bdi().Text(name))
	}
	return html.Header().Class("bar").Body(backLink(m), html.Div().Class("to").Body(title))
}

func backLink(m *model) app.UI {
	return html.A().Class("icon back").Attr("href", "/").Aria("label", m.L.T(locale.Back)).Body(icon(iconBack))
}

// bar is what is above the conversation.
func (t *talk) bar(s *replica.Summary) app.UI {
	b := &roomBar{M: t.M, Room: t.Room, Title: s.Title, Typing: s.Head.Kind == chat.KindDirect && len(s.Typing) > 0, Prefs: t.Prefs}
	b.State, b.Here = t.M.stateOf(s)
	if t.M.talk.menu {
		b.Menu = t.Talk + t.List + t.People + t.Status
	}
	return b
}

// roomBar is the bar above the conversation: to whom it goes, and its menu.
type roomBar struct {
	app.Compo
	M      *model
	Room   chat.RoomID
	Title  string
	State  string // the line below the title
	Here   bool   // it says that the other is here
	Typing bool   // or writes
	Menu   int    // grows with what the open menu shows
	Prefs  int
}

func (b *roomBar) Render() app.UI {
	s := b.M.roomOf(b.Room)
	if s == nil {
		return html.Header().Class("bar")
	}
	l := b.M.L
	class := "state cut"
	if b.Here {
		class = "state cut here"
	}
	var people, moving app.UI
	if b.Typing {
		moving = dots()
	}
	if s.Head.Kind != chat.KindDirect {
		people = iconButton(iconPeople, l.T(locale.Members)).OnClick(b.onMembers)
	}
	return html.Header().Class("bar").Body(
		backLink(b.M),
		html.Div().Class("to").Body(
			html.H1().Class("cut").Body(html.Span().Class("toward").Text(l.T(locale.To)), app.Elem("bdi").Text(b.Title)),
			html.Div().Class(class).Body(app.Text(b.State), moving)),
		html.Div().Body(people),
		html.Div().Body(
			iconButton(iconMore, l.T(locale.RoomMenu)).ID("room-menu").Aria("haspopup", "menu").Aria("expanded", word(b.M.talk.menu)).OnClick(b.onMenu),
			b.menu(s)))
}

// stateOf is the line below the name of a room, and whether it says that the
// other is here.
func (m *model) stateOf(s *replica.Summary) (text string, here bool) {
	l := m.L
	if s.Head.Kind != chat.KindDirect {
		return l.N(locale.MembersCount, m.memberCount(s.Head)), false
	}
	if len(s.Typing) > 0 {
		return l.T(locale.Typing, s.Title), true
	}
	if p := m.rep.Presence(s.Head.Peer); p.Online {
		return l.T(locale.Online), true
	} else if p.Seen > 0 {
		return l.T(locale.LastSeen, when(l, p.Seen, m.now())), false
	}
	// Presence is told only of people with whom one has talked: say nothing
	// that may not be true.
	switch m.user(s.Head.Peer).Kind {
	case chat.KindGuest:
		return l.T(locale.Guest), false
	case chat.KindFormer:
		return "", false
	}
	return l.T(locale.Member), false
}

// when writes a time with its day where that is not today.
func when(l *locale.Locale, at, now chat.Time) string {
	if l.Day(at) == l.Day(now) {
		return l.Clock(at)
	}
	return l.Recent(at, now) + " " + l.Clock(at)
}

// menu draws the open menu of the room.
func (b *roomBar) menu(s *replica.Summary) app.UI {
	if !b.M.talk.menu {
		return html.Div()
	}
	return html.Div().Body(
		html.Div().Class("veil").OnClick(b.onMenu),
		html.Div().Class("pop menu corner").ID("room-items").Role("menu").OnClick(b.onItem).OnKeyDown(b.onKey).Body(b.M.roomItems(s, true)...))
}

func (b *roomBar) onMenu(app.Context, app.Event) { b.turn() }

// turn opens or closes the menu and moves the keyboard along.
func (b *roomBar) turn() {
	b.M.talk.menu = !b.M.talk.menu
	b.M.drawn(func() {
		if b.M.talk.menu {
			focus(find("room-items", "button"))
		} else {
			focus(byID("room-menu"))
		}
	})
}

func (b *roomBar) onKey(_ app.Context, e app.Event) {
	if leaves(roam(e, byID("room-items"))) {
		b.turn()
	}
}

func (b *roomBar) onMembers(app.Context, app.Event) { b.M.openDialog(dialogMembers) }

func (b *roomBar) onItem(_ app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		return
	}
	b.M.talk.menu = false
	focus(byID("room-menu")) // now: a dialog gives the keyboard back to where it is
	b.M.doRoom(b.Room, data(button, "do"), byID("room-menu"))
}
