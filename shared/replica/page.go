package replica

import (
	"parley/shared/chat"
	"parley/shared/wire"
)

// loadOlder asks for the page before the window.
func (r *Replica) loadOlder(in LoadOlder) {
	rm := r.rooms[in.Room]
	if !r.live || rm == nil || rm.win == nil || rm.page != nil || rm.win.start() {
		return
	}
	rm.page = &page{before: rm.win.first()}
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

// mergePage puts a complete page before the window. A page read before the
// cursor that it was asked at may lack changes that came earlier, and is asked
// for again; one read after the cursor waits until the cursor is there. The
// changes that came while it was in flight were kept.
func (r *Replica) mergePage(rm *room) {
	p := rm.page
	if p == nil || p.whole == nil || p.whole.Rev > rm.win.cursor {
		return
	}
	if p.whole.Rev < p.asked {
		rm.page = &page{before: p.before, again: wait{r.now, pullAgain}}
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
	if rm.win.prepend(rows) {
		s := r.saving(rm)
		s.Rows = append(s.Rows, rows...)
	}
	r.settleRows(rm, p.whole.Rows)
	r.prune(rm)
	r.show(rm)
}
