package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
)

// scroll is where a timeline is scrolled to.
type scroll struct {
	placed  bool       // the first rows were scrolled to where they belong
	bottom  bool       // the newest is in sight: it stays so
	seenN   chat.Count // messages up to the newest when it was last in sight
	sent    int        // own sends that were scrolled to
	anchor  string     // the row that stays in place over a change, by its seq
	top     float64    // where it was
	release func()
	reading bool // a look at what is in sight is due
}

// near is how many pixels from the end still count as the end.
const near = 48

// OnMount starts to watch the log's size: when the keyboard opens or the
// composer grows, the newest message stays in sight.
func (t *timeline) OnMount(ctx app.Context) {
	if app.IsServer {
		return
	}
	t.scroll.bottom = true
	t.scroll.sent = t.M.talk.sent
	resized := app.FuncOf(func(app.Value, []app.Value) any {
		if log := byID("log"); t.scroll.bottom && t.scroll.placed && log.Truthy() {
			log.Set("scrollTop", log.Get("scrollHeight"))
		}
		return nil
	})
	observer := app.Window().Get("ResizeObserver").New(resized)
	observer.Call("observe", byID("log"))
	t.scroll.release = func() {
		observer.Call("disconnect")
		resized.Release()
	}
	t.place(ctx)
}

// OnDismount lets the observer go.
func (t *timeline) OnDismount() {
	if t.scroll.release != nil {
		t.scroll.release()
	}
	t.hold.drop()
}

// OnUpdate remembers, before the rows are drawn again, which of them is on top
// of what is in sight, so that it can be put back to the pixel.
func (t *timeline) OnUpdate(ctx app.Context) {
	if app.IsServer {
		return
	}
	if log := byID("log"); log.Truthy() && !t.scroll.bottom {
		t.remember(log)
	}
	ctx.Defer(t.place)
}

