package disk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
)

// The bodies of these tests run on the map natively, and on IndexedDB in a
// browser.

const room chat.RoomID = 7

// fresh is the account of a database that no other test uses.
func fresh() chat.AccountID { return chat.AccountID(rand.Int64N(chat.MaxID) + 1) }

// tab opens a database as one tab does.
func tab(t *testing.T, account chat.AccountID) *Store {
	t.Helper()
	s, err := Open(t.Context(), account, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// begun is a tab of a new database with a welcome stored.
func begun(t *testing.T, account chat.AccountID) *Store {
	t.Helper()
	s := tab(t, account)
	save(t, s, welcome(account, "e1"))
	return s
}

func welcome(account chat.AccountID, epoch string) replica.SaveMeta {
	return replica.SaveMeta{Me: chat.Account{ID: account, Kind: chat.KindMember, Name: "Anna"}, Epoch: epoch}
}

func save(t *testing.T, s *Store, effects ...replica.Effect) Saved {
	t.Helper()
	saved, err := s.Save(t.Context(), effects)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func restart(t *testing.T, account chat.AccountID) Start {
	t.Helper()
	start, err := tab(t, account).Start(t.Context(), func(*chat.Head) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return start
}

func row(seq chat.Seq, rev chat.Rev) *chat.Row {
	return &chat.Row{
		Seq: seq, N: chat.Count(seq), Rev: rev, Key: keyOf(int(seq)), By: 2, At: chat.Time(seq), Kind: chat.KindText,
		Text: fmt.Sprintf("%d at %d, <洽谈> \"\u2028", seq, rev),
	}
}

func rows(from, to chat.Seq) []*chat.Row {
	var all []*chat.Row
	for seq := from; seq <= to; seq++ {
		all = append(all, row(seq, chat.Rev(seq)))
	}
	return all
}

func head(rev chat.Rev) *chat.Head {
	return &chat.Head{ID: room, Kind: chat.KindGroup, Name: "Orders", Rev: rev, Seq: chat.Seq(rev), Role: chat.RoleMember, Last: row(chat.Seq(rev), rev)}
}

func keyOf(n int) chat.Key { return chat.KeyV7(chat.Time(n), [10]byte{byte(n)}) }

func entry(n int, state replica.State) *replica.Entry {
	return &replica.Entry{Order: int64(n), Key: keyOf(n), Room: room, Op: replica.OpPost, Epoch: "e1", At: 5, Text: fmt.Sprint("text ", n), State: state}
}

// whole is a reset to the rows from..to at the revision of the last.
func whole(from, to chat.Seq) replica.SaveRoom {
	return replica.SaveRoom{Room: room, Head: head(chat.Rev(to)), Window: true, Reset: true, Cursor: chat.Rev(to), First: from, Rows: rows(from, to)}
}

// wantWindow wants the stored window to be from..to at cursor.
func wantWindow(t *testing.T, s *Store, from, to chat.Seq, cursor chat.Rev) []chat.Row {
	t.Helper()
	got, held, err := s.Room(t.Context(), room)
	if err != nil || !held {
		t.Fatalf("no window: %v", err)
	}
	if got.Cursor != cursor || len(got.Rows) != int(to-from)+1 || got.Rows[0].Seq != from || got.Rows[len(got.Rows)-1].Seq != to {
		t.Fatalf("cursor %d, %d rows from %d, want cursor %d, rows %d to %d", got.Cursor, len(got.Rows), got.Rows[0].Seq, cursor, from, to)
	}
	return got.Rows
}

func TestColdStart(t *testing.T) {
	account := fresh()
	s := begun(t, account)
	saved := save(t, s,
		replica.SaveUsers{Users: []chat.User{{ID: 2, Name: "Bo", Kind: chat.KindGuest}}},
		whole(11, 60),
		replica.SaveRoom{Room: 8, Head: &chat.Head{ID: 8, Kind: chat.KindDirect, Peer: 2, Rev: 3}},
		replica.SaveOutbox{Entries: []*replica.Entry{entry(2, replica.Storing), entry(1, replica.Failed)}})
	if len(saved.Stored) != 1 || saved.Stored[0] != keyOf(2) || !saved.Outbox || len(saved.Rooms) != 2 {
		t.Errorf("saved %+v", saved)
	}
	if err := s.SaveDrafts(t.Context(), []Draft{{Room: room, Text: "half a", Reply: 12}, {Room: 8, Text: "x"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDrafts(t.Context(), []Draft{{Room: 8}}); err != nil {
		t.Fatal(err)
	}

	got := restart(t, account)
	in := got.Restore
	if in.Me.ID != account || in.Epoch != "e1" || len(in.Users) != 1 || len(in.Rooms) != 2 || len(in.Outbox) != 2 {
		t.Fatalf("restored %+v", in)
	}
	if in.Outbox[0].Key != keyOf(1) || in.Outbox[0].State != replica.Failed || in.Outbox[1].State != replica.Queued || in.Outbox[1].Text != "text 2" {
		t.Errorf("outbox %+v", in.Outbox)
	}
	if r := in.Rooms[0]; r.Head.ID != room || !r.Window || r.Cursor != 60 || len(r.Rows) != 50 || r.Rows[3].Text != row(14, 14).Text {
		t.Errorf("room %+v", r)
	}
	if in.Rooms[1].Window || in.Rooms[1].Head.Peer != 2 {
		t.Errorf("room without rows %+v", in.Rooms[1])
	}
	if len(got.Drafts) != 1 || got.Drafts[0].Text != "half a" || got.Drafts[0].Reply != 12 || got.Lost {
		t.Errorf("drafts %+v", got.Drafts)
	}

	lazy, err := tab(t, account).Start(t.Context(), nil)
	if err != nil || len(lazy.Others) != 1 || lazy.Others[0] != room || lazy.Restore.Rooms[0].Window {
		t.Errorf("without an open room: %+v, %v", lazy, err)
	}
	save(t, s, replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(2)}, Window: true, From: 60, Cursor: 61, Rows: rows(61, 61)})
	if left, err := s.Outbox(t.Context()); err != nil || len(left) != 1 {
		t.Errorf("a settled entry is left: %+v, %v", left, err)
	}
}

func TestEmptyStart(t *testing.T) {
	if got := restart(t, fresh()); got.Restore.Me.ID != 0 || got.Lost || len(got.Restore.Rooms) != 0 {
		t.Errorf("%+v", got)
	}
}

// Rows that do not continue what is stored are asked for as a whole.
func TestGap(t *testing.T) {
	s := begun(t, fresh())
	next := replica.SaveRoom{Room: room, Window: true, From: 60, Cursor: 61, Rows: rows(61, 61)}
	if got := save(t, s, next); len(got.Behind) != 1 {
		t.Errorf("took rows of a room without a head: %+v", got)
	}
	save(t, s, replica.SaveRoom{Room: room, Head: head(60)})
	if got := save(t, s, next); len(got.Behind) != 1 {
		t.Errorf("took rows without a window: %+v", got)
	}
	save(t, s, whole(1, 50))
	if got := save(t, s, next); len(got.Behind) != 1 {
		t.Errorf("took rows over a gap: %+v", got)
	}
	wantWindow(t, s, 1, 50, 50)
	if got := save(t, s, whole(20, 61)); len(got.Behind) != 0 {
		t.Error("a whole window is behind")
	}
	wantWindow(t, s, 20, 61, 61)
}

// Two tabs, of which one is slower: the cursor goes forward only, the higher
// rev wins, and a reset counts only if it is ahead.
func TestSlowTab(t *testing.T) {
	account := fresh()
	quick, slow := begun(t, account), begun(t, account)
	save(t, quick, whole(11, 60))
	save(t, quick, replica.SaveRoom{Room: room, Window: true, From: 60, Cursor: 62, Rows: []*chat.Row{row(20, 61), row(61, 62)}})
	save(t, slow, whole(1, 60))
	wantWindow(t, slow, 11, 61, 62)
	save(t, slow, replica.SaveRoom{Room: room, Head: head(61), Window: true, From: 60, Cursor: 61, Rows: []*chat.Row{row(20, 61)}})
	wantWindow(t, slow, 11, 61, 62)
	// A page as of 61 may be outdated at 62.
	save(t, slow, replica.SaveRoom{Room: room, Window: true, From: 61, Cursor: 61, Rows: rows(1, 10)})
	wantWindow(t, slow, 11, 61, 62)
	save(t, slow, replica.SaveRoom{Room: room, Window: true, From: 61, Cursor: 62, Rows: append(rows(1, 10), row(61, 62))})
	got := wantWindow(t, slow, 1, 61, 62)
	if got[19].Rev != 61 || got[60].Rev != 62 {
		t.Errorf("row 20 at %d, row 61 at %d", got[19].Rev, got[60].Rev)
	}
	h := *head(50)
	h.Read, h.ReadN = 40, 40
	save(t, quick, replica.SaveRoom{Room: room, Head: &h})
	h.Read, h.ReadN, h.Muted = 30, 30, true
	save(t, slow, replica.SaveRoom{Room: room, Head: &h})
	if r := restart(t, account).Restore.Rooms[0].Head; r.Read != 40 || !r.Muted || r.Rev != 61 {
		t.Errorf("head %+v", r)
	}
}

// After a restored backup one tab knows the new epoch before the other.
func TestEpochs(t *testing.T) {
	account := fresh()
	first, second := begun(t, account), begun(t, account)
	save(t, first, whole(1, 60), replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing)}})
	reset := welcome(account, "e2")
	reset.Reset = true
	if got := save(t, first, reset, replica.SaveRoom{Room: room, Head: head(3)}); !got.Wiped {
		t.Errorf("%+v", got)
	}
	save(t, second, whole(1, 60), replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(1)}})
	got := restart(t, account).Restore
	if got.Epoch != "e2" || len(got.Rooms) != 1 || got.Rooms[0].Window || len(got.Outbox) != 0 {
		t.Errorf("the old epoch came back: %+v", got)
	}
	save(t, second, reset)
	if got := restart(t, account).Restore; len(got.Rooms) != 1 {
		t.Error("the second tab dropped what the first has stored")
	}
	if _, err := first.Save(t.Context(), []replica.Effect{welcome(account+1, "e2")}); err == nil {
		t.Error("took another account's data")
	}
}

