package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

const (
	senders = 8
	updates = 200
)

// together runs fn in several goroutines and waits for them.
func together(n int, fn func(sender int)) {
	var wg sync.WaitGroup
	for sender := range n {
		wg.Go(func() { fn(sender) })
	}
	wg.Wait()
}

// testDense: Promise 2.
func testDense(t *testing.T, h *harness) {
	h.room(1, 0)
	h.room(2, 0)
	together(senders, func(sender int) {
		for i := range updates {
			err := h.Update(context.Background(), func(tx store.Tx) error {
				room := chat.RoomID(1 + (sender+i)%2)
				if i%10 == 9 {
					if _, err := edit(tx, room, 1, fmt.Sprint(sender, " ", i)); err != nil {
						return err
					}
				}
				_, err := post(tx, room, chat.AccountID(sender+1), fmt.Sprint(sender, " ", i))
				return err
			})
			if err != nil {
				t.Errorf("Update: %v", err)
				return
			}
		}
	})
	seqs := 0
	for _, id := range []chat.RoomID{1, 2} {
		h.view(func(r store.Reader) error {
			room, err := r.Room(id)
			if err != nil {
				return err
			}
			rows, err := r.RowsBefore(id, 0, 2*senders*updates)
			if err != nil {
				return err
			}
			revs := make(map[chat.Rev]bool)
			for i, row := range rows {
				if row.Seq != chat.Seq(i+1) || row.N != chat.Count(i+1) {
					t.Fatalf("row %d has seq %d, n %d", i+1, row.Seq, row.N)
				}
				if revs[row.Rev] || row.Rev > room.Rev {
					t.Fatalf("rev %d twice, or above the room's %d", row.Rev, room.Rev)
				}
				revs[row.Rev] = true
			}
			if int(room.Seq) != len(rows) {
				t.Errorf("room says seq %d, has %d rows", room.Seq, len(rows))
			}
			if edits := int(room.Rev) - len(rows); edits != senders*updates/20 {
				t.Errorf("rev counts %d edits, want %d", edits, senders*updates/20)
			}
			seqs += len(rows)
			return nil
		})
	}
	same(t, "rows", senders*updates, seqs)
}

var errRefused = errors.New("refused by the rules")

// scribble changes a bit of everything.
func scribble(tx store.Tx) error {
	if err := tx.PutAccount(store.Account{Account: chat.Account{ID: 1, Name: "Changed", Username: "changed"}, Seen: 99}); err != nil {
		return err
	}
	if err := tx.PutAccount(store.Account{Account: chat.Account{ID: 77, Name: "New", Username: "new"}}); err != nil {
		return err
	}
	if err := tx.PutSession(store.Session{ID: 7, Hash: [32]byte{7}, Account: 1}); err != nil {
		return err
	}
	if err := tx.DeleteSession(1); err != nil {
		return err
	}
	for _, room := range []store.Room{{ID: 8, Kind: chat.KindOpen, Name: "new"}, {ID: 9, Kind: chat.KindDirect, Pair: [2]chat.AccountID{1, 77}}} {
		if err := tx.PutRoom(room); err != nil {
			return err
		}
	}
	if err := tx.PutMember(store.Member{Room: 1, Account: 77, Role: chat.RoleMember}); err != nil {
		return err
	}
	if err := tx.DeleteMember(1, 1); err != nil {
		return err
	}
	if _, err := edit(tx, 1, 1, "changed"); err != nil {
		return err
	}
	for range 2 {
		row, err := post(tx, 1, 77, "new")
		if err != nil {
			return err
		}
		if _, err := edit(tx, 1, row.Seq, "newer"); err != nil {
			return err
		}
	}
	return tx.PutSend(store.Send{Account: 1, Key: keyOf(7, 7), Room: 1, Seq: 3})
}

// unscribbled is the state that scribble would change.
func (h *harness) unscribbled() {
	h.Helper()
	h.room(1, 2)
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(store.Account{Account: chat.Account{ID: 1, Name: "Ann", Username: "ann"}}); err != nil {
			return err
		}
		if err := tx.PutSession(store.Session{ID: 1, Hash: [32]byte{1}, Account: 1}); err != nil {
			return err
		}
		return tx.PutMember(store.Member{Room: 1, Account: 1, Role: chat.RoleOwner})
	})
}

func testAllOrNothing(t *testing.T, h *harness) {
	h.unscribbled()
	before := dump(t, h.Store)
	err := h.Update(context.Background(), func(tx store.Tx) error {
		if err := scribble(tx); err != nil {
			return err
		}
		return errRefused
	})
	wantErr(t, "Update", err, errRefused)
	same(t, "store after a failed function", before, dump(t, h.Store))
	h.update(scribble) // nothing that failed is in the way
	h.view(func(r store.Reader) error {
		a, err := r.AccountByUsername("changed")
		same(t, "account", chat.AccountID(1), a.ID)
		if err != nil {
			return err
		}
		rows, _, err := r.RowsAfter(1, 0, 10)
		same(t, "rows", []string{"2", "changed", "newer", "newer"}, texts(rows))
		return err
	})
}

