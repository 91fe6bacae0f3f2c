package ui

import (
	"math"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/replica"
)

// A chunk that is far from what is in sight is folded: it keeps its height, and
// nothing is in it. So the document is as large as what one sees, however far
// one has scrolled, and nothing moves when a chunk is folded or drawn again.
// Their heights are set here, on the elements: the page's policy allows no
// style in the markup.
const (
	foldFrom   = 4 // screens away a chunk is folded
	unfoldFrom = 2 // and drawn again
)

// shape is which chunks there are. While it is the same, they have the heights
// that they should have.
type shape struct {
	folds, base, first, last int
}

// shapeOf is the shape of what is drawn.
func (t *timeline) shapeOf(tl *replica.Timeline) shape {
	s := shape{folds: t.M.talk.folds, base: t.base}
	if n := len(tl.Rows); n > 0 {
		s.first, s.last = chunkOf(tl.Rows[0].Seq), chunkOf(tl.Rows[n-1].Seq)
	}
	return s
}

// fold folds the chunks that are far away now, and has those drawn that have
// come near. What has the keyboard, or is selected, stays. It looks when the log
// was scrolled by half a screen, or has grown or shrunk by as much.
func (t *timeline) fold(log app.Value, top, inside, all float64) {
	if math.Abs(top-t.scroll.top) < inside/2 && math.Abs(all-t.scroll.all) < inside/2 && t.scroll.folded {
		return
	}
	t.scroll.top, t.scroll.all, t.scroll.folded = top, all, true
	view := log.Call("getBoundingClientRect")
	above, below := view.Get("top").Float(), view.Get("bottom").Float()
	active := closest(document().Get("activeElement"), ".chunk")
	selecting := !app.Window().Call("getSelection").Get("isCollapsed").Truthy()
	changed := false
	chunks := log.Call("querySelectorAll", ".chunk")
	for i := range chunks.Length() {
		el := chunks.Index(i)
		n, _ := strconv.Atoi(data(el, "n"))
		box := el.Call("getBoundingClientRect")
		height := box.Get("height").Float()
		far := max(above-box.Get("bottom").Float(), box.Get("top").Float()-below)
		_, folded := t.M.talk.folded[n]
		switch {
		case folded && far < unfoldFrom*inside:
			delete(t.M.talk.folded, n)
			changed = true
		case !folded && far > foldFrom*inside && height > 0 && !selecting && !active.Equal(el):
			if t.M.talk.folded == nil {
				t.M.talk.folded = map[int]float64{}
			}
			t.M.talk.folded[n] = height
			el.Get("style").Set("height", px(height))
			changed = true
		}
	}
	if changed {
		t.M.talk.folds++
		t.M.later(func() {
			t.M.revs.talk++
			t.M.lookQuotes()
		})
	}
}

// unfold gives the chunks, after they were drawn, the heights that they have:
// those that are folded the one that they had, the others that of their rows.
func (t *timeline) unfold(log app.Value, tl *replica.Timeline) {
	now := t.shapeOf(tl)
	if now == t.scroll.shape {
		return
	}
	t.scroll.shape, t.scroll.folded = now, false
	chunks := log.Call("querySelectorAll", ".chunk")
	for i := range chunks.Length() {
		el := chunks.Index(i)
		n, _ := strconv.Atoi(data(el, "n"))
		want := ""
		if height, folded := t.M.talk.folded[n]; folded {
			want = px(height)
		}
		if style := el.Get("style"); style.Get("height").String() != want {
			style.Set("height", want)
		}
	}
}

func px(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) + "px" }