// Promise 4, on disk: whatever two tabs store in whatever order, the window is
// what the log held at its cursor.
func TestMergeIsThePrefix(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { mergeRandomly(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// logged is the log: revs[rev-1] is the seq that rev changed.
type logged []chat.Seq

// at is a row as of a revision.
func (l logged) at(seq chat.Seq, upto chat.Rev) *chat.Row {
	for rev := upto; rev > 0; rev-- {
		if l[rev-1] == seq {
			return row(seq, rev)
		}
	}
	return nil
}

func (l logged) head(upto chat.Rev) (last chat.Seq) {
	for _, seq := range l[:upto] {
		last = max(last, seq)
	}
	return last
}

// mergeTab is one tab's window.
type mergeTab struct {
	*Store
	first  chat.Seq
	cursor chat.Rev
}

func mergeRandomly(t *testing.T, r *rand.Rand) {
	var l logged
	for last := chat.Seq(0); len(l) < 80; {
		if last == 0 || r.IntN(3) > 0 {
			last++
			l = append(l, last)
		} else {
			l = append(l, 1+chat.Seq(r.Int64N(int64(last))))
		}
	}
	account := fresh()
	tabs := []*mergeTab{{Store: begun(t, account)}, {Store: begun(t, account)}}
	for range 60 {
		mt := tabs[r.IntN(2)]
		e := mt.next(l, r)
		if saved := save(t, mt.Store, e); len(saved.Behind) > 0 {
			save(t, mt.Store, mt.reset(l))
		}
		got, held, err := mt.Room(t.Context(), room)
		if err != nil || !held {
			t.Fatalf("no window after %+v: %v", e, err)
		}
		if last := l.head(got.Cursor); len(got.Rows) == 0 || got.Rows[len(got.Rows)-1].Seq != last {
			t.Fatalf("at %d the window does not end at %d", got.Cursor, last)
		}
		for i, have := range got.Rows {
			if want := l.at(have.Seq, got.Cursor); have.Rev != want.Rev || have.Seq != got.Rows[0].Seq+chat.Seq(i) {
				t.Fatalf("at %d row %d has rev %d, want %d", got.Cursor, have.Seq, have.Rev, want.Rev)
			}
		}
	}
}

// reset is the tab's window, whole.
func (mt *mergeTab) reset(l logged) replica.SaveRoom {
	e := replica.SaveRoom{Room: room, Head: head(mt.cursor), Window: true, Reset: true, Cursor: mt.cursor}
	for seq := mt.first; seq <= l.head(mt.cursor); seq++ {
		e.Rows = append(e.Rows, l.at(seq, mt.cursor))
	}
	return e
}

// next moves the tab's window: a reset, a page, or the next changes.
func (mt *mergeTab) next(l logged, r *rand.Rand) replica.SaveRoom {
	from := mt.cursor
	e := replica.SaveRoom{Room: room, Window: true, From: from}
	switch kind := r.IntN(8); {
	case from == 0 || kind == 0:
		mt.cursor = max(from, 1+chat.Rev(r.Int64N(int64(len(l)))))
		mt.first = 1 + chat.Seq(r.Int64N(int64(l.head(mt.cursor))))
		return mt.reset(l)
	case kind == 1:
		for want := max(1, mt.first-5); mt.first > want; {
			mt.first--
			e.Rows = append(e.Rows, l.at(mt.first, mt.cursor))
		}
	default:
		mt.cursor = min(from+1+chat.Rev(r.IntN(4)), chat.Rev(len(l)))
		for rev := from + 1; rev <= mt.cursor; rev++ {
			if seq := l[rev-1]; seq >= mt.first && l.at(seq, mt.cursor).Rev == rev {
				e.Rows = append(e.Rows, row(seq, rev))
			}
		}
	}
	e.Cursor = mt.cursor
	return e
}

// What cannot be read goes; what nobody else has stays.
func TestUnreadable(t *testing.T) {
	for _, spoil := range []struct{ table, key, value string }{
		{tableMeta, keyMeta, `{"format":999}`},
		{tableMeta, keyMeta, `not JSON`},
		{tableRooms, roomKey(room), `{"head":`},
		{tableRows, rowKey(room, 30), `[]`},
		{tableUsers, userKey(9), `7`},
	} {
		account := fresh()
		s := begun(t, account)
		save(t, s, whole(1, 60), replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing)}})
		if err := s.SaveDrafts(t.Context(), []Draft{{Room: room, Text: "mine", Edit: 3}}); err != nil {
			t.Fatal(err)
		}
		if err := s.engine.update(t.Context(), false, func(t tx) error { t.put(spoil.table, spoil.key, spoil.value); return nil }); err != nil {
			t.Fatal(err)
		}
		got := restart(t, account)
		if !got.Lost || len(got.Restore.Rooms) != 0 || len(got.Restore.Outbox) != 1 || len(got.Drafts) != 1 || got.Drafts[0].Edit != 0 {
			t.Errorf("%+v: %+v", spoil, got)
		}
		if again := restart(t, account); again.Lost || len(again.Restore.Outbox) != 1 {
			t.Errorf("%+v again: %+v", spoil, again)
		}
	}
}

