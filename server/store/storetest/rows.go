package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// wholeRow has every field that a row can have.
func wholeRow(seq chat.Seq, rev chat.Rev) chat.Row {
	return chat.Row{
		Seq: seq, N: 1, Rev: rev, Key: keyOf(1, rev), By: chat.MaxID, At: 1 << 41, Kind: chat.KindFile,
		Text: "<p> & \u2028 洽谈 👋🏽\n\ttail ", Reply: 7,
		Files: []chat.File{
			{ID: "f1", Name: "价.pdf", Type: "application/pdf", Size: 1 << 40, Width: 2, Height: 3, Length: 4},
			{ID: "f0", Name: "b", Type: "image/png", Size: 1},
		},
		Card:   json.RawMessage("{\"b\": 1.50,\n \"a\":\"<&>\"}"), // spaces and order are kept
		Edited: 9, Recalled: 10,
		Mentions:  []chat.AccountID{chat.MaxID, 3, 1},
		Reactions: map[string][]chat.AccountID{"👍": {9, 3, 5, 1}, "❤️": {chat.MaxID}, "a": {2}},
		System:    &chat.System{Event: chat.EventRole, Account: 11, Text: chat.RoleOwner},
	}
}

func testRowRoundTrip(t *testing.T, h *harness) {
	whole := wholeRow(1, 1)
	filled(t, whole)
	filled(t, whole.Files[0])
	filled(t, *whole.System)
	bare := chat.Row{Seq: 2, Rev: 2, By: 1, At: 1, Kind: chat.KindText}
	h.update(func(tx store.Tx) error {
		if err := tx.PutRow(1, whole); err != nil {
			return err
		}
		return tx.PutRow(1, bare)
	})
	h.view(func(r store.Reader) error {
		for _, want := range []chat.Row{whole, bare} {
			got, err := r.Row(1, want.Seq)
			if err != nil {
				return err
			}
			same(t, "Row", want, got)
		}
		rows, _, err := r.RowsAfter(1, 0, 10)
		same(t, "RowsAfter", []chat.Row{whole, bare}, rows)
		if err != nil {
			return err
		}
		rows, err = r.RowsBefore(1, 0, 10)
		same(t, "RowsBefore", []chat.Row{whole, bare}, rows)
		for _, seq := range []chat.Seq{-1, 0, 3} {
			_, err := r.Row(1, seq)
			wantErr(t, "Row", err, store.ErrNotFound)
		}
		return err
	})
}

func testRowReplaced(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error { return tx.PutRow(1, wholeRow(1, 1)) })
	recalled := chat.Row{Seq: 1, N: 1, Rev: 2, Key: keyOf(1, 1), By: 1, At: 1, Kind: chat.KindText, Recalled: 5}
	h.update(func(tx store.Tx) error { return tx.PutRow(1, recalled) })
	h.view(func(r store.Reader) error {
		got, err := r.Row(1, 1)
		same(t, "recalled row", recalled, got)
		return err
	})
}

// rowsAfter asks in a view.
func (h *harness) rowsAfter(room chat.RoomID, after chat.Rev, limit int) (rows []chat.Row, over bool) {
	h.Helper()
	h.view(func(r store.Reader) (err error) {
		rows, over, err = r.RowsAfter(room, after, limit)
		return err
	})
	return rows, over
}

func testRowsAfter(t *testing.T, h *harness) {
	h.room(1, 4) // revs 1 to 4
	h.update(func(tx store.Tx) error {
		for _, e := range []struct {
			seq  chat.Seq
			text string
		}{{2, "2a"}, {1, "1a"}, {2, "2b"}} { // revs 5 to 7, of which 5 is superseded
			if _, err := edit(tx, 1, e.seq, e.text); err != nil {
				return err
			}
		}
		_, err := post(tx, 1, 2, "5") // rev 8
		return err
	})
	for _, c := range []struct {
		after chat.Rev
		limit int
		want  []string
		over  bool
	}{
		{after: 0, limit: 5, want: []string{"3", "4", "1a", "2b", "5"}},
		{after: 0, limit: 4, over: true},
		{after: 0, limit: 1, over: true},
		{after: 1, limit: 9, want: []string{"3", "4", "1a", "2b", "5"}},
		{after: 3, limit: 4, want: []string{"4", "1a", "2b", "5"}},
		{after: 3, limit: 3, over: true},
		{after: 4, limit: 3, want: []string{"1a", "2b", "5"}}, // both kinds
		{after: 4, limit: 2, over: true},
		{after: 5, limit: 3, want: []string{"1a", "2b", "5"}},
		{after: 6, limit: 2, want: []string{"2b", "5"}},
		{after: 7, limit: 1, want: []string{"5"}}, // new only
		{after: 8, limit: 1},
		{after: 8, limit: 0},
		{after: 7, limit: 0, over: true},
		{after: 99, limit: 5},
	} {
		rows, over := h.rowsAfter(1, c.after, c.limit)
		what := fmt.Sprintf("after %d, limit %d", c.after, c.limit)
		same(t, what, c.want, texts(rows))
		same(t, what+": over", c.over, over)
	}

	h.update(func(tx store.Tx) error { _, err := edit(tx, 1, 5, "5a"); return err }) // rev 9
	rows, _ := h.rowsAfter(1, 8, 1)
	same(t, "edited only", []string{"5a"}, texts(rows))
	rows, over := h.rowsAfter(2, 0, 10)
	same(t, "no such room", 0, len(rows))
	same(t, "no such room: over", false, over)
}

