package main

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// This file decides whether every delivery is the right one. It does no I/O.

// ledger is what is known of a room: what was posted, and what its log became,
// revision by revision, as the first delivery of each told. Every later
// delivery must tell the same.
type ledger struct {
	room    int64
	base    int64 // the revision that all that follows begins after
	rows    []entry
	seq, n  int64 // of the last row
	posters map[int64]*poster
	recent  []told // by from, modulo its length
	tally   *tally
	pace    pace
	early   map[int64]seenRow // by rev: answered before those in front of them
}

// entry is a row of the log: which post it is, and when that was sent.
type entry struct {
	poster *poster
	count  uint32
	sent   int64
	seq    int64
}

// How many frames of a room are kept to be compared with: more than readers lie
// apart. What is not kept is read anew, so that it is a matter of speed alone; but
// where many are told, a generator that reads everything anew is what is measured:
// who posts waits for it, and the server for them.
const (
	fewFrames  = 8
	manyFrames = 1024
)

// told is a frame whose content was checked.
type told struct {
	from, upto int64
	last       bool // data is the last part of an answer, the others are not kept
	data       []byte
}

// tally counts deliveries, of one room or of many.
type tally struct {
	rows, frames, pulls int64
	missed              int64   // rows that a client had to pull
	sampling            bool    // whether the times are kept
	delivery            []int64 // ns from a post to each reader, of the first row of each frame
	across              []int64 // of these, to readers on another node than the poster's
	echo                []int64 // ns from a post to its own echo
}

func (t *tally) reset() { *t = tally{delivery: t.delivery[:0], across: t.across[:0], echo: t.echo[:0]} }

func newLedger(room, rev, seq, n int64, t *tally) *ledger {
	return &ledger{room: room, base: rev, seq: seq, n: n, posters: make(map[int64]*poster), tally: t, recent: make([]told, fewFrames)}
}

// crowd has the frames kept of a room in which many are told.
func (l *ledger) crowd() { l.recent = make([]told, manyFrames) }

// head is the last revision that was seen.
func (l *ledger) head() int64 { return l.base + int64(len(l.rows)) }

// known returns the frame that begins after a revision, if it was told lately
// in these bytes.
func (l *ledger) known(from int64, data []byte) (told, bool) {
	t := l.recent[from%int64(len(l.recent))]
	return t, t.from == from && t.upto > from && bytes.Equal(t.data, data)
}

// read checks a frame that was not told in these bytes before: its rows must
// be all those of (from, upto], in order, and hold what was posted.
func (l *ledger) read(f *rowsFrame, data []byte) (told, error) {
	t := told{from: f.from, upto: f.upto, last: f.last}
	if !utf8.Valid(data) {
		return t, fmt.Errorf("room %d: a frame is not UTF-8", l.room)
	}
	if f.from < l.base || f.from > l.head() {
		return t, fmt.Errorf("room %d: a frame begins after %d, the log is %d to %d", l.room, f.from, l.base, l.head())
	}
	if f.upto-f.from != int64(len(f.rows)) {
		return t, fmt.Errorf("room %d: %d rows in (%d, %d]", l.room, len(f.rows), f.from, f.upto)
	}
	for i := range f.rows {
		row := &f.rows[i]
		if row.rev != f.from+int64(i)+1 {
			return t, fmt.Errorf("room %d: row %d of a frame after %d has rev %d", l.room, i, f.from, row.rev)
		}
		if err := l.row(row); err != nil {
			return t, fmt.Errorf("room %d, rev %d: %w", l.room, row.rev, err)
		}
	}
	old := &l.recent[f.from%int64(len(l.recent))]
	t.data = append(old.data[:0], data...)
	*old = t
	return t, nil
}

// row checks a row: against the log where that holds it, else against what was
// posted, and then the log grows.
func (l *ledger) row(row *seenRow) error {
	p := l.posters[row.by]
	if p == nil {
		return fmt.Errorf("a row by %d, who does not post here", row.by)
	}
	e, err := p.recognize(row)
	if err != nil {
		return err
	}
	if at := row.rev - l.base - 1; at < int64(len(l.rows)) {
		if l.rows[at] != e {
			return fmt.Errorf("another row than was told before")
		}
		return nil
	}
	if row.seq != l.seq+1 || row.n != l.n+1 {
		return fmt.Errorf("seq %d, n %d come after %d, %d", row.seq, row.n, l.seq, l.n)
	}
	if e.count != p.stored+1 {
		return fmt.Errorf("post %d of its sender comes after %d", e.count, p.stored)
	}
	if e.count > p.sent {
		return fmt.Errorf("post %d of its sender, who has sent %d", e.count, p.sent)
	}
	p.stored++
	l.seq, l.n = row.seq, row.n
	l.rows = append(l.rows, e)
	return nil
}

