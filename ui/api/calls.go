package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"parley/shared/chat"
	"parley/shared/wire"
	"parley/shared/words"
)

// Session is who one is after signing in. In the browser the cookie is set;
// native clients use Session as Client.Bearer.
type Session struct {
	Session string       `json:"session"`
	Me      chat.Account `json:"me"`
}

// People is one part of a list of people. Next asks for the part after it;
// it is empty at the end.
type People struct {
	Items []chat.User `json:"items"`
	Next  string      `json:"next,omitempty"`
}

// Members is one part of a room's list of members.
type Members struct {
	Items []chat.Member `json:"items"`
	Next  string        `json:"next,omitempty"`
}

// Found is one part of a list of messages that hold what was searched for, the
// newest first.
type Found struct {
	Items []FoundRow  `json:"items"`
	Users []chat.User `json:"users"` // whom the rows name
	Next  string      `json:"next,omitempty"`
}

// FoundRow is a message, and where in its text it holds what was searched for.
type FoundRow struct {
	Room   chat.RoomID   `json:"room"`
	Row    chat.Row      `json:"row"`
	Ranges []words.Range `json:"ranges"`
}

// MeChange says what of one's account changes: nil leaves a field as it is.
// Settings replaces the whole object.
type MeChange struct {
	Name     *string         `json:"name,omitempty"`
	Avatar   *string         `json:"avatar,omitempty"`
	Locale   *string         `json:"locale,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
}

// RoomChange says what of a room changes: nil leaves a field as it is. Name is
// for everybody, all else for oneself: whether the room is silent, on top of the
// list, out of the list until somebody posts, marked as unread, and (direct
// rooms) whether one takes nothing from the other.
type RoomChange struct {
	Name    *string `json:"name,omitempty"`
	Muted   *bool   `json:"muted,omitempty"`
	Top     *bool   `json:"top,omitempty"`
	Hidden  *bool   `json:"hidden,omitempty"`
	Unread  *bool   `json:"unread,omitempty"`
	Blocked *bool   `json:"blocked,omitempty"`
}

// Pins are a room's pinned messages as they are now, the newest pin last, and
// the people whom they name.
type Pins struct {
	Items []chat.Row  `json:"items"`
	Users []chat.User `json:"users"`
}

// Reports are what waits for a room's moderators, the oldest first, and the
// people whom it names.
type Reports struct {
	Items []chat.Report `json:"items"`
	Users []chat.User   `json:"users"`
}

// Guest signs in as a new guest with a name only.
func (c *Client) Guest(ctx context.Context, name string) (Session, error) {
	type guest struct {
		Name string `json:"name"`
	}
	var s Session
	err := c.call(ctx, "POST", "session", struct {
		Guest guest `json:"guest"`
	}{guest{name}}, &s)
	return s, err
}

// Login signs a member in.
func (c *Client) Login(ctx context.Context, username, password string) (Session, error) {
	type login struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	var s Session
	err := c.call(ctx, "POST", "session", struct {
		Login login `json:"login"`
	}{login{username, password}}, &s)
	return s, err
}

// Register makes a member. Who calls it as a guest becomes that member and
// keeps everything.
func (c *Client) Register(ctx context.Context, username, password, name string) (Session, error) {
	var s Session
	err := c.call(ctx, "POST", "accounts", struct {
		Username string `json:"username"`
		Password string `json:"password"`
		Name     string `json:"name"`
	}{username, password, name}, &s)
	return s, err
}

// SignOut ends this session only; its sockets close (4003).
func (c *Client) SignOut(ctx context.Context) error {
	return c.call(ctx, "DELETE", "session", nil, nil)
}

// Device is a session: a browser or program that is signed in.
type Device struct {
	ID      int64     `json:"id"`
	Made    chat.Time `json:"made"`
	Seen    chat.Time `json:"seen"` // to the day
	Agent   string    `json:"agent"`
	Current bool      `json:"current"`
}

// Devices lists where one is signed in, the last used first.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	var list struct {
		Items []Device `json:"items"`
	}
	err := c.call(ctx, "GET", "sessions", nil, &list)
	return list.Items, err
}

// SignOutThere ends another session of one's own; its sockets close (4003).
func (c *Client) SignOutThere(ctx context.Context, session int64) error {
	return c.call(ctx, "DELETE", "sessions/"+id(session), nil, nil)
}

// DeleteMe deletes one's account. Members give their password; forbidden if it
// is wrong.
func (c *Client) DeleteMe(ctx context.Context, password string) error {
	return c.call(ctx, "DELETE", "me", struct {
		Password string `json:"password,omitempty"`
	}{password}, nil)
}

// PushKey returns the key that a browser subscribes with.
func (c *Client) PushKey(ctx context.Context) (string, error) {
	var answer struct {
		Key string `json:"key"`
	}
	err := c.call(ctx, "GET", "push/key", nil, &answer)
	return answer.Key, err
}

// PushTo is where a session is told what happens while its page is closed.
type PushTo struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"`
	Auth     string `json:"auth"`
	Text     bool   `json:"text,omitempty"`
	Locale   string `json:"locale,omitempty"`
}

