package storetest

import (
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// testRevs asks for the revisions of many at once, some of which do not exist.
func testRevs(t *testing.T, h *harness) {
	const some = 1500
	wantRooms, wantAccounts := map[chat.RoomID]chat.Rev{}, map[chat.AccountID]int64{}
	var rooms []chat.RoomID
	var accounts []chat.AccountID
	h.update(func(tx store.Tx) error {
		for i := range some {
			room, a := group(chat.RoomID(chat.MaxID-i), "g"), guest(chat.AccountID(i+1), "A")
			room.Rev, a.Rev = chat.Rev(i), int64(2*i)
			rooms, accounts = append(rooms, room.ID, chat.RoomID(i+1)), append(accounts, a.ID, chat.AccountID(chat.MaxID-i))
			wantRooms[room.ID], wantAccounts[a.ID] = room.Rev, a.Rev
			if err := tx.PutRoom(room); err != nil {
				return err
			}
			if err := tx.PutAccount(a); err != nil {
				return err
			}
		}
		return tx.PutSession(store.Session{ID: chat.MaxID, Hash: [32]byte{1}, Account: 1})
	})
	check := func(r store.Reader) error {
		gotRooms, err := r.RoomRevs(rooms)
		same(t, "RoomRevs", wantRooms, gotRooms)
		if err != nil {
			return err
		}
		gotAccounts, err := r.AccountRevs(accounts)
		same(t, "AccountRevs", wantAccounts, gotAccounts)
		if err != nil {
			return err
		}
		none, err := r.RoomRevs(nil)
		same(t, "RoomRevs of nothing", map[chat.RoomID]chat.Rev{}, none)
		return err
	}
	h.view(check)
	h.update(func(tx store.Tx) error {
		room := group(chat.MaxID, "g")
		room.Rev = 7
		wantRooms[room.ID], wantAccounts[1] = 7, 1
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		if err := hasSession(t, tx, true); err != nil {
			return err
		}
		if err := tx.DeleteSession(chat.MaxID); err != nil {
			return err
		}
		return check(tx)
	})
	h.view(check)
	h.view(func(r store.Reader) error { return hasSession(t, r, false) })
}

func hasSession(t *testing.T, r store.Reader, want bool) error {
	got, err := r.HasSession(chat.MaxID)
	same(t, "HasSession", want, got)
	return err
}
