package sqlite

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"parley/server/store"
	"parley/server/store/storetest"
)

// TestBatchOnOneCPU: where the writer and all who wait for it share one CPU,
// they still come together into few transactions.
func TestBatchOnOneCPU(t *testing.T) {
	const posters, posts = 100, 50
	s, err := Open(context.Background(), t.TempDir(), Options{Options: store.Options{Random: storetest.Random, Fatal: func(err error) { t.Error(err) }}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commits := 0
	if err := s.Update(t.Context(), func(store.Tx) error { // on the writer's goroutine
		commit := s.writer.commit
		s.writer.commit = func() error {
			commits++
			return commit()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var all sync.WaitGroup
	for range posters {
		all.Go(func() {
			for range posts {
				if err := s.Update(context.Background(), func(store.Tx) error { return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if commits > posters*posts/10 {
		t.Errorf("%d transactions for %d updates of %d posters", commits, posters*posts, posters)
	}
}
