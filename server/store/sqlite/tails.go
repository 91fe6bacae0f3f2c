package sqlite

import (
	"bytes"
	"maps"
	"slices"
	"sync"

	"parley/shared/chat"
)

// tails holds the newest rows of rooms that were asked for lately. Most rooms of
// a list have nothing new when it is asked for again, and to find a room's last
// row takes as long as everything else that a head is made of; and what is asked
// for when a room is opened is its newest page.
//
// They are held with the revision that the room had. Whatever changes of a row,
// its room takes the next revision in the same transaction, and what is
// committed is never taken back: so the rows are the right ones wherever the
// room is read with that revision, and nobody has to say when they are not. Only
// what is committed may be held, which what the writer reads is not.
type tails struct {
	mu         sync.Mutex
	young, old map[chat.RoomID]tail // those used last, and those before them
	size       int                  // of the young, in bytes, about
}

// tail is what is held of a room. Its rows are nobody else's.
type tail struct {
	rev   chat.Rev
	rows  []chat.Row // ascending by Seq
	whole bool       // there are no others
}

const (
	// maxTails is how large the young may become before they are the old, in
	// bytes. What is held is at most twice as large.
	maxTails = 8 << 20

	// maxTail is how many rows of a room are held.
	maxTail = chat.DefaultPage
)

// find returns the newest n rows of a room with that revision, if they are held.
func (t *tails) find(room chat.RoomID, rev chat.Rev, n int) ([]chat.Row, bool) {
	t.mu.Lock()
	held, young := t.young[room]
	if !young {
		held = t.old[room]
	}
	found := held.rev == rev && (held.whole || len(held.rows) >= n)
	if found && !young {
		t.put(room, held)
	}
	t.mu.Unlock()
	if !found {
		return nil, false
	}
	return copyRows(held.rows[max(0, len(held.rows)-n):]), true
}

// hold holds a room's newest rows, of which n were asked for.
func (t *tails) hold(room chat.RoomID, rev chat.Rev, rows []chat.Row, n int) {
	if n > maxTail {
		return
	}
	it := tail{rev, copyRows(rows), len(rows) < n}
	t.mu.Lock()
	defer t.mu.Unlock()
	if held := t.young[room]; held.rev < rev || held.rev == rev && len(held.rows) < len(rows) {
		t.put(room, it)
	}
}

// put makes a tail one of the young. t.mu is held.
func (t *tails) put(room chat.RoomID, it tail) {
	if t.size > maxTails {
		t.old, t.young, t.size = t.young, nil, 0
	}
	if t.young == nil {
		t.young = make(map[chat.RoomID]tail)
	}
	t.size += it.size() - t.young[room].size()
	t.young[room] = it
}

// size is about what a tail takes in memory, in bytes.
func (t tail) size() int {
	size := 100
	for i := range t.rows {
		row := &t.rows[i]
		size += 300 + len(row.Text) + len(row.Card) + 200*len(row.Files) + 8*len(row.Mentions)
		for emoji, who := range row.Reactions {
			size += 100 + len(emoji) + 8*len(who)
		}
	}
	return size
}

// copyRows copies rows with all that they refer to.
func copyRows(rows []chat.Row) []chat.Row {
	rows = slices.Clone(rows)
	for i := range rows {
		row := &rows[i]
		row.Files, row.Card, row.Mentions = slices.Clone(row.Files), bytes.Clone(row.Card), slices.Clone(row.Mentions)
		if row.System != nil {
			system := *row.System
			row.System = &system
		}
		row.Reactions = maps.Clone(row.Reactions)
		for emoji, who := range row.Reactions {
			row.Reactions[emoji] = slices.Clone(who)
		}
	}
	return rows
}
