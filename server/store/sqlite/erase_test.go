package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// marked counts, file by file, how often a text is in a directory.
func marked(t *testing.T, dir, text string) map[string]int {
	t.Helper()
	found := make(map[string]int)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b, []byte(text)); n > 0 {
			found[entry.Name()] = n
		}
	}
	return found
}

// truncated waits until the log is empty.
func truncated(t *testing.T, dir string) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			info, err := os.Stat(filepath.Join(dir, name+"-wal"))
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() == 0 {
				return
			}
		case <-t.Context().Done():
			t.Fatal("the log is never emptied")
		}
	}
}

// TestErased: Promise 8. Bodies of all sizes, of rooms that grow side by side,
// so that rows move between pages, are edited and recalled; then no file holds
// a recalled body, while the others are all there.
func TestErased(t *testing.T) {
	t.Run("AtTheInterval", func(t *testing.T) { testErased(t, time.Millisecond, 0) })
	t.Run("AtTheEnd", func(t *testing.T) { testErased(t, time.Hour, 0) })
	t.Run("Copied", func(t *testing.T) { testErased(t, time.Hour, 30) })
}

const (
	eraseRooms = 12
	eraseRows  = 150
)

func testErased(t *testing.T, interval time.Duration, pages int64) {
	dir := t.TempDir()
	s, err := Open(context.Background(), dir, Options{
		Options:  store.Options{Random: storetest.Random, Fatal: func(err error) { t.Error(err) }},
		Truncate: interval, pages: pages,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	e := &eraser{random: rand.New(rand.NewPCG(1, 2))}
	e.all(t, s, e.fill)
	if len(marked(t, dir, "secret-word")) == 0 {
		t.Fatal("the search finds nothing")
	}
	e.all(t, s, e.recall)
	if interval < time.Second {
		truncated(t, dir)
	} else {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openStore(t, dir)
	}
	if found := marked(t, dir, "secret-word"); len(found) > 0 {
		t.Errorf("recalled bodies are still in %v", found)
	}
	if found := marked(t, dir, "kept-word"); len(found) == 0 {
		t.Error("what was kept is gone")
	}
	check(t, s)
	intact(t, s)
}

// secret says which rows are recalled.
func secret(room chat.RoomID, seq chat.Seq) bool { return (int(room)+int(seq))%3 > 0 }

// eraser writes rows at random and erases them.
type eraser struct {
	random *rand.Rand
	rev    chat.Rev
}

// all does something to each row, a commit for those of one seq.
func (e *eraser) all(t *testing.T, s *Store, do func(store.Tx, chat.RoomID, chat.Seq) error) {
	t.Helper()
	for seq := chat.Seq(1); seq <= eraseRows; seq++ {
		err := s.Update(context.Background(), func(tx store.Tx) error {
			for _, room := range e.random.Perm(eraseRooms) {
				if err := do(tx, chat.RoomID(room), seq); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (e *eraser) fill(tx store.Tx, room chat.RoomID, seq chat.Seq) error {
	if secret(room, seq) {
		return e.write(tx, room, seq, e.body("secret-word"))
	}
	return e.write(tx, room, seq, e.body("kept-word"))
}

// recall edits some of the secret rows first.
func (e *eraser) recall(tx store.Tx, room chat.RoomID, seq chat.Seq) error {
	if !secret(room, seq) {
		return nil
	}
	if e.random.IntN(2) == 0 {
		if err := e.write(tx, room, seq, e.body("secret-word")); err != nil {
			return err
		}
	}
	return e.write(tx, room, seq, "")
}

func (e *eraser) body(word string) string {
	return word + strings.Repeat("-", []int{0, 20, 200, 2000, 9000}[e.random.IntN(5)]) + word
}

// write puts a row that has the text wherever there is place for it; a recalled
// one has none.
func (e *eraser) write(tx store.Tx, room chat.RoomID, seq chat.Seq, text string) error {
	e.rev++
	row := chat.Row{Seq: seq, N: chat.Count(seq), Rev: e.rev, Key: chat.Key{1}, By: 1, Kind: chat.KindText, Text: text}
	if text == "" {
		row.Recalled = 1
	} else {
		row.Files = []chat.File{{ID: "f", Name: text}}
		row.Reactions = map[string][]chat.AccountID{text: {1}}
	}
	return tx.PutRow(room, row)
}

// check reads all rows back.
func check(t *testing.T, s *Store) {
	t.Helper()
	err := s.View(context.Background(), func(r store.Reader) error {
		for room := range chat.RoomID(eraseRooms) {
			all, err := r.RowsBefore(room, 0, eraseRows+1)
			if err != nil || len(all) != eraseRows {
				return fmt.Errorf("%d rows: %w", len(all), err)
			}
			for _, row := range all {
				if secret(room, row.Seq) != (row.Text == "") {
					t.Errorf("room %d, row %d: text of %d bytes", room, row.Seq, len(row.Text))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// intact lets SQLite check the database.
func intact(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(context.Background(), func(storeTx store.Tx) error {
		return sqlitex.ExecuteTransient(storeTx.(*tx).conn, "PRAGMA integrity_check", &sqlitex.ExecOptions{
			ResultFunc: func(stmt *sqlite.Stmt) error {
				if found := stmt.ColumnText(0); found != "ok" {
					t.Errorf("integrity_check: %s", found)
				}
				return nil
			},
		})
	})
	if err != nil {
		t.Error(err)
	}
}
