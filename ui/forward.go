package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// maxForward is to how many conversations a message goes at once.
const maxForward = 20

// forwarder is the dialog that chooses where a message goes as well.
type forwarder struct {
	app.Compo
	M      *model
	List   int
	Dialog int
	Prefs  int

	asked  string
	found  []chat.User
	rooms  []chat.RoomID // chosen
	people []chat.User   // chosen, with whom there is no conversation yet
}

// mayForward tells whether a row has something to forward.
func mayForward(row *chat.Row) bool {
	return row.Recalled == 0 && (row.Text != "" || len(row.Files) > 0)
}

// OnMount puts the keyboard into the field.
func (f *forwarder) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(byID("find-rooms")) })
}

func (f *forwarder) Render() app.UI {
	l := f.M.L
	row := f.row()
	if row == nil {
		return f.M.framed(l.T(locale.ForwardTo), html.Div().Class("inside").Body(html.P().Text(l.T(locale.ReplyGone))))
	}
	do, n := l.T(locale.Forward), len(f.rooms)+len(f.people)
	if n > 1 {
		do = l.N(locale.ForwardChosen, n)
	}
	return f.M.framed(l.T(locale.ForwardTo),
		html.Div().Class("pad").Body(
			html.Div().Class("excerpt").Body(
				html.B().Class("cut").Dir("auto").Text(f.M.speaker().name(row.By)),
				html.Span().Dir("auto").Text(f.M.speaker().content(row))),
			html.Input().ID("find-rooms").Class("field").Attr("type", "search").Attr("placeholder", l.T(locale.ForwardFind)).
				Aria("label", l.T(locale.ForwardFind)).Attr("autocomplete", "off").OnInput(f.onFind).OnKeyDown(f.onFindKey),
			f.picks(), f.M.faultLine()),
		html.Div().Class("scroll").ID("targets").Role("group").Aria("label", l.T(locale.Conversations)).
			OnClick(f.onPick).OnKeyDown(f.onKey).Body(f.choices()...),
		html.Footer().Body(html.Button().Class("btn").Attr("type", "button").Attr("disabled", f.M.busy || n == 0).Text(do).OnClick(f.onDo)))
}

// row is the message, as it is shown; nil if it has gone.
func (f *forwarder) row() *chat.Row {
	row := f.M.rep.Row(f.M.dialog.room, f.M.dialog.seq)
	if row == nil {
		return nil
	}
	row, _ = f.M.rep.Shown(f.M.dialog.room, row)
	if !mayForward(row) {
		return nil
	}
	return row
}

// choices are the conversations of that name, and the people whom one could
// begin one with.
func (f *forwarder) choices() []app.UI {
	var out []app.UI
	rooms := f.M.rep.Rooms()
	if f.asked != "" {
		rooms = f.M.rep.AllRooms()
	}
	talked := map[chat.AccountID]bool{}
	for _, s := range rooms {
		talked[s.Head.Peer] = true
		if s.Gone || s.Head.Blocked || !holds(s.Title, f.asked) {
			continue
		}
		out = append(out, checkable(f.M.faceOf(s.Head, s.Title, s.Online), s.Title, slices.Contains(f.rooms, s.Head.ID)).
			DataSet("room", strconv.FormatInt(int64(s.Head.ID), 10)))
	}
	if f.asked != "" {
		for _, u := range f.found {
			if !talked[u.ID] {
				out = append(out, checkable(face{ID: int64(u.ID), Name: u.Name, Pic: u.Avatar}, u.Name, slices.Contains(f.people, u)).
					DataSet("who", strconv.FormatInt(int64(u.ID), 10)))
			}
		}
	}
	if len(out) == 0 {
		return []app.UI{html.Div().Class("none").Text(f.M.L.T(locale.NothingFound, f.asked))}
	}
	return out
}

