package replica

import (
	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	maxPulls   = 8      // in flight at once, over all rooms; rooms on the screen do not wait
	pullAgain  = 1_000  // ms until a pull or page that brought nothing is asked again
	pullDenied = 30_000 // ms until a pull that was refused for good is asked again
)

// pull is the one pull of a room: wanted, in flight, waiting to be asked
// again, or refused.
type pull struct {
	after  chat.Rev
	sent   bool
	denied bool // refused for good: a head, or opening the room, ends the wait
	again  wait // not before
	empty  int  // answers that brought nothing, though more was heard of
}

// page is a page of history that was asked for.
type page struct {
	before chat.Seq
	limit  int        // 0: as the server likes
	away   *elsewhere // which it was asked for; nil: the window
	asked  chat.Rev   // the cursor when it was asked
	sent   bool
	again  wait
	joined *wire.Page // the parts so far
	whole  *wire.Page // complete, waiting for the cursor to reach its rev
	kept   map[chat.Seq]*chat.Row
}

// drivePulls asks for what a room lacks.
func (r *Replica) drivePulls(rm *room) {
	if !r.live || !rm.known || rm.gone {
		return
	}
	if rm.page == nil {
		rm.page = r.pageAway(rm)
	}
	if p := rm.page; p != nil && !p.sent && p.again.due(r.now) {
		p.sent, p.asked, p.kept = true, rm.win.cursor, map[chat.Seq]*chat.Row{}
		r.transmit(p.pull(rm.id))
	}
	after, lacking := rm.lacks()
	if !lacking || rm.pull != nil && (rm.pull.sent || !rm.pull.again.due(r.now)) {
		return
	}
	if r.pulling >= maxPulls && !rm.opened {
		r.starved = true
		return
	}
	if rm.pull == nil {
		rm.pull = &pull{}
	}
	rm.pull.after, rm.pull.sent, rm.pull.denied = after, true, false
	r.pulling++
	r.transmit(&wire.Pull{Room: rm.id, After: &after})
}

// pull is the frame that asks for a page.
func (p *page) pull(room chat.RoomID) *wire.Pull {
	before := p.before
	f := &wire.Pull{Room: room, Before: &before}
	if p.limit > 0 {
		limit := p.limit
		f.Limit = &limit
	}
	return f
}

// lacks says after which revision rows are missing, if any are.
func (rm *room) lacks() (after chat.Rev, lacking bool) {
	switch {
	case rm.win == nil:
		return 0, rm.opened || rm.wanted
	case rm.win.broken:
		return 0, true
	}
	return rm.win.cursor, rm.heard > rm.win.cursor
}

// endPull forgets a room's pull and lets another room's go.
func (r *Replica) endPull(rm *room) {
	if rm.pull == nil {
		return
	}
	sent := rm.pull.sent
	rm.pull = nil
	if sent {
		r.landed()
	}
}

// landed counts a pull that is no longer in flight.
func (r *Replica) landed() {
	r.pulling--
	if r.starved {
		r.starved = false
		r.stirAll()
	}
}

// rowsFrame follows the client rule: first settle, then by the cursor.
func (r *Replica) rowsFrame(f *wire.Rows) {
	r.meet(f.Users)
	r.settle(f)
	rm := r.rooms[f.Room]
	if rm == nil || !rm.known || rm.gone {
		return
	}
	if f = rm.join(f); f == nil {
		return
	}
	answer := rm.answeredBy(f)
	if f.Upto == 0 && !f.Reset && !answer {
		return // an operation's answer, no news
	}
	empty := 0
	if answer {
		empty = rm.pull.empty
		r.endPull(rm)
		r.stir(rm)
	}
	rm.heard = max(rm.heard, f.Upto)
	r.advance(rm, f)
	if rm.win == nil && !answer {
		return
	}
	r.apply(rm, f, answer)
	if answer && rm.win != nil && rm.heard > rm.win.cursor && f.From == f.Upto {
		r.pulledNothing(rm, empty)
	}
	r.mergePage(rm)
	r.prune(rm)
}

