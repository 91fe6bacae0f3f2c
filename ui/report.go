package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
)

// reasons are what can be wrong with a message: as it is stored, for readers of
// any language, and as it is shown.
var reasons = []struct {
	word string
	text locale.Text
}{
	{"spam", locale.ReasonSpam}, {"fraud", locale.ReasonFraud}, {"abuse", locale.ReasonAbuse}, {"other", locale.ReasonOther},
}

// reasonOf words a stored reason.
func reasonOf(l *locale.Locale, stored string) string {
	kind, more, added := strings.Cut(stored, ": ")
	for _, r := range reasons {
		switch {
		case r.word == kind && added:
			return l.T(locale.ReactedBy, l.T(r.text), more)
		case r.word == stored:
			return l.T(r.text)
		}
	}
	return stored
}

// reporter is the dialog that reports a message.
type reporter struct {
	app.Compo
	M      *model
	Dialog int
	Prefs  int

	reason int
}

// OnMount puts the keyboard on the first reason.
func (d *reporter) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(find("shade", "input[type=radio]")) })
}

func (d *reporter) Render() app.UI {
	l := d.M.L
	s := d.M.roomOf(d.M.dialog.room)
	row := d.M.rep.Row(d.M.dialog.room, d.M.dialog.seq)
	if s == nil || row == nil {
		return html.Div()
	}
	hint := locale.ReportHintRoom
	if s.Head.Kind == chat.KindDirect {
		hint = locale.ReportHint
	}
	choices := make([]app.UI, 0, len(reasons))
	for i, reason := range reasons {
		choices = append(choices, html.Label().Body(
			html.Input().Attr("type", "radio").Attr("name", "reason").Attr("value", strconv.Itoa(i)).Attr("checked", i == d.reason).OnChange(d.onReason),
			html.Span().Text(l.T(reason.text))))
	}
	return d.M.framed(l.T(locale.ReportTitle), html.Form().Class("tall").OnSubmit(d.onSubmit).Body(
		html.Div().Class("inside").Body(
			html.Div().Class("excerpt").Body(
				html.B().Class("cut").Dir("auto").Text(d.M.speaker().name(row.By)),
				html.Span().Dir("auto").Text(d.M.speaker().content(row))),
			html.FieldSet().Class("radios").Body(html.Legend().Class("label").Text(l.T(locale.ReportWhy)), html.Div().Body(choices...)),
			html.Div().Body(
				html.Label().Class("label").Attr("for", "report-more").Text(l.T(locale.ReportMore)),
				html.Textarea().Class("field").ID("report-more").Attr("rows", 2).Attr("maxlength", chat.MaxReason/2)),
			html.P().Class("hint").Text(l.T(hint)),
			d.M.faultLine()),
		html.Footer().Body(
			html.Button().Class("btn plain").Attr("type", "button").Text(l.T(locale.Cancel)).OnClick(d.onStay),
			html.Button().Class("btn danger").Attr("type", "submit").Attr("disabled", d.M.busy).Text(l.T(locale.ReportSend)))))
}

func (d *reporter) onReason(_ app.Context, e app.Event) {
	d.reason, _ = strconv.Atoi(e.Get("target").Get("value").String())
}

func (d *reporter) onStay(app.Context, app.Event) { d.M.closeDialog() }

func (d *reporter) onSubmit(_ app.Context, e app.Event) {
	e.PreventDefault()
	reason := reasons[d.reason].word
	if more := strings.TrimSpace(clean(valueOf("report-more"))); more != "" {
		reason += ": " + more
	}
	d.M.report(d.M.dialog.room, d.M.dialog.seq, reason)
}

// report brings a message before those who keep order.
func (m *model) report(room chat.RoomID, seq chat.Seq, reason string) {
	m.working()
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.api.Report(ctx, room, seq, reason) }, func(_ struct{}, err error) {
		if m.done(err) {
			m.closeDialog()
			m.tell(m.L.T(locale.Reported))
		}
	})
}

// reportList is the dialog of the open reports of a room, for those who keep
// order in it.
type reportList struct {
	app.Compo
	M      *model
	Dialog int
	Talk   int
	People int
	Prefs  int
}

// OnMount puts the keyboard into the dialog.
func (d *reportList) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(find("shade", "button")) })
}

func (d *reportList) Render() app.UI {
	l := d.M.L
	cards := make([]app.UI, 0, len(d.M.dialog.reports))
	for i := range d.M.dialog.reports {
		one := &d.M.dialog.reports[i]
		name := strconv.FormatInt(one.ID, 10)
		acts := []app.UI{cardButton("show", one.Row.Seq, l.T(locale.ShowMessage)),
			cardButton("dismiss", one.Row.Seq, l.T(locale.Dismiss)).DataSet("report", name).Attr("disabled", d.M.busy)}
		if one.Row.Recalled == 0 {
			acts = append(acts, cardButton("remove", one.Row.Seq, l.T(locale.RemoveMessage)).DataSet("report", name).Attr("disabled", d.M.busy))
		}
		why := html.P().Class("why").Dir("auto").Text(l.T(locale.ReportBy, d.M.speaker().name(one.By), reasonOf(l, one.Reason)))
		cards = append(cards, d.M.card(&one.Row, why, acts...))
	}
	if len(cards) == 0 && !d.M.busy {
		cards = append(cards, html.Li().Class("none").Text(l.T(locale.NoReports)))
	}
	return d.M.framed(l.T(locale.Reports), d.M.faultLine(), html.Ul().Class("scroll cards").OnClick(d.onClick).Body(cards...))
}

func (d *reportList) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	room, seq := d.M.dialog.room, seqOf(button)
	id, _ := strconv.ParseInt(data(button, "report"), 10, 64)
	switch data(button, "do") {
	case "show":
		d.M.dialog.from = nil // the jump takes the keyboard to the message
		d.M.closeDialog()
		d.M.jumpToSeq(room, seq)
	case "remove":
		d.M.step(replica.Recall{Room: room, Seq: seq, Key: d.M.newKey()})
		d.M.dismiss(room, id)
	case "dismiss":
		d.M.dismiss(room, id)
	}
}

// fetchReports asks for the open reports of a room.
func (m *model) fetchReports(room chat.RoomID) {
	m.dialog.reports = nil
	m.working()
	ask(m, func(ctx context.Context) (api.Reports, error) { return m.api.Reports(ctx, room) }, func(r api.Reports, err error) {
		if m.dialog.kind != dialogReports || m.dialog.room != room {
			return
		}
		if m.done(err) {
			m.step(replica.People{Users: r.Users})
			m.dialog.reports = r.Items
		}
	})
}

// dismiss closes a report.
func (m *model) dismiss(room chat.RoomID, id int64) {
	m.working()
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.api.CloseReport(ctx, room, id) }, func(_ struct{}, err error) {
		if refusedAs(err, chat.NotFound) { // somebody else was faster, or the message went
			err = nil
		}
		if m.done(err) {
			m.dialog.reports = slices.DeleteFunc(m.dialog.reports, func(r chat.Report) bool { return r.ID == id })
		}
	})
}
