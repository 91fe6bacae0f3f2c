package ui

import (
	"context"
	"slices"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
)

// pinned is what is known of the open room's pinned messages that are not in
// its window.
type pinned struct {
	of   []chat.Seq // what was asked for: asked once
	rows []chat.Row
}

func isPinned(head *chat.Head, seq chat.Seq) bool { return slices.Contains(head.Pins, seq) }

// mayPin follows the protocol: both in a direct room, the owner and moderators
// elsewhere.
func mayPin(head *chat.Head) bool {
	return head.Kind == chat.KindDirect || head.Role == chat.RoleOwner || head.Role == chat.RoleModerator
}

// pin pins a message of the open room for everybody, or takes that back.
func (m *model) pin(seq chat.Seq, on bool) {
	room := m.talk.room
	ask(m, func(ctx context.Context) (struct{}, error) {
		if on {
			return struct{}{}, m.api.Pin(ctx, room, seq)
		}
		return struct{}{}, m.api.Unpin(ctx, room, seq)
	}, func(_ struct{}, err error) {
		if err != nil {
			m.tell(m.explain(err))
		}
	})
}

// lookPins asks for the pinned messages that are further back than what is
// here.
func (m *model) lookPins() {
	s := m.roomOf(m.talk.room)
	if s == nil || !m.talk.began || slices.Equal(s.Head.Pins, m.talk.pins.of) {
		return
	}
	room := m.talk.room
	missing := slices.ContainsFunc(s.Head.Pins, func(seq chat.Seq) bool { return m.rep.Row(room, seq) == nil })
	if !missing || !m.rep.Live() {
		return
	}
	m.talk.pins.of = slices.Clone(s.Head.Pins)
	ask(m, func(ctx context.Context) (api.Pins, error) { return m.api.Pins(ctx, room) }, func(p api.Pins, err error) {
		if m.talk.room != room {
			return
		}
		if err != nil {
			m.talk.pins.of = nil
			return
		}
		m.step(replica.People{Users: p.Users})
		m.talk.pins.rows = p.Items
		m.revs.talk++
		m.revs.dialog++
	})
}

// pinnedRow is a pinned message as far as it is known, nil if not yet.
func (m *model) pinnedRow(room chat.RoomID, seq chat.Seq) *chat.Row {
	if row := m.rep.Row(room, seq); row != nil {
		row, _ = m.rep.Shown(room, row)
		return row
	}
	for i := range m.talk.pins.rows {
		if row := &m.talk.pins.rows[i]; row.Seq == seq {
			return row
		}
	}
	return nil
}

// strip is what lies below the bar of a room: its newest pinned message, and
// what waits for moderators.
type strip struct {
	app.Compo
	M      *model
	Room   chat.RoomID
	Talk   int
	List   int
	People int
	Prefs  int
}

func (p *strip) Render() app.UI {
	s := p.M.roomOf(p.Room)
	if s == nil {
		return html.Div().Class("strips")
	}
	return html.Div().Class("strips").Body(p.reports(s.Head), p.pin(s.Head))
}

func (p *strip) reports(head *chat.Head) app.UI {
	if head.Reports == 0 {
		return nil
	}
	l := p.M.L
	return html.Div().Class("strip warn").Body(icon(iconFlag),
		html.Span().Class("cut").Text(l.N(locale.OpenReports, head.Reports)),
		html.Button().Class("link").ID("review").Attr("type", "button").Text(l.T(locale.Review)).OnClick(p.onReports))
}

func (p *strip) pin(head *chat.Head) app.UI {
	if len(head.Pins) == 0 {
		return nil
	}
	l := p.M.L
	newest := head.Pins[len(head.Pins)-1]
	title, words := l.T(locale.PinnedMessage), []app.UI{app.Text("…")}
	if row := p.M.pinnedRow(p.Room, newest); row != nil {
		words = p.M.speaker().said(chat.KindGroup, row).draw(l)
	}
	var all app.UI
	if n := len(head.Pins); n > 1 {
		all = iconButton(iconList, l.T(locale.AllPins)).ID("pins").OnClick(p.onAll)
		title = l.N(locale.PinnedMessages, n)
	}
	return html.Div().Class("strip").Body(
		html.Button().Class("pin").Attr("type", "button").DataSet("to", strconv.FormatInt(int64(newest), 10)).OnClick(p.onPin).Body(
			icon(iconPin),
			html.Span().Class("what").Body(html.B().Class("cut").Text(title), html.Span().Class("cut").Dir("auto").Body(words...))),
		all)
}

func (p *strip) onPin(_ app.Context, e app.Event) {
	to, _ := strconv.ParseInt(data(closest(e.Get("target"), "[data-to]"), "to"), 10, 64)
	p.M.jump(chat.Seq(to))
}

func (p *strip) onAll(app.Context, app.Event)     { p.M.openDialog(dialogPins) }
func (p *strip) onReports(app.Context, app.Event) { p.M.openDialog(dialogReports) }

// pinList is the dialog of all pinned messages.
type pinList struct {
	app.Compo
	M      *model
	Dialog int
	Talk   int
	People int
	Prefs  int
}

// OnMount puts the keyboard on the newest.
func (d *pinList) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(find("shade", ".cards button")) })
}

func (d *pinList) Render() app.UI {
	s, l := d.M.roomOf(d.M.dialog.room), d.M.L
	if s == nil {
		return html.Div()
	}
	cards := make([]app.UI, 0, len(s.Head.Pins))
	for _, seq := range slices.Backward(s.Head.Pins) {
		if row := d.M.pinnedRow(s.Head.ID, seq); row != nil {
			acts := []app.UI{cardButton("show", seq, l.T(locale.ShowMessage))}
			if mayPin(s.Head) {
				acts = append(acts, cardButton("unpin", seq, l.T(locale.Unpin)))
			}
			cards = append(cards, d.M.card(row, nil, acts...))
		}
	}
	if len(cards) == 0 {
		cards = append(cards, html.Li().Class("none").Text(l.T(locale.NoPins)))
	}
	return d.M.framed(l.N(locale.PinnedMessages, len(s.Head.Pins)), d.M.faultLine(),
		html.Ul().Class("scroll cards").OnClick(d.onClick).Body(cards...))
}

func (d *pinList) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	seq := seqOf(button)
	if data(button, "do") == "unpin" {
		d.M.pin(seq, false)
		return
	}
	room := d.M.dialog.room
	d.M.dialog.from = nil // the jump takes the keyboard to the message
	d.M.closeDialog()
	d.M.jumpToSeq(room, seq)
}

// card draws a message in a dialog: who wrote it and when, what it says, why it
// is there, and what can be done with it.
func (m *model) card(row *chat.Row, why app.UI, acts ...app.UI) app.UI {
	who := m.user(row.By)
	return html.Li().Class("card-row").Body(
		avatar(face{ID: int64(row.By), Name: who.Name, Pic: who.Avatar}, "small"),
		html.Div().Class("what").Body(
			html.Div().Class("line").Body(
				app.Elem("bdi").Class("author cut n"+colourOf(int64(row.By))).Text(m.speaker().name(row.By)),
				html.Time().Title(m.L.Full(row.At)).Text(when(m.L, row.At, m.now()))),
			html.P().Class("said").Dir("auto").Text(m.speaker().content(row)),
			why,
			html.Div().Class("acts").Body(acts...)))
}

func cardButton(do string, seq chat.Seq, label string) app.HTMLElem {
	return html.Button().Class("link").Attr("type", "button").DataSet("do", do).DataSet("seq", strconv.FormatInt(int64(seq), 10)).Text(label)
}
