package pgts

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"parley/server/search/searchtest"
	"parley/server/store"
	"parley/server/store/postgres"
)

func TestIndex(t *testing.T) {
	urls := make(map[store.Store]string)
	searchtest.Run(t, searchtest.Engine{
		Store: func(t *testing.T) store.Store {
			url := cluster.Database(t)
			s, err := postgres.Open(t.Context(), url, postgres.Options{Options: store.Options{Random: func(b []byte) { _, _ = rand.Read(b) }}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			urls[s] = url
			return s
		},
		Index: func(t *testing.T, of store.Store) searchtest.Index {
			i, err := Open(t.Context(), urls[of], of, Options{Log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), Pause: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			return i
		},
	})
}
