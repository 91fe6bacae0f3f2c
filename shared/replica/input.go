package replica

import (
	"parley/shared/chat"
	"parley/shared/wire"
)

// Input is something that happened. It is one of the structs of this file,
// passed by value.
type Input interface{ input() }

// Restore brings back what was stored. It comes once, before anything else.
// Rooms whose rows are read later (Held) come without a window.
type Restore struct {
	Me     chat.Account // as of the last welcome
	Epoch  string
	Users  []chat.User
	Rooms  []StoredRoom
	Outbox []Entry // ascending by Order
}

// StoredRoom is a room as SaveRoom stored it.
type StoredRoom struct {
	Head   chat.Head
	Window bool     // whether there is a window
	Cursor chat.Rev // of the window
	Rows   []chat.Row
	Told   chat.Seq // how far the server is known to hold the own read mark
}

// Stored says that these outbox entries are on disk.
type Stored struct{ Keys []chat.Key }

// Unsaved says that these outbox entries could not be stored, and why.
type Unsaved struct {
	Keys    []chat.Key
	Message string
}

// Held is a room as it is stored now: read when it is opened, when the user
// looks further back, or after another tab has stored something.
type Held struct{ Room StoredRoom }

// Keep has a room get a window, and so be kept current, though the user does
// not look at it.
type Keep struct{ Room chat.RoomID }

// Outbox is the outbox as it is stored now, all of it: read after another tab
// has changed it.
type Outbox struct{ Entries []Entry } // ascending by Order

// Sender says whether this replica may send its outbox. Of several tabs that
// share an outbox one sends; a replica that was told nothing does.
type Sender struct{ On bool }

// Tick lets waits end. Wake says when one is due; more of them do no harm.
type Tick struct{}

// Opened says that a socket is open: hello may be sent.
type Opened struct{}

// Closed says that the socket is gone.
type Closed struct{}

// Received is a frame from the server. A nil Frame (of an unknown type) is
// ignored.
type Received struct{ Frame wire.Frame }

// Compose posts a message. Key is a fresh UUIDv7. The contents of the Files that
// have no ID are stored together with the entry.
type Compose struct {
	Room     chat.RoomID
	Key      chat.Key
	Text     string
	Reply    chat.Seq
	Mentions []chat.AccountID
	Files    []Attachment
}

// Edit replaces the text of one's own row: what it says, or says of its files.
type Edit struct {
	Room chat.RoomID
	Seq  chat.Seq
	Key  chat.Key
	Text string
}

// Recall takes a row back.
type Recall struct {
	Room chat.RoomID
	Seq  chat.Seq
	Key  chat.Key
}

// React sets or takes back one's own reaction. Key names the entry on this
// device only: the protocol gives reactions no key.
type React struct {
	Room  chat.RoomID
	Seq   chat.Seq
	Key   chat.Key
	Emoji string
	On    bool
}

// Retry sends a failed entry again, after everything that is queued.
type Retry struct{ Key chat.Key }

// Uploaded says that an Upload is done. File is as the server has it.
type Uploaded struct {
	Key  chat.Key
	N    int
	File chat.File
}

// NotUploaded says that an Upload failed. With the code unavailable (no answer
// came), slow_down or unauthorized it is tried again, after Retry ms at the
// earliest; with any other the entry has failed.
type NotUploaded struct {
	Key     chat.Key
	N       int
	Code    chat.Code
	Message string
	Retry   chat.Time
}

// Discard forgets an entry that failed, waits for uploads, or was never sent:
// see MayDiscard.
type Discard struct{ Key chat.Key }

// Read says that the user has seen the rows up to Seq. That takes a mark as
// unread away as far as the room has news; else OpenRoom does. (That rows have arrived,
// the mark `got`, is told by itself.)
type Read struct {
	Room chat.RoomID
	Seq  chat.Seq
}

// Typing says that the user is writing; call it for every keystroke, it is
// told at most every 3 s.
type Typing struct{ Room chat.RoomID }

// OpenRoom says that the user looks at a room: it gets a window, and is no
// longer marked as unread. The room need not be known yet.
type OpenRoom struct{ Room chat.RoomID }

// CloseRoom says that the user has left the room's screen. The window stays
// and is kept current, cut to its newest rows.
type CloseRoom struct{ Room chat.RoomID }

// LoadOlder asks for the page of history before what is shown: the window, or
// what is Elsewhere.
type LoadOlder struct{ Room chat.RoomID }

// JumpTo shows a row of a room that is open. If the window does not reach back
// to it, the rows around it are loaded, and shown Elsewhere.
type JumpTo struct {
	Room chat.RoomID
	Seq  chat.Seq
}

// LoadNewer asks for the page after what is Elsewhere.
type LoadNewer struct{ Room chat.RoomID }

// JumpLatest shows the window again.
type JumpLatest struct{ Room chat.RoomID }

// Quote says that a row before what is held is being asked for by HTTP, because
// something on the screen quotes it: see MayQuote.
type Quote struct {
	Room chat.RoomID
	Seq  chat.Seq
}

// Quoted is the page, with the row in it, that came for a Quote.
type Quoted struct{ Page wire.Page }

// Entered is a head (and the people in it) that came by HTTP: a room made,
// found or entered.
type Entered struct {
	Head  chat.Head
	Users []chat.User
}

// Members is a room's list of members that came by HTTP: who has read how far.
type Members struct {
	Room    chat.RoomID
	Members []chat.Member
}

// People are users that came by HTTP.
type People struct{ Users []chat.User }

// Profile is one's own account as it came by HTTP, after a change.
type Profile struct{ Me chat.Account }

func (Restore) input()     {}
func (Stored) input()      {}
func (Unsaved) input()     {}
func (Uploaded) input()    {}
func (NotUploaded) input() {}
func (Held) input()        {}
func (Keep) input()        {}
func (Outbox) input()      {}
func (Sender) input()      {}
func (Tick) input()        {}
func (Opened) input()      {}
func (Closed) input()      {}
func (Received) input()    {}
func (Compose) input()     {}
func (Edit) input()        {}
func (Recall) input()      {}
func (React) input()       {}
func (Retry) input()       {}
func (Discard) input()     {}
func (Read) input()        {}
func (Typing) input()      {}
func (OpenRoom) input()    {}
func (CloseRoom) input()   {}
func (LoadOlder) input()   {}
func (JumpTo) input()      {}
func (LoadNewer) input()   {}
func (JumpLatest) input()  {}
func (Quote) input()       {}
func (Quoted) input()      {}
func (Entered) input()     {}
func (Members) input()     {}
func (People) input()      {}
func (Profile) input()     {}
