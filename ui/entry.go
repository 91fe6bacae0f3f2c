package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// listLine is a room's line in the list, as it is drawn.
type listLine struct {
	Room    chat.RoomID
	Href    string
	Face    face
	Title   string
	Draft   string
	Typing  string // who writes now
	Preview said
	Time    string
	Full    string
	Unread  int64
	Waiting bool
	Failed  bool
	Muted   bool
	Top     bool
	Blocked bool
	Marked  bool // as unread, by hand
	Called  bool // a message that mentions one is unread
	Current bool
}

// lineOf makes a room's line.
func (m *model) lineOf(r *replica.Summary) listLine {
	h := r.Head
	line := listLine{
		Room: h.ID, Top: h.Top, Blocked: h.Blocked, Marked: r.Marked, Called: r.Mentioned,
		Href: hrefOf(h), Title: r.Title, Face: m.faceOf(h, r.Title, r.Online),
		Unread: m.unreadOf(r), Muted: h.Muted, Waiting: r.Waiting > 0, Failed: r.Failed > 0,
		Current: h.ID == m.talk.room,
		Preview: m.speaker().said(h.Kind, h.Last),
	}
	if h.Last == nil {
		line.Preview = said{text: m.L.T(locale.NoMessages)}
	}
	if pending := m.rep.Timeline(h.ID).Pending; len(pending) > 0 {
		last := pending[len(pending)-1]
		asRow := &chat.Row{By: m.me.ID, Kind: chat.KindText, Text: last.Text}
		for i := range last.Files {
			asRow.Files = append(asRow.Files, last.Files[i].File)
		}
		line.Preview = m.speaker().said(h.Kind, asRow)
	}
	if r.At > 0 {
		line.Time, line.Full = m.L.Recent(r.At, m.now()), m.L.Full(r.At)
	}
	if d := m.drafts[h.ID]; !line.Current && d.edit == 0 && !chat.Blank(d.text) {
		line.Draft = oneLine(d.text)
	}
	if len(r.Typing) > 0 {
		line.Typing = m.user(r.Typing[0]).Name
	}
	return line
}

// entry draws a line of the list. It is a component so that only those that
// have changed are drawn again.
type entry struct {
	app.Compo
	M     *model
	Line  listLine
	Prefs int
}

func (e *entry) Render() app.UI {
	n, l := e.Line, e.M.L
	class := "room"
	if n.Unread > 0 || n.Marked {
		class = "room fresh"
	}
	if n.Top {
		class += " top"
	}
	link := html.A().Class(class).Attr("href", n.Href)
	if n.Current {
		link.Aria("current", "page")
	}
	sign := func(on bool, drawing string, word locale.Text) app.UI {
		if !on {
			return nil
		}
		return html.Span().Title(l.T(word)).Role("img").Aria("label", l.T(word)).Body(icon(drawing))
	}
	return html.Div().Class("entry").Role("listitem").Attr("data-id", strconv.FormatInt(int64(n.Room), 10)).Body(link.Body(
		avatar(n.Face, ""),
		html.Span().Class("what").Body(
			html.Span().Class("line").Body(
				bdi().Class("name cut").Text(n.Title),
				sign(n.Top, iconTop, locale.OnTop), sign(n.Muted, iconBellOff, locale.Muted), sign(n.Blocked, iconBlock, locale.Blocked),
				html.Time().Title(n.Full).Text(n.Time)),
			html.Span().Class("line").Body(e.state(), e.said(), e.badge()))),
		iconButton(iconMore, l.T(locale.MoreActions)).DataSet("act", "more").Aria("haspopup", "menu"))
}

// state shows that something waits here, or was refused.
func (e *entry) state() app.UI {
	switch {
	case e.Line.Failed:
		return html.Span().Class("failed").Title(e.M.L.T(locale.NotSent)).Body(icon(iconFault))
	case e.Line.Waiting:
		return html.Span().Title(e.M.L.T(locale.Queued)).Body(icon(iconClock))
	}
	return nil
}

// said is the preview: who writes now, else what one has begun to write, else
// the last message.
func (e *entry) said() app.UI {
	n, l := e.Line, e.M.L
	label := func(words string) app.UI { return html.Span().Class("draft").Text(words) }
	led := html.Span().Class("said cut led") // a line of several parts: the last is cut where it ends
	switch {
	case n.Called && !n.Current:
		return led.Body(append([]app.UI{label(l.T(locale.Mentioned) + " ")}, n.Preview.draw(l)...)...)
	case n.Typing != "":
		return html.Span().Class("said cut").Body(html.Span().Class("led typing").Body(append(isolated(l, locale.Typing, n.Typing), dots())...))
	case n.Draft != "":
		pieces := l.Pieces(locale.PreviewDraft, n.Draft)
		return led.Body(label(pieces[0]), bdi().Text(pieces[1]))
	case !n.Preview.bare():
		return led.Body(n.Preview.draw(l)...)
	}
	return html.Span().Class("said cut").Dir("auto").Body(n.Preview.draw(l)...)
}

func (e *entry) badge() app.UI {
	if e.Line.Marked && e.Line.Unread <= 0 {
		return html.Span().Class("badge dotted").Role("img").Aria("label", e.M.L.T(locale.MarkedUnread))
	}
	if e.Line.Unread <= 0 || e.Line.Current && watched() {
		return nil
	}
	class, text := "badge", strconv.FormatInt(e.Line.Unread, 10)
	if e.Line.Muted && !e.Line.Called {
		class = "badge quiet"
	}
	if e.Line.Unread > 99 {
		text = "99+"
	}
	return html.Span().Class(class).Body(
		html.Span().Aria("hidden", "true").Text(text),
		html.Span().Class("sr").Text(e.M.L.N(locale.UnreadMessages, int(e.Line.Unread))))
}
