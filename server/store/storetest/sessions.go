package storetest

import (
	"context"
	"slices"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

func session(id int64, account chat.AccountID, seen, expires chat.Time) store.Session {
	return store.Session{ID: id, Hash: [32]byte{byte(id)}, Account: account, Seen: seen, Expires: expires}
}

func testSessionLists(t *testing.T, h *harness) {
	all := []store.Session{session(1, 1, 10, 100), session(2, 1, 30, 50), session(3, 2, 20, 60), session(4, 1, 10, 60)}
	h.update(func(tx store.Tx) error {
		for _, s := range all {
			if err := tx.PutSession(s); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		mine, err := r.Sessions(1)
		same(t, "Sessions", []store.Session{all[1], all[3], all[0]}, mine)
		if err != nil {
			return err
		}
		none, err := r.Sessions(9)
		same(t, "Sessions of nobody", []store.Session{}, none)
		if err != nil {
			return err
		}
		for now, want := range map[chat.Time]int{49: 0, 50: 1, 60: 3, 99: 3, 100: 4} {
			ended, err := r.ExpiredSessions(now, 10)
			if err != nil || len(ended) != want {
				t.Errorf("at %d these have expired: %+v, %v; want %d", now, ended, err, want)
			}
		}
		some, err := r.ExpiredSessions(100, 2)
		if len(some) != 2 {
			t.Errorf("%d expired sessions, limit 2", len(some))
		}
		return err
	})
}

func testLeavers(t *testing.T, h *harness) {
	check := func(want ...chat.AccountID) {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.Leavers()
			same(t, "Leavers", want, got)
			return err
		})
	}
	check()
	for _, id := range []chat.AccountID{7, 3, 7} {
		h.update(func(tx store.Tx) error { return tx.PutLeaver(id) })
	}
	check(3, 7)
	h.update(func(tx store.Tx) error { return tx.DeleteLeaver(7) })
	h.update(func(tx store.Tx) error { return tx.DeleteLeaver(7) })
	check(3)
}

func testFormerPeople(t *testing.T, h *harness) {
	gone := guest(1, "")
	gone.Kind = chat.KindFormer
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(gone); err != nil {
			return err
		}
		return tx.PutAccount(guest(2, "Ben"))
	})
	h.view(func(r store.Reader) error {
		people, err := r.People("", nil, 10)
		same(t, "People", []chat.AccountID{2}, ids(people))
		if err != nil {
			return err
		}
		users, err := r.Users([]chat.AccountID{1})
		same(t, "Users", []chat.User{{ID: 1, Kind: chat.KindFormer}}, users)
		return err
	})
}

func testPushes(t *testing.T, h *harness) {
	p := store.Push{Session: 1, Account: 5, Endpoint: "https://push/1", P256dh: "p", Auth: "a", Text: true, Locale: "zh-CN"}
	filled(t, p)
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutPush(p) })
	wantErr(t, "PutPush without a session", err, store.ErrNotFound)
	h.update(func(tx store.Tx) error {
		for id := range int64(3) {
			if err := tx.PutSession(session(id+1, 5, 0, 0)); err != nil {
				return err
			}
		}
		return tx.PutPush(p)
	})
	check := func(session int64, want *store.Push) {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.Push(session)
			if want == nil {
				wantErr(t, "Push", err, store.ErrNotFound)
				return nil
			}
			same(t, "Push", *want, got)
			return err
		})
	}
	check(1, &p)
	p.Endpoint, p.Text = "https://push/2", false
	h.update(func(tx store.Tx) error { return tx.PutPush(p) })
	check(1, &p)

	other := p // the same browser, signed in anew
	other.Session = 2
	h.update(func(tx store.Tx) error { return tx.PutPush(other) })
	check(1, nil)
	check(2, &other)

	third := store.Push{Session: 3, Account: 5, Endpoint: "https://push/3"}
	h.update(func(tx store.Tx) error { return tx.PutPush(third) })
	h.update(func(tx store.Tx) error { return tx.DeleteSession(2) })
	check(2, nil)
	check(3, &third)
	h.update(func(tx store.Tx) error { return tx.DeletePush(3) })
	h.update(func(tx store.Tx) error { return tx.DeletePush(3) })
	check(3, nil)
}

func testRoomPushes(t *testing.T, h *harness) {
	at := func(session int64, account chat.AccountID) store.Push {
		return store.Push{Session: session, Account: account, Endpoint: string(rune('a' + session))}
	}
	h.update(func(tx store.Tx) error {
		for _, p := range []store.Push{at(4, 1), at(3, 1), at(2, 2), at(1, 3), at(5, 4)} {
			if err := tx.PutSession(session(p.Session, p.Account, 0, 0)); err != nil {
				return err
			}
			if err := tx.PutPush(p); err != nil {
				return err
			}
		}
		for account, role := range map[chat.AccountID]string{1: chat.RoleOwner, 2: chat.RoleMember, 3: store.RoleBanned, 5: chat.RoleMember} {
			if err := tx.PutMember(store.Member{Room: 9, Account: account, Role: role}); err != nil {
				return err
			}
		}
		for room, m := range map[chat.RoomID]store.Member{
			8: {Account: 4, Role: chat.RoleMember}, 7: {Account: 1, Role: chat.RoleMember},
			6: {Account: 1, Role: store.RoleBanned}, 4: {Account: 1, Role: chat.RoleMember},
		} {
			m.Room = room
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		got, err := r.RoomPushes(9)
		same(t, "RoomPushes", []store.Push{at(2, 2), at(3, 1), at(4, 1)}, got)
		if err != nil {
			return err
		}
		rooms, err := r.PushedRooms([]chat.RoomID{9, 8, 7, 6, 5})
		slices.Sort(rooms)
		same(t, "PushedRooms", []chat.RoomID{7, 8, 9}, rooms)
		return err
	})
}

func testUnread(t *testing.T, h *harness) {
	for id := chat.RoomID(1); id <= 4; id++ {
		h.room(id, 5)
	}
	h.update(func(tx store.Tx) error {
		for _, m := range []store.Member{
			{Room: 1, Account: 1, Role: chat.RoleMember, ReadN: 2},
			{Room: 2, Account: 1, Role: chat.RoleMember, ReadN: 5},
			{Room: 3, Account: 1, Role: chat.RoleMember, Muted: true},
			{Room: 4, Account: 1, Role: store.RoleBanned},
			{Room: 4, Account: 2, Role: chat.RoleMember, ReadN: 1},
		} {
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	for account, want := range map[chat.AccountID]chat.Count{1: 3, 2: 4, 3: 0} {
		h.view(func(r store.Reader) error {
			got, err := r.Unread(account)
			same(t, "Unread", want, got)
			return err
		})
	}
}
