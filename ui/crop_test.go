package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
	"pgregory.net/rapid"

	"parley/ui/locale"
)

const hair = 1e-6 // what floating point may be off, in pixels

func covered(t *rapid.T, c crop) {
	t.Helper()
	if c.x < 0 || c.y < 0 || c.x+c.side > c.w+hair || c.y+c.side > c.h+hair {
		t.Fatalf("the frame is uncovered: %+v", c)
	}
	if z := c.zoom(); z < 1-hair || z > zoomMost+hair {
		t.Fatalf("zoom %v: %+v", z, c)
	}
}

func alike(a, b float64) bool { return abs(a-b) < hair*max(1, abs(a)) }

// drawCrop is a crop that somebody may have come to.
func drawCrop(t *rapid.T) crop {
	c := middleOf(rapid.Float64Range(1, 8192).Draw(t, "w"), rapid.Float64Range(1, 8192).Draw(t, "h"))
	for range rapid.IntRange(0, 6).Draw(t, "steps") {
		if rapid.Bool().Draw(t, "zoom") {
			c.zoomTo(rapid.Float64Range(-10, 100).Draw(t, "to"), rapid.Float64Range(-1, 2).Draw(t, "u"), rapid.Float64Range(-1, 2).Draw(t, "v"))
		} else {
			c.move(rapid.Float64Range(-1e9, 1e9).Draw(t, "right"), rapid.Float64Range(-3, 3).Draw(t, "down"))
		}
		covered(t, c)
	}
	return c
}

// Whatever one does, the picture fills the frame.
func TestCropCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { covered(t, drawCrop(t)) })
}

// What is at a point stays there, where the picture does not end before.
func TestCropZoomsAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCrop(t)
		was, u, v := c, rapid.Float64Range(0, 1).Draw(t, "u"), rapid.Float64Range(0, 1).Draw(t, "v")
		c.zoomTo(rapid.Float64Range(1, zoomMost).Draw(t, "to"), u, v)
		covered(t, c)
		for _, axis := range [][5]float64{{was.x, c.x, c.w, was.side, u}, {was.y, c.y, c.h, was.side, v}} {
			from, now, long, side, at := axis[0], axis[1], axis[2], axis[3], axis[4]
			want := min(max(from+at*(side-c.side), 0), long-c.side)
			if !alike(now, want) {
				t.Fatalf("at %v: begins at %v, want %v; from %+v to %+v", at, now, want, was, c)
			}
		}
		if c.side <= was.side && (c.x < was.x-hair || c.x+c.side > was.x+was.side+hair) {
			t.Fatalf("closer, and yet shows what was not in the frame: %+v, %+v", was, c)
		}
	})
}

// The picture goes where the finger goes, as far as it reaches, and back again.
func TestCropMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCrop(t)
		was, right := c, rapid.Float64Range(-1, 1).Draw(t, "right")
		c.move(right, 0)
		covered(t, c)
		if want := was.x - right*was.side; want >= 0 && want <= c.w-c.side && !alike(c.x, want) {
			t.Fatalf("begins at %v, want %v", c.x, want)
		} else if want >= 0 && want <= c.w-c.side {
			if c.move(-right, 0); !alike(c.x, was.x) {
				t.Fatalf("does not come back: %+v, %+v", was, c)
			}
		}
		if c.y != was.y || c.side != was.side {
			t.Fatalf("more has changed: %+v, %+v", was, c)
		}
	})
}

func TestCropStyle(t *testing.T) {
	c := middleOf(1200, 800)
	c.zoomTo(2, .5, .5)
	if want := "--w:1.5000;--h:1.0000;--at:scale(2.0000)translate(-33.3333%,-25.0000%)"; c.style() != want {
		t.Errorf("%s, want %s", c.style(), want)
	}
}

// A picture is worked on no larger than can be seen of it, and never as nothing.
func TestWorkSize(t *testing.T) {
	for size, want := range map[[2]float64][2]float64{
		{4000, 3000}:  {2048, 1536},
		{3024, 4032}:  {1536, 2048},
		{200, 100}:    {200, 100},
		{20000, 1000}: {8192, 409},
		{100000, 1}:   {8192, 1},
		{1, 1}:        {1, 1},
	} {
		if w, h := workSize(size[0], size[1]); w != want[0] || h != want[1] {
			t.Errorf("%v: %vx%v, want %v", size, w, h, want)
		}
	}
}

func TestFingersApart(t *testing.T) {
	f := fingers{1: {x: 1, y: 1}}
	if x, y := f.middle(); x != 1 || y != 1 || f.spread() != 0 {
		t.Errorf("one finger: %v, %v, %v apart", x, y, f.spread())
	}
	f[7] = finger{x: 4, y: 5}
	if x, y := f.middle(); x != 2.5 || y != 3 || f.spread() != 5 {
		t.Errorf("two fingers: %v, %v, %v apart", x, y, f.spread())
	}
}

func TestCropper(t *testing.T) {
	m := screen(t, direct)
	m.openCropper(app.Null(), 1200, 800)
	shown := app.HTMLString(&dialogs{M: m, Kind: dialogCrop})
	has(t, shown, "Place your picture", `role="application"`, `type="range"`, `max="6"`, "Cancel", ">Use<", "As others see you")
	if strings.Contains(shown, "guest") {
		t.Error("asks what a sign-out asks")
	}
	m.L = locale.New("zh", nil)
	has(t, app.HTMLString(&dialogs{M: m, Kind: dialogCrop}), "调整头像", "使用", "取消", "别人看到的样子")
}
