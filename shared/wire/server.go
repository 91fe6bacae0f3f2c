package wire

import "parley/shared/chat"

// Welcome answers Hello.
type Welcome struct {
	V      int              `json:"v"`
	Epoch  string           `json:"epoch"`
	Me     chat.Account     `json:"me"`
	Now    chat.Time        `json:"now"`
	Rooms  []chat.Head      `json:"rooms"`
	Users  []chat.User      `json:"users"`
	Gone   []chat.RoomID    `json:"gone"`
	Online []chat.AccountID `json:"online"`
}

// Rows carries all rows of a room that changed in (From, Upto], ascending by
// Rev, in the form they have at Upto. Keys are the operations that it settles,
// by their account. From = Upto = 0 answers a repeated key: the row as it is,
// no news. More says that the next frame is part of the same answer.
type Rows struct {
	Room  chat.RoomID                   `json:"room"`
	From  chat.Rev                      `json:"from"`
	Upto  chat.Rev                      `json:"upto"`
	Rows  []chat.Row                    `json:"rows"`
	Users []chat.User                   `json:"users"`
	Keys  map[chat.AccountID][]chat.Key `json:"keys,omitempty"`
	Reset bool                          `json:"reset,omitempty"`
	More  bool                          `json:"more,omitempty"`
}

// Page answers a Pull of history: rows ascending by seq, as of room revision
// Rev. Start says that it reaches seq 1.
type Page struct {
	Room   chat.RoomID `json:"room"`
	Before chat.Seq    `json:"before"`
	Rev    chat.Rev    `json:"rev"`
	Rows   []chat.Row  `json:"rows"`
	Users  []chat.User `json:"users"`
	Start  bool        `json:"start"`
	More   bool        `json:"more,omitempty"`
}

// Head tells a room's new head.
type Head struct {
	Room  chat.Head   `json:"room"`
	Users []chat.User `json:"users"`
}

// Gone says that nothing later of a room is sent.
type Gone struct {
	Room chat.RoomID `json:"room"`
}

// Marks tells marks that grew.
type Marks struct {
	Room  chat.RoomID `json:"room"`
	Marks []chat.Mark `json:"marks"`
}

// Typed says that somebody is writing.
type Typed struct {
	Room chat.RoomID    `json:"room"`
	User chat.AccountID `json:"user"`
}

// Presence says that somebody came or went. Seen is when they were last here.
type Presence struct {
	User   chat.AccountID `json:"user"`
	Online bool           `json:"online"`
	Seen   chat.Time      `json:"seen"`
}

// Reject refuses a frame. Retry is in milliseconds.
type Reject struct {
	Code    chat.Code   `json:"code"`
	Message string      `json:"message"`
	Room    chat.RoomID `json:"room,omitempty"`
	Key     chat.Key    `json:"key,omitzero"`
	Retry   int64       `json:"retry,omitempty"`
}

// Pong answers Ping.
type Pong struct{}

// Bye says that the server closes next. Retry is in milliseconds.
type Bye struct {
	Code  string `json:"code"`
	Retry int64  `json:"retry,omitempty"`
}

// Type implements Frame.
func (*Welcome) Type() string  { return "welcome" }
func (*Rows) Type() string     { return "rows" }
func (*Page) Type() string     { return "page" }
func (*Head) Type() string     { return "head" }
func (*Gone) Type() string     { return "gone" }
func (*Marks) Type() string    { return "mark" }
func (*Typed) Type() string    { return "typing" }
func (*Presence) Type() string { return "presence" }
func (*Reject) Type() string   { return "reject" }
func (*Pong) Type() string     { return "pong" }
func (*Bye) Type() string      { return "bye" }