func testRowsAfterFarBehind(t *testing.T, h *harness) {
	const n = 1200
	h.room(1, n)
	h.update(func(tx store.Tx) error { // one row edited over and over counts once
		for i := range n {
			if _, err := edit(tx, 1, 3, fmt.Sprint("edit ", i)); err != nil {
				return err
			}
		}
		return nil
	})
	rows, over := h.rowsAfter(1, n, 1)
	same(t, "a row edited often", []string{fmt.Sprint("edit ", n-1)}, texts(rows))
	same(t, "over", false, over)
	for _, c := range []struct {
		after chat.Rev
		limit int
		rows  int
		over  bool
	}{
		{0, chat.ResetBehind, 0, true},
		{n - 500, 500, 0, true}, // 500 new ones and the edited one
		{n - 499, 500, 500, false},
		{0, n, n, false},
		{0, n - 1, 0, true},
	} {
		rows, over := h.rowsAfter(1, c.after, c.limit)
		if len(rows) != c.rows || over != c.over {
			t.Errorf("after %d, limit %d: %d rows, over %v; want %d, %v", c.after, c.limit, len(rows), over, c.rows, c.over)
		}
		for i := 1; i < len(rows); i++ {
			if rows[i-1].Rev >= rows[i].Rev {
				t.Fatalf("rev %d before %d", rows[i-1].Rev, rows[i].Rev)
			}
		}
	}
}

func testRowsBefore(t *testing.T, h *harness) {
	h.room(1, 5)
	for _, c := range []struct {
		before chat.Seq
		limit  int
		want   []string
	}{
		{0, 2, []string{"4", "5"}},
		{0, 5, []string{"1", "2", "3", "4", "5"}},
		{0, 9, []string{"1", "2", "3", "4", "5"}},
		{4, 2, []string{"2", "3"}},
		{3, 9, []string{"1", "2"}},
		{2, 1, []string{"1"}},
		{1, 5, nil},
		{6, 1, []string{"5"}},
		{99, 1, []string{"5"}},
		{0, 0, nil},
	} {
		h.view(func(r store.Reader) error {
			rows, err := r.RowsBefore(1, c.before, c.limit)
			same(t, fmt.Sprintf("before %d, limit %d", c.before, c.limit), c.want, texts(rows))
			return err
		})
	}
	h.view(func(r store.Reader) error {
		rows, err := r.RowsBefore(2, 0, 5)
		same(t, "no such room", 0, len(rows))
		return err
	})
}

func testRoomsApart(t *testing.T, h *harness) {
	h.room(1, 2)
	h.room(2, 3)
	h.room(3, 1)
	h.update(func(tx store.Tx) error { _, err := edit(tx, 2, 1, "edited"); return err })
	for room, want := range map[chat.RoomID][]string{1: {"1", "2"}, 2: {"2", "3", "edited"}, 3: {"1"}} {
		rows, _ := h.rowsAfter(room, 0, 10)
		same(t, fmt.Sprint("room ", room), want, texts(rows))
		h.view(func(r store.Reader) error {
			rows, err := r.RowsBefore(room, 0, 10)
			same(t, fmt.Sprint("rows of room ", room), len(want), len(rows))
			return err
		})
	}
}

