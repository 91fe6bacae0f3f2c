package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// put stores a row of a room without a head.
func put(room chat.RoomID, seq chat.Seq, text string) func(store.Tx) error {
	return func(tx store.Tx) error {
		return tx.PutRow(room, chat.Row{Seq: seq, N: chat.Count(seq), Rev: chat.Rev(seq), By: 1, Kind: chat.KindText, Text: text})
	}
}

func newest(t *testing.T, s *Store, room chat.RoomID) (seq chat.Seq) {
	t.Helper()
	err := s.View(context.Background(), func(r store.Reader) error {
		rows, err := r.RowsBefore(room, 0, 1)
		if len(rows) == 1 {
			seq = rows[0].Seq
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// quota bounds the database to some pages more than it has.
func quota(t *testing.T, s *Store, more int64) {
	t.Helper()
	err := s.Update(context.Background(), func(storeTx store.Tx) error {
		conn := storeTx.(*tx).conn
		pages, err := number(conn, "PRAGMA page_count")
		if err != nil {
			return err
		}
		return sqlitex.ExecuteTransient(conn, fmt.Sprint("PRAGMA max_page_count = ", pages+more), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk fills the database to its quota with a batch of several, all of
// which are refused, and goes on when there is room again.
func TestFullDisk(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	ctx := context.Background()
	if err := s.Update(ctx, put(1, 1, "before")); err != nil {
		t.Fatal(err)
	}
	quota(t, s, 2)
	long := strings.Repeat("x", 3*4096)
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := s.Update(ctx, func(store.Tx) error {
			close(started)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-started
	for i := range 8 {
		wg.Go(func() {
			err := s.Update(ctx, func(tx store.Tx) error {
				tx.OnCommit(func() { t.Error("told of what was not stored") })
				err := put(chat.RoomID(10+i), 1, long)(tx)
				if i%2 == 0 {
					return nil // a function that does not pass it on changes nothing
				}
				return err
			})
			if !errors.Is(err, store.ErrFull) {
				t.Errorf("Update on a full disk: %v", err)
			}
		})
	}
	close(release)
	wg.Wait()
	if seq := newest(t, s, 1); seq != 1 {
		t.Errorf("room 1 is at %d", seq)
	}
	for i := range chat.RoomID(8) {
		if seq := newest(t, s, 10+i); seq != 0 {
			t.Errorf("room %d is at %d, want nothing", 10+i, seq)
		}
	}
	quota(t, s, 1000)
	if err := s.Update(ctx, put(1, 2, long)); err != nil {
		t.Errorf("Update with room again: %v", err)
	}
	if seq := newest(t, s, 1); seq != 2 {
		t.Errorf("room 1 is at %d, want 2", seq)
	}
}

// breakCommit makes the next commits fail with an error of the engine.
func breakCommit(t *testing.T, s *Store, code sqlite.ResultCode) (tries *int) {
	t.Helper()
	tries = new(int)
	err := s.Update(context.Background(), func(store.Tx) error { // on the writer's goroutine
		commit, first := s.writer.commit, true
		s.writer.commit = func() error {
			if first { // this function's own
				first = false
				return commit()
			}
			*tries++
			return s.writer.tx.wrap(code.ToError())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tries
}

// TestFailedSync: Promise 1. After a failed sync nothing is acknowledged, tried
// again, or told; what was stored before stays readable.
func TestFailedSync(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	var fatal []error
	s, err := Open(ctx, dir, Options{Options: store.Options{
		Random: storetest.Random,
		Fatal:  func(err error) { fatal = append(fatal, err) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, put(1, 1, "before")); err != nil {
		t.Fatal(err)
	}
	tries := breakCommit(t, s, sqlite.ResultIOErrFsync)
	for range 3 {
		err := s.Update(ctx, func(tx store.Tx) error {
			tx.OnCommit(func() { t.Error("told of what was not synced") })
			return put(1, 2, "lost")(tx)
		})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Update: %v", err)
		}
	}
	if *tries != 1 || len(fatal) != 1 {
		t.Errorf("%d commits were tried, fatal told %v; want one of each", *tries, fatal)
	}
	if seq := newest(t, s, 1); seq != 1 {
		t.Errorf("room 1 is at %d, want 1", seq)
	}
	log := size(t, dir, name+"-wal")
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if after := size(t, dir, name+"-wal"); log == 0 || after != log {
		t.Errorf("the log had %d bytes before Close, %d after: it was copied and synced", log, after)
	}
	s = openStore(t, dir)
	if seq := newest(t, s, 1); seq != 1 {
		t.Errorf("room 1 is at %d after opening again, want 1", seq)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if after := size(t, dir, name+"-wal"); after != 0 {
		t.Errorf("an orderly Close leaves a log of %d bytes", after)
	}
}

// size is that of a file, 0 if it is not there.
func size(t *testing.T, dir, file string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestFullAtCommit: a log that cannot grow, or its index, is no failed sync.
func TestFullAtCommit(t *testing.T) {
	for _, code := range []sqlite.ResultCode{sqlite.ResultFull, sqlite.ResultIOErrSHMSize} {
		s := openStore(t, t.TempDir())
		defer s.Close()
		ctx := context.Background()
		commit := s.writer.commit
		breakCommit(t, s, code)
		if err := s.Update(ctx, put(1, 1, "x")); !errors.Is(err, store.ErrFull) {
			t.Errorf("%v: Update: %v", code, err)
		}
		err := s.Update(ctx, func(store.Tx) error {
			s.writer.commit = commit
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Update(ctx, put(1, 1, "x")); err != nil {
			t.Errorf("%v: Update with room again: %v", code, err)
		}
		if seq := newest(t, s, 1); seq != 1 {
			t.Errorf("%v: room 1 is at %d, want 1", code, seq)
		}
	}
}
