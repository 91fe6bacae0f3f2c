package store

import "parley/shared/chat"

// Options are what every implementation takes.
type Options struct {
	// Random fills a slice with random bytes, for Meta of a new database.
	Random func([]byte)
	// Fatal is called once, from any goroutine, when a sync has failed. The
	// process should end: what the disk holds is no longer known.
	Fatal func(error)
}

// Account is an account as it is stored.
type Account struct {
	chat.Account
	Password string    // an encoded argon2id hash; empty for guests
	Rev      int64     // +1 for each membership that came, went or changed its role, and each session that ended
	Made     chat.Time // when the account was made
	Seen     chat.Time // when it was last connected
}

// PeopleCursor is a place in the order of Reader.People.
type PeopleCursor struct {
	Seen chat.Time
	ID   chat.AccountID
}

// Session is a signed-in browser or program. Only the hash of its token is
// stored.
type Session struct {
	ID      int64 // random, in [1, chat.MaxID]
	Hash    [32]byte
	Account chat.AccountID
	Agent   string // what the program called itself at signing in
	Made    chat.Time
	Seen    chat.Time // when it was last used, to the day or finer
	Expires chat.Time
}

// Push is where a session is told what happens while its page is closed (RFC
// 8030): a push service's address and the keys that only the browser can open
// a message with (RFC 8291), both in unpadded URL-safe base64.
type Push struct {
	Session  int64
	Account  chat.AccountID // the session's
	Endpoint string
	P256dh   string
	Auth     string
	Text     bool   // whether messages may be told in their words
	Locale   string // in which language, where the account names none
}

// Room is a room as it is stored.
type Room struct {
	ID      chat.RoomID
	Kind    string
	Name    string            // groups and open rooms
	About   string            // groups and open rooms
	Pair    [2]chat.AccountID // direct rooms: the lower id first
	Posted  [2]bool           // direct rooms: which of Pair has ever posted
	Members int               // those with RoleBanned left out
	Joins   int64             // how many have ever joined: the Joined of who is next
	Pins    []chat.Seq        // pinned rows, the newest pin last
	Reports int               // how many there are, see Report
	Seq     chat.Seq
	N       chat.Count
	Rev     chat.Rev
	Made    chat.Time
	At      chat.Time // of the newest row, or Made
}

// Peer returns the other one of a direct room.
func (r Room) Peer(account chat.AccountID) chat.AccountID {
	if r.Pair[0] == account {
		return r.Pair[1]
	}
	return r.Pair[0]
}

// RoleBanned is the role of somebody who was removed from an open room and
// stays out until added again. They are no member: only Reader.Member tells
// of them.
const RoleBanned = "banned"

// Member is somebody's membership of a room.
type Member struct {
	Room    chat.RoomID
	Account chat.AccountID
	Role    string
	Read    chat.Seq
	ReadN   chat.Count
	Got     chat.Seq
	Muted   bool
	Top     bool
	Hidden  chat.Count // hidden while Room.N is less than that; 0 not
	Unread  bool       // marked as unread
	Blocked bool       // direct rooms: takes nothing from the other
	Mention chat.Seq   // of the newest row of somebody else that mentions the account
	Joined  int64      // grows in the order of joining within a room
}

// Head is what a member's list needs of a room.
type Head struct {
	Room   Room
	Member Member
	Other  *Member   // direct rooms: the other one
	Last   *chat.Row // the row of Room.Seq, whole; nil in an empty room
}

// File is what is kept of an uploaded file beside its content.
type File struct {
	chat.File
	Account chat.AccountID // that uploaded it
	At      chat.Time
	Thumb   string   // the media type of its thumbnail; "" for none
	Space   int64    // how many bytes of its uploader's space it is counted as
	Hash    [32]byte // of the content as it came, keyed with Meta.Secret
	Blob    string   // names the content; files of the same content share it
}

// Report is a row that somebody brought before the moderators.
type Report struct {
	ID     int64 // random, in [1, chat.MaxID]
	Room   chat.RoomID
	Seq    chat.Seq
	By     chat.AccountID
	At     chat.Time
	Reason string
}

// Reported is a report with what there is to know of it.
type Reported struct {
	Report
	Kind     string    // of the room
	Name     string    // of the room; empty in direct ones
	Reporter chat.User // Report.By
	Author   chat.User // of the row
	Row      chat.Row  // as it is now
}

// Send is the memory of an operation (post, edit, recall) under its key.
type Send struct {
	Account chat.AccountID
	Key     chat.Key
	Room    chat.RoomID
	Seq     chat.Seq // the row that it made or changed
	Hash    [32]byte // of its content, keyed with Meta.Secret
}

// Place is how far somebody follows a room: they have all rows up to Seq, in
// the form that these had at Rev.
type Place struct {
	Seq chat.Seq
	Rev chat.Rev
}

// RoomPlace is a room and the place at its head.
type RoomPlace struct {
	Room chat.RoomID
	Place
}
