package storetest

import (
	"fmt"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// follow asks in a view.
func (h *harness) follow(room chat.RoomID, from store.Place, limit int) (rows []chat.Row, to store.Place) {
	h.Helper()
	h.view(func(r store.Reader) (err error) {
		rows, to, err = r.Follow(room, from, limit)
		return err
	})
	return rows, to
}

func testFollow(t *testing.T, h *harness) {
	h.room(1, 5) // revs 1 to 5
	h.update(func(tx store.Tx) error {
		for _, seq := range []chat.Seq{2, 4, 1, 2} { // revs 6 to 9, of which 6 is superseded
			if _, err := edit(tx, 1, seq, fmt.Sprint(seq, "x")); err != nil {
				return err
			}
		}
		_, err := post(tx, 1, 2, "6") // rev 10
		return err
	})
	for _, c := range []struct {
		from  store.Place
		limit int
		want  []string
		to    store.Place
	}{
		{store.Place{}, 9, []string{"1x", "2x", "3", "4x", "5", "6"}, store.Place{Seq: 6, Rev: 10}},
		{store.Place{}, 2, []string{"1x", "2x"}, store.Place{Seq: 2, Rev: 10}},
		{store.Place{Seq: 2, Rev: 10}, 2, []string{"3", "4x"}, store.Place{Seq: 4, Rev: 10}},
		{store.Place{Seq: 5, Rev: 5}, 9, []string{"4x", "1x", "2x", "6"}, store.Place{Seq: 6, Rev: 10}},
		{store.Place{Seq: 5, Rev: 5}, 3, []string{"4x", "1x", "2x"}, store.Place{Seq: 5, Rev: 9}},
		{store.Place{Seq: 5, Rev: 5}, 2, []string{"4x", "1x"}, store.Place{Seq: 5, Rev: 8}},
		{store.Place{Seq: 5, Rev: 9}, 3, []string{"6"}, store.Place{Seq: 6, Rev: 10}},
		{store.Place{Seq: 3, Rev: 3}, 3, []string{"1x", "2x", "4x"}, store.Place{Seq: 4, Rev: 10}},
		{store.Place{Seq: 6, Rev: 10}, 3, nil, store.Place{Seq: 6, Rev: 10}},
		{store.Place{Seq: 6, Rev: 10}, 0, nil, store.Place{Seq: 6, Rev: 10}},
	} {
		rows, to := h.follow(1, c.from, c.limit)
		what := fmt.Sprintf("from %v, limit %d", c.from, c.limit)
		same(t, what, c.want, texts(rows))
		same(t, what+": to", c.to, to)
	}
	rows, to := h.follow(2, store.Place{}, 9)
	same(t, "no such room", 0, len(rows))
	same(t, "no such room: to", store.Place{}, to)
}

// testFollowAsItGoes follows a room in small steps while it changes: in the end
// nothing is missing and everything is in its last form.
func testFollowAsItGoes(t *testing.T, h *harness) {
	const n = 60
	h.room(1, n)
	var at store.Place
	held := map[chat.Seq]string{}
	take := func() int {
		rows, to := h.follow(1, at, 7)
		for _, row := range rows {
			held[row.Seq] = row.Text
		}
		at = to
		return len(rows)
	}
	for i := range 2 * n {
		take()
		h.update(func(tx store.Tx) error {
			_, err := edit(tx, 1, chat.Seq(1+(i*37)%n), fmt.Sprint("edit ", i))
			if err == nil && i%5 == 0 {
				_, err = post(tx, 1, 1, fmt.Sprint("late ", i))
			}
			return err
		})
	}
	for take() > 0 {
	}
	want := map[chat.Seq]string{}
	h.view(func(r store.Reader) error {
		rows, err := r.RowsBefore(1, 0, 10*n)
		for _, row := range rows {
			want[row.Seq] = row.Text
		}
		return err
	})
	same(t, "what was followed", want, held)
}

func testRoomsAfter(t *testing.T, h *harness) {
	h.room(3, 2)
	h.room(1, 1)
	h.room(chat.MaxID, 3)
	h.update(func(tx store.Tx) error { _, err := edit(tx, 1, 1, "x"); return err })
	all := []store.RoomPlace{
		{Room: 1, Place: store.Place{Seq: 1, Rev: 2}}, {Room: 3, Place: store.Place{Seq: 2, Rev: 2}},
		{Room: chat.MaxID, Place: store.Place{Seq: 3, Rev: 3}},
	}
	for _, c := range []struct {
		after chat.RoomID
		limit int
		want  []store.RoomPlace
	}{
		{0, 9, all}, {0, 2, all[:2]}, {1, 2, all[1:]}, {2, 1, all[1:2]}, {3, 9, all[2:]}, {chat.MaxID, 9, nil}, {0, 0, nil},
	} {
		h.view(func(r store.Reader) error {
			got, err := r.RoomsAfter(c.after, c.limit)
			same(t, fmt.Sprintf("after %d, limit %d", c.after, c.limit), c.want, got)
			return err
		})
	}
}