func TestTidy(t *testing.T) {
	s := begun(t, fresh())
	save(t, s, whole(1, KeepRows+30))
	// A room that is being closed keeps as much.
	save(t, s, replica.SaveRoom{Room: room, Window: true, From: KeepRows + 30, Cursor: KeepRows + 30, First: KeepRows})
	wantWindow(t, s, 31, KeepRows+30, KeepRows+30)
	var effects []replica.Effect
	for id := range chat.RoomID(KeepRooms + 5) {
		e := whole(1, 3)
		h := *e.Head
		h.ID = 1000 + id
		h.Last = row(3, 3)
		h.Last.At = chat.Time(1000 + id)
		e.Room, e.Head = h.ID, &h
		effects = append(effects, e)
	}
	save(t, s, effects...)
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[chat.RoomID]bool{1000: false, 1004: false, 1005: true, 1000 + KeepRooms + 4: true} {
		if _, held, err := s.Room(t.Context(), id); held != want || err != nil {
			t.Errorf("room %d: %v, %v", id, held, err)
		}
	}
	start, err := s.Start(t.Context(), nil)
	if err != nil || len(start.Restore.Rooms) != KeepRooms+6 || len(start.Others) != KeepRooms {
		t.Errorf("%d rooms, %d with rows, %v", len(start.Restore.Rooms), len(start.Others), err)
	}
}

