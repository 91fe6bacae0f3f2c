package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parley/server/store"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// TestLogIsBounded: while many write and read without a pause, the log is copied
// beside them and begins anew, again and again; what is opened then, without
// the log, is whole.
func TestLogIsBounded(t *testing.T) {
	const pages, senders, rows = 100, 8, 400
	dir := t.TempDir()
	s, err := Open(context.Background(), dir, Options{
		Options: store.Options{Random: storetest.Random, Fatal: func(err error) { t.Error(err) }}, pages: pages, Truncate: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var wg sync.WaitGroup
	for sender := range senders {
		room := chat.RoomID(sender + 1)
		wg.Go(func() {
			for seq := chat.Seq(1); seq <= rows; seq++ {
				if err := s.Update(ctx, put(room, seq, benchText)); err != nil {
					t.Error(err)
					return
				}
				if found := newest(t, s, room); found != seq {
					t.Errorf("room %d is at %d, want %d", room, found, seq)
				}
			}
		})
	}
	wg.Wait()
	log, written := size(t, dir, name+"-wal"), int64(senders*rows)
	if log == 0 || log > 20*pages*frameSize {
		t.Errorf("the log has %d bytes, of %d rows", log, written)
	}
	intact(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, name+"-wal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log after Close: %v", err)
	}
	s = openStore(t, dir)
	defer s.Close()
	for room := chat.RoomID(1); room <= senders; room++ {
		if seq := newest(t, s, room); seq != rows {
			t.Errorf("room %d is at %d after opening again, want %d", room, seq, rows)
		}
	}
}

// TestCopierLosesSync: Promise 1. If the database cannot be synced after the log
// was copied, the log is kept, nothing is acknowledged any more, and what was is
// there when it is opened again.
func TestCopierLosesSync(t *testing.T) {
	dir := t.TempDir()
	fatal := make(chan error, 2)
	s, err := Open(context.Background(), dir, Options{
		Options: store.Options{Random: storetest.Random, Fatal: func(err error) { fatal <- err }}, pages: 50,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := s.copier.file
	if s.copier.file, err = os.Open(os.DevNull); err != nil { // which cannot be synced
		t.Fatal(err)
	}
	stored := chat.Seq(0)
	for ; err == nil; stored++ {
		err = s.Update(context.Background(), put(1, stored+1, benchText))
	}
	stored--
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Update: %v", err)
	}
	if <-fatal; len(fatal) > 0 {
		t.Error("fatal was told twice")
	}
	if err := errors.Join(s.Close(), file.Close()); err != nil {
		t.Error(err)
	}
	if size(t, dir, name+"-wal") == 0 {
		t.Error("the log is gone")
	}
	s = openStore(t, dir)
	defer s.Close()
	if seq := newest(t, s, 1); seq < stored {
		t.Errorf("the room is at %d, %d rows were acknowledged", seq, stored)
	}
}
