package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// grouped is how long the messages of one author belong together.
const grouped = 5 * 60 * 1000 // ms

// startsGroup tells whether row does not belong to the bubbles before it.
func startsGroup(prev, row *chat.Row, sameDay bool) bool {
	return prev == nil || !sameDay || prev.By != row.By || prev.Kind == chat.KindSystem ||
		prev.Recalled != 0 || row.At-prev.At > grouped
}

// lines draws rows, which follow prev: two elements for each, of which the
// first holds the separators above it. go-app compares by position, so that a
// separator that comes or goes must not shift what follows it.
func (m *model) lines(head *chat.Head, prev *chat.Row, rows []*chat.Row) []app.UI {
	out := make([]app.UI, 0, 2*len(rows))
	for _, row := range rows {
		sameDay := prev != nil && m.L.Day(prev.At) == m.L.Day(row.At)
		divided := row.Seq == m.talk.divider
		out = append(out, m.separators(row, !sameDay && row.Seq > 1, divided)) // above the first there is the beginning, with its date
		if row.Kind == chat.KindSystem {
			out = append(out, html.Div().Class("sys").
				DataSet("seq", strconv.FormatInt(int64(row.Seq), 10)).Text(m.speaker().system(row)))
		} else {
			b := m.bubbleOf(head, row)
			b.First = divided || startsGroup(prev, row, sameDay)
			out = append(out, b.draw(m.L))
		}
		prev = row
	}
	return out
}

// separators draws what is between a row and the one before it.
func (m *model) separators(row *chat.Row, day, divided bool) app.UI {
	var inside []app.UI
	if day {
		inside = append(inside, act("date", "day", app.Text(m.L.Separator(row.At, m.now()))).TabIndex(-1).
			Title(m.L.T(locale.GoToDate)).DataSet("at", strconv.FormatInt(int64(row.At), 10)))
	}
	if divided {
		inside = append(inside, m.divider())
	}
	return html.Div().Class("seps").Body(inside...)
}

func (m *model) divider() app.UI {
	return html.Div().Class("new").Body(html.Span().Text(m.L.T(locale.UnreadFrom)))
}

// bubbleOf is a row as it is drawn, its pending operations applied.
func (m *model) bubbleOf(head *chat.Head, stored *chat.Row) *bubble {
	row, ops := m.rep.Shown(head.ID, stored)
	s := m.speaker()
	b := &bubble{
		Seq: row.Seq, Mine: row.By == m.me.ID, Text: row.Text, Edited: row.Edited != 0,
		Called: m.called(row.Mentions), Me: m.me.ID,
		Clock: m.L.Clock(row.At), Full: m.L.Full(row.At),
		In:  row.Seq > m.talk.upto && row.By != m.me.ID && m.talk.began,
		Lit: row.Seq == m.talk.shown,
	}
	m.sign(b, head.Kind, row.By)
	if row.Recalled != 0 {
		b.Recalled, b.Text = s.recalled(row), ""
		b.Again = b.Mine && m.again[row.Key] != ""
		return b
	}
	if b.Media = m.mediaOf(row); row.Text == "" && len(b.Media) == 0 {
		b.Text = s.content(row)
	}
	if row.Reply != 0 {
		b.Quote = m.quoteOf(head.ID, row.Reply)
	}
	b.Chips = s.chips(row.Reactions)
	if b.Mine {
		b.Tick = tickOf(m.rep.Receipt(head.ID, row.Seq))
		if who := m.readers(head, row); len(who) > 0 {
			b.ReadBy, b.Readers = m.L.N(locale.ReadBy, len(who)), s.list(who)
		}
	}
	for _, op := range ops {
		switch {
		case op.State == replica.Failed:
			b.Fault = m.faultOf(op)
		case b.Mine && op.State != replica.Settled && op.Op != replica.OpReact:
			b.Tick = m.clock(op)
		}
	}
	b.TickWord = m.tickWord(b.Tick)
	return b
}

