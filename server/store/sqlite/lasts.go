package sqlite

import (
	"sync"

	"parley/shared/chat"
)

// lasts holds the newest rows of the rooms in lists that were asked for lately:
// most rooms of a list have nothing new when it is asked for again, and to find
// a room's last row takes as long as everything else that a head is made of.
//
// Each is held with the revision that its room had. Whatever changes of a row,
// its room takes the next revision in the same transaction, and what is
// committed is never taken back: so the row is the right one wherever the room
// is read with that revision, and nobody has to say when it is not. Only what
// is committed may be held, which what the writer reads is not.
type lasts struct {
	mu   sync.Mutex
	rows cache[chat.RoomID, last]
}

type last struct {
	rev chat.Rev
	row chat.Row
}

// maxLast is the longest text that is held, in bytes.
const maxLast = 512

// get returns a copy of the newest row of a room with that revision, if it is
// held.
func (l *lasts) get(room chat.RoomID, rev chat.Rev) *chat.Row {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, ok := l.rows.get(room)
	if !ok || held.rev != rev {
		return nil
	}
	row := held.row
	return &row
}

// put holds a row, unless it has what a copy would share, or much text.
func (l *lasts) put(room chat.RoomID, rev chat.Rev, row *chat.Row) {
	if row.Files != nil || row.Card != nil || row.Reactions != nil || row.Mentions != nil || row.System != nil || len(row.Text) > maxLast {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows.put(room, last{rev, *row})
	l.rows.turn()
}
