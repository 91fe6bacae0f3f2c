package replica

import (
	"slices"

	"parley/shared/chat"
)

// keepRows is how much of a window is kept when its room is closed.
const keepRows = 500

// window is the contiguous rows of a room that are held, as the log held them
// at revision cursor. Rows are immutable; changing one replaces the pointer.
type window struct {
	rows   []*chat.Row
	cursor chat.Rev
	broken bool // a row is missing: to be replaced as a whole
}

// first is the seq of the first row, 0 without rows.
func (w *window) first() chat.Seq {
	if len(w.rows) == 0 {
		return 0
	}
	return w.rows[0].Seq
}

// next is the seq that a new row must have.
func (w *window) next() chat.Seq { return w.first() + chat.Seq(len(w.rows)) + w.base() }

// base is what next lacks in a window without rows, which is that of a room
// without rows.
func (w *window) base() chat.Seq {
	if len(w.rows) == 0 {
		return 1
	}
	return 0
}

// start reports whether nothing lies before the window.
func (w *window) start() bool { return w.first() <= 1 }

// at is the row of that seq, nil outside the window.
func (w *window) at(seq chat.Seq) *chat.Row {
	if i := seq - w.first(); len(w.rows) > 0 && i >= 0 && i < chat.Seq(len(w.rows)) {
		return w.rows[i]
	}
	return nil
}

// upsert takes in changed rows. It returns the rows that it took, those that
// lie before the window, and whether the window is whole: false means that a
// row is missing in between, and that nothing was done.
func (w *window) upsert(changed []chat.Row) (taken, below []*chat.Row, whole bool) {
	var fresh []*chat.Row
	next := w.next()
	for i := range changed {
		row := clone(&changed[i])
		switch {
		case row.Seq >= next:
			fresh = append(fresh, row)
		case row.Seq < w.first():
			below = append(below, row)
		default:
			taken = append(taken, row)
		}
	}
	slices.SortFunc(fresh, func(a, b *chat.Row) int { return int(a.Seq - b.Seq) })
	for i, row := range fresh {
		if row.Seq != next+chat.Seq(i) {
			return nil, nil, false
		}
	}
	taken = slices.DeleteFunc(taken, func(row *chat.Row) bool {
		i := row.Seq - w.first()
		if row.Rev <= w.rows[i].Rev {
			return true
		}
		w.rows[i] = row
		return false
	})
	w.rows = append(w.rows, fresh...)
	return append(taken, fresh...), below, true
}

// replace makes a window of the rows of a reset. It returns nil if they are
// not contiguous.
func replace(rows []chat.Row, cursor chat.Rev) *window {
	w := &window{cursor: cursor, rows: make([]*chat.Row, 0, len(rows)+16)}
	for i := range rows {
		w.rows = append(w.rows, clone(&rows[i]))
	}
	slices.SortFunc(w.rows, func(a, b *chat.Row) int { return int(a.Seq - b.Seq) })
	for i, row := range w.rows {
		if row.Seq != w.first()+chat.Seq(i) {
			return nil
		}
	}
	return w
}

// prepend puts a page before the window. It reports whether they meet.
func (w *window) prepend(rows []*chat.Row) bool {
	if len(rows) == 0 || rows[len(rows)-1].Seq+1 != w.first() || !contiguous(rows) {
		return false
	}
	whole := make([]*chat.Row, 0, len(rows)+len(w.rows)+16)
	w.rows = append(append(whole, rows...), w.rows...)
	return true
}

// extend puts a page after the window, but for what it holds already. It
// reports whether they meet.
func (w *window) extend(rows []*chat.Row) bool {
	next := w.next()
	rows = slices.DeleteFunc(rows, func(row *chat.Row) bool { return row.Seq < next })
	if len(rows) == 0 || rows[0].Seq != next || !contiguous(rows) {
		return false
	}
	w.rows = append(w.rows, rows...)
	return true
}

// contiguous reports whether no row is missing in between.
func contiguous(rows []*chat.Row) bool {
	for i, row := range rows {
		if row.Seq != rows[0].Seq+chat.Seq(i) {
			return false
		}
	}
	return true
}

// cut leaves the newest most rows. It reports whether any were dropped.
func (w *window) cut(most int) bool {
	if len(w.rows) <= most {
		return false
	}
	w.rows = slices.Clone(w.rows[len(w.rows)-most:])
	return true
}

// clone frees a row from the frame that brought it.
func clone(row *chat.Row) *chat.Row {
	c := *row
	return &c
}
