package main

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"

	"parley/web/browsertest"
)

// fingers puts fingers on the screen, moves them, or lifts them all: points are
// where they are then.
func (p *person) fingers(kind input.DispatchTouchEventType, points ...[2]float64) {
	p.t.Helper()
	down := []*input.TouchPoint{}
	for i, at := range points {
		id := float64(i)
		down = append(down, &input.TouchPoint{X: at[0], Y: at[1], ID: &id})
	}
	p.touch(kind, down...)
}

// swipe moves one finger from one point to another.
func (p *person) swipe(from, to [2]float64) {
	p.t.Helper()
	p.fingers(input.DispatchTouchEventTypeTouchStart, from)
	for i := 1.0; i <= 4; i++ {
		p.fingers(input.DispatchTouchEventTypeTouchMove, [2]float64{from[0] + (to[0]-from[0])*i/4, from[1] + (to[1]-from[1])*i/4})
	}
	p.fingers(input.DispatchTouchEventTypeTouchEnd)
}

// middle is where something is on the screen.
func (p *person) middle(what string) [2]float64 {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%s).getBoundingClientRect().width > 0`, js(what)))
	at := browsertest.Eval[[]float64](p.Page, fmt.Sprintf(`(() => { const box = document.querySelector(%s).getBoundingClientRect();
		return [box.left + box.width / 2, box.top + box.height / 2] })()`, js(what)))
	return [2]float64{at[0], at[1]}
}

// TestFingers is what fingers do on a phone: two that part enlarge a picture,
// one moves it about, or goes on to the next, or down and away; a voice message
// is recorded while the button is held, and sent when it is let go, or thrown
// away over the bin.
func TestFingers(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	var bo struct{ Session string }
	server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo"}}`, &bo)
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{Microphone: true, Width: 390, Height: 844, Touch: true})
	anna.press("#list button", "Bo")
	anna.path("/c/")
	anna.paste(painted("first.png", 300, 500), painted("second.png", 500, 300))
	anna.click(".write .go:not([hidden])")
	anna.Wait(`[...document.querySelectorAll(".msg.me[data-seq] .pic img")].filter(i => i.naturalWidth > 0).length === 2`)

	anna.click("[role=log] .pic")
	count := func(want string) {
		t.Helper()
		anna.Wait(fmt.Sprintf(`document.querySelector(".gallery .count").textContent === %q`, want))
		anna.Wait(`document.querySelector(".gallery img:last-child").naturalWidth > 0`)
	}
	count("1 / 2")
	at := anna.middle(".gallery .stage")
	beside := func(dx, dy float64) [2]float64 { return [2]float64{at[0] + dx, at[1] + dy} }
	anna.swipe(beside(100, 0), beside(-100, 10))
	count("2 / 2")
	anna.swipe(beside(100, 0), beside(-100, 0)) // it is the last
	anna.swipe(beside(-100, 0), beside(100, 0))
	count("1 / 2")
	const scale = `new DOMMatrix(getComputedStyle(document.querySelector("#picture")).transform)`
	anna.fingers(input.DispatchTouchEventTypeTouchStart, beside(-20, 0), beside(20, 0))
	for _, apart := range []float64{30, 40, 50} {
		anna.fingers(input.DispatchTouchEventTypeTouchMove, beside(-apart, 0), beside(apart, 0))
	}
	anna.fingers(input.DispatchTouchEventTypeTouchEnd)
	anna.Wait(scale + `.a > 2.2 && ` + scale + `.a < 2.8`)
	anna.shoot("pinched")
	anna.swipe(beside(0, 0), beside(-90, 30))
	anna.Wait(scale + `.e < -60 && ` + scale + `.f > 20`)
	count("1 / 2") // and is moved, not left
	anna.fingers(input.DispatchTouchEventTypeTouchStart, beside(-90, 0), beside(90, 0))
	for _, apart := range []float64{60, 30, 15} {
		anna.fingers(input.DispatchTouchEventTypeTouchMove, beside(-apart, 0), beside(apart, 0))
	}
	anna.fingers(input.DispatchTouchEventTypeTouchEnd)
	anna.Wait(scale + `.isIdentity`)
	anna.swipe(beside(0, -50), beside(5, 100))
	anna.Wait(`!document.querySelector(".gallery")`)

	mic := anna.middle("#mic")
	anna.fingers(input.DispatchTouchEventTypeTouchStart, mic)
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`) // less is a slip
	anna.shoot("held")
	bin := anna.middle("#rec-drop")
	anna.fingers(input.DispatchTouchEventTypeTouchMove, bin)
	anna.fingers(input.DispatchTouchEventTypeTouchEnd)
	anna.Wait(`!document.querySelector(".rec") && document.querySelector("#mic").getBoundingClientRect().width > 0`)
	anna.fingers(input.DispatchTouchEventTypeTouchStart, mic)
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`) // less is a slip
	anna.fingers(input.DispatchTouchEventTypeTouchEnd)
	anna.Wait(`!document.querySelector(".rec") && document.querySelector(".msg.me[data-seq] .voice")`)
	if n := browsertest.Eval[int](anna.Page, `document.querySelectorAll(".msg.me .voice").length`); n != 1 {
		t.Errorf("%d voice messages: one was thrown away", n)
	}
	anna.WantNoErrors()
}
