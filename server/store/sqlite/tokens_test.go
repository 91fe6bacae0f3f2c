package sqlite

import (
	"errors"
	"testing"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// Promise 9, where sessions are held: one that was asked for is held until a transaction that
// changes it is about to be committed; what is read while one is under way is not
// held, and one that fails is as if it had not been.
func TestTokens(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	one := store.Session{ID: 1, Hash: [32]byte{1}, Account: 7}
	put := func(session store.Session) error {
		return s.Update(t.Context(), func(tx store.Tx) error { return tx.PutSession(session) })
	}
	held := func() bool {
		_, held, _ := s.tokens.find(one.Hash)
		return held
	}
	ask := func(want store.Session) {
		t.Helper()
		if got, err := s.Session(t.Context(), one.Hash); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	if err := put(one); err != nil || held() {
		t.Fatalf("%v, held: %v", err, held())
	}
	ask(one)
	if err := put(store.Session{ID: 2, Hash: [32]byte{2}}); err != nil || !held() {
		t.Errorf("another's sign-in: %v, held: %v", err, held())
	}

	commit := s.writer.commit
	full := sqlite.ResultFull.ToError()
	s.writer.commit = func() error {
		if held() {
			t.Error("held while its change is committed")
		}
		ask(one) // it is not committed yet
		if held() {
			t.Error("what was read meanwhile is held")
		}
		return s.writer.tx.wrap(full)
	}
	later := one
	later.Seen = 5
	if err := put(later); !errors.Is(err, store.ErrFull) {
		t.Fatal(err)
	}
	ask(one)
	ask(one)
	if !held() {
		t.Error("not held after a transaction that failed")
	}
	s.writer.commit = commit
	if err := put(later); err != nil {
		t.Fatal(err)
	}
	ask(later)
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.DeleteSession(1) }); err != nil || held() {
		t.Errorf("%v, held: %v", err, held())
	}
}