// answeredBy reports whether f answers the room's pull. A live frame that
// happens to continue the pull's cursor is taken for the answer; the real one
// will be old news then.
func (rm *room) answeredBy(f *wire.Rows) bool {
	if rm.pull == nil || !rm.pull.sent {
		return false
	}
	if rm.pull.after == 0 { // always a reset, but in a room without rows
		return f.Reset || f.Upto == 0 && len(f.Rows) == 0 && len(f.Keys) == 0
	}
	return f.Reset || f.From == rm.pull.after
}

// join collects the parts of an answer, which have its from, upto and reset.
// It returns the whole, or nil while parts are missing. Other frames in
// between are returned as they are.
func (rm *room) join(f *wire.Rows) *wire.Rows {
	j := rm.joined
	same := j != nil && j.From == f.From && j.Upto == f.Upto && j.Reset == f.Reset
	switch {
	case same:
		j.Rows = append(j.Rows, f.Rows...)
		if f.More {
			return nil
		}
		rm.joined = nil
		return j
	case f.More:
		c := *f
		rm.joined = &c
		return nil
	}
	return f
}

// apply moves the window by the cursor.
func (r *Replica) apply(rm *room, f *wire.Rows, answer bool) {
	w := rm.win
	switch {
	case f.Reset:
		if w != nil && f.Upto < w.cursor && !answer {
			return // an old answer, again
		}
		r.applyReset(rm, f)
	case w == nil:
		// At the head after 0: the room has no rows.
		if f.Upto == 0 {
			r.applyReset(rm, f)
		}
	case f.Upto <= w.cursor, f.From > w.cursor:
		// Old, or a gap that the next pull fills.
	default:
		r.applyRows(rm, f)
	}
}

// applyReset replaces the window. A reset behind what was heard of says that
// the log has lost its end; its word is taken for where the head is.
func (r *Replica) applyReset(rm *room, f *wire.Rows) {
	w := replace(f.Rows, f.Upto)
	if w == nil { // not contiguous: no window is better than a wrong one
		rm.pull = &pull{again: wait{r.now, pullAgain}}
		return
	}
	if rm.win != nil && f.Upto < rm.win.cursor {
		rm.heard = f.Upto
		rm.head.Rev, rm.head.Seq, rm.head.N, rm.head.Last = f.Upto, 0, 0, nil
		if n := len(w.rows); n > 0 {
			last := w.rows[n-1]
			rm.head.Seq, rm.head.N, rm.head.Last = last.Seq, last.N, preview(last)
		}
		r.saveHead(rm)
	}
	rm.win, rm.page, rm.quoted = w, nil, nil
	r.reloadAway(rm)
	s := r.saving(rm)
	s.Reset, s.Rows, s.First = true, append([]*chat.Row(nil), w.rows...), w.first()
	r.stir(rm)
	r.show(rm)
}

// applyRows continues the window.
func (r *Replica) applyRows(rm *room, f *wire.Rows) {
	w := rm.win
	taken, below, whole := w.upsert(f.Rows)
	if !whole {
		w.broken = true // pulled anew from the start
		r.stir(rm)
		return
	}
	w.cursor = f.Upto
	for _, row := range below {
		rm.away.take(row)
		rm.requote(row)
	}
	for _, row := range taken {
		rm.requote(row) // the window may leave it again
	}
	if p := rm.page; p != nil && p.sent {
		for _, row := range below {
			if old := p.kept[row.Seq]; old == nil || row.Rev > old.Rev {
				p.kept[row.Seq] = row
			}
		}
	}
	s := r.saving(rm)
	s.Rows = append(s.Rows, taken...)
	r.stir(rm)
	r.show(rm)
}

// pulledNothing handles an answer at the head though more was heard of: it may
// have been overtaken, so it is asked once more, and then believed.
func (r *Replica) pulledNothing(rm *room, empty int) {
	if empty > 0 {
		rm.heard = rm.win.cursor
		return
	}
	rm.pull = &pull{empty: empty + 1, again: wait{r.now, pullAgain}}
}
