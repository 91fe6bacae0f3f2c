package store

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"

	"parley/shared/chat"
)

var (
	// ErrNotFound says that a row, room, account … is not there.
	ErrNotFound = errors.New("store: not found")
	// ErrExists says that a unique name or pair is taken.
	ErrExists = errors.New("store: exists already")
	// ErrFull says that the disk is full. Nothing was stored; it heals when
	// there is space again.
	ErrFull = errors.New("store: no space left")
	// ErrUnavailable says that the database cannot be used, now or for good.
	ErrUnavailable = errors.New("store: unavailable")
	// ErrNewer says that the data was written by a newer release.
	ErrNewer = errors.New("store: the data was written by a newer release")
	// ErrOlder says that the data has the schema of an older release, which only
	// the server of this one changes.
	ErrOlder = errors.New("store: the data was written by an older release")
)

// Store is a database of rooms. It is safe for concurrent use.
type Store interface {
	// Meta returns what was made with the database.
	Meta() Meta

	// Update runs fn in a transaction of the writer and returns when it is
	// synced. fn may run on another goroutine: it must not block, must not call
	// Update or View, and must not keep tx. If ctx ends before fn has begun, fn
	// does not run and Update returns ctx's error; once fn has begun, Update waits
	// for the commit.
	//
	// Where others use the database as well, fn may be called again, from the
	// beginning, after all that an earlier call did was rolled back: so it must set
	// anew whatever it leaves outside, and change nothing there that it reads.
	//
	// ctx may carry a Plan.
	//
	// Errors: what fn returned; ErrExists, ErrFull, ErrUnavailable; ctx's.
	Update(ctx context.Context, fn func(tx Tx) error) error

	// View runs fn, on the caller's goroutine, over one committed state. fn
	// must not keep r nor call Update or View, and must be short: it may hold
	// up the writer.
	//
	// Errors: what fn returned; ErrUnavailable; ctx's.
	View(ctx context.Context, fn func(r Reader) error) error

	// Session finds a session by the hash of its token, as it is committed at
	// some moment of the call: one that was ended, or whose token was replaced,
	// is not found once the Update that did it has returned, on any node. Every
	// request asks it.
	//
	// Errors: ErrNotFound, ErrUnavailable; ctx's.
	Session(ctx context.Context, hash [32]byte) (Session, error)

	// Close waits for what is queued and for the views that run, commits, and
	// closes the database. Afterwards the others return ErrUnavailable, and
	// Close does nothing.
	Close() error
}

// Meta is what a database is born with. A restored one gets a new Epoch.
type Meta struct {
	Epoch  string // names this line of history; at most chat.MaxEpoch bytes
	Secret []byte // 32 random bytes: keys the hashes of contents
}

// NewMeta makes the Meta of a new database.
func NewMeta(random func([]byte)) Meta {
	epoch, secret := make([]byte, 16), make([]byte, 32)
	random(epoch)
	random(secret)
	return Meta{Epoch: hex.EncodeToString(epoch), Secret: secret}
}

// Clone returns a copy that shares nothing with m.
func (m Meta) Clone() Meta {
	m.Secret = slices.Clone(m.Secret)
	return m
}

