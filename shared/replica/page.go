package replica

import (
	"parley/shared/chat"
	"parley/shared/wire"
)

// loadOlder asks for the page before the window that is shown.
func (r *Replica) loadOlder(in LoadOlder) {
	rm := r.rooms[in.Room]
	if !r.live || rm == nil || rm.win == nil || rm.page != nil {
		return
	}
	w := rm.win
	if rm.away != nil {
		w = &rm.away.win
	}
	if w.start() {
		return
	}
	rm.page = &page{before: w.first(), away: rm.away}
	r.stir(rm)
	r.show(rm)
}

// pageFrame takes in a page, or a part of one.
func (r *Replica) pageFrame(f *wire.Page) {
	r.meet(f.Users)
	rm := r.rooms[f.Room]
	if rm == nil || rm.page == nil || !rm.page.sent || rm.page.whole != nil || f.Before != rm.page.before {
		return
	}
	p := rm.page
	if p.joined == nil {
		c := *f
		p.joined = &c
	} else {
		p.joined.Rows = append(p.joined.Rows, f.Rows...)
		p.joined.Rev = min(p.joined.Rev, f.Rev)
	}
	if f.More {
		return
	}
	p.whole, p.joined = p.joined, nil
	rm.heard = max(rm.heard, p.whole.Rev)
	r.stir(rm)
	r.mergePage(rm)
}

// mergePage puts a complete page before the window, or into the one elsewhere
// that it was asked for, if that is still there. A page read before the
// cursor that it was asked at may lack changes that came earlier, and is asked
// for again; one read after the cursor waits until the cursor is there. The
// changes that came while it was in flight were kept.
func (r *Replica) mergePage(rm *room) {
	p := rm.page
	if p == nil || p.whole == nil || p.whole.Rev > rm.win.cursor {
		return
	}
	if p.whole.Rev < p.asked {
		rm.page = p.anew(wait{r.now, pullAgain})
		return
	}
	rows := make([]*chat.Row, 0, len(p.whole.Rows))
	for i := range p.whole.Rows {
		row := clone(&p.whole.Rows[i])
		if kept := p.kept[row.Seq]; kept != nil && kept.Rev > row.Rev {
			row = kept
		}
		rows = append(rows, row)
	}
	rm.page = nil
	switch {
	case p.away != nil && p.away == rm.away:
		r.mergeAway(rm, rows)
	case p.away != nil: // left meanwhile
	case rm.win.prepend(rows) && !r.leaveWindow(rm):
		s := r.saving(rm)
		s.Rows = append(s.Rows, rows...)
		r.joinAway(rm)
	}
	r.stir(rm)
	r.settleRows(rm, p.whole.Rows)
	r.prune(rm)
	r.show(rm)
}

// anew is the same page, to be asked for again.
func (p *page) anew(again wait) *page {
	return &page{before: p.before, limit: p.limit, away: p.away, again: again}
}
