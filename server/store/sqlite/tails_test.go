package sqlite

import (
	"context"
	"errors"
	"slices"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// TestTails: lists and pages show the newest rows as they are committed, whatever
// was asked for before, and inside transactions; and who asks owns them.
func TestTails(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	fill(t, s, 2, 3)
	shows := func(r store.Reader, want string) {
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
		for _, limit := range []int{2, 1, 3, 50} {
			rows, err := r.RowsBefore(1, 0, limit)
			if err != nil || len(rows) != min(limit, int(rows[len(rows)-1].Seq)) || rows[len(rows)-1].Text != want {
				t.Errorf("the newest %d rows: %v, %v", limit, rows, err)
			}
			newest := &rows[len(rows)-1]
			if string(newest.Card) != want || newest.Reactions[want][0] != 1 || newest.System.Text != want {
				t.Errorf("what the newest row has was changed: %+v", newest)
			}
			newest.Text, newest.Card[0], newest.Reactions[want][0], newest.System.Text = "spoilt", 'x', 7, "spoilt"
			slices.Reverse(rows)
		}
	}
	listed := func(want string) {
		t.Helper()
		for range 2 { // the second time from memory
			if err := s.View(t.Context(), func(r store.Reader) error { shows(r, want); return nil }); err != nil {
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
			row := chat.Row{Seq: seq, Rev: room.Rev, Kind: chat.KindText, Text: text,
				Card: []byte(text), Reactions: map[string][]chat.AccountID{text: {1}}, System: &chat.System{Event: text, Text: text}}
			if err := errors.Join(tx.PutRow(1, row), tx.PutRoom(room)); err != nil {
				return err
			}
			shows(tx, text)
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
	put(5, "again", nil)
	listed("again")
}
