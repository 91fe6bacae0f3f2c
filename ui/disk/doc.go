// Package disk is what one account keeps on this device: its replica, what it
// has begun to write, and what it has not yet sent.
//
// # Who owns what
//
// A Store belongs to one account and one tab. It decides what is written and
// how it is merged; below it an engine, IndexedDB in a browser and a map
// elsewhere, holds tables of text by key and runs transactions. The database of
// an account is called after its id, so that nothing of two accounts can ever
// meet. A Queue does the work of a Store in order beside the UI goroutine; its
// owner closes it. Tabs of one account share a database and hear of each
// other's changes through Tabs.
//
// # What is promised
//
// Save carries out the effects of a replica in their order, in one transaction:
// rows, cursor and the outbox entries that they settle are stored together or
// not at all. When Save returns without an error, entries of the outbox are
// flushed to disk (strict durability), and may be called queued (Promise 6).
//
// Each transaction reads what is stored and merges, for another tab may have
// been there: rows by higher rev, the cursor only forward, the window of a room
// contiguous, a reset only if it is ahead. What another tab's connection knows
// under another epoch is left alone. Rows that do not continue what is stored
// are not written; Save names their rooms, and is then given them whole.
//
// What an entry has of files that are not uploaded (Attach) is stored with it, in
// the same transaction, and deleted with it. An id that a file has got stays, if
// another tab has uploaded the same file since: Save names such entries, whose
// ids are then to be read.
//
// What has come from the server waits in the Queue for a twentieth of a second,
// unless something else is queued behind it or the page is about to go: a
// message is drawn before it is stored, and a mark and the answer to it are one
// transaction. If the page dies before, they come from the server again.
//
// The newest 500 rows of each of the 200 most recent rooms are kept, and what
// was scrolled to while a room is open (Tidy, and SaveRoom.First).
//
// What cannot be read, or has another format, is thrown away and comes again
// from the server. The outbox and drafts are not: nobody else has them.
package disk
