package storetest

import (
	"context"
	"slices"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

func testRoomRoundTrip(t *testing.T, h *harness) {
	room := store.Room{
		ID: chat.MaxID, Kind: chat.KindDirect, Name: "买卖", About: "prices", Pair: [2]chat.AccountID{3, 8},
		Posted: [2]bool{false, true}, Members: 2, Joins: 3, Seq: 4, N: 3, Rev: 5, Made: 6, At: 7,
		Pins: []chat.Seq{4, chat.MaxID, 1}, Reports: 8,
	}
	filled(t, room)
	h.update(func(tx store.Tx) error { return tx.PutRoom(room) })
	check := func() {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.Room(room.ID)
			same(t, "Room", room, got)
			return err
		})
	}
	check()
	room.Posted, room.Seq, room.N, room.Rev, room.At, room.Members = [2]bool{true, false}, 14, 13, 15, 17, 1
	room.Pins, room.Reports = []chat.Seq{9}, 0
	h.update(func(tx store.Tx) error { return tx.PutRoom(room) })
	check()
	h.view(func(r store.Reader) error {
		_, err := r.Room(1)
		wantErr(t, "Room", err, store.ErrNotFound)
		return nil
	})
}

func testRoomPair(t *testing.T, h *harness) {
	room := store.Room{ID: 1, Kind: chat.KindDirect, Pair: [2]chat.AccountID{3, 8}}
	h.update(func(tx store.Tx) error { return tx.PutRoom(room) })
	h.view(func(r store.Reader) error {
		for _, pair := range [][2]chat.AccountID{{3, 8}, {8, 3}} {
			got, err := r.RoomByPair(pair[0], pair[1])
			same(t, "RoomByPair", room, got)
			if err != nil {
				return err
			}
		}
		_, err := r.RoomByPair(3, 9)
		wantErr(t, "RoomByPair", err, store.ErrNotFound)
		return nil
	})
	again := room
	again.ID = 2
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutRoom(again) })
	wantErr(t, "second room of a pair", err, store.ErrExists)
	h.update(func(tx store.Tx) error { // groups and open rooms have no pair
		if err := tx.PutRoom(group(3, "a")); err != nil {
			return err
		}
		return tx.PutRoom(group(4, "b"))
	})
	h.view(func(r store.Reader) error {
		_, err := r.RoomByPair(0, 0)
		wantErr(t, "RoomByPair of nobody", err, store.ErrNotFound)
		return nil
	})
}

func testRoomName(t *testing.T, h *harness) {
	room := store.Room{ID: 1, Kind: chat.KindOpen, Name: "Markt-42"}
	h.update(func(tx store.Tx) error {
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		if err := tx.PutRoom(store.Room{ID: 2, Kind: chat.KindOpen, Name: "markt-42"}); err != nil {
			return err // case matters
		}
		if err := tx.PutRoom(group(3, "Markt-42")); err != nil {
			return err // groups' names are not unique
		}
		return tx.PutRoom(group(4, "Markt-42"))
	})
	h.view(func(r store.Reader) error {
		got, err := r.RoomByName("Markt-42")
		same(t, "RoomByName", room, got)
		if err != nil {
			return err
		}
		_, err = r.RoomByName("Markt")
		wantErr(t, "RoomByName", err, store.ErrNotFound)
		return nil
	})
	again := room
	again.ID = 5
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutRoom(again) })
	wantErr(t, "second open room of a name", err, store.ErrExists)
	room.Name = "Basar"
	h.update(func(tx store.Tx) error { // a freed name can be taken at once
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		return tx.PutRoom(again)
	})
}

func testMemberRoundTrip(t *testing.T, h *harness) {
	m := store.Member{Room: 1, Account: 2, Role: chat.RoleOwner, Read: 3, ReadN: 4, Got: 5, Muted: true, Joined: 6,
		Top: true, Hidden: 7, Unread: true, Blocked: true, Mention: 8}
	filled(t, m)
	h.update(func(tx store.Tx) error { return tx.PutMember(m) })
	check := func() {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.Member(1, 2)
			same(t, "Member", m, got)
			return err
		})
	}
	check()
	m = store.Member{Room: 1, Account: 2, Role: store.RoleBanned, Read: 13, ReadN: 14, Got: 15, Joined: 16, Hidden: 17, Mention: 18}
	h.update(func(tx store.Tx) error { return tx.PutMember(m) })
	check() // Member tells of the banned too
	h.update(func(tx store.Tx) error { return tx.DeleteMember(1, 2) })
	h.view(func(r store.Reader) error {
		for _, pair := range [][2]int64{{1, 2}, {2, 1}, {7, 7}} {
			_, err := r.Member(chat.RoomID(pair[0]), chat.AccountID(pair[1]))
			wantErr(t, "Member", err, store.ErrNotFound)
		}
		return nil
	})
}

func testMembersOrder(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error {
		for _, m := range []store.Member{
			{Room: 1, Account: 5, Role: chat.RoleMember, Joined: 2},
			{Room: 1, Account: 9, Role: chat.RoleOwner, Joined: 1},
			{Room: 1, Account: 2, Role: store.RoleBanned, Joined: 3},
			{Room: 1, Account: 1, Role: chat.RoleModerator, Joined: 4},
			{Room: 2, Account: 7, Role: chat.RoleMember, Joined: 1},
		} {
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		members, err := r.Members(1)
		same(t, "Members", []store.Member{
			{Room: 1, Account: 9, Role: chat.RoleOwner, Joined: 1},
			{Room: 1, Account: 5, Role: chat.RoleMember, Joined: 2},
			{Room: 1, Account: 1, Role: chat.RoleModerator, Joined: 4},
		}, members)
		if err != nil {
			return err
		}
		members, err = r.Members(3)
		same(t, "Members of no room", []store.Member{}, members)
		return err
	})
}

