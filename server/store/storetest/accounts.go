package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// filled fails the test if a field of v is zero: who adds a field must add it
// to the round trip.
func filled(t *testing.T, v any) {
	t.Helper()
	s := reflect.ValueOf(v)
	for i := range s.NumField() {
		if s.Field(i).IsZero() {
			t.Errorf("%T.%s is not set by this test", v, s.Type().Field(i).Name)
		}
	}
}

func testMeta(t *testing.T, h *harness) {
	m := h.Meta()
	if m.Epoch == "" || len(m.Epoch) > chat.MaxEpoch {
		t.Errorf("epoch %q", m.Epoch)
	}
	if len(m.Secret) != 32 {
		t.Errorf("secret has %d bytes, want 32", len(m.Secret))
	}
	clear(m.Secret)
	if h.Meta().Secret[0] == 0 && h.Meta().Secret[1] == 0 && h.Meta().Secret[2] == 0 {
		t.Error("the secret was changed through a copy")
	}
	other := h.engine.Open(t, t.TempDir())
	defer other.Close()
	if other.Meta().Epoch == m.Epoch {
		t.Error("two databases have one epoch")
	}
}

func testAccountRoundTrip(t *testing.T, h *harness) {
	a := store.Account{
		Account: chat.Account{
			ID: chat.MaxID, Kind: chat.KindMember, Name: "Łucja 洽谈", Username: "lucja", Avatar: "f1",
			Locale: "zh-Hans", Settings: json.RawMessage(`{"theme":"dark"}`),
		},
		Password: "$argon2id$x", Rev: 7, Made: 11, Seen: 12,
	}
	filled(t, a)
	filled(t, a.Account)
	h.update(func(tx store.Tx) error { return tx.PutAccount(a) })
	check := func(want store.Account) {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.Account(want.ID)
			same(t, "Account", want, got)
			return err
		})
	}
	check(a)

	a.Account = chat.Account{ID: a.ID, Kind: chat.KindGuest, Name: "L"}
	a.Password, a.Rev, a.Made, a.Seen = "", 8, 13, 14
	h.update(func(tx store.Tx) error { return tx.PutAccount(a) })
	check(a)
}

func testAccountMissing(t *testing.T, h *harness) {
	h.view(func(r store.Reader) error {
		_, err := r.Account(1)
		wantErr(t, "Account", err, store.ErrNotFound)
		_, err = r.AccountByUsername("nobody")
		wantErr(t, "AccountByUsername", err, store.ErrNotFound)
		_, err = r.AccountByUsername("")
		wantErr(t, "AccountByUsername of nothing", err, store.ErrNotFound)
		people, err := r.People("", nil, 10)
		same(t, "People", []store.Account{}, people)
		return err
	})
}

func testUsername(t *testing.T, h *harness) {
	ann, ben := guest(1, "Ann"), guest(2, "Ben")
	ann.Username, ben.Username = "ann", "ann"
	h.update(func(tx store.Tx) error { return tx.PutAccount(ann) })
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutAccount(ben) })
	wantErr(t, "second of a username", err, store.ErrExists)

	ben.Username = ""
	cid := guest(3, "Cid")
	h.update(func(tx store.Tx) error { return tx.PutAccount(ben) })
	h.update(func(tx store.Tx) error { return tx.PutAccount(cid) }) // no username is nobody's
	h.update(func(tx store.Tx) error { return tx.PutAccount(ann) }) // one's own is no conflict

	ann.Username, ben.Username = "anna", "ann" // a freed one can be taken at once
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(ann); err != nil {
			return err
		}
		return tx.PutAccount(ben)
	})
	h.view(func(r store.Reader) error {
		a, err := r.AccountByUsername("ann")
		same(t, "ann", ben, a)
		return err
	})
}

func testUsers(t *testing.T, h *harness) {
	ann := guest(1, "Ann")
	ann.Avatar = "pic"
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(ann); err != nil {
			return err
		}
		return tx.PutAccount(guest(2, "Ben"))
	})
	ids := []chat.AccountID{2, 9, 1, 2}
	h.view(func(r store.Reader) error {
		users, err := r.Users(ids)
		got := make(map[chat.AccountID]chat.User)
		for _, u := range users {
			got[u.ID] = u
		}
		same(t, "Users", map[chat.AccountID]chat.User{
			1: {ID: 1, Name: "Ann", Avatar: "pic", Kind: chat.KindGuest},
			2: {ID: 2, Name: "Ben", Kind: chat.KindGuest},
		}, got)
		if len(users) != 2 {
			t.Errorf("got %d users, want each once", len(users))
		}
		same(t, "ids given", []chat.AccountID{2, 9, 1, 2}, ids)
		if err != nil {
			return err
		}
		users, err = r.Users(nil)
		same(t, "Users of nobody", []chat.User{}, users)
		return err
	})
}

