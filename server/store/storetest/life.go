package storetest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// testViewIsOneInstant: two rooms always change in one transaction.
func testViewIsOneInstant(t *testing.T, h *harness) {
	h.room(1, 0)
	h.room(2, 0)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for i := range updates {
			h.update(func(tx store.Tx) error {
				if _, err := post(tx, 1, 1, fmt.Sprint(i)); err != nil {
					return err
				}
				_, err := post(tx, 2, 1, fmt.Sprint(i))
				return err
			})
		}
	})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				h.view(func(r store.Reader) error {
					one, err := r.Room(1)
					if err != nil {
						return err
					}
					rows, err := r.RowsBefore(2, 0, 1)
					if err != nil {
						return err
					}
					if len(rows) == 1 && rows[0].Seq != one.Seq || len(rows) == 0 && one.Seq != 0 {
						t.Errorf("room 1 at seq %d, rows of room 2: %v", one.Seq, rows)
					}
					two, err := r.Room(2)
					same(t, "seq", one.Seq, two.Seq)
					return err
				})
			}
		})
	}
	wg.Wait()
}

func testViewSeesLastUpdate(t *testing.T, h *harness) {
	together(senders, func(sender int) {
		room := chat.RoomID(sender + 1)
		h.room(room, 0)
		for i := range updates / 2 {
			h.update(func(tx store.Tx) error { _, err := post(tx, room, 1, "x"); return err })
			h.view(func(r store.Reader) error {
				got, err := r.Room(room)
				same(t, "seq", chat.Seq(i+1), got.Seq)
				return err
			})
		}
	})
}

func testContextEndedBefore(t *testing.T, h *harness) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		err := h.Update(ctx, func(store.Tx) error { t.Error("ran"); return nil })
		wantErr(t, "Update", err, context.Canceled)
		err = h.View(ctx, func(store.Reader) error { t.Error("ran"); return nil })
		wantErr(t, "View", err, context.Canceled)
		_, err = h.Session(ctx, [32]byte{1})
		wantErr(t, "Session", err, context.Canceled)
	}
}

func testContextEndsInQueue(t *testing.T, h *harness) {
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		h.update(func(store.Tx) error {
			close(started)
			<-release
			return nil
		})
	})
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	wg.Go(func() {
		defer close(release) // only after the one in the queue has given up
		err := h.Update(ctx, func(store.Tx) error { t.Error("ran"); return nil })
		wantErr(t, "Update", err, context.Canceled)
	})
	cancel()
	wg.Wait()
	h.update(func(store.Tx) error { return nil })
}

// testContextEndsInTurn ends a context while the function before it runs, so
// that the writer comes to it about when its caller gives up.
func testContextEndsInTurn(t *testing.T, h *harness) {
	for range 100 {
		started, release := make(chan struct{}), make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			h.update(func(store.Tx) error {
				close(started)
				<-release
				return nil
			})
		})
		<-started
		wg.Go(func() {
			ended := false
			err := h.Update(ctx, func(store.Tx) error {
				ended = ctx.Err() != nil
				return nil
			})
			if ended {
				t.Error("a function began after its context had ended")
			} else if err != nil {
				wantErr(t, "Update", err, context.Canceled)
			}
		})
		wg.Go(func() {
			h.update(func(store.Tx) error {
				cancel()
				return nil
			})
		})
		for range 10 { // until both are queued, mostly
			runtime.Gosched()
		}
		close(release)
		wg.Wait()
	}
}

func testContextEndsInside(t *testing.T, h *harness) {
	h.room(1, 0)
	ctx, cancel := context.WithCancel(context.Background())
	err := h.Update(ctx, func(tx store.Tx) error {
		cancel()
		_, err := post(tx, 1, 1, "kept")
		return err
	})
	if err != nil {
		t.Errorf("Update: %v", err)
	}
	rows, _ := h.rowsAfter(1, 0, 5)
	same(t, "rows", []string{"kept"}, texts(rows))
}

func testClose(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error { return tx.PutSession(store.Session{ID: 1, Hash: [32]byte{1}, Account: 1}) })
	_, err := h.Session(context.Background(), [32]byte{1})
	wantErr(t, "Session", err, nil)
	for range 2 {
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		err := h.Update(context.Background(), func(store.Tx) error { t.Error("ran"); return nil })
		wantErr(t, "Update", err, store.ErrUnavailable)
		err = h.View(context.Background(), func(store.Reader) error { t.Error("ran"); return nil })
		wantErr(t, "View", err, store.ErrUnavailable)
		_, err = h.Session(context.Background(), [32]byte{1})
		wantErr(t, "Session", err, store.ErrUnavailable)
	}
	if h.Meta().Epoch == "" {
		t.Error("Meta is gone")
	}
}

// testCloseWaits closes under load: whatever Update answered is true.
func testCloseWaits(t *testing.T, h *harness) {
	h.room(1, 0)
	const enough = 50
	var mu sync.Mutex
	stored := 0
	busy := make(chan struct{})
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for {
				err := h.Update(context.Background(), func(tx store.Tx) error { _, err := post(tx, 1, 1, "x"); return err })
				if err != nil {
					wantErr(t, "Update", err, store.ErrUnavailable)
					return
				}
				mu.Lock()
				if stored++; stored == enough {
					close(busy)
				}
				mu.Unlock()
			}
		})
		wg.Go(func() {
			for {
				err := h.View(context.Background(), func(r store.Reader) error { _, err := r.Room(1); return err })
				if err != nil {
					wantErr(t, "View", err, store.ErrUnavailable)
					return
				}
			}
		})
	}
	<-busy
	if err := h.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wg.Wait()
	if h.engine.Volatile {
		return
	}
	h.Store = h.engine.Open(t, h.dir)
	h.view(func(r store.Reader) error {
		room, err := r.Room(1)
		same(t, "stored", stored, int(room.Seq))
		return err
	})
}

func testReopen(t *testing.T, h *harness) {
	if h.engine.Volatile {
		return // there is nothing to keep, and Volatile says so
	}
	h.unscribbled()
	h.update(scribble)
	h.update(func(tx store.Tx) error {
		room, err := tx.Room(1)
		if err != nil {
			return err
		}
		room.Seq++
		room.Rev++
		if err := tx.PutRow(1, wholeRow(room.Seq, room.Rev)); err != nil {
			return err
		}
		return tx.PutRoom(room)
	})
	meta, want := h.Meta(), dump(t, h.Store)
	if err := h.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	h.Store = h.engine.Open(t, h.dir)
	same(t, "Meta", meta, h.Meta())
	same(t, "store", want, dump(t, h.Store))
	h.update(func(tx store.Tx) error { // numbers go on
		row, err := post(tx, 1, 1, "after")
		same(t, "seq", chat.Seq(6), row.Seq)
		return err
	})
}