// Reader reads. Every method returns ErrNotFound where a single thing is
// asked for and missing, and an empty slice where a list is. What it returns
// is the caller's: changing it changes nothing stored. Nil and empty (Files,
// Card, Mentions, Reactions, Settings, Pins) are not told apart.
type Reader interface {
	Account(id chat.AccountID) (Account, error)
	// AccountRevs is RoomRevs for Account.Rev.
	AccountRevs(ids []chat.AccountID) (map[chat.AccountID]int64, error)
	// AccountByUsername finds a member by the lower-cased username.
	AccountByUsername(username string) (Account, error)
	// Users returns those of ids that exist, each once, in no particular order.
	Users(ids []chat.AccountID) ([]chat.User, error)
	// People returns accounts whose name or username contains query, case
	// ignored (all, if it is empty), the last seen first, ties by descending
	// id, strictly after the account that after names (nil: from the start).
	// Those of chat.KindFormer are left out.
	People(query string, after *PeopleCursor, limit int) ([]Account, error)

	// HasSession reports whether there is a session of that Session.ID.
	HasSession(id int64) (bool, error)
	// Sessions returns the sessions of an account, also those that have
	// expired, the last used first: descending by Seen, then by ID.
	Sessions(account chat.AccountID) ([]Session, error)
	// ExpiredSessions returns sessions with Expires <= now, at most limit, in no
	// particular order.
	ExpiredSessions(now chat.Time, limit int) ([]Session, error)
	// Leavers returns the accounts of Tx.PutLeaver, ascending.
	Leavers() ([]chat.AccountID, error)

	// Push returns the push subscription of a session.
	Push(session int64) (Push, error)
	// RoomPushes returns the push subscriptions of a room's members, those with
	// RoleBanned left out, ascending by session.
	RoomPushes(room chat.RoomID) ([]Push, error)
	// PushedRooms returns those of up to thousands of rooms that have members
	// with push subscriptions, those with RoleBanned left out, in no particular
	// order. It is one look-up.
	PushedRooms(ids []chat.RoomID) ([]chat.RoomID, error)
	// Unread counts the messages that an account has not read (N - ReadN) in
	// its rooms, those that it muted or is banned from left out.
	Unread(account chat.AccountID) (chat.Count, error)

	Room(id chat.RoomID) (Room, error)
	// RoomRevs returns Room.Rev of those of ids that exist. It is one look-up,
	// for up to thousands of rooms.
	RoomRevs(ids []chat.RoomID) (map[chat.RoomID]chat.Rev, error)
	// RoomsAfter returns rooms, all kinds of them, ascending by id: the first ones
	// whose id is greater than after, at most limit.
	RoomsAfter(after chat.RoomID, limit int) ([]RoomPlace, error)
	// RoomByPair finds the direct room of two accounts, in either order.
	RoomByPair(a, b chat.AccountID) (Room, error)
	// RoomByName finds an open room.
	RoomByName(name string) (Room, error)

	// Member returns somebody's membership, also one with RoleBanned.
	Member(room chat.RoomID, account chat.AccountID) (Member, error)
	// Members returns the members of a room, those with RoleBanned left out,
	// the longest first: ascending by Joined.
	Members(room chat.RoomID) ([]Member, error)
	// Rooms returns the ids of the rooms of an account, those it is banned from
	// left out, in no particular order.
	Rooms(account chat.AccountID) ([]chat.RoomID, error)
	// Heads returns the rooms of an account, those it is banned from left out,
	// the most recent first: descending by Room.At, then by Room.ID.
	Heads(account chat.AccountID) ([]Head, error)
	// Head is Heads for one room. ErrNotFound if the account is not a member,
	// or banned.
	Head(room chat.RoomID, account chat.AccountID) (Head, error)

	Row(room chat.RoomID, seq chat.Seq) (chat.Row, error)
	// RowsAfter returns the rows that changed after a revision, ascending by
	// Rev, each in its current form. If they are more than limit, it returns
	// over = true and no rows. It reads no more than about limit rows,
	// however long the room is and however far behind after lies.
	RowsAfter(room chat.RoomID, after chat.Rev, limit int) (rows []chat.Row, over bool, err error)
	// RowsBefore returns the newest rows with seq < before (0: of all),
	// ascending by Seq, at most limit.
	RowsBefore(room chat.RoomID, before chat.Seq, limit int) ([]chat.Row, error)
	// Follow returns rows, in their current form, that somebody who follows the
	// room from the zero Place on lacks: first those up to from.Seq that changed
	// after from.Rev, ascending by Rev, then newer ones, ascending by Seq; at most
	// limit. Who takes them is at to, and lacks nothing if there were none. It
	// reads no more than about limit rows.
	Follow(room chat.RoomID, from Place, limit int) (rows []chat.Row, to Place, err error)
	// OthersAfter reports whether a message (not a system row) of anybody but
	// account has a seq greater than after.
	OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error)

	Report(id int64) (Report, error)
	// Reports returns the reports of a room, the oldest first: ascending by At,
	// then by ID, at most limit.
	Reports(room chat.RoomID, limit int) ([]Report, error)

	File(id string) (File, error)
	// FileOf finds a file by its Hash: the one of the lowest id, if there are
	// several.
	FileOf(hash [32]byte) (File, error)
	// FileShown reports whether a row refers to the file in a room that the
	// account is a member of (and not banned from), or it is anybody's avatar.
	// No file needs to be of that id.
	FileShown(id string, account chat.AccountID) (bool, error)
	// FileUsed reports whether any row refers to the file, or it is anybody's
	// avatar.
	FileUsed(id string) (bool, error)
	// FileSpace sums up File.Space of what an account has uploaded, or, for 0,
	// of all files.
	FileSpace(account chat.AccountID) (int64, error)
	// UnusedFiles returns files with At < before that are not used, the oldest
	// first: ascending by At, then by id, at most limit.
	UnusedFiles(before chat.Time, limit int) ([]File, error)
	// BlobUsed reports whether a file has that Blob.
	BlobUsed(blob string) (bool, error)

	// Send finds the operation that an account named by a key.
	Send(account chat.AccountID, key chat.Key) (Send, error)
}