func testOthersAfter(t *testing.T, h *harness) {
	h.room(1, 2) // 1 and 2 are of account 1
	h.update(func(tx store.Tx) error {
		if _, err := post(tx, 1, 2, "3"); err != nil {
			return err
		}
		if _, err := note(tx, 1, 2); err != nil {
			return err
		}
		_, err := post(tx, 1, 1, "5")
		return err
	})
	for _, c := range []struct {
		account chat.AccountID
		after   chat.Seq
		want    bool
	}{
		{1, 0, true}, {1, 2, true}, {1, 3, false}, {1, 5, false}, {1, 9, false},
		{2, 0, true}, {2, 4, true}, {2, 5, false},
		{3, 0, true},
	} {
		h.view(func(r store.Reader) error {
			got, err := r.OthersAfter(1, c.account, c.after)
			same(t, fmt.Sprintf("others than %d after %d", c.account, c.after), c.want, got)
			return err
		})
	}
	h.view(func(r store.Reader) error {
		got, err := r.OthersAfter(2, 1, 0)
		same(t, "no such room", false, got)
		return err
	})
}

func testSends(t *testing.T, h *harness) {
	s := store.Send{Account: 1, Key: keyOf(1, 1), Room: 2, Seq: 3, Hash: [32]byte{4, 31: 5}}
	filled(t, s)
	h.update(func(tx store.Tx) error { return tx.PutSend(s) })
	again := s
	again.Seq = 9
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutSend(again) })
	wantErr(t, "the key again", err, store.ErrExists)
	other := store.Send{Account: 2, Key: s.Key, Room: 2, Seq: 4}
	h.update(func(tx store.Tx) error { return tx.PutSend(other) }) // keys are per account
	h.view(func(r store.Reader) error {
		for _, want := range []store.Send{s, other} {
			got, err := r.Send(want.Account, want.Key)
			if err != nil {
				return err
			}
			same(t, "Send", want, got)
		}
		_, err := r.Send(3, s.Key)
		wantErr(t, "another's key", err, store.ErrNotFound)
		_, err = r.Send(1, keyOf(1, 2))
		wantErr(t, "another key", err, store.ErrNotFound)
		return nil
	})
}

// spoil changes everything that a row points to.
func spoil(row chat.Row) {
	row.Files[0].Name = "spoilt"
	row.Card[0] = 'X'
	row.Reactions["👍"][0] = 99
	row.Reactions["new"] = nil
	row.Mentions[0] = 99
	row.System.Text = "spoilt"
}

func testCopies(t *testing.T, h *harness) {
	given := wholeRow(1, 1)
	room := store.Room{ID: 1, Kind: chat.KindGroup, Seq: 1, Rev: 1, Pins: []chat.Seq{1}}
	account := guest(1, "Ann")
	account.Settings = json.RawMessage(`{}`)
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(account); err != nil {
			return err
		}
		if err := tx.PutMember(store.Member{Room: 1, Account: 1, Role: chat.RoleMember}); err != nil {
			return err
		}
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		if err := tx.PutRow(1, given); err != nil {
			return err
		}
		spoil(given)
		room.Pins[0] = 99
		account.Settings[0] = 'X'
		return nil
	})
	h.view(func(r store.Reader) error {
		for range 2 { // what the first round returned is spoilt by it
			row, err := r.Row(1, 1)
			if err != nil {
				return err
			}
			same(t, "Row", wholeRow(1, 1), row)
			after, _, err := r.RowsAfter(1, 0, 5)
			if err != nil {
				return err
			}
			same(t, "RowsAfter", []chat.Row{wholeRow(1, 1)}, after)
			before, err := r.RowsBefore(1, 0, 5)
			if err != nil {
				return err
			}
			same(t, "RowsBefore", []chat.Row{wholeRow(1, 1)}, before)
			head, err := r.Head(1, 1)
			if err != nil {
				return err
			}
			same(t, "Head.Last", wholeRow(1, 1), *head.Last)
			at, err := r.Room(1)
			if err != nil {
				return err
			}
			same(t, "Pins", [][]chat.Seq{{1}, {1}}, [][]chat.Seq{at.Pins, head.Room.Pins})
			a, err := r.Account(1)
			if err != nil {
				return err
			}
			same(t, "Settings", "{}", string(a.Settings))
			spoil(row)
			spoil(after[0])
			spoil(before[0])
			spoil(*head.Last)
			at.Pins[0], head.Room.Pins[0] = 98, 97
			a.Settings[0] = 'X'
		}
		return nil
	})
}