// Promise 14: nothing is left, though another tab has the database open.
func TestWipe(t *testing.T) {
	account := fresh()
	lost := make(chan bool, 1)
	s, err := Open(t.Context(), account, func(deleted bool) { lost <- deleted })
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, welcome(account, "e1"), whole(1, 60), replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing)}})
	if err := Wipe(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	select {
	case deleted := <-lost:
		if !deleted {
			t.Error("the other tab was not told that it is gone for good")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the other tab was not told")
	}
	if _, err := s.Save(t.Context(), []replica.Effect{welcome(account, "e1")}); err == nil {
		t.Error("a wiped database takes something")
	}
	if got := restart(t, account); got.Restore.Me.ID != 0 || len(got.Restore.Rooms)+len(got.Restore.Outbox) != 0 {
		t.Errorf("left: %+v", got)
	}
}

// A failed transaction leaves no trace.
func TestAllOrNothing(t *testing.T) {
	account := fresh()
	s := begun(t, account)
	_, err := s.Save(t.Context(), []replica.Effect{whole(1, 10), welcome(account+1, "e1")})
	if err == nil {
		t.Fatal("no error")
	}
	if got := restart(t, account).Restore; len(got.Rooms) != 0 {
		t.Errorf("half of it is stored: %+v", got.Rooms)
	}
}

// A page that is about to go does not wait for its turn.
func TestHurry(t *testing.T) {
	account := fresh()
	s, err := Open(t.Context(), account, nil)
	if err != nil {
		t.Fatal(err)
	}
	q := NewQueue(s, func(Report) {})
	began, end := make(chan struct{}), make(chan struct{})
	q.Do(func(context.Context, *Store) { close(began); <-end })
	q.Save([]replica.Effect{replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing)}}})
	<-began
	q.Hurry()
	other := tab(t, account)
	for left := 0; left == 0; {
		entries, err := other.Outbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left = len(entries)
	}
	q.Save([]replica.Effect{welcome(account, "e1"), replica.SaveRoom{Room: room, Head: head(3), Done: []chat.Key{keyOf(1)}}})
	close(end)
	q.Close()
	q.Wait()
	if left := restart(t, account).Restore.Outbox; len(left) != 0 {
		t.Errorf("%d entries are left", len(left))
	}
}

