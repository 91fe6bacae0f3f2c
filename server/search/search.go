// Package search is the contract of the index that finds rows by their words.
// Package fts implements it beside the embedded database, package pgts for several
// nodes; package searchtest holds both against it.
//
// An index is a hint, like the bus: it may know a row late, or know a text that
// the row no longer has. Who asks it reads each row from the store, together
// with the membership of whoever searches, and looks whether the text holds
// what is searched for (package words). So what was edited or recalled is not
// found from its commit on, and nobody finds what they may not see.
package search

import (
	"context"

	"parley/shared/chat"
	"parley/shared/words"
)

// Index finds rows by their words. It is safe for concurrent use.
type Index interface {
	// Changed says that rows of a room were committed. It does not block, and
	// may be called within store.Tx.OnCommit.
	Changed(room chat.RoomID)

	// Find returns rows that may hold what is asked for, the newest first,
	// strictly after the place that Ask.After names; and where to go on, 0 at
	// the end. There may be fewer rows than Ask.Limit, even none, before the
	// end: what one call does is bounded. The error is one of package store's.
	Find(ctx context.Context, ask Ask) (hits []Hit, next int64, err error)
}

// Ask is what an index is asked for.
type Ask struct {
	Tokens []words.Token // all of which the text must have; at least one
	Rooms  []chat.RoomID // where to look
	After  int64         // a place that Find returned; 0 for the beginning
	Limit  int           // how many hits, at least 1
}

// Hit is a row that may hold what was asked for. Its place is that of the next
// search that begins behind it.
type Hit struct {
	Room  chat.RoomID
	Seq   chat.Seq
	Place int64 // greater than 0
}
