package server

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"parley/server/store"
	"parley/shared/wire"
)

// slowStore takes longer than a client may over the next read.
type slowStore struct {
	store.Store
	slow *atomic.Bool
}

func (s slowStore) View(ctx context.Context, fn func(store.Reader) error) error {
	s.wait()
	return s.Store.View(ctx, fn)
}

func (s slowStore) Session(ctx context.Context, hash [32]byte) (store.Session, error) {
	s.wait()
	return s.Store.Session(ctx, hash)
}

func (s slowStore) wait() {
	if s.slow.Swap(false) {
		time.Sleep(2 * helloWithin) // virtual
	}
}

// Who says nothing is closed; who says hello is not, however long the store
// takes to find out who they are.
func TestHelloInTime(t *testing.T) {
	var slow atomic.Bool
	inBubbleOf(t, func(p *Parts) { p.Store = slowStore{p.Store, &slow} }, func(n *node) {
		anna := n.guest("Anna")
		start := time.Now()
		anna.dial().expectClose(wire.ClosePolicy)
		if took := time.Since(start); took != helloWithin {
			t.Errorf("closed after %v", took)
		}
		slow.Store(true)
		c := anna.dial()
		c.send(&wire.Hello{V: 1, Device: "d"})
		if w := expect[*wire.Welcome](c, nil); w.Me.ID != anna.id || slow.Load() {
			t.Errorf("welcome of %+v", w.Me)
		}
	})
}