func TestQueue(t *testing.T) {
	account := fresh()
	s, err := Open(t.Context(), account, nil)
	if err != nil {
		t.Fatal(err)
	}
	reports := make(chan Report, 300)
	q := NewQueue(s, func(r Report) { reports <- r })
	q.Save([]replica.Effect{welcome(account, "e1")})
	for n := 1; n <= 100; n++ {
		q.Save([]replica.Effect{replica.SaveOutbox{Entries: []*replica.Entry{entry(n, replica.Storing)}}})
	}
	q.Save([]replica.Effect{replica.SaveRoom{Room: room, Head: head(3), Done: []chat.Key{keyOf(1)}}})
	q.Save([]replica.Effect{welcome(account+1, "e1"), replica.SaveOutbox{Entries: []*replica.Entry{entry(101, replica.Storing)}}})
	q.Close()
	q.Save([]replica.Effect{replica.SaveOutbox{Entries: []*replica.Entry{entry(102, replica.Storing)}}})
	q.Wait()
	close(reports)
	var all Report
	for r := range reports {
		all.add(r)
	}
	if len(all.Stored) != 101 || all.Stored[0] != keyOf(1) || all.Stored[100] != keyOf(101) || all.Err == nil || len(all.Unsaved) != 0 {
		t.Errorf("%d stored, %v", len(all.Stored), all.Err)
	}
	if left := restart(t, account).Restore.Outbox; len(left) != 100 || left[0].Key != keyOf(2) {
		t.Errorf("%d entries", len(left))
	}
}
