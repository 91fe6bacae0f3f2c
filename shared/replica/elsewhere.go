package replica

import (
	"slices"

	"parley/shared/chat"
)

// bounds are how many rows are held of a room.
type bounds struct {
	kept   int // of a window when its room is closed, or left for one elsewhere
	most   int // of a window while the user scrolls back
	away   int // of a window elsewhere
	around int // of the page around the goal of a jump
	quotes int // of the rows that are quoted
}

var usualBounds = bounds{kept: keepRows, most: 2_000, away: 1_000, around: 50, quotes: 1_000}

// elsewhere is a second window of a room on the screen, for rows that are too
// far back for the window to reach them: contiguous rows as the log held them
// at the window's cursor, by the same rule for pages and changes. It is not
// stored. When it reaches the window it becomes a part of it.
type elsewhere struct {
	win  window   // its cursor is not used
	goal chat.Seq // the row that is to be loaded, 0 once it is
}

// jumpTo leads to a row: in the window, or elsewhere.
func (r *Replica) jumpTo(in JumpTo) {
	rm := r.rooms[in.Room]
	if rm == nil || !rm.opened || in.Seq < 1 {
		return
	}
	switch {
	case rm.win != nil && in.Seq >= rm.win.first():
		rm.away = nil
	case rm.away != nil && rm.away.win.at(in.Seq) != nil:
		return
	default:
		rm.away = &elsewhere{goal: in.Seq}
	}
	r.stir(rm)
	r.show(rm)
}

// jumpLatest comes back to the window.
func (r *Replica) jumpLatest(in JumpLatest) {
	if rm := r.rooms[in.Room]; rm != nil && rm.away != nil {
		rm.away = nil
		r.show(rm)
	}
}

// loadNewer asks for the page after the window elsewhere, up to the window.
func (r *Replica) loadNewer(in LoadNewer) {
	rm := r.rooms[in.Room]
	if !r.live || rm == nil || rm.page != nil || !rm.away.loaded() {
		return
	}
	a := rm.away
	before := min(a.win.next()+chat.Seq(r.bounds.around), rm.win.first())
	rm.page = &page{before: before, limit: int(before - a.win.next()), away: a}
	r.stir(rm)
	r.show(rm)
}

// loaded reports whether there is a window elsewhere, with rows.
func (a *elsewhere) loaded() bool { return a != nil && len(a.win.rows) > 0 }

// pageAway is the page that a window elsewhere needs to reach its goal, nil if
// it needs none.
func (r *Replica) pageAway(rm *room) *page {
	a := rm.away
	if a == nil || a.goal == 0 || rm.win == nil {
		return nil
	}
	before := min(a.goal+chat.Seq(r.bounds.around/2), rm.win.first())
	if a.loaded() {
		before = a.win.first()
	}
	return &page{before: before, limit: r.bounds.around, away: a}
}

// mergeAway puts the rows of a page into the window elsewhere. A page that
// leads no nearer to the goal ends the jump: the log has no such row.
func (r *Replica) mergeAway(rm *room, rows []*chat.Row) {
	a := rm.away
	taken := true
	switch {
	case !a.loaded():
		taken = len(rows) > 0 && contiguous(rows)
		if taken {
			a.win.rows = rows
		}
	case a.win.prepend(rows):
		if n := r.bounds.away; len(a.win.rows) > n {
			a.win.rows = slices.Clone(a.win.rows[:n])
		}
	default:
		if taken = a.win.extend(rows); taken {
			a.win.cut(r.bounds.away)
		}
	}
	if a.win.at(a.goal) != nil {
		a.goal = 0
	}
	if !taken && a.goal != 0 {
		rm.away = nil
	}
	r.joinAway(rm)
}

// joinAway makes the window elsewhere a part of the window, when they meet, and
// forgets it if the window has come to its goal by itself.
func (r *Replica) joinAway(rm *room) {
	a := rm.away
	if a != nil && a.goal >= rm.win.first() {
		rm.away = nil
		return
	}
	if !a.loaded() || rm.win.broken || a.goal != 0 || a.win.next() < rm.win.first() {
		return
	}
	rm.away = nil
	before := max(rm.win.first()-a.win.first(), 0)
	if rows := a.win.rows[:before]; rm.win.prepend(rows) {
		s := r.saving(rm)
		s.Rows = append(s.Rows, rows...)
	}
}

// leaveWindow bounds a window that has grown by scrolling back: its oldest
// rows, which the user looks at, become a window elsewhere. It reports whether
// that was so.
func (r *Replica) leaveWindow(rm *room) bool {
	w, b := rm.win, r.bounds
	if !rm.opened || rm.away != nil || len(w.rows) <= b.most {
		return false
	}
	rm.away = &elsewhere{win: window{rows: slices.Clone(w.rows[:b.away])}}
	w.cut(b.kept)
	r.saving(rm).First = w.first()
	return true
}

// reloadAway loads what is elsewhere again, around its middle: the window is
// at a new cursor, and what has changed on the way is not known.
func (r *Replica) reloadAway(rm *room) {
	a := rm.away
	if a == nil {
		return
	}
	goal := a.goal
	if n := len(a.win.rows); n > 0 {
		goal = a.win.rows[n/2].Seq
	}
	if rm.away = nil; goal < rm.win.first() {
		rm.away = &elsewhere{goal: goal}
	}
}

// take takes in a row that has changed.
func (a *elsewhere) take(row *chat.Row) {
	if a == nil {
		return
	}
	if old := a.win.at(row.Seq); old != nil && old.Rev < row.Rev {
		a.win.rows[row.Seq-a.win.first()] = row
	}
}