// picks shows what was chosen, for it may not be among what was searched for
// last.
func (f *forwarder) picks() app.UI {
	var chips []app.UI
	chip := func(name string) app.HTMLElem {
		return html.Button().Attr("type", "button").Body(bdi().Class("cut").Text(name), icon(iconClose))
	}
	for _, id := range f.rooms {
		if s := f.M.roomOf(id); s != nil {
			chips = append(chips, chip(s.Title).DataSet("room", strconv.FormatInt(int64(id), 10)))
		}
	}
	for _, u := range f.people {
		chips = append(chips, chip(u.Name).DataSet("who", strconv.FormatInt(int64(u.ID), 10)))
	}
	return html.Div().Class("picks").OnClick(f.onPick).Body(chips...)
}

func (f *forwarder) onFind(app.Context, app.Event) {
	q := strings.TrimSpace(valueOf("find-rooms"))
	f.asked = q
	if q == "" {
		f.found = nil
		return
	}
	f.M.findPeople(q, func(found []chat.User) {
		if f.asked == q {
			f.found = found
			f.M.revs.dialog++
		}
	})
}

// onFindKey leaves the field into the list; Enter chooses what is found first.
func (f *forwarder) onFindKey(ctx app.Context, e app.Event) {
	key := e.Get("key").String()
	if composing(e) || key != "ArrowDown" && key != "Enter" {
		ctx.PreventUpdate()
		return
	}
	e.PreventDefault()
	first := find("targets", "button")
	if focus(first); key == "Enter" && first.Truthy() {
		first.Call("click")
	}
}

func (f *forwarder) onKey(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	roam(e, byID("targets"))
}

func (f *forwarder) onPick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-room], [data-who]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	full := len(f.rooms)+len(f.people) >= maxForward
	if room, err := strconv.ParseInt(data(button, "room"), 10, 64); err == nil {
		f.rooms = toggle(f.rooms, chat.RoomID(room), full)
		return
	}
	who, _ := strconv.ParseInt(data(button, "who"), 10, 64)
	for _, u := range slices.Concat(f.found, f.people) {
		if u.ID == chat.AccountID(who) {
			f.people = toggle(f.people, u, full)
			return
		}
	}
}

// toggle takes one out, or adds it if there is room.
func toggle[T comparable](all []T, one T, full bool) []T {
	if slices.Contains(all, one) {
		return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return x == one })
	}
	if full {
		return all
	}
	return append(slices.Clone(all), one)
}

func (f *forwarder) onDo(app.Context, app.Event) {
	if row := f.row(); row != nil {
		f.M.forward(row, f.rooms, f.people)
	}
}

// forward posts a message again elsewhere. Conversations that there are take it
// offline too, by the outbox; new ones are made first.
func (m *model) forward(row *chat.Row, rooms []chat.RoomID, people []chat.User) {
	if len(people) == 0 {
		m.forwardTo(row, rooms)
		return
	}
	m.working()
	ask(m, func(ctx context.Context) ([]chat.Head, error) {
		var heads []chat.Head
		for _, who := range people {
			h, err := m.api.Direct(ctx, who.ID)
			if err != nil {
				return nil, err
			}
			heads = append(heads, h)
		}
		return heads, nil
	}, func(heads []chat.Head, err error) {
		if !m.done(err) {
			return
		}
		for _, h := range heads {
			m.step(replica.Entered{Head: h, Users: m.known(h.Peer)})
			rooms = append(rooms, h.ID)
		}
		m.forwardTo(row, rooms)
	})
}

func (m *model) forwardTo(row *chat.Row, rooms []chat.RoomID) {
	var files []replica.Attachment
	for _, file := range row.Files {
		files = append(files, replica.Attachment{File: file}) // by its id: who may read it may send it on
	}
	for _, id := range rooms {
		m.step(replica.Compose{Room: id, Key: m.newKey(), Text: row.Text, Files: files})
		if id == m.talk.room {
			m.talk.sent++
			m.revs.talk++
		}
	}
	m.revs.list++
	m.closeDialog()
	m.tell(m.L.T(locale.Forwarded))
}
