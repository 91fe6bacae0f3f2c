// Package memory is a Store that keeps everything in maps, for tests and
// simulations. It passes storetest like the real ones; nothing of it survives
// the process.
//
// Functions given to Update run on the caller's goroutine while views wait, so
// that a store starts no goroutine and a simulation with one goroutine stays
// deterministic. Functions given to View share a read lock: they must be
// short, like those of Update. Whatever goes in or comes out is copied deeply:
// a caller may change what it holds.
package memory

import (
	"context"
	"sync"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Store = (*Store)(nil)

// Store is a database in memory. It is safe for concurrent use.
type Store struct {
	meta store.Meta

	// writing is held by the one Update that runs, from before its function
	// until after its OnCommit functions. It is a channel, so that waiting for
	// it can end with a context. Whoever holds it may read and set closed.
	writing chan struct{}

	mu     sync.RWMutex // guards what follows; never held over OnCommit
	data   data
	closed bool
}

// data is everything that is stored.
type data struct {
	accounts  map[chat.AccountID]store.Account
	usernames map[string]chat.AccountID
	sessions  map[int64]store.Session
	hashes    map[[32]byte]int64
	pushes    map[int64]store.Push
	leavers   map[chat.AccountID]struct{}
	rooms     map[chat.RoomID]store.Room
	pairs     map[[2]chat.AccountID]chat.RoomID
	names     map[string]chat.RoomID // of open rooms
	members   map[chat.RoomID]map[chat.AccountID]store.Member
	joined    map[chat.AccountID]map[chat.RoomID]struct{}
	logs      map[chat.RoomID]*log
	sends     map[sendKey]store.Send
	files     map[string]store.File
	fileRows  map[string]map[rowKey]struct{} // the rows that refer to a file
	reports   map[int64]store.Report
	reported  map[reportKey]int64
}

type reportKey struct {
	room chat.RoomID
	seq  chat.Seq
	by   chat.AccountID
}

type sendKey struct {
	account chat.AccountID
	key     chat.Key
}

// Open makes an empty store. Only Options.Random is used: nothing is synced
// that could fail.
func Open(options store.Options) *Store {
	return &Store{
		meta:    store.NewMeta(options.Random),
		writing: make(chan struct{}, 1),
		data: data{
			accounts:  make(map[chat.AccountID]store.Account),
			usernames: make(map[string]chat.AccountID),
			sessions:  make(map[int64]store.Session),
			hashes:    make(map[[32]byte]int64),
			pushes:    make(map[int64]store.Push),
			leavers:   make(map[chat.AccountID]struct{}),
			rooms:     make(map[chat.RoomID]store.Room),
			pairs:     make(map[[2]chat.AccountID]chat.RoomID),
			names:     make(map[string]chat.RoomID),
			members:   make(map[chat.RoomID]map[chat.AccountID]store.Member),
			joined:    make(map[chat.AccountID]map[chat.RoomID]struct{}),
			logs:      make(map[chat.RoomID]*log),
			sends:     make(map[sendKey]store.Send),
			files:     make(map[string]store.File),
			fileRows:  make(map[string]map[rowKey]struct{}),
			reports:   make(map[int64]store.Report),
			reported:  make(map[reportKey]int64),
		},
	}
}

// Clone returns a store that holds what s does, with the given Meta: what a
// crash leaves, or a backup that is restored.
func (s *Store) Clone(meta store.Meta) *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Store{meta: meta.Clone(), writing: make(chan struct{}, 1), data: s.data.clone()}
}

// Meta implements store.Store.
func (s *Store) Meta() store.Meta { return s.meta.Clone() }

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writing }()
	if err := ctx.Err(); err != nil { // select may have had the choice
		return err
	}

	told, err := s.apply(fn)
	if err != nil {
		return err
	}
	for _, tell := range told {
		tell()
	}
	return nil
}

// apply runs fn, takes back what it did if it fails (or panics), and returns
// whom to tell.
func (s *Store) apply(fn func(store.Tx) error) ([]func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.ErrUnavailable
	}
	tx := &tx{reader: reader{&s.data}}
	kept := false
	defer func() {
		if !kept {
			tx.takeBack()
		}
	}()
	if err := fn(tx); err != nil {
		return nil, err
	}
	kept = true
	return tx.told, nil
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.view(ctx, func(r reader) error { return fn(r) })
}

func (s *Store) view(ctx context.Context, fn func(reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.ErrUnavailable
	}
	return fn(reader{&s.data})
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, hash [32]byte) (session store.Session, err error) {
	err = s.view(ctx, func(r reader) error {
		session, err = r.Session(hash)
		return err
	})
	return session, err
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
