package sqlite

import (
	"context"
	"sync"

	"parley/server/store"
)

// tokens holds the sessions whose tokens were shown lately: every request of the
// HTTP API shows one, and finding it in the database takes a fifth of what a post
// takes that way.
//
// What is held is what is committed. A transaction that changes or ends sessions
// says so before it commits: they are let go of, and until it has ended nothing
// is held that was read. So once a sign-out is acknowledged, and for whoever
// could read it anywhere before, its session is gone here, too (Promise 9).
type tokens struct {
	mu      sync.Mutex
	held    cache[[32]byte, store.Session]
	changes uint64 // commits of sessions that have begun or ended: odd while one is under way
}

// maxTokens is how many sessions are held, as cached is for other things.
const maxTokens = 2000

// find returns a session that is held, or else the moment, for hold.
func (t *tokens) find(hash [32]byte) (s store.Session, held bool, moment uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, held = t.held.get(hash)
	return s, held, t.changes
}

// hold holds a session that was read since a moment, unless it may have changed.
func (t *tokens) hold(s store.Session, moment uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if moment == t.changes && moment%2 == 0 {
		t.held.put(s.Hash, s)
		t.held.turn(maxTokens)
	}
}

// change commits what changes sessions, named by the hashes that they had.
func (t *tokens) change(hashes [][32]byte, commit func() error) error {
	t.mu.Lock()
	for _, hash := range hashes {
		t.held.drop(hash)
	}
	t.changes++
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.changes++
		t.mu.Unlock()
	}()
	return commit()
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, hash [32]byte) (store.Session, error) {
	if err := s.usable(ctx); err != nil {
		return store.Session{}, err
	}
	session, held, moment := s.tokens.find(hash)
	if held {
		return session, nil
	}
	err := s.view(ctx, func(r *reader) (err error) {
		session, err = r.Session(hash)
		return err
	})
	if err != nil {
		return store.Session{}, err
	}
	s.tokens.hold(session, moment)
	return session, nil
}
