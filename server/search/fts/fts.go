package fts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
)

var _ search.Index = (*Index)(nil)

const (
	name = "search.db"

	// readers bounds the searches that run at once.
	readers = 4

	// busy is how long a connection waits for another's lock.
	busy = 5 * time.Second
)

// Options say how an index behaves.
type Options struct {
	Log *slog.Logger
	// Pause is what the follower waits at least between its rounds, so that each
	// takes what has come together. 0 means 100 ms.
	Pause time.Duration
	// Purge is how often the words of what was edited or recalled are removed
	// from the file, if there are any. 0 means 20 minutes; Promise 8 allows an
	// hour.
	Purge time.Duration
}

// Index is a search index in a directory.
type Index struct {
	store   store.Store
	path    string
	options Options
	cancel  context.CancelFunc
	over    chan struct{} // closed when the follower has ended
	wake    chan struct{} // holds one token if there is something to follow
	pace    search.Pace
	err     error // of the last connection's end; set before over is closed

	mu      sync.Mutex
	changed map[chat.RoomID]struct{}

	made    atomic.Int64 // how often the file was made: an older one's views are stale
	damaged atomic.Bool  // a search found the file damaged
	views   chan *view
}

// view is a connection that reads, opened when it is first needed.
type view struct {
	conn *sqlite.Conn
	made int64
}

// Open opens the index of a store in dir, made anew where it is of no use, and
// begins to follow the store. It does not wait until it has caught up. Close it
// before the store.
func Open(ctx context.Context, dir string, of store.Store, options Options) (*Index, error) {
	if options.Pause == 0 {
		options.Pause = 100 * time.Millisecond
	}
	if options.Purge == 0 {
		options.Purge = 20 * time.Minute
	}
	i := &Index{
		store: of, path: filepath.Join(dir, name), options: options,
		over: make(chan struct{}), wake: make(chan struct{}, 1),
		changed: make(map[chat.RoomID]struct{}), views: make(chan *view, readers),
	}
	for range readers {
		i.views <- &view{}
	}
	conn, err := i.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the search index in %s: %w", dir, err)
	}
	// The follower lives until Close, whatever becomes of the caller's context.
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	i.cancel = cancel
	f := newFollower(i, conn)
	go f.run(following)
	return i, nil
}

// Close ends the follower and closes the file. Searches fail afterwards.
func (i *Index) Close() error {
	i.cancel()
	<-i.over
	err := i.err
	for range readers {
		if v := <-i.views; v.conn != nil {
			err = errors.Join(err, v.conn.Close())
		}
	}
	return err
}

// Changed implements search.Index.
func (i *Index) Changed(room chat.RoomID) {
	i.pace.Posted()
	i.mu.Lock()
	i.changed[room] = struct{}{}
	i.mu.Unlock()
	i.rouse()
}

func (i *Index) rouse() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// take returns the rooms that have changed since the last time.
func (i *Index) take() []chat.RoomID {
	i.mu.Lock()
	defer i.mu.Unlock()
	rooms := make([]chat.RoomID, 0, len(i.changed))
	for room := range i.changed {
		rooms = append(rooms, room)
	}
	clear(i.changed)
	return rooms
}
