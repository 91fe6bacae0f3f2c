package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
)

// The ids that the tests draw from.
const (
	someAccounts = 4
	someRooms    = 4
	someSessions = 3
)

// contents is what can be read of a store that uses small ids.
type contents struct {
	Accounts []store.Account
	People   []store.Account
	Sessions []store.Session
	Rooms    []store.Room
	Members  map[chat.RoomID][]store.Member
	Banned   []store.Member
	Heads    map[chat.AccountID][]store.Head
	Rows     map[chat.RoomID][]chat.Row
	Changes  map[string][]chat.Seq
	Sends    []store.Send
	Reports  map[chat.RoomID][]store.Report
}

// dump reads everything, by as many ways as there are.
func dump(t testing.TB, s store.Store) contents {
	t.Helper()
	c := contents{
		Members: make(map[chat.RoomID][]store.Member), Heads: make(map[chat.AccountID][]store.Head),
		Rows: make(map[chat.RoomID][]chat.Row), Changes: make(map[string][]chat.Seq), Reports: make(map[chat.RoomID][]store.Report),
	}
	err := s.View(context.Background(), func(r store.Reader) error {
		return errors.Join(c.accounts(r), c.rooms(r))
	})
	for b := range byte(10) {
		s, missing := s.Session(context.Background(), [32]byte{b})
		err = errors.Join(err, keep(&c.Sessions, s, missing))
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keep appends what was found.
func keep[T any](all *[]T, v T, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	*all = append(*all, v)
	return err
}

func (c *contents) accounts(r store.Reader) (err error) {
	if c.People, err = r.People("", nil, 100); err != nil {
		return err
	}
	for _, known := range c.People {
		a, err := r.Account(known.ID)
		if err := keep(&c.Accounts, a, err); err != nil {
			return err
		}
		if known.Username != "" {
			a, err := r.AccountByUsername(known.Username)
			if err := keep(&c.Accounts, a, err); err != nil {
				return err
			}
		}
		if c.Heads[known.ID], err = r.Heads(known.ID); err != nil {
			return err
		}
	}
	return nil
}

func (c *contents) rooms(r store.Reader) error {
	for id := chat.RoomID(1); id < 10; id++ {
		room, err := r.Room(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err := keep(&c.Rooms, room, err); err != nil {
			return err
		}
		switch room.Kind {
		case chat.KindDirect:
			room, err = r.RoomByPair(room.Pair[1], room.Pair[0])
		case chat.KindOpen:
			room, err = r.RoomByName(room.Name)
		}
		if err := keep(&c.Rooms, room, err); err != nil {
			return err
		}
		if err := c.room(r, room); err != nil {
			return err
		}
	}
	return nil
}

func (c *contents) room(r store.Reader, room store.Room) (err error) {
	if c.Members[room.ID], err = r.Members(room.ID); err != nil {
		return err
	}
	if c.Reports[room.ID], err = r.Reports(room.ID, 100); err != nil {
		return err
	}
	for account := chat.AccountID(1); account < 10; account++ {
		if m, err := r.Member(room.ID, account); err == nil && m.Role == store.RoleBanned {
			c.Banned = append(c.Banned, m)
		}
		for rev := range room.Rev + 1 {
			s, err := r.Send(account, keyOf(room.ID, rev))
			if err := keep(&c.Sends, s, err); err != nil {
				return err
			}
		}
	}
	if c.Rows[room.ID], err = r.RowsBefore(room.ID, 0, 1000); err != nil {
		return err
	}
	for after := range room.Rev + 1 {
		for _, limit := range []int{1, 3, 1000} {
			rows, over, err := r.RowsAfter(room.ID, after, limit)
			if err != nil {
				return err
			}
			at := fmt.Sprintf("room %d after %d limit %d over %v", room.ID, after, limit, over)
			c.Changes[at] = make([]chat.Seq, 0)
			for _, row := range rows {
				c.Changes[at] = append(c.Changes[at], row.Seq)
			}
		}
	}
	return nil
}

// testModel does the same at random to the store and to one in memory.
func testModel(t *testing.T, h *harness) {
	rapid.Check(t, func(rt *rapid.T) {
		real := h.engine.Open(t, t.TempDir())
		defer real.Close()
		model := memory.Open(store.Options{Random: Random})
		defer model.Close()
		for range rapid.IntRange(1, 12).Draw(rt, "updates") {
			steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 6).Draw(rt, "steps")
			fails := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
			a, b := play(real, steps, fails), play(model, steps, fails)
			if fmt.Sprint(a) != fmt.Sprint(b) {
				rt.Fatalf("answers differ: %v, want %v", a, b)
			}
		}
		same(t, "contents", dump(t, model), dump(t, real))
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// step is something to do in a transaction.
type step struct {
	what     int
	account  chat.AccountID
	room     chat.RoomID
	number   int
	username string
	role     string
}

func drawStep(rt *rapid.T) step {
	return step{
		what:     rapid.IntRange(0, 11).Draw(rt, "what"),
		account:  chat.AccountID(rapid.IntRange(1, someAccounts).Draw(rt, "account")),
		room:     chat.RoomID(rapid.IntRange(1, someRooms).Draw(rt, "room")),
		number:   rapid.IntRange(0, someSessions).Draw(rt, "number"),
		username: rapid.SampledFrom([]string{"", "ann", "ben"}).Draw(rt, "username"),
		role:     rapid.SampledFrom([]string{chat.RoleOwner, chat.RoleMember, store.RoleBanned}).Draw(rt, "role"),
	}
}

// play runs the steps in one transaction and returns how each ended.
func play(s store.Store, steps []step, fails bool) (answers []string) {
	err := s.Update(context.Background(), func(tx store.Tx) error {
		answers = nil
		for _, st := range steps {
			err := st.do(tx)
			switch {
			case errors.Is(err, store.ErrExists):
				answers = append(answers, "exists")
			case errors.Is(err, store.ErrNotFound):
				answers = append(answers, "not found")
			case err != nil:
				return err
			default:
				answers = append(answers, "done")
			}
		}
		if fails {
			return errRefused
		}
		return nil
	})
	return append(answers, fmt.Sprint(err))
}

func (s step) do(tx store.Tx) error {
	switch s.what {
	case 0:
		a, err := tx.Account(s.account)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		a.ID, a.Kind, a.Username, a.Seen = s.account, chat.KindMember, s.username, chat.Time(s.number)
		return tx.PutAccount(a)
	case 1:
		return tx.PutSession(store.Session{ID: int64(s.number + 1), Hash: [32]byte{byte(s.account)}, Account: s.account})
	case 2:
		return tx.DeleteSession(int64(s.number + 1))
	case 3, 4:
		return s.makeRoom(tx)
	case 5:
		return tx.PutMember(store.Member{Room: s.room, Account: s.account, Role: s.role, Read: chat.Seq(s.number), Mention: chat.Seq(s.number), Top: s.number == 1, Joined: int64(s.number)})
	case 6:
		return tx.DeleteMember(s.room, s.account)
	case 7:
		row, err := post(tx, s.room, s.account, s.username)
		if err != nil {
			return err
		}
		return tx.PutSend(store.Send{Account: s.account, Key: row.Key, Room: s.room, Seq: row.Seq})
	case 8:
		_, err := note(tx, s.room, s.account)
		return err
	case 9:
		return tx.PutReport(store.Report{ID: int64(s.number + 1), Room: s.room, Seq: chat.Seq(s.number), By: s.account, Reason: s.role})
	case 10:
		return tx.DeleteReport(int64(s.number + 1))
	default:
		_, err := edit(tx, s.room, chat.Seq(s.number+1), s.role)
		return err
	}
}

// makeRoom makes a room, or renames it.
func (s step) makeRoom(tx store.Tx) error {
	room, err := tx.Room(s.room)
	switch {
	case errors.Is(err, store.ErrNotFound):
		room = store.Room{ID: s.room, Kind: []string{chat.KindDirect, chat.KindGroup, chat.KindOpen}[s.number%3]}
		if room.Kind == chat.KindDirect {
			room.Pair = [2]chat.AccountID{s.account, s.account + 1}
		}
	case err != nil:
		return err
	}
	if room.Kind != chat.KindDirect {
		room.Name = "room " + s.username
	}
	return tx.PutRoom(room)
}
