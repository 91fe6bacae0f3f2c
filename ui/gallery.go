package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
)

// shownPicture is the picture that the gallery shows.
type shownPicture struct {
	seq chat.Seq
	n   int
}

// pictures are those of the open room, as far as its rows are drawn.
func (m *model) pictures() (all []shownPicture, files []chat.File) {
	if m.rep == nil {
		return nil, nil
	}
	for _, row := range m.scene(m.talk.room).Rows {
		row, _ = m.rep.Shown(m.talk.room, row)
		for n := range row.Files {
			if picture(&row.Files[n]) {
				all = append(all, shownPicture{row.Seq, n})
				files = append(files, row.Files[n])
			}
		}
	}
	return all, files
}

// openGallery shows a picture as large as the screen.
func (m *model) openGallery(seq chat.Seq, n int) {
	m.gallery = shownPicture{seq, n}
	m.openDialog(dialogPicture)
}

// gallery shows a picture, and those before and after it.
type gallery struct {
	app.Compo
	M      *model
	Dialog int
	Talk   int
	Prefs  int

	zoom    float64
	x, y    float64 // how far the picture was moved
	fingers fingers
	apart   float64 // the fingers, when the second came
	began   float64 // the zoom then
}

const (
	zoomMost = 6
	zoomStep = 1.5
	swipe    = 60 // pixels that a finger goes to change the picture
)

// OnMount puts the keyboard into the gallery.
func (g *gallery) OnMount(ctx app.Context) {
	g.reset()
	ctx.Defer(func(app.Context) { focus(find("shade", "[role=dialog]")) })
}

func (g *gallery) reset() {
	g.zoom, g.x, g.y, g.fingers = 1, 0, 0, nil
	g.place()
}