func testAccountRev(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error { return tx.PutAccount(guest(1, "Ann")) })
	m := store.Member{Room: 1, Account: 1, Role: chat.RoleMember}
	marked, owner := m, m
	marked.Read, marked.Muted, marked.Top, marked.Mention = 5, true, true, 3
	owner.Role = chat.RoleOwner
	put := func(m store.Member) func(store.Tx) error {
		return func(tx store.Tx) error { return tx.PutMember(m) }
	}
	remove := func(tx store.Tx) error { return tx.DeleteMember(1, 1) }
	for _, step := range []struct {
		name string
		do   func(store.Tx) error
		rev  int64
	}{
		{"removing nobody", remove, 0},
		{"joining", put(m), 1},
		{"the same again", put(m), 1},
		{"marks and settings", put(marked), 1},
		{"another role", put(owner), 2},
		{"leaving", remove, 3},
		{"leaving again", remove, 3},
		{"joining again", put(m), 4},
		{"somebody else's joining", put(store.Member{Room: 1, Account: 2, Role: chat.RoleMember}), 4},
	} {
		h.update(step.do)
		h.view(func(r store.Reader) error {
			a, err := r.Account(1)
			same(t, "Account.Rev after "+step.name, step.rev, a.Rev)
			return err
		})
	}
}

func testHeadsOrder(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error {
		for id, at := range map[chat.RoomID]chat.Time{1: 10, 2: 30, 3: 20, 4: 20, 5: 40, 6: 50} {
			room := group(id, "g")
			room.At = at
			if err := tx.PutRoom(room); err != nil {
				return err
			}
			m := store.Member{Room: id, Account: 1, Role: chat.RoleMember}
			switch id {
			case 5:
				m.Role = store.RoleBanned
			case 6:
				m.Account = 2
			}
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		heads, err := r.Heads(1)
		var got []chat.RoomID
		for _, head := range heads {
			got = append(got, head.Room.ID)
		}
		same(t, "order", []chat.RoomID{2, 4, 3, 1}, got)
		ids, roomsErr := r.Rooms(1)
		if roomsErr != nil {
			return roomsErr
		}
		slices.Sort(ids)
		same(t, "rooms", []chat.RoomID{1, 2, 3, 4}, ids)
		for _, room := range []chat.RoomID{5, 6, 7} {
			_, err := r.Head(room, 1)
			wantErr(t, "Head", err, store.ErrNotFound)
		}
		if err != nil {
			return err
		}
		heads, err = r.Heads(3)
		same(t, "Heads of nobody", []store.Head{}, heads)
		return err
	})
}

func testHeadsContent(t *testing.T, h *harness) {
	direct := store.Room{ID: 1, Kind: chat.KindDirect, Pair: [2]chat.AccountID{1, 2}, Members: 2}
	me := store.Member{Room: 1, Account: 1, Role: chat.RoleMember, Read: 1, ReadN: 1, Got: 2, Joined: 1}
	peer := store.Member{Room: 1, Account: 2, Role: chat.RoleMember, Read: 2, ReadN: 2, Got: 2, Joined: 2, Blocked: true, Mention: 1}
	empty := store.Member{Room: 2, Account: 1, Role: chat.RoleOwner, Joined: 1}
	full := store.Member{Room: 3, Account: 1, Role: chat.RoleOwner, Joined: 1}
	var last, noted chat.Row
	h.update(func(tx store.Tx) (err error) {
		for _, room := range []store.Room{direct, group(2, "empty"), group(3, "full")} {
			if err := tx.PutRoom(room); err != nil {
				return err
			}
		}
		for _, m := range []store.Member{me, peer, empty, full, {Room: 3, Account: 2, Role: chat.RoleMember, Joined: 2}} {
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		if _, err := post(tx, 1, 1, "first"); err != nil {
			return err
		}
		if _, err := post(tx, 1, 2, "second"); err != nil {
			return err
		}
		if last, err = edit(tx, 1, 2, "mended"); err != nil {
			return err
		}
		noted, err = note(tx, 3, 2)
		return err
	})
	h.view(func(r store.Reader) error {
		heads, err := r.Heads(1)
		if err != nil {
			return err
		}
		direct, err := r.Room(1)
		if err != nil {
			return err
		}
		withNote, err := r.Room(3)
		if err != nil {
			return err
		}
		want := []store.Head{
			{Room: direct, Member: me, Other: &peer, Last: &last},
			{Room: withNote, Member: full, Last: &noted},
			{Room: group(2, "empty"), Member: empty},
		}
		same(t, "Heads", want, heads)
		for i, room := range []chat.RoomID{1, 3, 2} {
			head, err := r.Head(room, 1)
			if err != nil {
				return err
			}
			same(t, "Head", want[i], head)
		}
		mirrored, err := r.Head(1, 2)
		same(t, "Head of the peer", store.Head{Room: direct, Member: peer, Other: &me, Last: &last}, mirrored)
		return err
	})
}