// remember notes the first row that is in sight.
func (t *timeline) remember(log app.Value) {
	box := log.Call("getBoundingClientRect")
	t.scroll.anchor = ""
	rows := log.Call("querySelectorAll", "[data-seq]")
	low, high := 0, rows.Length()
	for low < high { // the rows lie one below the other
		mid := (low + high) / 2
		if rows.Index(mid).Call("getBoundingClientRect").Get("bottom").Float() > box.Get("top").Float() {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if low < rows.Length() {
		el := rows.Index(low)
		t.scroll.anchor = data(el, "seq")
		t.scroll.top = el.Call("getBoundingClientRect").Get("top").Float()
	}
}

// place puts the rows where they belong after they were drawn.
func (t *timeline) place(ctx app.Context) {
	log := byID("log")
	if !log.Truthy() || t.M.rep == nil {
		return
	}
	tl := t.M.rep.Timeline(t.Room)
	switch {
	case !tl.Ready:
		return
	case !t.scroll.placed:
		t.scroll.placed = true
		if s := t.M.rep.Room(t.Room); s != nil {
			t.scroll.seenN = s.Head.ReadN
		}
		t.first(log)
	case t.M.talk.sent != t.scroll.sent || t.scroll.bottom:
		t.scroll.sent = t.M.talk.sent
		log.Set("scrollTop", log.Get("scrollHeight"))
	case t.scroll.anchor != "":
		if el := log.Call("querySelector", `[data-seq="`+t.scroll.anchor+`"]`); el.Truthy() {
			moved := el.Call("getBoundingClientRect").Get("top").Float() - t.scroll.top
			if moved != 0 {
				log.Set("scrollTop", log.Get("scrollTop").Float()+moved)
			}
		}
	}
	if want := t.M.talk.want; want != 0 && len(tl.Rows) > 0 && (tl.Rows[0].Seq <= want || tl.Start) {
		t.M.talk.want = 0
		t.M.later(func() { t.jumpTo(ctx, want) })
	} else if want != 0 && !tl.Loading {
		t.M.later(func() { t.M.step(replica.LoadOlder{Room: t.Room}) })
	}
	t.scrolled(ctx, log, &tl)
}

// first scrolls a room that was just opened: to what is unread, else to the
// newest.
func (t *timeline) first(log app.Value) {
	log.Set("scrollTop", log.Get("scrollHeight"))
	if unread := log.Call("querySelector", ".new"); unread.Truthy() {
		above := unread.Call("getBoundingClientRect").Get("top").Float() - log.Call("getBoundingClientRect").Get("top").Float()
		if above < 0 {
			log.Set("scrollTop", log.Get("scrollTop").Float()+above-24)
		}
	}
}

func (t *timeline) onScroll(ctx app.Context, _ app.Event) {
	ctx.PreventUpdate()
	log := byID("log")
	if !log.Truthy() || t.M.rep == nil || !t.scroll.placed {
		return
	}
	tl := t.M.rep.Timeline(t.Room)
	t.scrolled(ctx, log, &tl)
}

// scrolled takes where the log is now: whether the newest is in sight, whether
// older rows are needed, and what is being read.
func (t *timeline) scrolled(ctx app.Context, log app.Value, tl *replica.Timeline) {
	top, inside, all := log.Get("scrollTop").Float(), log.Get("clientHeight").Float(), log.Get("scrollHeight").Float()
	bottom := all-top-inside < near
	last := lastRow(tl)
	if bottom && last != nil {
		t.scroll.seenN = last.N
	}
	if bottom != t.scroll.bottom {
		t.scroll.bottom = bottom
		ctx.Update() // the button comes or goes
	}
	if top < inside && tl.Ready && !tl.Start && !tl.Loading && len(tl.Rows) > 0 {
		t.M.later(func() { t.M.step(replica.LoadOlder{Room: t.Room}) })
	}
	if !t.scroll.reading {
		t.scroll.reading = true
		ctx.After(300*time.Millisecond, t.read)
	}
}

// read tells the model how far the rows were in sight, if somebody looks.
func (t *timeline) read(ctx app.Context) {
	ctx.PreventUpdate()
	t.scroll.reading = false
	log := byID("log")
	if !log.Truthy() || t.M.rep == nil || !watched() {
		return
	}
	tl := t.M.rep.Timeline(t.Room)
	last := lastRow(&tl)
	if last == nil {
		return
	}
	seq := last.Seq
	if !t.scroll.bottom {
		seq = lowest(log)
	}
	met := t.M.talk.mention != 0 && inSight(log, t.M.talk.mention)
	t.M.later(func() {
		t.M.seen(seq)
		if met {
			t.M.talk.mention = 0
			t.M.revs.talk++
		}
	})
}

// inSight tells whether a row is within what one sees.
func inSight(log app.Value, seq chat.Seq) bool {
	el := log.Call("querySelector", `[data-seq="`+strconv.FormatInt(int64(seq), 10)+`"]`)
	if !el.Truthy() {
		return false
	}
	box, view := el.Call("getBoundingClientRect"), log.Call("getBoundingClientRect")
	return box.Get("top").Float() < view.Get("bottom").Float()-8 && box.Get("bottom").Float() > view.Get("top").Float()+8
}

// lowest is the last row that is in sight as a whole, 0 if there is none.
func lowest(log app.Value) chat.Seq {
	edge := log.Call("getBoundingClientRect").Get("bottom").Float()
	rows := log.Call("querySelectorAll", "[data-seq]")
	low, high := 0, rows.Length()
	for low < high {
		mid := (low + high) / 2
		if rows.Index(mid).Call("getBoundingClientRect").Get("bottom").Float() > edge {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if low == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(data(rows.Index(low-1), "seq"), 10, 64)
	return chat.Seq(n)
}

// onJump leads to the newest message.
func (t *timeline) onJump(app.Context, app.Event) {
	t.scroll.bottom = true
	t.M.drawn(func() {
		if log := byID("log"); log.Truthy() {
			log.Set("scrollTop", log.Get("scrollHeight"))
			if !touch() { // it would bring up the keyboard of a phone
				focus(byID("text"))
			}
		}
	})
}

// jumpTo shows a row: the one that a reply quotes.
func (t *timeline) jumpTo(ctx app.Context, seq chat.Seq) {
	log := byID("log")
	el := log.Call("querySelector", `.msg[data-seq="`+strconv.FormatInt(int64(seq), 10)+`"]`)
	if tl := t.M.rep.Timeline(t.Room); !el.Truthy() {
		if !tl.Start {
			t.M.talk.want = seq
			t.M.step(replica.LoadOlder{Room: t.Room})
		}
		return
	}
	t.scroll.bottom = false // and not smoothly, or it would be true again on the way
	el.Call("scrollIntoView", map[string]any{"block": "center"})
	focus(el)
	t.M.talk.shown = seq
	t.M.revs.talk++
	ctx.After(2*time.Second, func(app.Context) {
		if t.M.talk.shown == seq {
			t.M.talk.shown = 0
			t.M.revs.talk++
		}
	})
}