// place moves and scales the picture: by the browser, without drawing anew.
func (g *gallery) place() {
	stage := byID("picture")
	if !stage.Truthy() {
		return
	}
	if g.zoom <= 1 {
		g.x, g.y = 0, 0
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
	stage.Get("style").Set("transform", "translate("+number(g.x)+"px,"+number(g.y)+"px) scale("+number(g.zoom)+")")
	stage.Get("classList").Call("toggle", "large", g.zoom > 1)
}

func (g *gallery) at() (at int, all []shownPicture, files []chat.File) {
	all, files = g.M.pictures()
	for i, p := range all {
		if p == g.M.gallery {
			return i, all, files
		}
	}
	return -1, all, files
}

func (g *gallery) Render() app.UI {
	l := g.M.L
	at, all, files := g.at()
	if at < 0 { // recalled while one looked at it
		return g.M.framed(l.T(locale.ReplyGone))
	}
	f := files[at]
	turn := func(drawing string, word locale.Text, by int, class string) app.UI {
		return iconButton(drawing, l.T(word)).Class(class).Attr("disabled", at+by < 0 || at+by >= len(all)).OnClick(func(app.Context, app.Event) { g.turn(by) }, app.EventScope(by))
	}
	return html.Div().Class("shade dark").ID("shade").OnKeyDown(g.onKey).Body(
		html.Div().Class("gallery").TabIndex(-1).Role("dialog").Aria("modal", "true").Aria("label", f.Name).Body(
			html.Header().Body(
				html.Span().Class("cut name").Dir("auto").Text(f.Name),
				html.Span().Class("count").Aria("live", "polite").Text(strconv.Itoa(at+1)+" / "+strconv.Itoa(len(all))),
				iconButton(iconZoomOut, l.T(locale.ZoomOut)).OnClick(g.onLess),
				iconButton(iconZoomIn, l.T(locale.ZoomIn)).OnClick(g.onMore),
				html.A().Class("icon").Attr("href", api.FileURL(f.ID, false)).Attr("download", f.Name).Title(l.T(locale.Download)).Aria("label", l.T(locale.Download)).Body(icon(iconSave)),
				iconButton(iconClose, l.T(locale.Close)).OnClick(g.onClose)),
			html.Div().Class("stage").
				On("pointerdown", g.onDown).On("pointermove", g.onMove).
				On("pointerup", g.onUp).On("pointercancel", g.onUp).
				On("dblclick", g.onDouble).On("wheel", g.onWheel).
				Body(html.Div().ID("picture").Class("canvas").Body(
					html.Img().Class("under").Attr("src", api.FileURL(f.ID, true)).Aria("hidden", "true").Attr("width", f.Width).Attr("height", f.Height).Attr("draggable", "false"),
					html.Img().Attr("src", api.FileURL(f.ID, false)).Attr("alt", f.Name).Attr("width", f.Width).Attr("height", f.Height).Attr("decoding", "async").Attr("draggable", "false"))),
			turn(iconBack, locale.PictureBefore, -1, "before"),
			turn(iconNext, locale.PictureAfter, 1, "after")))
}

// turn goes to another picture.
func (g *gallery) turn(by int) {
	at, all, _ := g.at()
	if at < 0 || at+by < 0 || at+by >= len(all) {
		return
	}
	g.M.gallery = all[at+by]
	g.M.revs.dialog++
	g.reset()
}

func (g *gallery) scale(to float64) {
	g.zoom = min(max(to, 1), zoomMost)
	g.place()
}

func (g *gallery) onClose(app.Context, app.Event) { g.M.closeDialog() }
func (g *gallery) onMore(app.Context, app.Event)  { g.scale(g.zoom * zoomStep) }
func (g *gallery) onLess(app.Context, app.Event)  { g.scale(g.zoom / zoomStep) }

func (g *gallery) onKey(ctx app.Context, e app.Event) {
	back, next := -1, 1
	if media(":dir(rtl)") {
		back, next = next, back
	}
	switch e.Get("key").String() {
	case "ArrowLeft":
		g.turn(back)
	case "ArrowRight":
		g.turn(next)
	case "+", "=":
		g.scale(g.zoom * zoomStep)
	case "-":
		g.scale(g.zoom / zoomStep)
	case "0":
		g.scale(1)
	default:
		g.M.onDialogKey(ctx, e) // Escape, Tab
		return
	}
	e.PreventDefault()
}

func (g *gallery) onDouble(app.Context, app.Event) {
	if g.zoom > 1 {
		g.scale(1)
		return
	}
	g.scale(2.5)
}

func (g *gallery) onWheel(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	e.PreventDefault()
	if e.Get("deltaY").Float() < 0 {
		g.scale(g.zoom * 1.15)
		return
	}
	g.scale(g.zoom / 1.15)
}

func (g *gallery) onDown(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	if g.fingers == nil {
		g.fingers = fingers{}
	}
	x, y := e.Get("clientX").Float(), e.Get("clientY").Float()
	g.fingers[e.Get("pointerId").Int()] = finger{x, y, x, y}
	if len(g.fingers) == 2 {
		g.apart, g.began = g.fingers.spread(), g.zoom
	}
}

func (g *gallery) onMove(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	id := e.Get("pointerId").Int()
	f, down := g.fingers[id]
	if !down {
		return
	}
	x, y := e.Get("clientX").Float(), e.Get("clientY").Float()
	if len(g.fingers) == 1 && g.zoom > 1 {
		g.x, g.y = g.x+x-f.x, g.y+y-f.y
		g.place()
	}
	f.x, f.y = x, y
	g.fingers[id] = f
	if len(g.fingers) == 2 && g.apart > 0 {
		g.scale(g.began * g.fingers.spread() / g.apart)
	}
}

// onUp ends a swipe: aside to another picture, down to leave.
func (g *gallery) onUp(ctx app.Context, e app.Event) {
	id := e.Get("pointerId").Int()
	f, down := g.fingers[id]
	several := len(g.fingers) > 1
	delete(g.fingers, id)
	if !down || several || g.zoom > 1 || e.Get("type").String() == "pointercancel" {
		ctx.PreventUpdate()
		return
	}
	dx, dy := f.x-f.fromX, f.y-f.fromY
	switch {
	case dx > swipe && dx > abs(dy):
		g.turn(-1)
	case dx < -swipe && -dx > abs(dy):
		g.turn(1)
	case dy > swipe && dy > abs(dx):
		g.M.closeDialog()
	default:
		ctx.PreventUpdate()
	}
}

func abs(f float64) float64 { return max(f, -f) }
