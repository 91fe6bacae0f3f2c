// Package bus tells the nodes of a server what happened: rows that were
// committed, marks, typing, changes of an account's memberships and sessions,
// and who is connected where.
//
// The bus is a hint, the log is the truth. Between nodes an implementation may
// lose, repeat and reorder events; whoever listens compares revisions with the
// store and reads what is missing. Only speed is lost with an event (Promise
// 12). A node's own events are handed to it directly: of these none is lost.
//
// An event is addressed to a room, to an account, or to all nodes. A node
// listens to the rooms and accounts that it has connections for.
package bus

import (
	"context"

	"parley/shared/chat"
)

// Bus passes events between the nodes of a server. It is safe for concurrent
// use. bustest holds implementations against this contract.
type Bus interface {
	// Publish hands e to every node that listens to its address, this one
	// included. It never blocks on a listener and never fails visibly: a hint
	// that cannot be told is lost. Events for one address that are published
	// one after the other reach a node in that order, if they do. This node's
	// own handler, if it listens, has been called when Publish returns, whatever
	// becomes of the others; theirs may not be called before, since they may
	// need a lock that is held over a Publish there. After Close it does nothing.
	Publish(e Event)
	// Listen begins to receive the events of a topic: those of this node at
	// once, those of others when a Sync that began after it has returned nil.
	// It does not block. Listening twice is the same as once.
	Listen(t Topic)
	// Sync waits until all that was listened to before is heard from every
	// node, so that what the store says afterwards cannot be overtaken
	// unnoticed. An error says that the bus does not answer, or that ctx has
	// ended: then only comparing with the store helps. Nothing may be locked
	// that a handler needs.
	Sync(ctx context.Context) error
	// Ignore ends what Listen began, however often. Events that were published
	// before it returns may still come.
	Ignore(t Topic)
	// Lossy reports whether an event of another node may be lost although its
	// topic is listened to. Where one may, who listens compares revisions with the store from
	// time to time: the last event that was lost has no successor to show it.
	// The answer never changes.
	Lossy() bool
	// Close ends all listening and waits for the handler to return, after which
	// it is not called again. Closing twice is fine.
	Close() error
}

// Handler takes events. It must not block nor call Close, and may be called
// from several goroutines at once, that of Publish included. It may publish,
// listen and ignore.
type Handler func(Event)

// Topic is an address: of a room or of an account, the other is 0. The zero
// Topic is that of all nodes.
type Topic struct {
	Room    chat.RoomID
	Account chat.AccountID
}

// Event is something that happened. Exactly one of the fields behind Topic is
// set. What it points to is shared and must not be changed.
type Event struct {
	Topic Topic

	Rows   *Rows          // of a room: committed rows
	Mark   *chat.Mark     // of a room: somebody's marks grew
	Typing chat.AccountID // of a room: somebody is writing
	Head   bool           // of a room: its head changed without a row

	Room    chat.RoomID // of an account: its membership or settings there changed
	Revoked int64       // of an account: this session was ended
	Friend  *Friend     // of an account: it is told of somebody's presence, or no longer

	Roster *Roster // of all nodes: who is connected to one of them
	// Of all nodes, from the bus itself: it may have lost anything until now.
	// Never published.
	Gap bool
}

// Unknown is the Rows.From of rows that a bus did not carry, since they are too
// large or of another release: whoever listens reads them from the store.
const Unknown chat.Rev = -1

// Rows are the rows of one operation: all that changed in (From, Upto].
type Rows struct {
	From, Upto chat.Rev
	Rows       []chat.Row  // ascending by Rev
	Users      []chat.User // whom the rows name
	Account    chat.AccountID
	Keys       []chat.Key // the operations of Account that the rows settle
}

// Friend says that an account is told from now on whether User is connected,
// or, if Parted, that it is not any more.
type Friend struct {
	User   chat.AccountID
	Parted bool
}

// Roster says who is connected to a node. Version grows by one with each
// change, and is repeated at intervals, so that who missed a change notices and
// asks for the whole.
type Roster struct {
	Node    int64 // who tells: drawn when the node starts
	Version uint64
	Ask     int64 // only this: that node is asked for the whole

	On, Off []chat.AccountID // what changed with Version
	// A whole comes in parts, one after the other: On is everybody in this one.
	// Parts is 0 for what is not a whole.
	Part, Parts int
}
