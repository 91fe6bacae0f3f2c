package main

import "testing"

// TestPace lets posters run ahead of the slowest reader by so many posts and no
// further.
func TestPace(t *testing.T) {
	l := newLedger(42, 7, 5, 4, &tally{})
	fast, slow := &reader{ledger: l, cursor: 7}, &reader{ledger: l, cursor: 7}
	l.limit(4, nil)
	l.pace.readers, l.pace.behind = []*reader{fast, slow}, 2
	sent := 0
	post := func() { l.pace.when(2, func() { sent += 2 }) }
	move := func(r *reader, to int64) {
		from := r.cursor
		r.cursor = to
		l.pace.moved(from)
	}
	for range 4 {
		post()
	}
	if sent != 4 {
		t.Errorf("%d posts go at once", sent)
	}
	if move(fast, 11); sent != 4 {
		t.Errorf("%d posts while one has none of them", sent)
	}
	if move(slow, 8); sent != 4 {
		t.Errorf("%d posts while there is room for one, of two in a send", sent)
	}
	if move(slow, 9); sent != 6 {
		t.Errorf("%d posts when both have two", sent)
	}
	if move(slow, 11); sent != 8 {
		t.Errorf("%d posts when both have four", sent)
	}
}