// Tx reads and writes. Reads see what was written before in the same function.
// A method that returns ErrExists or ErrNotFound has changed nothing, and the
// function may go on.
type Tx interface {
	Reader

	// PutAccount inserts or replaces, Rev included. ErrExists if the username
	// is another's.
	PutAccount(Account) error
	// Session is Store.Session in a transaction.
	Session(hash [32]byte) (Session, error)
	// PutSession inserts or replaces the session of that ID. ErrExists if
	// another one has the hash.
	PutSession(Session) error
	// DeleteSession ends a session, with its push subscription, and raises its
	// Account.Rev by one. Ending one that is not there is fine.
	DeleteSession(id int64) error
	// PutLeaver notes an account that is to leave everything; DeleteLeaver
	// forgets it. Both are fine if it is so already.
	PutLeaver(chat.AccountID) error
	DeleteLeaver(chat.AccountID) error

	// PutPush inserts or replaces the push subscription of a session, and
	// removes any other of the same endpoint: a browser has one, whoever is
	// signed in there now. ErrNotFound if there is no such session.
	PutPush(Push) error
	// DeletePush removes a session's subscription. Removing one that is not
	// there is fine.
	DeletePush(session int64) error

	// PutRoom inserts or replaces. ErrExists if another room has the pair, or
	// the name among open rooms.
	PutRoom(Room) error
	// PutMember inserts or replaces, and raises Account.Rev by one when the
	// membership is new or its Role differs.
	PutMember(Member) error
	// DeleteMember ends a membership and raises Account.Rev by one. Ending one
	// that is not there is fine.
	DeleteMember(room chat.RoomID, account chat.AccountID) error

	// PutRow inserts a row (its Seq is the room's next) or replaces the row of
	// that Seq; RowsAfter finds either by its Rev, which is the room's next.
	// The space that the old body took is overwritten (Promise 8). From then on
	// it refers to the files that Row.Files names, and to no others.
	PutRow(room chat.RoomID, row chat.Row) error
	// PutFile stores a file. ErrExists if the id is there.
	PutFile(File) error
	// DeleteFile deletes one, whether or not rows refer to it. Deleting one
	// that is not there is fine.
	DeleteFile(id string) error
	// PutReport stores a report. ErrExists if the ID is there, or one of the
	// same row and person.
	PutReport(Report) error
	// DeleteReport deletes one. ErrNotFound if it is not there.
	DeleteReport(id int64) error
	// PutSend stores an operation's key. ErrExists if it is there.
	PutSend(Send) error

	// OnCommit registers fn to run after the commit, if this function
	// succeeds. It must not block, and must not call Update or View.
	OnCommit(fn func())
}
