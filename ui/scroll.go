package ui

import (
	"math"
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
	held    held
	shape   shape   // for which the chunks have got their heights
	folded  bool    // it was looked which chunks are far away,
	top     float64 // when the log was scrolled to here
	all     float64 // and was as high
	release func()
	reading bool     // a look at what is in sight is due
	divider chat.Seq // the unread divider that has been in sight, or was not wanted
	passed  bool     // somebody went to the newest without having seen it
	focused string   // the key of the waiting message that has the keyboard
}

// held is the row that stays in place, whatever changes above it: its seq, its
// distance from the log's upper edge, and where the log was scrolled to then.
// Since only the user's scrolling moves it by as much as the log is scrolled,
// everything else that has moved it can be told, and undone, at any later time.
type held struct {
	seq string
	top float64
	at  float64
}

// near is how many pixels from the end still count as the end.
const near = 48

// OnMount starts to watch the size of the log and of what is in it: when the
// keyboard opens, a picture without a size loads, or lines break elsewhere, what
// is in sight stays there. The browser tells it before it paints.
func (t *timeline) OnMount(ctx app.Context) {
	if app.IsServer {
		return
	}
	t.scroll.bottom = true
	t.scroll.sent = t.M.talk.sent
	resized := app.FuncOf(func(app.Value, []app.Value) any {
		if log := byID("log"); t.scroll.placed && log.Truthy() {
			t.settle(log)
		}
		return nil
	})
	observer := app.Window().Get("ResizeObserver").New(resized)
	observer.Call("observe", byID("log"))
	observer.Call("observe", find("log", ".fill"))
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

// OnUpdate notes, before the rows are drawn again, where they are.
func (t *timeline) OnUpdate(ctx app.Context) {
	if app.IsServer {
		return
	}
	if t.scroll.bottom && !t.M.elsewhere() { // it stays there: nothing has to be known of the rows
		t.scroll.held = held{}
	} else if log := byID("log"); log.Truthy() && t.scroll.placed {
		t.settle(log)
		t.remember(log)
	}
	t.scroll.focused = focusedKey()
	ctx.Defer(t.place)
}

// remember notes the first row that is in sight.
func (t *timeline) remember(log app.Value) {
	edge := log.Call("getBoundingClientRect").Get("top").Float()
	rows := log.Call("querySelectorAll", "[data-seq]")
	low, high := 0, rows.Length()
	for low < high { // the rows lie one below the other
		mid := (low + high) / 2
		if rows.Index(mid).Call("getBoundingClientRect").Get("bottom").Float() > edge {
			high = mid
		} else {
			low = mid + 1
		}
	}
	t.scroll.held = held{}
	if low < rows.Length() {
		el := rows.Index(low)
		t.scroll.held = held{
			seq: data(el, "seq"), at: log.Get("scrollTop").Float(),
			top: el.Call("getBoundingClientRect").Get("top").Float() - edge,
		}
	}
}

// settle puts what is in sight back to where it was: the newest to the lower
// edge, or the row that is held to its place.
func (t *timeline) settle(log app.Value) {
	if t.scroll.bottom {
		t.end(log)
		return
	}
	h := t.scroll.held
	if h.seq == "" {
		return
	}
	el := rowElement(log, h.seq)
	if !el.Truthy() {
		return
	}
	at := log.Get("scrollTop").Float()
	top := el.Call("getBoundingClientRect").Get("top").Float() - log.Call("getBoundingClientRect").Get("top").Float()
	if moved := top - (h.top - (at - h.at)); math.Abs(moved) >= 0.25 {
		log.Set("scrollTop", at+moved)
		now := log.Get("scrollTop").Float() // the end may have stopped it
		t.scroll.held = held{seq: h.seq, top: top - (now - at), at: now}
	}
}

// rowElement is what is drawn of a row; null if nothing is.
func rowElement(log app.Value, seq string) app.Value {
	return log.Call("querySelector", `[data-seq="`+seq+`"]`)
}

// place puts the rows where they belong after they were drawn.
func (t *timeline) place(ctx app.Context) {
	log := byID("log")
	if !log.Truthy() || t.M.rep == nil {
		return
	}
	tl := t.M.scene(t.Room)
	if !tl.Ready {
		return
	}
	t.refocus(log, &tl)
	away := t.M.elsewhere()
	t.unfold(log, &tl)
	switch {
	case !t.scroll.placed:
		t.scroll.placed = true
		if s := t.M.rep.Room(t.Room); s != nil {
			t.scroll.seenN = s.Head.ReadN
		}
		t.end(log)
	case t.M.talk.sent != t.scroll.sent:
		t.scroll.sent, t.scroll.bottom, t.scroll.passed = t.M.talk.sent, !away, true
		if away {
			t.M.later(t.M.leap)
			t.scroll.held, t.scroll.bottom = held{}, true
			return
		}
		t.settle(log)
	default:
		t.scroll.bottom = t.scroll.bottom && !away
		t.settle(log)
	}
	t.reach(ctx, log)
	t.scrolled(ctx, log, &tl)
}

// focusedKey is the key of the waiting message that has the keyboard, "" if
// none has.
func focusedKey() string {
	if now := document().Get("activeElement"); now.Truthy() && now.Call("matches", ".msg[data-key]").Bool() {
		return data(now, "key")
	}
	return ""
}

// refocus leaves the keyboard on the message it was on: one that waited and is
// now a row is drawn as another element. If the keyboard has gone elsewhere
// meanwhile, into the menu that was opening for one, it stays there.
func (t *timeline) refocus(log app.Value, tl *replica.Timeline) {
	key := t.scroll.focused
	if key == "" || focusedKey() == key {
		return
	}
	t.scroll.focused = ""
	now := document().Get("activeElement")
	if now.Truthy() && !now.Equal(document().Get("body")) && !log.Call("contains", now).Bool() {
		return
	}
	for i := len(tl.Rows) - 1; i >= 0; i-- {
		if tl.Rows[i].Key.String() == key {
			focus(rowElement(log, strconv.FormatInt(int64(tl.Rows[i].Seq), 10)))
			return
		}
	}
	focus(log.Call("querySelector", `.msg[data-key="`+key+`"]`))
}

// end scrolls to the newest, but not by itself past the unread divider before
// that has been in sight: what is unread may come only now.
func (t *timeline) end(log app.Value) {
	log.Set("scrollTop", log.Get("scrollHeight"))
	if d := t.M.talk.divider; d == 0 || d == t.scroll.divider || t.scroll.passed {
		return
	}
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
	if !t.scroll.bottom {
		t.settle(log)
	}
	tl := t.M.scene(t.Room)
	t.scrolled(ctx, log, &tl)
}

// scrolled takes where the log is now: whether the newest is in sight, whether
// rows before or after are needed, and what is being read.
func (t *timeline) scrolled(ctx app.Context, log app.Value, tl *replica.Timeline) {
	top, inside, all := log.Get("scrollTop").Float(), log.Get("clientHeight").Float(), log.Get("scrollHeight").Float()
	away := t.M.elsewhere()
	bottom := !away && all-top-inside < near
	if last := lastRow(tl); bottom && last != nil {
		t.scroll.seenN = last.N
	}
	t.M.talk.latest = bottom
	if bottom != t.scroll.bottom {
		t.scroll.bottom = bottom
		ctx.Update() // the button comes or goes
	}
	if d := t.M.talk.divider; d != 0 && d != t.scroll.divider && inSight(log, d) {
		t.scroll.divider = d
		ctx.Update()
	}
	if !bottom {
		t.remember(log)
	}
	if tl.Ready && !tl.Loading && len(tl.Rows) > 0 {
		switch {
		case top < inside && !tl.Start:
			t.M.later(func() { t.M.step(replica.LoadOlder{Room: t.Room}) })
		case away && all-top-inside < inside:
			t.M.later(func() { t.M.step(replica.LoadNewer{Room: t.Room}) })
		}
	}
	t.fold(log, top, inside, all)
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
	if !log.Truthy() || t.M.rep == nil {
		return
	}
	if !watched() {
		if s := t.M.rep.Room(t.Room); s != nil && s.Unread > 0 { // somebody has just looked away: it is unread now
			t.M.later(func() {
				t.M.revs.list++
				t.M.retitle()
			})
		}
		return
	}
	tl := t.M.scene(t.Room)
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
