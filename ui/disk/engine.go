package disk

import (
	"context"
	"errors"
	"fmt"

	"parley/shared/chat"
	"parley/ui/blob"
)

// The tables of a database.
const (
	tableMeta   = "meta"   // keyMeta
	tableUsers  = "users"  // by account
	tableRooms  = "rooms"  // by room
	tableRows   = "rows"   // by room and seq
	tableOutbox = "outbox" // by key
	tableDrafts = "drafts" // by room
	tableBlobs  = "blobs"  // by key of the entry, or of the file of a draft, and number of the file
)

var tables = []string{tableMeta, tableUsers, tableRooms, tableRows, tableOutbox, tableDrafts, tableBlobs}

// ErrClosed says that the database was closed: by Close, or because another
// tab deletes or upgrades it.
var ErrClosed = errors.New("disk: the database is closed")

// ErrFull says that the browser gives this site no more room.
var ErrFull = errors.New("disk: this device has no room left")

// engine is a database: tables of text by key, one of blobs, and transactions on
// all of them.
type engine interface {
	// update runs f in a transaction that is committed when f returns nil, and
	// has left no trace when update fails. durable waits until it is flushed to
	// disk. Updates do not overlap, not even those of other tabs.
	update(ctx context.Context, durable bool, f func(tx) error) error

	// view runs f on one state of the database.
	view(ctx context.Context, f func(tx) error) error

	// close ends the connection. Running transactions end first.
	close()
}

// tx is a transaction. What fails in it is told, at the latest, by its end.
type tx interface {
	// get returns the value of a key, "" if there is none.
	get(table, key string) (string, error)
	// scan returns the values of the keys in [from, to], ascending by key.
	scan(table, from, to string) ([]string, error)
	put(table, key, value string)
	// blob returns a blob, none if there is none.
	blob(key string) (blob.Blob, error)
	putBlob(key string, b blob.Blob)
	// erase deletes the keys in [from, to].
	erase(table, from, to string)
}

// Keys are hexadecimal numbers of fixed width, so that their order as text is
// theirs as numbers.

func roomKey(id chat.RoomID) string    { return fmt.Sprintf("%014x", int64(id)) }
func userKey(id chat.AccountID) string { return fmt.Sprintf("%014x", int64(id)) }
func rowKey(id chat.RoomID, seq chat.Seq) string {
	return fmt.Sprintf("%014x/%014x", int64(id), int64(seq))
}

func blobKey(key chat.Key, n int) string { return fmt.Sprintf("%s/%02d", key, n) }

const (
	lowest  = ""
	highest = "~" // after all keys
)

// name is what an account's database is called.
func name(account chat.AccountID) string { return fmt.Sprintf("parley-%d", int64(account)) }
