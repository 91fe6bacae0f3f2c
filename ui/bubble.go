package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// tick is how far an own message has come.
type tick int

const (
	tickNone tick = iota
	tickClock
	tickStored
	tickDelivered
	tickRead
	tickFailed
)

// bubble is a message as it is drawn.
type bubble struct {
	Seq      chat.Seq
	Key      string // of an entry that has no row yet
	Mine     bool
	First    bool // of its group: has the tail, the avatar and the author
	In       bool // came while one was looking: slides in
	Lit      bool // a jump has led here
	Face     *face
	Author   string // shown above the first of a group in rooms of several
	By       string // for screen readers, where no author is shown
	Text     string
	Called   []chat.User // whom the text calls
	Me       chat.AccountID
	Media    []medium
	Recalled string // the placeholder in the text's place
	Again    bool   // its text can be written again
	Quote    *quote
	Edited   bool
	Clock    string
	Full     string
	Tick     tick
	TickWord string
	ReadBy   string
	Readers  string // their names
	Chips    []chip
	Fault    *fault
}

// quote is the message that a message replies to.
type quote struct {
	Seq    chat.Seq
	Author string
	Text   string
}

// chip is a reaction and how many gave it.
type chip struct {
	Emoji string
	Count int
	Mine  bool
	Who   string
}

// fault says why something was not sent.
type fault struct {
	Key  string
	Text string
	Copy bool // it has a text that can be kept
}

// draw draws a message.
func (b *bubble) draw(l *locale.Locale) app.UI {
	class := "msg you"
	if b.Mine {
		class = "msg me"
	}
	for _, c := range []struct {
		name string
		on   bool
	}{{"first", b.First}, {"in", b.In}, {"shown", b.Lit}, {"bad", b.Tick == tickFailed}} {
		if c.on {
			class += " " + c.name
		}
	}
	msg := html.Div().Class(class).TabIndex(-1)
	if b.Seq != 0 {
		msg.Attr("data-seq", strconv.FormatInt(int64(b.Seq), 10))
	} else {
		msg.DataSet("key", b.Key)
	}
	var by, author app.UI
	if b.Face != nil {
		inside := []app.UI{}
		if b.First {
			inside = append(inside, avatar(*b.Face, "small"))
		}
		by = html.Span().Class("by").Body(inside...)
	}
	switch {
	case b.Author != "" && b.First:
		author = html.Span().Class("author cut n" + colourOf(b.Face.ID)).Dir("auto").Text(b.Author)
	case b.By != "":
		author = html.Span().Class("sr").Text(b.By)
	}
	return msg.Body(by, html.Div().Class("col").Body(author, b.box(l), b.chips(), b.fault(l)))
}

// box draws what is inside the corners.
func (b *bubble) box(l *locale.Locale) app.UI {
	if b.Recalled != "" {
		var again app.UI
		if b.Again {
			again = act("again", "link", app.Text(l.T(locale.EditAgain)))
		}
		return html.Div().Class("bubble gone").Body(html.Span().Text(b.Recalled+" "), again)
	}
	class := "bubble"
	if bigSmileys(b.Text) && b.Quote == nil {
		class = "bubble big"
	}
	var quoted app.UI
	if b.Quote != nil {
		quoted = act("jump", "quote", html.B().Class("cut").Dir("auto").Text(b.Quote.Author),
			html.Span().Class("cut").Dir("auto").Text(b.Quote.Text)).
			DataSet("to", strconv.FormatInt(int64(b.Quote.Seq), 10))
	}
	if len(b.Media) > 0 {
		return html.Div().Class("bubble held").Body(append(append([]app.UI{quoted}, b.drawMedia(l)...),
			html.Div().Class("text").Dir("auto").Body(textBody(b.Text, b.Called, b.Me)...), b.meta(l))...)
	}
	return html.Div().Class(class).Body(quoted,
		html.Div().Class("text").Dir("auto").Body(textBody(b.Text, b.Called, b.Me)...), b.meta(l))
}

// meta draws the small line: edited, time, tick.
func (b *bubble) meta(l *locale.Locale) app.UI {
	var edited, read, mark app.UI
	if b.Edited {
		edited = html.Span().Text(l.T(locale.Edited))
	}
	if b.ReadBy != "" {
		read = act("names", "readers", app.Text(b.ReadBy)).Title(b.Readers)
	}
	if drawing := tickDrawing(b.Tick); drawing != "" {
		class := "tick"
		if b.Tick == tickRead {
			class = "tick read"
		}
		mark = html.Span().Class(class).Title(b.TickWord).Role("img").Aria("label", b.TickWord).Body(icon(drawing))
	}
	return html.Div().Class("meta").Body(edited, read, html.Span().Title(b.Full).Text(b.Clock), mark)
}

func tickDrawing(t tick) string {
	switch t {
	case tickClock:
		return iconClock
	case tickStored:
		return iconTick
	case tickDelivered, tickRead:
		return iconTicks
	case tickFailed:
		return iconFault
	}
	return ""
}

func (b *bubble) chips() app.UI {
	if len(b.Chips) == 0 {
		return nil
	}
	out := make([]app.UI, 0, len(b.Chips))
	for _, c := range b.Chips {
		out = append(out, act("chip", "chip", html.Span().Text(c.Emoji),
			html.Span().Class("count").Text(c.Count)).
			DataSet("emoji", c.Emoji).Title(c.Who).Aria("label", c.Who).
			Aria("pressed", strconv.FormatBool(c.Mine)))
	}
	return html.Div().Class("chips").Body(out...)
}

func (b *bubble) fault(l *locale.Locale) app.UI {
	if b.Fault == nil {
		return nil
	}
	var keep app.UI
	if b.Fault.Copy {
		keep = act("keep", "link", app.Text(l.T(locale.Copy))).DataSet("key", b.Fault.Key)
	}
	return html.Div().Class("fault").Role("alert").Body(
		html.Span().Text(b.Fault.Text),
		act("retry", "link", app.Text(l.T(locale.Retry))).DataSet("key", b.Fault.Key),
		keep,
		act("drop", "link", app.Text(l.T(locale.Delete))).DataSet("key", b.Fault.Key),
	)
}

// act is a button inside a message. The timeline handles the clicks of all of
// them: one listener, however many messages there are.
func act(name, class string, inside ...app.UI) app.HTMLElem {
	return html.Button().Class(class).Attr("type", "button").DataSet("act", name).Body(inside...)
}