func testPeopleQuery(t *testing.T, h *harness) {
	people := []store.Account{
		guest(1, "Ann 100%"), guest(2, "BEN_jamin"), guest(3, "Ärger"), guest(4, "王小明"), guest(5, `back\slash`), guest(6, "ΣΊΣΥΦΟΣ"),
	}
	people[1].Username = "x.y_z"
	h.update(func(tx store.Tx) error {
		for _, a := range people {
			if err := tx.PutAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		query string
		want  []chat.AccountID
	}{
		{"", []chat.AccountID{6, 5, 4, 3, 2, 1}},
		{"ann", []chat.AccountID{1}},
		{"ANN", []chat.AccountID{1}},
		{"jam", []chat.AccountID{2}},
		{"Y_Z", []chat.AccountID{2}},
		{"%", []chat.AccountID{1}},
		{"_", []chat.AccountID{2}},
		{"0%", []chat.AccountID{1}},
		{`\`, []chat.AccountID{5}},
		{"*", nil},
		{"ä", []chat.AccountID{3}},
		{"äRG", []chat.AccountID{3}},
		{"小", []chat.AccountID{4}},
		{"σίσυ", []chat.AccountID{6}},
		{"n", []chat.AccountID{2, 1}},
		{"nobody", nil},
	} {
		h.view(func(r store.Reader) error {
			got, err := r.People(c.query, nil, 10)
			same(t, "People "+c.query, c.want, ids(got))
			return err
		})
	}

	renamed := people[0]
	renamed.Name = "Zoë"
	h.update(func(tx store.Tx) error { return tx.PutAccount(renamed) })
	h.view(func(r store.Reader) error {
		got, err := r.People("ZOË", nil, 10)
		same(t, "People after renaming", []store.Account{renamed}, got)
		return err
	})
}

func ids(accounts []store.Account) []chat.AccountID {
	var all []chat.AccountID
	for _, a := range accounts {
		all = append(all, a.ID)
	}
	return all
}

func testPeoplePages(t *testing.T, h *harness) {
	h.update(func(tx store.Tx) error {
		for id, seen := range map[chat.AccountID]chat.Time{1: 30, 2: 10, 3: 20, 4: 20, 5: 20, 6: 0, 7: 40} {
			a := guest(id, "P")
			a.Seen = seen
			if err := tx.PutAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
	want := []chat.AccountID{7, 1, 5, 4, 3, 2, 6}
	for limit := 1; limit <= 8; limit++ {
		var got []chat.AccountID
		var after *store.PeopleCursor
		for {
			var page []store.Account
			h.view(func(r store.Reader) (err error) {
				page, err = r.People("p", after, limit)
				return err
			})
			if len(page) > limit {
				t.Fatalf("%d people, limit %d", len(page), limit)
			}
			got = append(got, ids(page)...)
			if len(page) < limit {
				break
			}
			last := page[len(page)-1]
			after = &store.PeopleCursor{Seen: last.Seen, ID: last.ID}
		}
		same(t, "pages", want, got)
	}
}

func testSessions(t *testing.T, h *harness) {
	s := store.Session{ID: 5, Hash: [32]byte{1, 31: 2}, Account: 1, Agent: "Firefox", Made: 3, Seen: 4, Expires: 6}
	filled(t, s)
	h.update(func(tx store.Tx) error {
		if err := tx.PutAccount(guest(1, "Ann")); err != nil {
			return err
		}
		return tx.PutSession(s)
	})
	check := func(want store.Session) {
		t.Helper()
		for range 2 { // the second time perhaps from memory
			got, err := h.Session(t.Context(), want.Hash)
			wantErr(t, "Session", err, nil)
			same(t, "Session", want, got)
		}
	}
	check(s)

	old := s.Hash
	s.Hash, s.Seen = [32]byte{9}, 50
	h.update(func(tx store.Tx) error { return tx.PutSession(s) })
	check(s)
	_, err := h.Session(t.Context(), old)
	wantErr(t, "replaced hash", err, store.ErrNotFound)

	h.update(func(tx store.Tx) error { return tx.DeleteSession(s.ID) })
	h.update(func(tx store.Tx) error { return tx.DeleteSession(s.ID) })
	_, err = h.Session(t.Context(), s.Hash)
	wantErr(t, "ended session", err, store.ErrNotFound)
	h.view(func(r store.Reader) error {
		a, err := r.Account(1)
		same(t, "Account.Rev after one session ended", int64(1), a.Rev)
		return err
	})
}

// testSessionEnds: whoever asks meanwhile, a session is not found once the update
// that ended it, or gave it another token, has returned.
func testSessionEnds(t *testing.T, h *harness) {
	var shown atomic.Pointer[[32]byte] // the token that everybody shows
	shown.Store(&[32]byte{})
	stop := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				hash := *shown.Load()
				if s, err := h.Session(t.Context(), hash); err == nil && s.Hash != hash {
					t.Errorf("asked for %x, found %x", hash, s.Hash)
				} else if err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("Session: %v", err)
				}
			}
		})
	}
	is := func(when string, hash [32]byte, want error) {
		t.Helper()
		for range 3 {
			_, err := h.Session(t.Context(), hash)
			wantErr(t, when, err, want)
		}
	}
	for i := range byte(100) {
		first, second := [32]byte{1, i}, [32]byte{2, i}
		shown.Store(&first)
		h.update(func(tx store.Tx) error { return tx.PutSession(store.Session{ID: 1, Hash: first, Account: 1}) })
		is("begun", first, nil)
		h.update(func(tx store.Tx) error { return tx.PutSession(store.Session{ID: 1, Hash: second, Account: 1}) })
		is("replaced", first, store.ErrNotFound)
		is("its successor", second, nil)
		shown.Store(&second)
		h.update(func(tx store.Tx) error { return tx.DeleteSession(1) })
		is("ended", second, store.ErrNotFound)
	}
	close(stop)
	asking.Wait()
}

func testSessionHash(t *testing.T, h *harness) {
	s := store.Session{ID: 1, Hash: [32]byte{7}, Account: 1}
	h.update(func(tx store.Tx) error { return tx.PutSession(s) })
	h.update(func(tx store.Tx) error { return tx.PutSession(s) })
	other := s
	other.ID = 2
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutSession(other) })
	wantErr(t, "second session of a hash", err, store.ErrExists)
	h.update(func(tx store.Tx) error {
		if err := tx.DeleteSession(s.ID); err != nil {
			return err
		}
		return tx.PutSession(other)
	})
}
