package replica

import (
	"parley/shared/chat"
	"parley/shared/wire"
)

// Effect is something for the owner to do. It is one of the structs of this
// file, by value. Effects are carried out in the order in which Step gave them.
type Effect interface{ effect() }

// Transmit sends a frame on the open socket. If the socket has died, drop it:
// Closed is on its way.
type Transmit struct{ Frame wire.Frame }

// Hangup closes the socket. Code is the close code that the server would have
// used: wire.CloseNotSigned says that the connection is another account's.
type Hangup struct {
	Code   int
	Reason string
}

// Refused says that an intent was not taken: nothing is queued, the text stays
// in the composer.
type Refused struct {
	Room    chat.RoomID
	Key     chat.Key
	Code    chat.Code
	Message string
}

// SaveMeta stores whose data this is and the epoch of all seqs and revs. Reset
// first drops all rooms and rows, but not the outbox.
type SaveMeta struct {
	Me    chat.Account
	Epoch string
	Reset bool
}

// SaveRoom stores what changed in a room, in one transaction: the head, the
// rows by seq, the cursor, and the outbox entries that are done. First drops
// stored rows below that seq. Reset drops all stored rows before the new ones
// are put; Drop forgets the room. Rows continue a window whose cursor was From.
type SaveRoom struct {
	Room   chat.RoomID
	Head   *chat.Head // nil if it has not changed
	Told   chat.Seq
	Window bool
	From   chat.Rev // the cursor as of the last SaveRoom, without Reset
	Cursor chat.Rev
	First  chat.Seq
	Rows   []*chat.Row
	Reset  bool
	Drop   bool
	Done   []chat.Key
}

// SaveUsers stores people.
type SaveUsers struct{ Users []chat.User }

// SaveOutbox stores entries, flushed to disk (strict durability). The owner
// reports their keys with Stored. Entries that are Storing are waited for; the
// others (failed, or settled) are updates.
type SaveOutbox struct{ Entries []*Entry }

// Upload uploads a file, the N-th of the entry of that key, whose content is in
// the storage. The owner reports with Uploaded or NotUploaded, once, unless
// StopUpload comes before.
type Upload struct {
	Room chat.RoomID
	Key  chat.Key
	N    int
	File chat.File
}

// StopUpload ends an upload that is not wanted any longer.
type StopUpload struct {
	Key chat.Key
	N   int
}

// Changed says what to look at again.
type Changed struct {
	List   bool          // Rooms
	Rooms  []chat.RoomID // their Timeline, Shown, ReadBy, Typing
	People bool          // User, Presence
	Status bool          // Live, Me, Waiting
}

func (Transmit) effect()   {}
func (Hangup) effect()     {}
func (Refused) effect()    {}
func (SaveMeta) effect()   {}
func (SaveRoom) effect()   {}
func (SaveUsers) effect()  {}
func (SaveOutbox) effect() {}
func (Upload) effect()     {}
func (StopUpload) effect() {}
func (Changed) effect()    {}
