package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/locale"
)

// shell is the root of every page. It stays mounted when the page changes and
// hands the model's revisions to its children.
type shell struct {
	app.Compo
	M *model
}

// OnMount starts the model.
func (s *shell) OnMount(ctx app.Context) {
	if !s.M.ready {
		s.M.attach(ctx)
	}
}

// OnNav follows the address.
func (s *shell) OnNav(ctx app.Context) { s.M.goTo(ctx.Page().URL().Path) }

func (s *shell) Render() app.UI {
	m := s.M
	r := m.revs
	root := html.Div().Class("app").Attr("data-view", s.view())
	strips := &banners{M: m, Status: r.status, Prefs: r.prefs}
	switch {
	case m.phase == starting:
		return root.Body(strips, html.Main().Class("window"))
	case m.phase == outside:
		return root.Body(strips, &gate{M: m, Status: r.status, Prefs: r.prefs, Open: m.place.name})
	case m.place.page == pageSignIn: // a guest who wants to be a member, or somebody else
		return root.Body(strips, &gate{M: m, Status: r.status, Prefs: r.prefs, Inside: true})
	}
	return root.Body(strips,
		html.Main().Class("window").Body(
			&side{M: m, List: r.list, People: r.people, Status: r.status, Prefs: r.prefs},
			s.right()),
		&toasts{M: m, Turn: m.toast.turn},
		&dialogs{M: m, Kind: m.dialog.kind, Dialog: r.dialog, Talk: r.talk + r.rows, People: r.people, Prefs: r.prefs})
}

// view tells the style sheet what a phone shows.
func (s *shell) view() string {
	if s.M.place.page == pageHome {
		return "list"
	}
	return "talk"
}

// right is the right pane: the conversation, the settings, or what to do.
func (s *shell) right() app.UI {
	m := s.M
	r := m.revs
	switch m.place.page {
	case pageRoom, pageOpen:
		return &talk{M: m, Room: m.place.room, Talk: r.talk + r.rows, List: r.list, People: r.people, Prefs: r.prefs, Status: r.status}
	case pageSettings:
		return &settings{M: m, Status: r.status, Prefs: r.prefs}
	}
	return html.Section().Class("talk").Body(html.Div().Class("blank").Body(
		html.Div().Class("mark").Body(icon(iconChat)),
		html.H2().Text(m.L.T(locale.PickOne)), html.P().Text(m.L.T(locale.PickOneHint)),
		html.Div().Class("row").Body(
			html.Button().Class("btn plain").Attr("type", "button").OnClick(s.onGroup).Body(icon(iconPeople), app.Text(m.L.T(locale.NewGroup))),
			html.Button().Class("btn plain").Attr("type", "button").OnClick(s.onRoom).Body(icon(iconHash), app.Text(m.L.T(locale.EnterRoom))))))
}

func (s *shell) onGroup(app.Context, app.Event) { s.M.openDialog(dialogGroup) }
func (s *shell) onRoom(app.Context, app.Event)  { s.M.openDialog(dialogOpenRoom) }

// watchView keeps the window as high as what can be seen of it: a phone's
// keyboard covers the rest, and pushes the page up where it is not told.
func (m *model) watchView() {
	if app.IsServer {
		return
	}
	view := app.Window().Get("visualViewport")
	if !view.Truthy() {
		return
	}
	fit := app.FuncOf(func(app.Value, []app.Value) any {
		style := document().Get("documentElement").Get("style")
		if view.Get("scale").Float() > 1.01 { // zoomed in with two fingers: leave it
			return nil
		}
		style.Call("setProperty", "--view", strconv.FormatFloat(view.Get("height").Float(), 'f', 1, 64)+"px")
		style.Call("setProperty", "--shift", strconv.FormatFloat(view.Get("offsetTop").Float(), 'f', 1, 64)+"px")
		return nil
	})
	view.Call("addEventListener", "resize", fit)
	view.Call("addEventListener", "scroll", fit)
}
