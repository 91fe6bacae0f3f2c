package ws

import (
	"slices"

	"parley/shared/chat"
)

// Queue is what waits for a connection, and the rules of what may: how much,
// what is dropped when it is too much, and the gates of rooms. It does no I/O,
// so that a simulated connection keeps the same rules. It is not safe for
// concurrent use.
type Queue struct {
	most  int  // bytes that may wait
	bare  bool // every item is a message of its own
	items []Item
	bytes int // of the items and of what is being written

	behind map[chat.RoomID]bool // live items are dropped; true: Sent has told
	gone   map[chat.RoomID]bool // the gate is shut, for items
	shut   map[chat.RoomID]bool // the gate is shut, as the peer was told so far: for answers
}

// NewQueue makes a queue of at most so many bytes. Bare gives out one item at
// a time.
func NewQueue(most int, bare bool) *Queue {
	return &Queue{
		most: most, bare: bare,
		behind: make(map[chat.RoomID]bool), gone: make(map[chat.RoomID]bool), shut: make(map[chat.RoomID]bool),
	}
}

// Pushed is what became of an item.
type Pushed int

// What becomes of items: Overflow says that one that must reach the peer does
// not fit, and that the connection is to be closed.
const (
	Queued Pushed = iota
	Dropped
	Overflow
)

// Push puts an item at the end, if the rules let it in.
func (q *Queue) Push(it Item) Pushed {
	if !q.admit(it) {
		return Dropped
	}
	if q.bytes+len(it.Data) > q.most && q.bytes > 0 {
		if it.Live {
			q.behind[it.Room] = false
			return Dropped
		}
		return Overflow
	}
	q.items = append(q.items, it)
	q.bytes += len(it.Data)
	return Queued
}

// admit applies the gate and the dropping of rooms that are behind.
func (q *Queue) admit(it Item) bool {
	if it.Room == 0 {
		return true
	}
	if it.Head {
		delete(q.gone, it.Room)
		delete(q.behind, it.Room)
		return true
	}
	if q.gone[it.Room] {
		return false
	}
	if it.Gone {
		q.gone[it.Room] = true
		delete(q.behind, it.Room)
		return true
	}
	_, behind := q.behind[it.Room]
	return !behind || !it.Live
}

// Shut reports whether an answer about a room must not be told any more. The
// gate is looked at when the answer is written: who was removed may have been
// told so since it was made.
func (q *Queue) Shut(room chat.RoomID) bool { return q.gone[room] || q.shut[room] }

// Empty reports whether nothing waits.
func (q *Queue) Empty() bool { return len(q.items) == 0 }

// Take removes items from the queue and joins them into one message of about
// chat.FrameAim. nil if nothing waits. size is what they counted in bytes: they
// count until Sent is told that they were written.
func (q *Queue) Take() (data []byte, size int) {
	n := 0
	for n < len(q.items) && (n == 0 || !q.bare && size+n+len(q.items[n].Data) <= chat.FrameAim) {
		size += len(q.items[n].Data)
		n++
	}
	if n == 0 {
		return nil, 0
	}
	if data = q.items[0].Data; n > 1 {
		data = append(make([]byte, 0, size+n), data...)
	}
	for i, it := range q.items[:n] {
		if i > 0 {
			data = append(append(data, '\n'), it.Data...)
		}
		switch {
		case it.Gone:
			q.shut[it.Room] = true
		case it.Head:
			delete(q.shut, it.Room)
		}
	}
	rest := copy(q.items, q.items[n:])
	clear(q.items[rest:])
	q.items = q.items[:rest]
	return data, size
}

// Sent ends what Take began. If nothing waits then, it returns, once for each
// spell, which rooms are behind.
func (q *Queue) Sent(size int) (behind []chat.RoomID) {
	q.bytes -= size
	if !q.Empty() {
		return nil
	}
	for room, told := range q.behind {
		if !told {
			q.behind[room] = true
			behind = append(behind, room)
		}
	}
	slices.Sort(behind)
	return behind
}
