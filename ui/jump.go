package ui

import (
	"strconv"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
	"parley/ui/locale"
)

// litTime is how long the message that a jump has led to is highlighted.
const litTime = 2 * time.Second

// reach ends a jump, if the row that it leads to is drawn now. A jump that the
// replica has given up is over.
func (t *timeline) reach(ctx app.Context, log app.Value) {
	want := t.M.talk.want
	if want == 0 {
		return
	}
	if el := rowElement(log, strconv.FormatInt(int64(want), 10)); el.Truthy() {
		t.M.talk.want = 0
		t.light(ctx, el, want)
		return
	}
	if _, folded := t.M.talk.folded[chunkOf(want)]; folded {
		t.M.later(func() {
			delete(t.M.talk.folded, chunkOf(want))
			t.M.talk.folds++
			t.M.revs.talk++
		})
		return
	}
	if t.M.rep.Row(t.Room, want) == nil && !t.M.elsewhere() {
		t.M.talk.want = 0
	}
}

// light shows a row in the middle and highlights it for a while.
func (t *timeline) light(ctx app.Context, el app.Value, seq chat.Seq) {
	t.scroll.bottom = false // and not smoothly, or it would be true again on the way
	el.Call("scrollIntoView", map[string]any{"block": "center"})
	focus(el)
	t.M.talk.shown = seq
	t.M.revs.talk++
	t.M.later(func() {}) // draw it: nothing else may be about to
	ctx.After(litTime, func(app.Context) {
		if t.M.talk.shown == seq {
			t.M.talk.shown = 0
			t.M.revs.talk++
		}
	})
}

// onJump leads to the newest message.
func (t *timeline) onJump(app.Context, app.Event) {
	t.scroll.bottom, t.scroll.passed, t.scroll.held = true, true, held{}
	if t.M.elsewhere() {
		t.M.leap()
	}
	t.M.drawn(func() {
		if log := byID("log"); log.Truthy() {
			t.scroll.bottom = true
			t.settle(log)
			if !touch() { // it would bring up the keyboard of a phone
				focus(byID("text"))
			}
		}
	})
}

// jump draws the button that leads to the latest message.
func (t *timeline) jump() app.UI {
	tl := t.M.rep.Timeline(t.Room)
	last := lastRow(&tl)
	// What was just opened or sent is scrolled to once it is drawn.
	bottom := t.scroll.bottom || !t.scroll.placed || t.M.talk.sent != t.scroll.sent
	if bottom && !t.M.elsewhere() || last == nil {
		return nil
	}
	word, label := "", t.M.L.T(locale.JumpLatest)
	if n := int(last.N - t.scroll.seenN); n > 0 && t.scroll.seenN > 0 {
		word = t.M.L.N(locale.NewMessages, n)
		label = word
	}
	return html.Button().Class("jump").Attr("type", "button").Aria("label", label).Title(t.M.L.T(locale.JumpLatest)).
		OnClick(t.onJump).Body(icon(iconDown), app.Text(word))
}

// jumpUnread draws the button that leads to the first message that was unread
// when the room was opened, until that has been in sight.
func (t *timeline) jumpUnread() app.UI {
	if d := t.M.talk.divider; d == 0 || d == t.scroll.divider || !t.scroll.placed {
		return nil
	}
	tl := t.M.rep.Timeline(t.Room)
	if last := lastRow(&tl); last != nil && last.Seq < t.M.talk.divider {
		return nil // it is still to come
	}
	return html.Button().Class("jump call unread").Attr("type", "button").OnClick(t.onJumpUnread).
		Body(icon(iconUp), app.Text(t.M.L.N(locale.UnreadMessages, t.M.talk.unread)))
}

func (t *timeline) onJumpUnread(app.Context, app.Event) {
	t.scroll.divider = t.M.talk.divider
	t.M.jump(t.M.talk.divider)
}

// jumpCall draws the button that leads to the message that mentions one.
func (t *timeline) jumpCall() app.UI {
	if t.M.talk.mention == 0 {
		return nil
	}
	return html.Button().Class("jump call").Attr("type", "button").OnClick(t.onJumpCall).
		Body(icon(iconAt), app.Text(t.M.L.T(locale.JumpMention)))
}

func (t *timeline) onJumpCall(app.Context, app.Event) {
	seq := t.M.talk.mention
	t.M.talk.mention = 0
	t.M.jump(seq)
}

// ahead draws what is after the last row, where rows are missing there.
func (t *timeline) ahead(tl *replica.Timeline, s *replica.Summary) app.UI {
	last := lastRow(tl)
	word := locale.Text{}
	switch {
	case last == nil || last.Seq >= s.Head.Seq:
		return nil
	case !t.M.rep.Live():
		word = locale.NewerLater
	case t.M.elsewhere():
		word = locale.LoadingNewer
	default:
		return nil // on their way, and of no height
	}
	return html.Div().Class("older").Text(t.M.L.T(word))
}
