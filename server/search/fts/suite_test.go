package fts

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"parley/server/search/searchtest"
	"parley/server/store"
	"parley/server/store/sqlite"
)

func TestIndex(t *testing.T) {
	dirs := make(map[store.Store]string)
	searchtest.Run(t, searchtest.Engine{
		Store: func(t *testing.T) store.Store {
			dir := t.TempDir()
			s, err := sqlite.Open(t.Context(), dir, sqlite.Options{Options: store.Options{
				Random: func(b []byte) { _, _ = rand.Read(b) }, Fatal: func(err error) { t.Error(err) },
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			dirs[s] = dir
			return s
		},
		Index: func(t *testing.T, of store.Store) searchtest.Index {
			i, err := Open(t.Context(), dirs[of], of, Options{
				Log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), Pause: time.Millisecond, Purge: 10 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			return i
		},
	})
}
