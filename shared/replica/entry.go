package replica

import "parley/shared/chat"

// Op is what an entry of the outbox does.
type Op string

// The operations.
const (
	OpPost   Op = "post"
	OpEdit   Op = "edit"
	OpRecall Op = "recall"
	OpReact  Op = "react"
)

// State is how far an entry has come.
type State string

// The states of an entry. Storing, Queued and Sending are the clock of the
// screen (of which only Queued and Sending promise anything), Settled the one
// tick, Failed the red one.
const (
	Storing State = "storing" // being written to this device's storage
	Queued  State = "queued"  // stored on this device
	Sending State = "sending" // in flight
	Settled State = "settled" // stored by the server; shown until its row is
	Failed  State = "failed"  // refused: Code and Message say why
)

// Entry is something that the user wrote and that the log does not show yet.
// Entries are immutable: one that changes is replaced.
type Entry struct {
	Order int64 // ascending in the outbox, never used twice
	Key   chat.Key
	Room  chat.RoomID
	Op    Op
	Epoch string // under which Seq and Reply mean something
	At    chat.Time

	Seq      chat.Seq         // edit, recall, react: the row
	Text     string           // post, edit
	Files    []Attachment     `json:",omitempty"` // post
	Reply    chat.Seq         // post
	Mentions []chat.AccountID `json:",omitempty"` // post
	Emoji    string           // react
	On       bool             // react

	State   State
	Code    chat.Code // failed
	Message string    // failed
}

// namesSeq reports whether the entry means something in its epoch only.
func (e *Entry) namesSeq() bool { return e.Op != OpPost || e.Reply != 0 }

// waiting reports whether the server has not answered for the entry yet.
func (e *Entry) waiting() bool {
	return e.State == Storing || e.State == Queued || e.State == Sending
}
