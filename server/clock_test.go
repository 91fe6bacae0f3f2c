package server

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

const clockDay = 24 * time.Hour

// Promise 13: while people talk the server's clock jumps back and forth by
// days. Order, numbers, rates, typing, presence and sessions do not notice; the
// displayed times follow it.
func TestClockJumps(t *testing.T) {
	var off atomic.Int64
	jumping := func() time.Time { return time.Now().Round(0).Add(time.Duration(off.Load())) }
	rated := func(c *Config) { c.Rate = 1 }
	inBubbleOf(t, func(p *Parts) { p.Now = jumping }, func(n *node) {
		anna, bo, _, room := n.talked()
		a, b := anna.connect(), bo.connect()
		var last chat.Row
		const rounds = 12
		for i := range rounds {
			jump := time.Duration(i%5-2) * 7 * clockDay
			off.Store(int64(jump))
			row := a.say(room, fmt.Sprint("round ", i))
			if last.Seq != 0 && (row.Seq != last.Seq+1 || row.N != last.N+1 || row.Rev != last.Rev+2) {
				t.Fatalf("round %d: %+v follows %+v", i, row, last)
			}
			if want := chat.Time(jumping().UnixMilli()); row.At > want || row.At < want-1000 {
				t.Errorf("round %d: at %d, the clock says %d", i, row.At, want)
			}
			if heard := b.row(row.Key); heard.Seq != row.Seq || heard.Rev != row.Rev {
				t.Fatalf("round %d: Bo heard %+v of %+v", i, heard, row)
			}
			off.Store(int64(-2 * jump))
			b.send(&wire.React{Room: room, Seq: row.Seq, Emoji: "👍", On: true})
			expect(a, func(f *wire.Rows) bool { return f.Upto == row.Rev+1 && f.From == row.Rev })
			last = row
			told[wire.Frame](b)
			a.send(&wire.Typing{Room: room})
			synctest.Wait()
			if typed := told[*wire.Typed](b); len(typed) != 1 {
				t.Errorf("round %d: %d times typing", i, len(typed))
			}
			time.Sleep(typingEvery + time.Second)
		}
		again := anna.dial() // the session is as good as ever, and the log whole
		if w := again.hello(); len(w.Online) != 1 || w.Online[0] != bo.id {
			t.Errorf("online: %v", w.Online)
		}
		again.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0)), Limit: ptr(rounds)})
		page := expect[*wire.Page](again, nil)
		for i, row := range page.Rows {
			if row.Text != fmt.Sprint("round ", i) || len(row.Reactions["👍"]) != 1 || row.Seq != last.Seq-rounds+1+chat.Seq(i) {
				t.Errorf("row %d is %+v", i, row)
			}
		}
		if gone := told[*wire.Presence](a); len(gone) != 0 {
			t.Errorf("presence: %+v", gone[0])
		}
	}, rated)
}
