package chat

import "encoding/json"

// Kinds of accounts.
const (
	KindGuest  = "guest"  // a name only, bound to one browser
	KindMember = "member" // has a password
	KindFormer = "former" // was deleted: only the id is left, and what they wrote
)

// Kinds of rooms.
const (
	KindDirect = "direct" // exactly two people, found by the pair
	KindGroup  = "group"  // members only
	KindOpen   = "open"   // named; anyone signed in may enter
)

// Kinds of rows.
const (
	KindText   = "text"
	KindFile   = "file"
	KindCard   = "card"
	KindSystem = "system"
)

// Roles of members.
const (
	RoleOwner     = "owner"
	RoleModerator = "moderator"
	RoleMember    = "member"
)

// Events of system rows.
const (
	EventMade    = "made"    // a group was made by Row.By
	EventJoined  = "joined"  // System.Account was added by Row.By
	EventLeft    = "left"    // System.Account left
	EventRemoved = "removed" // System.Account was removed by Row.By
	EventRenamed = "renamed" // the room's name is now System.Text
	EventRole    = "role"    // System.Account's role is now System.Text
)

// Account is a person as they see themselves.
type Account struct {
	ID       AccountID       `json:"id"`
	Kind     string          `json:"kind"`
	Name     string          `json:"name"`
	Username string          `json:"username,omitempty"`
	Avatar   string          `json:"avatar,omitempty"`
	Locale   string          `json:"locale,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"` // a JSON object that the client owns; at most MaxSettings bytes
}

// User is a person as others see them.
type User struct {
	ID     AccountID `json:"id"`
	Name   string    `json:"name"`
	Avatar string    `json:"avatar,omitempty"`
	Kind   string    `json:"kind"`
}

// User returns what others may see of a.
func (a Account) User() User {
	return User{ID: a.ID, Name: a.Name, Avatar: a.Avatar, Kind: a.Kind}
}

// Row is a message or a system event in the form that it has at revision Rev.
// A row of a higher Rev replaces one of a lower. The body of a recalled row
// (Text, Files, Card, Reply, Mentions, Reactions) is gone.
type Row struct {
	Seq       Seq                    `json:"seq"`
	N         Count                  `json:"n"` // messages of the room up to here, system rows left out
	Rev       Rev                    `json:"rev"`
	Key       Key                    `json:"key"`
	By        AccountID              `json:"by"`
	At        Time                   `json:"at"`
	Kind      string                 `json:"kind"`
	Text      string                 `json:"text"`
	Reply     Seq                    `json:"reply,omitempty"`
	Mentions  []AccountID            `json:"mentions,omitempty"` // members whom it calls by name; an edit leaves them
	Files     []File                 `json:"files,omitempty"`
	Card      json.RawMessage        `json:"card,omitempty"`
	Edited    Time                   `json:"edited,omitempty"`
	Recalled  Time                   `json:"recalled,omitempty"`
	Reactions map[string][]AccountID `json:"reactions,omitempty"` // by emoji, in the order they were given
	System    *System                `json:"system,omitempty"`
}

// System says what a system row is about.
type System struct {
	Event   string    `json:"event"`
	Account AccountID `json:"account,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// File is an uploaded file as a row refers to it. Size is in bytes, Width and
// Height in pixels, Length in milliseconds.
type File struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Length int64  `json:"length,omitempty"`
}

// Post is what a client asks to be stored as a new row.
type Post struct {
	Key      Key             `json:"key"`
	Text     string          `json:"text,omitempty"`
	Reply    Seq             `json:"reply,omitempty"`
	Mentions []AccountID     `json:"mentions,omitempty"` // at most MaxMentions; who is no member is left out of the row
	Files    []string        `json:"files,omitempty"`    // ids of uploaded files
	Card     json.RawMessage `json:"card,omitempty"`
}

// Head is a room as one member sees it: everything that a list needs.
// Unread messages are N - ReadN.
type Head struct {
	ID         RoomID    `json:"id"`
	Kind       string    `json:"kind"`
	Name       string    `json:"name"` // empty in direct rooms, which are called after the peer
	Peer       AccountID `json:"peer,omitempty"`
	About      string    `json:"about,omitempty"`
	Members    int       `json:"members"`
	Rev        Rev       `json:"rev"`
	Seq        Seq       `json:"seq"`
	N          Count     `json:"n"`
	Read       Seq       `json:"read"`
	ReadN      Count     `json:"read_n"`
	Got        Seq       `json:"got"`
	OthersRead Seq       `json:"others_read,omitempty"` // direct rooms only
	OthersGot  Seq       `json:"others_got,omitempty"`  // direct rooms only
	Last       *Row      `json:"last,omitempty"`        // cut to MaxPreview code points: for the list only
	Muted      bool      `json:"muted,omitempty"`
	Top        bool      `json:"top,omitempty"`     // pinned to the top of one's list
	Hidden     *Count    `json:"hidden,omitempty"`  // N when one hid the room, see IsHidden
	Unread     bool      `json:"unread,omitempty"`  // marked as unread; the next mark of reading clears it
	Blocked    bool      `json:"blocked,omitempty"` // direct rooms only: one takes nothing from the other
	Mention    Seq       `json:"mention,omitempty"` // the newest row of somebody else that mentions one; only grows
	Pins       []Seq     `json:"pins,omitempty"`    // pinned messages, the newest pin last, at most MaxPins
	Reports    int       `json:"reports,omitempty"` // open reports; told to the owner and moderators
	Role       string    `json:"role"`
	Tag        string    `json:"tag"` // opaque; differs when anything but Rev, Seq, N and Last differs
}

// IsHidden reports whether one hid the room and nothing was posted since.
func (h *Head) IsHidden() bool { return h.Hidden != nil && h.N <= *h.Hidden }

// Mark is how far somebody has read and received.
type Mark struct {
	User  AccountID `json:"user"`
	Read  Seq       `json:"read"`
	ReadN Count     `json:"read_n"`
	Got   Seq       `json:"got,omitempty"` // of others only in direct rooms
}

// Member is a person in a room's list of members.
type Member struct {
	User User   `json:"user"`
	Role string `json:"role"`
	Read Seq    `json:"read"`
	Got  Seq    `json:"got"`
}

// Report is a message that a member brought before the moderators. Row is the
// message as it is now.
type Report struct {
	ID     int64     `json:"id"`
	By     AccountID `json:"by"`
	At     Time      `json:"at"`
	Reason string    `json:"reason"`
	Row    Row       `json:"row"`
}
