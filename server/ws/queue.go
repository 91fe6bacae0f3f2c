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

	// Made when they are needed: most connections are never slow.
	behind map[chat.RoomID]bool // live items are dropped; true: Sent has told
	gone   map[chat.RoomID]bool // the gate is shut, for items
	shut   map[chat.RoomID]bool // the gate is shut, as the peer was told so far: for answers
}

// NewQueue makes a queue of at most so many bytes. Bare gives out one item at
// a time.
func NewQueue(most int, bare bool) *Queue { return &Queue{most: most, bare: bare} }

// set sets a flag of a room, in a map that may have to be made.
func set(m *map[chat.RoomID]bool, room chat.RoomID, to bool) {
	if *m == nil {
		*m = make(map[chat.RoomID]bool)
	}
	(*m)[room] = to
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
	if q.bytes+len(it.Message) > q.most && q.bytes > 0 {
		if it.Live {
			set(&q.behind, it.Room, false)
			return Dropped
		}
		return Overflow
	}
	q.items = append(q.items, it)
	q.bytes += len(it.Message)
	return Queued
}

// Pass is Push and Take at once, for an item that nothing waits before: it is
// written now, if Pass says so. It does not count, unless Hold is called.
func (q *Queue) Pass(it Item) bool {
	if !q.admit(it) {
		return false
	}
	q.told(it)
	return true
}

// Hold counts so many bytes, until Sent, as those that Take returned are.
func (q *Queue) Hold(size int) { q.bytes += size }

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
		set(&q.gone, it.Room, true)
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
func (q *Queue) Take() (m Message, size int) {
	n, text := 0, 0 // text: bytes of the message that they make
	for n < len(q.items) {
		more := len(q.items[n].Message.Text())
		if n > 0 && (q.bare || text+1+more > chat.FrameAim) {
			break
		}
		text += 1 + more
		size += len(q.items[n].Message)
		n++
	}
	if n == 0 {
		return nil, 0
	}
	m = q.items[0].Message
	if n > 1 {
		m = join(q.items[:n], text)
	}
	for _, it := range q.items[:n] {
		q.told(it)
	}
	if n == len(q.items) {
		q.items = nil // that a queue was long once is no reason to keep its memory
		return m, size
	}
	rest := copy(q.items, q.items[n:])
	clear(q.items[rest:])
	q.items = q.items[:rest]
	return m, size
}

// join makes one message of items.
func join(items []Item, size int) Message {
	buffer := Begin(size)
	for i, it := range items {
		if i > 0 {
			buffer = append(buffer, '\n')
		}
		buffer = append(buffer, it.Message.Text()...)
	}
	return Seal(buffer)
}

// told notes what an item that is written says of its room's gate.
func (q *Queue) told(it Item) {
	switch {
	case it.Gone:
		set(&q.shut, it.Room, true)
	case it.Head:
		delete(q.shut, it.Room)
	}
}

// Sent ends what Take or Hold began. If nothing waits then, it returns, once for
// each spell, which rooms are behind.
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
