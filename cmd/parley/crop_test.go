package main

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"parley/web/browsertest"
)

// told is a picture whose colours tell where one is in it, as a File in a
// promise: red grows from left to right and green from top to bottom. turned is
// the orientation that EXIF gives it, 0 for none.
func told(width, height, turned int) string {
	return fmt.Sprintf(`(async () => { const w = %d, h = %d, turned = %d, c = new OffscreenCanvas(w, h), g = c.getContext("2d"), d = g.createImageData(w, h);
		for (let y = 0, i = 0; y < h; y++) for (let x = 0; x < w; x++) { d.data[i++] = 255 * x / w; d.data[i++] = 255 * y / h; d.data[i++] = 128; d.data[i++] = 255 }
		g.putImageData(d, 0, 0);
		const jpeg = await (await c.convertToBlob({type: "image/jpeg", quality: 1})).arrayBuffer();
		const exif = [0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0, 0, 0, 0, 0];
		return new File([jpeg.slice(0, 2), new Uint8Array(turned ? exif : []), jpeg.slice(2)], "me.jpg", {type: "image/jpeg"}) })()`, width, height, turned)
}

// chooses gives a file to the settings, as the browser's own dialog does.
func (p *person) chooses(file string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(async () => { const files = new DataTransfer(); files.items.add(await %s);
		const input = document.querySelector("#picture"); input.files = files.files;
		input.dispatchEvent(new Event("change", {bubbles: true})); return true })()`, file))
}

// places chooses a picture and waits for the frame.
func (p *person) places(file string) {
	p.t.Helper()
	p.chooses(file)
	p.focused("#crop")
	p.Wait(`document.querySelector("#crop canvas") && document.querySelector("#crop-seen canvas")`)
}

// square is a part of a picture: where it begins and how wide it is, all in
// parts of the picture's width and height.
type square struct{ X, Y, W, H float64 }

// framed is what the frame shows, which the picture covers, and the small avatar
// shows as well.
func (p *person) framed() (s square) {
	p.t.Helper()
	seen := browsertest.Eval[[]square](p.Page, `["#crop", "#crop-seen"].map(what => {
		const frame = document.querySelector(what).getBoundingClientRect(), all = document.querySelector(what + " canvas").getBoundingClientRect();
		return {X: (frame.x - all.x) / all.width, Y: (frame.y - all.y) / all.height, W: frame.width / all.width, H: frame.height / all.height} })`)
	s = seen[0]
	const hair = .001
	if s.X < -hair || s.Y < -hair || s.X+s.W > 1+hair || s.Y+s.H > 1+hair {
		p.t.Errorf("the frame is uncovered: %+v", s)
	}
	if differ(s, seen[1]) > .005 {
		p.t.Errorf("the frame shows %+v, the avatar %+v", s, seen[1])
	}
	return s
}

func differ(a, b square) float64 {
	return max(math.Abs(a.X-b.X), math.Abs(a.Y-b.Y), math.Abs(a.W-b.W), math.Abs(a.H-b.H))
}

// wears waits for another avatar than before, and returns what it shows of the
// told picture.
func (p *person) wears(before string) (s square, src string) {
	p.t.Helper()
	const img = `document.querySelector(".settings .face .av img")`
	p.Wait(fmt.Sprintf(`%[1]s.getAttribute("src") !== %[2]s && %[1]s.complete && %[1]s.naturalWidth === 256 && %[1]s.naturalHeight === 256 && !document.querySelector("#shade")`, img, js(before)))
	at := browsertest.Eval[[]float64](p.Page, `(async () => { const b = await createImageBitmap(await (await fetch(`+img+`.src)).blob());
		const g = new OffscreenCanvas(256, 256).getContext("2d"); g.drawImage(b, 0, 0);
		return [[16, 16], [240, 240]].flatMap(([x, y]) => [...g.getImageData(x, y, 1, 1).data].slice(0, 2)) })()`)
	const apart = (240. - 16) / 256
	s.W, s.H = (at[2]-at[0])/255/apart, (at[3]-at[1])/255/apart
	s.X, s.Y = at[0]/255-s.W*16.5/256, at[1]/255-s.H*16.5/256
	return s, browsertest.Eval[string](p.Page, img+`.getAttribute("src")`)
}

// uses takes what the frame shows, and checks that the stored picture is that.
func (p *person) uses(before string) (src string) {
	p.t.Helper()
	shown := p.framed()
	p.click("#do")
	stored, src := p.wears(before)
	if differ(shown, stored) > .02 {
		p.t.Errorf("the frame showed %+v, stored is %+v", shown, stored)
	}
	p.focused("#choose-picture")
	return src
}

// mouse does something with the mouse.
func (p *person) mouse(kind input.DispatchMouseEventType, at [2]float64, wheel float64) {
	p.t.Helper()
	e := input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], DeltaX: 1e-9, DeltaY: wheel}
	if kind != input.DispatchMouseEventTypeMouseWheel {
		e.Button, e.Buttons, e.ClickCount = input.MouseButtonLeft, 1, 1
	}
	p.Do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, input.DispatchMouseEvent, e)
		return err
	}))
}

// drag drags with the mouse.
func (p *person) drag(from, to [2]float64) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMousePressed, from, 0)
	p.mouse(input.DispatchMouseEventTypeMouseMoved, [2]float64{(from[0] + to[0]) / 2, (from[1] + to[1]) / 2}, 0)
	p.mouse(input.DispatchMouseEventTypeMouseMoved, to, 0)
	p.mouse(input.DispatchMouseEventTypeMouseReleased, to, 0)
}

// frames checks what the frame shows.
func (p *person) frames(want square) {
	p.t.Helper()
	if got := p.framed(); differ(got, want) > .005 {
		p.t.Errorf("the frame shows %+v, want %+v", got, want)
	}
}

// TestCrop chooses a part of a picture with the mouse, and another with two
// fingers: that part is stored, and nothing else of the picture.
func TestCrop(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/settings", "Anna", browsertest.Options{})
	anna.places(told(1200, 800, 0))
	anna.frames(square{1. / 6, 0, 2. / 3, 1})
	at := anna.middle("#crop")
	width := browsertest.Eval[float64](anna.Page, `document.querySelector("#crop").clientWidth`)
	beside := func(dx, dy float64) [2]float64 { return [2]float64{at[0] + dx, at[1] + dy} }
	anna.drag(beside(0, 0), beside(-width/8, 50))
	anna.frames(square{1./6 + 1./12, 0, 2. / 3, 1})
	anna.drag(beside(0, 0), beside(2000, -2000)) // off the frame, off the dialog
	anna.frames(square{0, 0, 2. / 3, 1})
	anna.Wait(`(() => { const z = document.querySelector("#crop-zoom"); z.value = 2; z.dispatchEvent(new Event("input", {bubbles: true})); return true })()`)
	anna.frames(square{1. / 6, .25, 1. / 3, .5})
	anna.mouse(input.DispatchMouseEventTypeMouseWheel, beside(-width/2+5, -width/2+5), -100)
	near := anna.framed()
	if near.W > .9/3 || math.Abs(near.X-1./6) > .01 || math.Abs(near.Y-.25) > .01 {
		t.Errorf("zoomed about the corner: %+v", near)
	}
	anna.drag(beside(0, 0), beside(60, 40))
	anna.shoot("crop")
	first := anna.uses("")

	anna.places(told(1200, 800, 0))
	for range 30 {
		anna.mouse(input.DispatchMouseEventTypeMouseWheel, at, -100)
	}
	anna.frames(square{.5 - 1./18, .5 - 1./12, 1. / 9, 1. / 6}) // no closer than that
	anna.click("#stay")
	anna.Wait(`!document.querySelector("#shade")`)
	anna.focused("#choose-picture")
	if src := browsertest.Eval[string](anna.Page, `document.querySelector(".settings .face .av img").getAttribute("src")`); src != first {
		t.Error("what was cancelled is worn")
	}
	anna.WantNoErrors()
}

// TestCropByFingers places a picture of a phone's camera, which EXIF turns, with
// one finger and with two.
func TestCropByFingers(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/settings", "Anna", browsertest.Options{Width: 390, Height: 844, Touch: true})
	anna.places(told(4000, 3000, 6)) // as 3000 x 4000: the stored left is above, the stored bottom on the left
	anna.frames(square{0, .125, 1, .75})
	at := anna.middle("#crop")
	beside := func(dx, dy float64) [2]float64 { return [2]float64{at[0] + dx, at[1] + dy} }
	anna.swipe(beside(0, 0), beside(30, -500))
	anna.frames(square{0, .25, 1, .75})
	anna.fingers(input.DispatchTouchEventTypeTouchStart, beside(-20, -20), beside(20, 20))
	for _, apart := range []float64{30, 40, 50} {
		anna.fingers(input.DispatchTouchEventTypeTouchMove, beside(-apart, -apart), beside(apart, apart))
	}
	anna.fingers(input.DispatchTouchEventTypeTouchEnd)
	anna.frames(square{.3, .25 + .3*.75, .4, .3})
	anna.shoot("crop-phone")
	shown := anna.framed()
	anna.click("#do")
	stored, _ := anna.wears("")
	// Turned: what grows to the right in the file grows downwards, what grows
	// downwards there grows to the left.
	at1 := browsertest.Eval[[]float64](anna.Page, `(async () => { const b = await createImageBitmap(await (await fetch(document.querySelector(".settings .face .av img").src)).blob());
		const g = new OffscreenCanvas(256, 256).getContext("2d"); g.drawImage(b, 0, 0); return [...g.getImageData(128, 128, 1, 1).data] })()`)
	if r, g := at1[0]/255, at1[1]/255; math.Abs(r-(shown.Y+shown.H/2)) > .02 || math.Abs(g-(1-shown.X-shown.W/2)) > .02 {
		t.Errorf("in its middle %v and %v, the frame showed %+v (%+v)", r, g, shown, stored)
	}
	anna.WantNoErrors()
}

// TestCropByKeyboard is the same with real keys alone.
func TestCropByKeyboard(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/settings", "Anna", browsertest.Options{})
	anna.reach("#choose-picture", kb.Tab)
	anna.places(told(1000, 1000, 0))
	anna.Type("+++++++++")
	zoomed := anna.framed()
	if math.Abs(zoomed.W-1/math.Pow(1.1, 9)) > .01 {
		t.Errorf("after +: %+v", zoomed)
	}
	anna.Type(kb.ArrowRight + kb.ArrowRight + kb.ArrowUp)
	anna.frames(square{zoomed.X - .08*zoomed.W, zoomed.Y + .04*zoomed.W, zoomed.W, zoomed.H})
	anna.Type(kb.Tab)
	anna.focused("#crop-zoom")
	was := anna.framed()
	anna.Type(kb.ArrowRight + kb.ArrowRight)
	if now := anna.framed(); now.W >= was.W {
		t.Errorf("the slider's arrow: from %+v to %+v", was, now)
	}
	for range 8 { // the keyboard stays in the dialog
		anna.Type(kb.Tab)
		anna.focused("#shade *")
	}
	anna.Type(kb.Escape)
	anna.Wait(`!document.querySelector("#shade") && !document.querySelector(".settings .face .av img")`)
	anna.focused("#choose-picture")

	anna.places(told(1000, 1000, 0))
	anna.Type("+++++" + kb.ArrowLeft + kb.ArrowDown)
	shown := anna.framed()
	anna.reach("#do", kb.Tab)
	anna.Type(kb.Enter)
	if stored, _ := anna.wears(""); differ(shown, stored) > .02 {
		t.Errorf("the frame showed %+v, stored is %+v", shown, stored)
	}
	anna.focused("#choose-picture")
	anna.WantNoErrors()
}

// TestCropRefuses offers what is no picture, and loses nothing by it.
func TestCropRefuses(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/settings", "Anna", browsertest.Options{})
	anna.places(told(300, 300, 0))
	worn := anna.uses("")
	refused := func(name, file string) {
		t.Helper()
		anna.chooses(file)
		anna.Wait(`document.querySelector(".settings [role=alert]").textContent.includes("cannot be used")`)
		if browsertest.Eval[bool](anna.Page, `document.querySelector("#shade") !== null`) {
			t.Errorf("%s: the frame is open", name)
		}
		if src := browsertest.Eval[string](anna.Page, `document.querySelector(".settings .face .av img").getAttribute("src")`); src != worn {
			t.Errorf("%s: wears %s", name, src)
		}
		anna.click(".settings form button[type=submit]") // saving the name takes the complaint away
		anna.Wait(`!document.querySelector(".settings [role=alert], #choose-picture:disabled")`)
	}
	refused("text", `new File(["no picture"], "me.png", {type: "image/png"})`)
	refused("empty", `new File([], "me.jpg", {type: "image/jpeg"})`)
	refused("svg", "new File([`<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"300\"><rect width=\"300\" height=\"300\"/></svg>`], \"me.svg\", {type: \"image/svg+xml\"})")
	refused("cut off", told(600, 600, 0)+`.then(f => new File([f.slice(0, 300)], f.name, {type: f.type}))`)
	for _, side := range []int{14_000, 60_000} { // what a header alone asks for
		refused(fmt.Sprint(side, " pixels"), fmt.Sprintf(`(() => { const b = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, %[1]d, %[2]d, 0, 0, %[1]d, %[2]d, 8, 2, 0, 0, 0, 0, 0, 0, 0]);
			let crc = -1; for (const x of b.slice(12, 29)) { crc ^= x; for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1 }
			new DataView(b.buffer).setUint32(29, ~crc); return new File([b], "huge.png", {type: "image/png"}) })()`, side>>8, side&255))
	}

	// One that moves: its first frame, red; the second is blue.
	anna.places(`new File([Uint8Array.from(atob("R0lGODlhAgACAPAAAP8AAAAA/yH5BAAKAAAALAAAAAACAAIAAAIChFEAIfkEAAoAAAAsAAAAAAIAAgAAAgKMUwA7"), c => c.charCodeAt(0))], "me.gif", {type: "image/gif"})`)
	anna.click("#do")
	anna.Wait(`document.querySelector(".settings .face .av img").getAttribute("src") !== ` + js(worn) + ` && !document.querySelector("#shade")`)

	// An upload that fails leaves all as it was placed.
	anna.places(told(300, 300, 0))
	anna.Type("+++")
	was := anna.framed()
	server.stop()
	anna.click("#do")
	anna.Wait(`document.querySelector("#shade [role=alert]") && !document.querySelector("#do").disabled`)
	anna.frames(was)
	anna.shoot("crop-offline")
	anna.WantNoErrors("WebSocket", "net::ERR", "Failed to load resource")
}