// Subscribe has this session be told there.
func (c *Client) Subscribe(ctx context.Context, to PushTo) error {
	return c.call(ctx, "PUT", "push", to, nil)
}

// Unsubscribe has it be told no more.
func (c *Client) Unsubscribe(ctx context.Context) error {
	return c.call(ctx, "DELETE", "push", nil, nil)
}

// Me returns one's own account; unauthorized when not signed in.
func (c *Client) Me(ctx context.Context) (chat.Account, error) {
	var a chat.Account
	err := c.call(ctx, "GET", "me", nil, &a)
	return a, err
}

// ChangeMe changes one's own account and returns it as it is then.
func (c *Client) ChangeMe(ctx context.Context, change MeChange) (chat.Account, error) {
	var a chat.Account
	err := c.call(ctx, "PATCH", "me", change, &a)
	return a, err
}

// People finds people by name; an empty q lists those whom one may find
// anyway. next is People.Next of the part before, or empty.
func (c *Client) People(ctx context.Context, q, next string) (People, error) {
	var p People
	err := c.call(ctx, "GET", "people"+query("q", q, "next", next), nil, &p)
	return p, err
}

// Direct returns the one-to-one room with a person and makes it if need be.
func (c *Client) Direct(ctx context.Context, with chat.AccountID) (chat.Head, error) {
	return c.head(ctx, "PUT", "direct/"+id(with), nil)
}

// Open enters the open room of that name and makes it if need be.
func (c *Client) Open(ctx context.Context, name string) (chat.Head, error) {
	return c.head(ctx, "PUT", "open/"+url.PathEscape(name), nil)
}

// Group makes a group of oneself and members.
func (c *Client) Group(ctx context.Context, name string, members []chat.AccountID) (chat.Head, error) {
	if members == nil {
		members = []chat.AccountID{}
	}
	return c.head(ctx, "POST", "rooms", struct {
		Name    string           `json:"name"`
		Members []chat.AccountID `json:"members"`
	}{name, members})
}

// Room returns a room's head.
func (c *Client) Room(ctx context.Context, room chat.RoomID) (chat.Head, error) {
	return c.head(ctx, "GET", "rooms/"+id(room), nil)
}

// ChangeRoom changes a room and returns its head as it is then.
func (c *Client) ChangeRoom(ctx context.Context, room chat.RoomID, change RoomChange) (chat.Head, error) {
	return c.head(ctx, "PATCH", "rooms/"+id(room), change)
}

func (c *Client) head(ctx context.Context, method, path string, in any) (chat.Head, error) {
	var h chat.Head
	err := c.call(ctx, method, path, in, &h)
	return h, err
}

// Members lists the members of a room. next is Members.Next of the part
// before, or empty.
func (c *Client) Members(ctx context.Context, room chat.RoomID, next string) (Members, error) {
	var m Members
	err := c.call(ctx, "GET", "rooms/"+id(room)+"/members"+query("next", next), nil, &m)
	return m, err
}

