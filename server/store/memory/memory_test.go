package memory_test

import (
	"context"
	"testing"

	"parley/server/store"
	"parley/server/store/memory"
	"parley/server/store/storetest"
)

func open(testing.TB, string) store.Store {
	return memory.Open(store.Options{Random: storetest.Random})
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Engine{Open: open, Volatile: true})
}

// A function that panics must neither leave its changes nor the lock.
func TestPanicLeavesNothing(t *testing.T) {
	s := open(t, "")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Update(context.Background(), func(tx store.Tx) error {
			if err := tx.PutRoom(store.Room{ID: 1}); err != nil {
				return err
			}
			panic("in a function")
		})
	}()
	err := s.Update(context.Background(), func(tx store.Tx) error {
		if _, err := tx.Room(1); err != store.ErrNotFound {
			t.Errorf("Room: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("Update: %v", err)
	}
}