// testNeighbours queues functions behind one that waits, so that an engine
// that batches takes them in one commit.
func testNeighbours(t *testing.T, h *harness) {
	h.room(1, 0)
	release := make(chan struct{})
	started := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = h.Update(context.Background(), func(store.Tx) error {
			close(started)
			<-release
			return nil
		})
	})
	<-started
	const n = 60
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			errs[i] = h.Update(context.Background(), func(tx store.Tx) error {
				if _, err := post(tx, 1, 1, fmt.Sprint(i)); err != nil {
					return err
				}
				if i%3 == 0 {
					return errRefused
				}
				return nil
			})
		})
	}
	close(release)
	wg.Wait()
	rows, _ := h.rowsAfter(1, 0, n)
	stored := make(map[string]bool)
	for i, row := range rows {
		if row.Seq != chat.Seq(i+1) || row.Rev != chat.Rev(i+1) {
			t.Errorf("row %d has seq %d, rev %d", i+1, row.Seq, row.Rev)
		}
		stored[row.Text] = true
	}
	for i, err := range errs {
		if failed := i%3 == 0; failed != errors.Is(err, errRefused) || failed == stored[fmt.Sprint(i)] {
			t.Errorf("function %d: error %v, stored %v", i, err, stored[fmt.Sprint(i)])
		}
	}
}

func testRefusedPutGoesOn(t *testing.T, h *harness) {
	ann, ben := guest(1, "Ann"), guest(2, "Ben")
	ann.Username, ben.Username = "ann", "ann"
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(ann); err != nil {
			return err
		}
		wantErr(t, "PutAccount", tx.PutAccount(ben), store.ErrExists)
		_, err := tx.Account(2)
		wantErr(t, "Account", err, store.ErrNotFound)
		ben.Username = "ben"
		return tx.PutAccount(ben)
	})
	h.view(func(r store.Reader) error {
		got, err := r.AccountByUsername("ben")
		same(t, "ben", ben, got)
		return err
	})
}

func testReadsOwnWrites(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(store.Account{Account: chat.Account{ID: 1, Name: "Ann", Username: "ann"}}); err != nil {
			return err
		}
		if _, err := tx.AccountByUsername("ann"); err != nil {
			return err
		}
		if err := tx.PutRoom(store.Room{ID: 1, Kind: chat.KindOpen, Name: "r"}); err != nil {
			return err
		}
		if err := tx.PutMember(store.Member{Room: 1, Account: 1, Role: chat.RoleMember}); err != nil {
			return err
		}
		for i := range 3 {
			row, err := post(tx, 1, 1, fmt.Sprint(i))
			if err != nil {
				return err
			}
			same(t, "seq", chat.Seq(i+1), row.Seq)
		}
		if _, err := edit(tx, 1, 1, "edited"); err != nil {
			return err
		}
		rows, _, err := tx.RowsAfter(1, 0, 5)
		same(t, "RowsAfter", []string{"1", "2", "edited"}, texts(rows))
		if err != nil {
			return err
		}
		heads, err := tx.Heads(1)
		if err != nil || len(heads) != 1 || heads[0].Last == nil || heads[0].Last.Text != "2" {
			t.Errorf("Heads: %v, %v", heads, err)
		}
		if err := tx.DeleteMember(1, 1); err != nil {
			return err
		}
		_, err = tx.Head(1, 1)
		wantErr(t, "Head after leaving", err, store.ErrNotFound)
		a, err := tx.Account(1)
		same(t, "Account.Rev", int64(2), a.Rev)
		return err
	})
}

func testOnCommit(t *testing.T, h *harness) {
	h.room(1, 0)
	var told []chat.Seq // without a lock: one at a time is promised
	together(senders, func(sender int) {
		for range updates {
			var mine chat.Seq
			seen := false
			err := h.Update(context.Background(), func(tx store.Tx) error {
				row, err := post(tx, 1, 1, "x")
				mine = row.Seq
				tx.OnCommit(func() { told = append(told, mine) })
				tx.OnCommit(func() { seen = told[len(told)-1] == mine })
				return err
			})
			if err != nil || !seen {
				t.Errorf("Update returned (%v) before its OnCommit had run", err)
				return
			}
		}
	})
	same(t, "told", senders*updates, len(told))
	for i, seq := range told {
		if seq != chat.Seq(i+1) {
			t.Fatalf("told %d at place %d", seq, i+1)
		}
	}
}

func testOnCommitNotOnFailure(t *testing.T, h *harness) {
	err := h.Update(context.Background(), func(tx store.Tx) error {
		tx.OnCommit(func() { t.Error("OnCommit ran for a failed function") })
		return errRefused
	})
	wantErr(t, "Update", err, errRefused)
	h.update(func(store.Tx) error { return nil })
}

func testErrorsPassThrough(t *testing.T, h *harness) {
	if err := h.Update(context.Background(), func(store.Tx) error { return errRefused }); err != errRefused {
		t.Errorf("Update: %v", err)
	}
	if err := h.View(context.Background(), func(store.Reader) error { return errRefused }); err != errRefused {
		t.Errorf("View: %v", err)
	}
}
