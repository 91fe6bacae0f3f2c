package sqlite

import (
	"context"
	"errors"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// TestLasts: a list shows the newest rows as they are committed, whatever was
// listed before, and inside transactions.
func TestLasts(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	fill(t, s, 2, 3)
	lists := func(r store.Reader, want string) {
		t.Helper()
		heads, err := r.Heads(1)
		if err != nil || len(heads) != 2 {
			t.Fatalf("%d heads, %v", len(heads), err)
		}
		for _, h := range heads {
			if h.Room.ID == 1 && h.Last.Text != want {
				t.Errorf("the newest row is %q, want %q", h.Last.Text, want)
			}
		}
	}
	listed := func(want string) {
		t.Helper()
		for range 2 { // the second time from memory
			if err := s.View(t.Context(), func(r store.Reader) error { lists(r, want); return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(seq chat.Seq, text string, end error) {
		t.Helper()
		err := s.Update(context.Background(), func(tx store.Tx) error {
			room, err := tx.Room(1)
			if err != nil {
				return err
			}
			room.Rev++
			room.Seq = max(room.Seq, seq)
			row := chat.Row{Seq: seq, Rev: room.Rev, Kind: chat.KindText, Text: text}
			if err := errors.Join(tx.PutRow(1, row), tx.PutRoom(room)); err != nil {
				return err
			}
			lists(tx, text)
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	put(4, "first", nil)
	listed("first")
	put(4, "edited", nil)
	listed("edited")
	failed := errors.New("it is taken back")
	put(5, "never there", failed)
	listed("edited")
	put(5, "there", nil) // at the same revision
	listed("there")
	put(5, "", nil)
	listed("")
}