// PutMember adds a person to a room, or gives a member another role. An empty
// role adds with the usual one.
func (c *Client) PutMember(ctx context.Context, room chat.RoomID, who chat.AccountID, role string) error {
	return c.call(ctx, "PUT", "rooms/"+id(room)+"/members/"+id(who), struct {
		Role string `json:"role,omitempty"`
	}{role}, nil)
}

// RemoveMember removes a person from a room; oneself: leaves it.
func (c *Client) RemoveMember(ctx context.Context, room chat.RoomID, who chat.AccountID) error {
	return c.call(ctx, "DELETE", "rooms/"+id(room)+"/members/"+id(who), nil, nil)
}

// Messages returns up to limit messages with a seq below before (0: the
// newest), ascending. A limit of 0 leaves their number to the server.
func (c *Client) Messages(ctx context.Context, room chat.RoomID, before chat.Seq, limit int) (wire.Page, error) {
	var p wire.Page
	count := ""
	if limit > 0 {
		count = strconv.Itoa(limit)
	}
	err := c.call(ctx, "GET", "rooms/"+id(room)+"/messages"+query("before", id(before), "limit", count), nil, &p)
	return p, err
}

// MessageAt returns the first message at a time or later, else the last one,
// as a page of it alone; of none, if the room has none.
func (c *Client) MessageAt(ctx context.Context, room chat.RoomID, at chat.Time) (wire.Page, error) {
	var p wire.Page
	err := c.call(ctx, "GET", "rooms/"+id(room)+"/messages"+query("at", strconv.FormatInt(int64(at), 10), "limit", "1"), nil, &p)
	return p, err
}

// Pins returns a room's pinned messages.
func (c *Client) Pins(ctx context.Context, room chat.RoomID) (Pins, error) {
	var p Pins
	err := c.call(ctx, "GET", "rooms/"+id(room)+"/pins", nil, &p)
	return p, err
}

// Pin pins a message for everybody in the room; one that is pinned already
// stays where it is. conflict if there are chat.MaxPins.
func (c *Client) Pin(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	return c.call(ctx, "PUT", "rooms/"+id(room)+"/pins/"+id(seq), nil, nil)
}

// Unpin takes a pin away.
func (c *Client) Unpin(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	return c.call(ctx, "DELETE", "rooms/"+id(room)+"/pins/"+id(seq), nil, nil)
}

// Report brings a message before the room's moderators, or, in a direct room,
// the operator. Once is enough: the second time changes nothing.
func (c *Client) Report(ctx context.Context, room chat.RoomID, seq chat.Seq, reason string) error {
	return c.call(ctx, "POST", "rooms/"+id(room)+"/reports", struct {
		Seq    chat.Seq `json:"seq"`
		Reason string   `json:"reason"`
	}{seq, reason}, nil)
}

// Reports returns what was reported in a room; for its owner and moderators.
func (c *Client) Reports(ctx context.Context, room chat.RoomID) (Reports, error) {
	var r Reports
	err := c.call(ctx, "GET", "rooms/"+id(room)+"/reports", nil, &r)
	return r, err
}

// CloseReport takes a report off the list.
func (c *Client) CloseReport(ctx context.Context, room chat.RoomID, report int64) error {
	return c.call(ctx, "DELETE", "rooms/"+id(room)+"/reports/"+id(report), nil, nil)
}

// Search finds messages, in one room if room is not 0. after is Found.Next of
// the part before, or empty. A limit of 0 leaves their number to the server.
func (c *Client) Search(ctx context.Context, q string, room chat.RoomID, after string, limit int) (Found, error) {
	var f Found
	at, count := "", ""
	if room != 0 {
		at = id(room)
	}
	if limit > 0 {
		count = strconv.Itoa(limit)
	}
	err := c.call(ctx, "GET", "search"+query("q", q, "room", at, "after", after, "limit", count), nil, &f)
	return f, err
}

func id[T chat.AccountID | chat.RoomID | chat.Seq | int64](n T) string {
	return strconv.FormatInt(int64(n), 10)
}
