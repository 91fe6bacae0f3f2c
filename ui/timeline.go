package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// timeline draws the messages of the open room and keeps their place on the
// screen. It is mounted anew for every room.
type timeline struct {
	app.Compo
	M      *model
	Room   chat.RoomID
	Talk   int
	People int
	Prefs  int

	scroll scroll
	base   int // the first chunk that is not nested in the past
	based  bool
	menu   menu
	hold   hold
	hot    app.Value // the message under the pointer
}

func (t *timeline) Render() app.UI {
	if t.M.rep == nil {
		return html.Div().Class("logwrap")
	}
	tl := t.M.scene(t.Room)
	s := t.M.rep.Room(t.Room)
	if s == nil {
		return html.Div().Class("logwrap")
	}
	// None of the listeners is passive (nor needs to be, for none of these events
	// holds up scrolling): go-app forgets that one is, and removes and adds it
	// with every update.
	log := html.Div().Class("log").ID("log").Role("log").TabIndex(0).
		Aria("label", t.M.L.T(locale.Timeline)).Aria("live", "off"). // see news
		Aria("busy", word(tl.Loading)).
		On("scroll", t.onScroll).
		OnClick(t.onClick).OnInput(t.onSeek).OnKeyDown(t.onKey).OnContextMenu(t.onContext).
		On("pointerover", t.onOver).
		On("pointerdown", t.onDown).
		On("pointerup", t.onUp).
		On("pointercancel", t.onUp).
		On("touchend", t.onLift).
		Body(html.Div().Class("fill").Body(t.rows(&tl, s)...))
	return html.Div().Class("logwrap").Body(log, t.drawMenu(s),
		html.Div().Class("sr").Aria("live", "polite").Text(t.news()), t.jumpCall(), t.jumpUnread(), t.jump())
}

// news is what a screen reader is told: the newest message of somebody else
// that came while one was here. The log itself is silent, or each page of
// history would be read out.
func (t *timeline) news() string {
	tl := t.M.rep.Timeline(t.Room)
	last := lastRow(&tl)
	if last == nil || !t.M.talk.began || last.Seq <= t.M.talk.upto || last.By == t.M.me.ID {
		return ""
	}
	return t.M.speaker().preview(chat.KindGroup, last)
}

// rows draws the head of the timeline, the past, the chunks and what waits to
// be sent.
func (t *timeline) rows(tl *replica.Timeline, s *replica.Summary) []app.UI {
	out := []app.UI{t.tools(), t.top(tl, s)} // first: the mouse has moved the tools, and nothing may shift them
	if n := len(tl.Rows); n > 0 {
		first, last := chunkOf(tl.Rows[0].Seq), chunkOf(tl.Rows[n-1].Seq)
		if !t.based || first > t.base || last < t.base {
			t.base, t.based = first, true
		}
		out = append(out, t.M.older(tl, t.base-1))
		for i := t.base; i <= last; i++ {
			out = append(out, t.M.newChunk(tl, i))
		}
	}
	prev := lastRow(tl)
	end := html.Div().Class("seps")
	if prev != nil && prev.Seq+1 == t.M.talk.divider { // what is unread is not here yet
		end.Body(t.M.divider())
	}
	out = append(out, end)
	for _, e := range tl.Pending {
		b := t.M.entryBubble(s.Head, e)
		asRow := &chat.Row{By: t.M.me.ID, At: e.At, Kind: chat.KindText}
		b.First = startsGroup(prev, asRow, true)
		out = append(out, b.draw(t.M.L))
		prev = asRow
	}
	return append(out, t.ahead(tl, s))
}

func lastRow(tl *replica.Timeline) *chat.Row {
	if len(tl.Rows) == 0 {
		return nil
	}
	return tl.Rows[len(tl.Rows)-1]
}

// top draws what is before the first row: the beginning of the conversation,
// or a line that older messages are on their way.
func (t *timeline) top(tl *replica.Timeline, s *replica.Summary) app.UI {
	l := t.M.L
	switch {
	case (!tl.Ready || len(tl.Rows) == 0) && s.Head.Seq > 0 && !t.M.rep.Live():
		// Stored when there was nothing, or not at all: it is not empty.
		return html.Div().Class("blank").Body(
			html.H2().Text(l.T(locale.NotLive)), html.P().Text(l.T(locale.NotLoadedThere)))
	case !tl.Ready && t.M.elsewhere():
		return html.Div().Class("older").Text(l.T(locale.LoadingThere))
	case !tl.Ready, len(tl.Rows) == 0 && s.Head.Seq > 0:
		return html.Div().Class("older")
	case len(tl.Rows) == 0 && len(tl.Pending) == 0:
		return html.Div().Class("blank").Body(
			html.H2().Text(l.T(locale.NoMessages)), html.P().Text(l.T(locale.NoMessagesHint)))
	case tl.Start && len(tl.Rows) > 0:
		return html.Div().Class("began").Body(html.Div().Body(
			html.B().Text(l.T(locale.Started)), html.Span().Text(l.Full(tl.Rows[0].At))))
	case tl.Loading:
		return html.Div().Class("older").Text(l.T(locale.LoadingOlder))
	}
	return html.Div().Class("older")
}

// tools draws the buttons that follow the mouse from message to message.
func (t *timeline) tools() app.UI {
	l := t.M.L
	tool := func(name, drawing string, word locale.Text) app.UI {
		return iconButton(drawing, l.T(word)).TabIndex(-1).DataSet("act", name)
	}
	return html.Div().Class("tools").ID("tools").Body(
		tool("smile", iconSmile, locale.React), tool("reply", iconReply, locale.Reply), tool("more", iconMore, locale.MoreActions))
}
