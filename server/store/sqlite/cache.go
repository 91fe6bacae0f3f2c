package sqlite

import (
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// cached is how many things of a kind the writer holds at least, before it lets go
// of the older ones. Twice as many it holds at most, and what one batch adds.
const cached = 16_384

// cache holds, by their keys, things that were used last: a young generation, and the one before it.
type cache[K comparable, V any] struct{ young, old map[K]V }

func (c *cache[K, V]) get(k K) (V, bool) {
	v, ok := c.young[k]
	if ok {
		return v, true
	}
	if v, ok = c.old[k]; ok {
		c.put(k, v)
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	if c.young == nil {
		c.young = make(map[K]V)
	}
	c.young[k] = v
}

func (c *cache[K, V]) drop(k K) {
	delete(c.young, k)
	delete(c.old, k)
}

// turn begins a new generation if the young one is full.
func (c *cache[K, V]) turn(full int) {
	if len(c.young) >= full {
		c.old, c.young = c.young, nil
	}
}

func (c *cache[K, V]) clear() { c.old, c.young = nil, nil }

// heldRoom is a room as the next transaction finds it.
type heldRoom struct {
	store.Room
	last [2]posted // its newest messages that are known, by different people
	tail chat.Seq  // its newest row, where the head does not say so yet
	wait waiting
}

// posted is a message that is there. No author: none.
type posted struct {
	by  chat.AccountID
	seq chat.Seq
}

// note takes down a new message.
func (h *heldRoom) note(by chat.AccountID, seq chat.Seq) {
	if h.last[0].by != by {
		h.last[1] = h.last[0]
	}
	h.last[0] = posted{by, seq}
}

// othersAfter reports whether it is known that somebody but account has posted
// after a seq.
func (h *heldRoom) othersAfter(account chat.AccountID, after chat.Seq) bool {
	return slices.ContainsFunc(h.last[:], func(p posted) bool {
		return p.by != 0 && p.by != account && p.seq > after
	})
}

// waiting says what of a thing is to be written still.
type waiting int

const (
	nothing waiting = iota
	common          // what changes with every post
	all
)

type memberKey struct {
	room    chat.RoomID
	account chat.AccountID
}

// heldMember is a membership as the next transaction finds it.
type heldMember struct {
	store.Member
	wait waiting
}

func (h *heldMember) of(k memberKey) bool { return h.Room == k.room && h.Account == k.account }

// withMarks is a membership with the marks of another.
func withMarks(m, marks store.Member) store.Member {
	m.Read, m.ReadN, m.Got = marks.Read, marks.ReadN, marks.Got
	return m
}

type rowKey struct {
	room chat.RoomID
	seq  chat.Seq
}

type sendKey struct {
	account chat.AccountID
	key     chat.Key
}

// heldRow is a new row that waits to be written.
type heldRow struct {
	room chat.RoomID
	chat.Row
}
