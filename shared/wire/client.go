package wire

import "parley/shared/chat"

// Frame is anything that Append can write: a struct of this package.
type Frame interface {
	// Type is the frame's field t.
	Type() string
}

// Hello opens a connection. As says whose data this replica holds; Cursors say
// how far it has come.
type Hello struct {
	V       int                    `json:"v"`
	Device  string                 `json:"device"`
	As      chat.AccountID         `json:"as,omitempty"`
	Epoch   string                 `json:"epoch,omitempty"`
	Cursors map[chat.RoomID]Cursor `json:"cursors,omitempty"`
	Token   string                 `json:"token,omitempty"`
}

// Cursor is how far a replica has come in a room: the revision its rows are
// at, and the tag of the head that it holds. On the wire it is [rev, tag].
type Cursor struct {
	Rev chat.Rev
	Tag string
}

// MarshalJSON implements json.Marshaler.
func (c Cursor) MarshalJSON() ([]byte, error) {
	var e encoder
	e.number("[", int64(c.Rev))
	e.raw(",")
	e.text(c.Tag)
	e.raw("]")
	return e.out, nil
}

// Send asks for 1 to chat.MaxPosts posts, accepted in order, all or none.
type Send struct {
	Room  chat.RoomID `json:"room"`
	Posts []chat.Post `json:"posts"`
}

// Edit replaces the text of one's own row.
type Edit struct {
	Room chat.RoomID `json:"room"`
	Seq  chat.Seq    `json:"seq"`
	Key  chat.Key    `json:"key"`
	Text string      `json:"text"`
}

// Recall erases a row's body.
type Recall struct {
	Room chat.RoomID `json:"room"`
	Seq  chat.Seq    `json:"seq"`
	Key  chat.Key    `json:"key"`
}

// React sets or takes back one's own reaction.
type React struct {
	Room  chat.RoomID `json:"room"`
	Seq   chat.Seq    `json:"seq"`
	Emoji string      `json:"emoji"`
	On    bool        `json:"on"`
}

// Pull asks for what changed after a revision (After is set), or for history
// before a seq (Before is set; 0 is the newest). Exactly one of them is set.
type Pull struct {
	Room   chat.RoomID `json:"room"`
	After  *chat.Rev   `json:"after,omitempty"`
	Before *chat.Seq   `json:"before,omitempty"`
	Limit  *int        `json:"limit,omitempty"`
}

// Mark says how far one has read and received. 0 leaves a mark as it is.
type Mark struct {
	Room chat.RoomID `json:"room"`
	Read chat.Seq    `json:"read,omitempty"`
	Got  chat.Seq    `json:"got,omitempty"`
}

// Typing tells the room that one is writing.
type Typing struct {
	Room chat.RoomID `json:"room"`
}

// Ping asks for a Pong.
type Ping struct{}

// Type implements Frame.
func (*Hello) Type() string  { return "hello" }
func (*Send) Type() string   { return "send" }
func (*Edit) Type() string   { return "edit" }
func (*Recall) Type() string { return "recall" }
func (*React) Type() string  { return "react" }
func (*Pull) Type() string   { return "pull" }
func (*Mark) Type() string   { return "mark" }
func (*Typing) Type() string { return "typing" }
func (*Ping) Type() string   { return "ping" }