// entryBubble is a message that is not a row yet.
func (m *model) entryBubble(head *chat.Head, e *replica.Entry) *bubble {
	b := &bubble{
		Key: e.Key.String(), Mine: true, In: e.State != replica.Failed, Text: e.Text,
		Called: m.called(e.Mentions), Me: m.me.ID,
		Clock: m.L.Clock(e.At), Full: m.L.Full(e.At), Tick: m.clock(e),
	}
	b.Media = m.pendingMedia(e)
	m.sign(b, head.Kind, m.me.ID)
	if e.Reply != 0 {
		b.Quote = m.quoteOf(head.ID, e.Reply)
	}
	switch e.State {
	case replica.Settled:
		b.Tick = tickStored
	case replica.Failed:
		b.Tick, b.Fault = tickFailed, m.faultOf(e)
	}
	b.TickWord = m.tickWord(b.Tick)
	return b
}

// clock is the tick of what the server has not answered: the clock promises
// that it is on this device's disk.
func (m *model) clock(e *replica.Entry) tick {
	if e.State == replica.Storing || m.disk.fault != "" && m.disk.queue == nil {
		return tickNone
	}
	return tickClock
}

// sign says whose bubble it is.
func (m *model) sign(b *bubble, kind string, by chat.AccountID) {
	who := m.user(by)
	switch {
	case b.Mine:
		b.By = m.L.T(locale.You)
	case kind == chat.KindDirect:
		b.By = who.Name
	default:
		b.Author, b.Face = who.Name, &face{ID: int64(by), Name: who.Name, Pic: who.Avatar}
	}
}

func (m *model) quoteOf(room chat.RoomID, seq chat.Seq) *quote {
	row := m.rep.Quoted(room, seq)
	if row == nil {
		return &quote{Seq: seq, Text: m.L.T(locale.EarlierMessage)} // a click loads it
	}
	row, _ = m.rep.Shown(room, row)
	s := m.speaker()
	if row.Recalled != 0 {
		return &quote{Seq: seq, Text: m.L.T(locale.ReplyGone)}
	}
	return &quote{Seq: seq, Author: s.name(row.By), Text: s.content(row)}
}

func (m *model) faultOf(e *replica.Entry) *fault {
	why := m.L.T(locale.NotSentReason, m.L.Refusal(e.Code, e.Message))
	switch s := m.rep.Room(e.Room); {
	case s == nil:
	case s.Gone:
		why = m.L.T(locale.NotSentGone)
	case s.Head.Kind == chat.KindDirect && e.Code == chat.Forbidden:
		why = m.L.T(locale.NotSentBlocked)
	}
	return &fault{
		Key:  e.Key.String(),
		Text: why,
		Copy: e.Text != "",
	}
}

func tickOf(r replica.Receipt) tick {
	switch r {
	case replica.ReceiptRead:
		return tickRead
	case replica.ReceiptDelivered:
		return tickDelivered
	}
	return tickStored
}

func (m *model) tickWord(t tick) string {
	switch t {
	case tickClock:
		return m.L.T(locale.Queued)
	case tickStored:
		return m.L.T(locale.Stored)
	case tickDelivered:
		return m.L.T(locale.Delivered)
	case tickRead:
		return m.L.T(locale.Read)
	case tickFailed:
		return m.L.T(locale.NotSent)
	}
	return ""
}

// chips are the reactions of a row, the most given first.
func (s speaker) chips(reactions map[string][]chat.AccountID) []chip {
	if len(reactions) == 0 {
		return nil
	}
	out := make([]chip, 0, len(reactions))
	for _, emoji := range given(reactions) {
		who := reactions[emoji]
		out = append(out, chip{
			Emoji: emoji, Count: len(who), Mine: slices.Contains(who, s.Me),
			Who: s.L.T(locale.ReactedBy, emoji+" "+strconv.Itoa(len(who)), s.list(who)),
		})
	}
	return out
}

// listed is how many names a tooltip has.
const listed = 20

// list joins the names of people.
func (s speaker) list(who []chat.AccountID) string {
	names := make([]string, 0, min(len(who), listed+1))
	for i, id := range who {
		if i == listed {
			names = append(names, "…")
			break
		}
		names = append(names, s.name(id))
	}
	between := s.L.Pieces(locale.TwoNames, "", "")[2]
	return strings.Join(names, between)
}
