package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/locale"
)

// portrait is a picture of which somebody chooses the part that is to be their
// own.
type portrait struct {
	crop
	canvas  app.Value // all of the picture
	fingers fingers   // on the frame, whose sides are 1
}

const (
	cropStep  = .04 // of the frame: what an arrow moves
	cropZoom  = 1.1 // what + enlarges
	cropWheel = 500 // pixels of the wheel that enlarge to twice the size
	seenPart  = 4   // the picture is so many times as large as its copy in the small avatar
)

// openCropper asks which part of a picture is to be one's own.
func (m *model) openCropper(canvas app.Value, w, h float64) {
	m.openDialogOn(dialogCrop, 0, 0, byID("choose-picture"))
	m.dialog.portrait = &portrait{crop: middleOf(w, h), canvas: canvas}
}

// hang puts the picture into the frame, and a small copy of it into the avatar
// as others see it.
func (p *portrait) hang() {
	byID("crop-seen").Call("append", painted(p.w/seenPart, p.h/seenPart, p.canvas, 0, 0, p.w, p.h))
	frame := byID("crop")
	frame.Call("append", p.canvas)
	focus(frame)
	p.show()
}

// show moves both: by the browser, without drawing anew.
func (p *portrait) show() {
	if box := byID("cropper"); box.Truthy() { // else it was closed before this
		box.Get("style").Set("cssText", p.style())
		byID("crop-zoom").Set("value", p.zoom())
	}
}

// draw draws what the dialog asks. Nothing in it changes, so that it is one
// piece of HTML: element by element it would make the program larger by 1 KB.
func (p *portrait) draw(l *locale.Locale) app.UI {
	box := html.Div().ID("cropper")
	for _, event := range []string{"pointerdown", "pointermove", "pointerup", "pointercancel", "wheel", "keydown", "input"} {
		box = box.On(event, p.on)
	}
	return box.Body(app.Raw(`<div><div id="crop" tabindex="0" role="application" aria-labelledby="dialog-title" aria-describedby="crop-how"></div>` +
		`<div class="zoom"><svg class="i" viewBox="0 0 24 24" aria-hidden="true">` + iconZoomOut +
		`</svg><input id="crop-zoom" type="range" min="1" max="6" step=".1" aria-label="` + l.T(locale.Zoom) +
		`"><svg class="i" viewBox="0 0 24 24" aria-hidden="true">` + iconZoomIn +
		`</svg></div><div class="seen"><span id="crop-seen" class="av"></span><div>` + l.T(locale.PictureSeen) +
		`<p id="crop-how" class="hint">` + l.T(locale.PictureHow) + `</p></div></div></div>`))
}

// on takes all that moves the picture.
func (p *portrait) on(ctx app.Context, e app.Event) {
	ctx.PreventUpdate()
	target := e.Get("target")
	on, kind := target.Get("id").String(), e.Get("type").String()
	switch {
	case kind == "keydown":
		if !p.key(e.Get("key").String(), on == "crop-zoom") {
			return
		}
		e.PreventDefault()
	case kind == "input":
		p.zoomTo(target.Get("valueAsNumber").Float(), .5, .5)
	case on != "crop":
		return
	default:
		// What is down keeps to the frame, wherever it goes.
		side := target.Get("clientWidth").Float()
		at := finger{x: e.Get("offsetX").Float() / side, y: e.Get("offsetY").Float() / side}
		if kind != "wheel" {
			p.point(kind, e, at)
			break
		}
		e.PreventDefault()
		by := e.Get("deltaY").Float()
		zoom := 1 + min(abs(by), 100)/cropWheel
		if by > 0 {
			zoom = 1 / zoom
		}
		p.zoomTo(p.zoom()*zoom, at.x, at.y)
	}
	p.show()
}

// key moves and zooms, and reports whether a key does. The arrows of the slider
// are its own.
func (p *portrait) key(key string, slider bool) bool {
	x, y, zoom := 0., 0., 1.
	switch key {
	case "+", "=":
		zoom = cropZoom
	case "-":
		zoom = 1 / cropZoom
	case "ArrowLeft":
		x = -cropStep
	case "ArrowRight":
		x = cropStep
	case "ArrowUp":
		y = -cropStep
	case "ArrowDown":
		y = cropStep
	default:
		return false
	}
	if slider && zoom == 1 {
		return false
	}
	p.zoomTo(p.zoom()*zoom, .5, .5)
	p.move(x, y)
	return true
}

// point keeps below the fingers what was below them.
func (p *portrait) point(kind string, e app.Event, at finger) {
	id := e.Get("pointerId").Int()
	_, down := p.fingers[id]
	switch {
	case kind == "pointerdown":
		if e.Get("button").Truthy() { // not the first one
			return
		}
		if !touch() { // a finger is held by what it comes down on
			e.Get("target").Call("setPointerCapture", id)
		}
		if e.Get("isPrimary").Truthy() { // no other is down, whatever was heard of it
			p.fingers = fingers{}
		}
		p.fingers[id] = at
	case kind != "pointermove":
		delete(p.fingers, id)
	case down:
		x, y := p.fingers.middle()
		was := p.fingers.spread()
		p.fingers[id] = at
		if was > 0 {
			p.zoomTo(p.zoom()*p.fingers.spread()/was, x, y)
		}
		toX, toY := p.fingers.middle()
		p.move(toX-x, toY-y)
	}
}
