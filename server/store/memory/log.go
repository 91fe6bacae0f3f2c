package memory

import (
	"cmp"
	"slices"

	"parley/shared/chat"
)

// log is the rows of a room: by seq, and in the order in which they last
// changed.
type log struct {
	rows    []chat.Row // rows[i].Seq == i+1
	changes []change   // ascending by rev, exactly one for each row
}

type change struct {
	rev chat.Rev
	seq chat.Seq
}

// row returns the row of a seq, or nil.
func (l *log) row(seq chat.Seq) *chat.Row {
	if l == nil || seq < 1 || int(seq) > len(l.rows) {
		return nil
	}
	return &l.rows[seq-1]
}

// put inserts or replaces a row, and returns how to take that back.
func (l *log) put(row chat.Row) (undo func()) {
	if old := l.row(row.Seq); old != nil {
		was := *old
		l.forget(was.Rev)
		*old = row
		l.note(row)
		return func() {
			l.forget(row.Rev)
			l.rows[was.Seq-1] = was
			l.note(was)
		}
	}
	l.rows = append(l.rows, row)
	l.note(row)
	return func() {
		l.forget(row.Rev)
		l.rows = l.rows[:len(l.rows)-1]
	}
}

func (l *log) note(row chat.Row) {
	l.changes = slices.Insert(l.changes, l.after(row.Rev), change{rev: row.Rev, seq: row.Seq})
}

func (l *log) forget(rev chat.Rev) {
	i := l.after(rev - 1)
	l.changes = slices.Delete(l.changes, i, i+1)
}

// after returns the index of the first change after rev.
func (l *log) after(rev chat.Rev) int {
	i, _ := slices.BinarySearchFunc(l.changes, rev+1, func(c change, rev chat.Rev) int {
		return cmp.Compare(c.rev, rev)
	})
	return i
}