// answered takes a row that the API gave back. Such rows come in any order: what
// continues the log is checked, and others wait until it is their turn.
func (l *ledger) answered(row *seenRow) error {
	if l.early == nil {
		l.early = make(map[int64]seenRow)
	}
	if _, twice := l.early[row.rev]; twice || row.rev <= l.head() {
		return fmt.Errorf("room %d: two posts are rev %d", l.room, row.rev)
	}
	kept := *row
	kept.kind, kept.key, kept.text = bytes.Clone(row.kind), bytes.Clone(row.key), bytes.Clone(row.text)
	l.early[row.rev] = kept
	for {
		next, come := l.early[l.head()+1]
		if !come {
			return nil
		}
		delete(l.early, next.rev)
		if err := l.row(&next); err != nil {
			return fmt.Errorf("room %d, rev %d: %w", l.room, next.rev, err)
		}
	}
}

// reader is a client's place in a room.
type reader struct {
	ledger  *ledger
	cursor  int64
	pulling bool      // what was missed is asked for
	aim     int64     // and how far that should lead
	tag     []byte    // of the head that it holds
	posters []*poster // its client's own, one at most
}

// outcome is what a frame was for a reader.
type outcome int

const (
	applied outcome = iota
	doubled         // it was told before
	gap             // something before it was not told
)

// take moves a reader over a frame that was checked.
func (r *reader) take(t told) outcome {
	switch {
	case t.upto <= r.cursor:
		return doubled
	case t.from > r.cursor:
		return gap
	}
	r.ledger.tally.rows += t.upto - r.cursor
	r.ledger.tally.frames++
	r.cursor = t.upto
	return applied
}

// between are the rows of (from, upto].
func (l *ledger) between(from, upto int64) []entry { return l.rows[from-l.base : upto-l.base] }

// missing says what of the log a reader was not told, nil if nothing.
func (r *reader) missing() error {
	if r.cursor != r.ledger.head() {
		return fmt.Errorf("room %d: a reader was told up to rev %d of %d", r.ledger.room, r.cursor, r.ledger.head())
	}
	return nil
}

// missing says what of all that was posted never came to be seen, nil if
// nothing.
func (l *ledger) missing() error {
	for _, p := range l.posters {
		if p.stored != p.sent {
			return fmt.Errorf("room %d: of %d posts of one sender %d were seen", l.room, p.sent, p.stored)
		}
	}
	return nil
}

// rowsFrame is what is looked at of a frame with rows.
type rowsFrame struct {
	room, from, upto int64
	reset, more      bool
	last             bool // rows are those of all parts
	rows             []seenRow
}

// seenRow is what is looked at of a row.
type seenRow struct {
	seq, n, rev, by int64
	kind, key, text []byte
}

// scanRows reads a rows frame into f, whose rows it reuses.
func scanRows(data []byte, f *rowsFrame) bool {
	f.rows = f.rows[:0]
	f.room, f.from, f.upto, f.reset, f.more, f.last = 0, -1, -1, false, false, false
	whole := false
	ok := fieldsOf(data, func(key, value []byte) (ok bool) {
		switch string(key) {
		case "room":
			f.room, ok = number(value)
		case "from":
			f.from, ok = number(value)
		case "upto":
			f.upto, ok = number(value)
		case "reset":
			f.reset, ok = string(value) == "true", true
		case "more":
			f.more, ok = string(value) == "true", true
		case "rows":
			whole = true
			ok = itemsOf(value, func(item []byte) bool {
				row, ok := scanRow(item)
				f.rows = append(f.rows, row)
				return ok
			})
		default:
			ok = true
		}
		return ok
	})
	return ok && whole && f.room > 0 && f.from >= 0 && f.upto >= 0
}

func scanRow(data []byte) (row seenRow, ok bool) {
	ok = fieldsOf(data, func(key, value []byte) (ok bool) {
		switch string(key) {
		case "seq":
			row.seq, ok = number(value)
		case "n":
			row.n, ok = number(value)
		case "rev":
			row.rev, ok = number(value)
		case "by":
			row.by, ok = number(value)
		case "kind":
			row.kind, ok = text(value)
		case "key":
			row.key, ok = text(value)
		case "text":
			row.text, ok = text(value)
		default:
			ok = true
		}
		return ok
	})
	return row, ok && row.seq > 0 && row.rev > 0 && row.by > 0
}
