// Package replica is the client half of the protocol as a pure state machine:
// it holds what a client knows of the rooms of one account, decides what to
// ask and what to send, and says what has changed. It does no I/O, reads no
// clock, starts no goroutine and draws no random number.
//
// # Driving it
//
// The owner (the UI's model, a test, the simulation) calls Step with the time
// and one Input: something that happened on the connection, in the storage, or
// under the user's fingers. Step returns Effects, to be carried out in their
// order after it has returned: frames to transmit, things to persist, and a
// Changed that says what to look at again. A Replica is not safe for use from
// several goroutines; views must be read where Step is called.
//
// The time is milliseconds since 1970 by the device's clock. It dates entries
// for display and measures short waits; a clock that jumps ends a wait early
// and does nothing else (Promise 13). Wake says when the next Tick is due.
//
// # Connection
//
// Opened makes the replica say hello with its cursors; nothing is applied and
// nothing else is sent before the welcome has shown that the connection is the
// account's. Closed drops what is bound to a connection (pulls, pages, parts
// of answers, sends in flight) and nothing else: everything unsettled is sent
// again under its key after the next welcome. When to dial, how long to wait
// between tries, and to hang up after 40 s of silence is the business of the
// link, which sees the bytes, and not decided here.
//
// # What is held
//
// Of every room its head. Of a room that was opened also a window: contiguous
// rows up to the cursor, the revision at which they are exactly what the log
// held (Promise 4). Frames that continue the cursor are applied, old ones
// ignored, gaps pulled, one pull at a time in a room. The parts of an answer
// are applied together; each of them carries the from, upto and reset of the
// whole. Pages of history are merged when the cursor is where they were read,
// with the changes kept that came meanwhile.
//
// The protocol pages back by seq, and seqs are dense: the rows around seq s are
// the page before s and half a page. A room on the screen may hold such rows
// elsewhere, too far back to be part of the window: a second contiguous window,
// at the same cursor, that pages extend both ways and the changes of rows
// follow as they do in the window. When it meets the window it is joined to
// it; a reset, after which nobody knows what has changed there, has it loaded
// again; and a window that has grown too long by scrolling back leaves its
// newest rows behind and becomes one elsewhere. It is never stored: what is
// on disk stays contiguous, and ends at the cursor.
//
// What a message on the screen replies to may lie before all of these: such
// rows are asked for one by one (Quote), held alone, and follow the changes like
// the others, so that a quote shows no text that was recalled.
//
// # What is written
//
// A post, edit, recall or reaction becomes an Entry of the outbox. It is
// Storing until the owner reports with Stored that SaveOutbox is durable, and
// only then Queued and sent (Promise 6). Entries of a room go in their order,
// one frame in flight; queued posts go together in the next. An entry is
// Settled when the server shows its key, and leaves when the cursor has reached
// its row, so that nothing flickers; or it is Failed with the server's reason,
// stays visible, and waits for Retry or Discard. What names a seq belongs to an
// epoch and fails here under another.
//
// # Files
//
// A post may have files that are not uploaded yet. Their contents are not the
// replica's: they are stored with the entry, in the same transaction, and go
// with it. Once the entry is Queued, and while this replica is the sender and
// live, Upload effects go out, two at a time. The id that an Uploaded brings is
// kept in the entry and stored; with the last one the entry is Storing once
// more, and sent when its ids are durable. So a client that is killed anywhere
// never posts two sets of ids under one key, which would be a conflict. Where
// two tabs have uploaded the same file, the id that was stored first counts.
//
// The order of a room holds for files too: what is written after an entry that
// still uploads waits for it, until it is sent, has failed, or is given up with
// Discard. Uploads that fail for now are tried again after a while that doubles,
// and at once after a welcome.
//
// # What is shown
//
// Views (Rooms, Timeline, …) hand out pointers to immutable values and slices
// of them without copying: a row, entry or summary that changes is replaced by
// a new one, so an unchanged pointer is an unchanged value. The slices are the
// replica's own: valid until the next Step, and not to be written to. Version
// numbers grow with every change of what is shown, so that a component that
// has seen a version need not look again.
//
// # What is stored
//
// SaveMeta, SaveRoom and SaveOutbox each are one transaction, to be done in
// their order; Restore brings the result back at a cold start, before Opened.
// Rows, cursor and the outbox entries that they settle are in one SaveRoom.
package replica
