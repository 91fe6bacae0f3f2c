// Package searchtest holds every implementation of search.Index against the
// contract, with the same bodies, over the store that it is made for. It asks as
// the server does: what an index names is read from the store, and kept if the
// text holds what is searched for. An implementation's own tests call Run and add
// only what is theirs alone.
package searchtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

// patience is how long an index may take to follow.
const patience = 30 * time.Second

// Index is an index that can be closed.
type Index interface {
	search.Index
	Close() error
}

// Engine is what is tested.
type Engine struct {
	// Store makes an empty store that lives as long as the test.
	Store func(t *testing.T) store.Store
	// Index opens the index of a store, again after Close: it then goes on with
	// what it has, and follows what it has missed. The suite closes it.
	Index func(t *testing.T, of store.Store) Index
}

var suite = []struct {
	name string
	body func(w *world)
}{
	{"Words", testWords},
	{"Phrases", testPhrases},
	{"Operators", testOperators},
	{"Rooms", testRooms},
	{"ManyRooms", testManyRooms},
	{"Newest", testNewest},
	{"Paging", testPaging},
	{"Edits", testEdits},
	{"Recalls", testRecalls},
	{"SystemRows", testSystemRows},
	{"CatchesUp", testCatchesUp},
	{"Ends", testEnds},
}

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	for _, one := range suite {
		t.Run(one.name, func(t *testing.T) {
			w := &world{T: t, engine: e, store: e.Store(t)}
			w.open()
			t.Cleanup(w.close)
			one.body(w)
		})
	}
}

// world is a store with an index beside it.
type world struct {
	*testing.T
	engine Engine
	store  store.Store
	index  Index
}

func (w *world) open() { w.index = w.engine.Index(w.T, w.store) }

func (w *world) close() {
	w.Helper()
	if w.index == nil {
		return
	}
	if err := w.index.Close(); err != nil {
		w.Error(err)
	}
	w.index = nil
}

// change changes a room's log as the server does.
func (w *world) change(id chat.RoomID, fn func(tx store.Tx, room *store.Room) error) {
	w.Helper()
	Change(w.T, w.store, w.index, id, fn)
}

// Change changes a room's log as the server does, and tells an index of it,
// unless that is nil.
func Change(t testing.TB, s store.Store, index Index, id chat.RoomID, fn func(tx store.Tx, room *store.Room) error) {
	t.Helper()
	err := s.Update(context.Background(), func(tx store.Tx) error {
		room, err := tx.Room(id)
		if err != nil {
			room = store.Room{ID: id, Kind: chat.KindGroup, Name: "g"}
		}
		if err := fn(tx, &room); err != nil {
			return err
		}
		if index != nil {
			tx.OnCommit(func() { index.Changed(id) })
		}
		return tx.PutRoom(room)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// put posts rows at a time.
func (w *world) put(id chat.RoomID, at chat.Time, texts ...string) {
	w.Helper()
	w.change(id, func(tx store.Tx, room *store.Room) error {
		for _, text := range texts {
			room.Seq++
			room.Rev++
			row := chat.Row{Seq: room.Seq, N: chat.Count(room.Seq), Rev: room.Rev, By: 1, At: at, Kind: chat.KindText, Text: text}
			if err := tx.PutRow(id, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// post posts rows, each later than the one before.
func (w *world) post(id chat.RoomID, texts ...string) {
	w.Helper()
	for i, text := range texts {
		w.put(id, chat.Time(1000+i), text)
	}
}

// set changes a row.
func (w *world) set(id chat.RoomID, seq chat.Seq, change func(row *chat.Row)) {
	w.Helper()
	w.change(id, func(tx store.Tx, room *store.Room) error {
		row, err := tx.Row(id, seq)
		if err != nil {
			return err
		}
		change(&row)
		room.Rev++
		row.Rev = room.Rev
		return tx.PutRow(id, row)
	})
}

// hits are the places of all that the index names, asked for in steps of limit.
func (w *world) hits(q string, limit int, rooms []chat.RoomID) (hits []search.Hit) {
	w.Helper()
	ask := search.Ask{Tokens: words.Parse(q).Tokens(), Rooms: rooms, Limit: limit}
	for {
		found, next, err := w.index.Find(w.Context(), ask)
		if err != nil {
			w.Fatalf("%q: %v", q, err)
		}
		for _, hit := range found {
			if hit.Place <= 0 || ask.After > 0 && hit.Place >= ask.After {
				w.Fatalf("%q: a hit at %d behind %d", q, hit.Place, ask.After)
			}
		}
		if hits = append(hits, found...); next == 0 {
			return hits
		}
		if ask.After > 0 && next >= ask.After {
			w.Fatalf("%q: it goes on at %d behind %d", q, next, ask.After)
		}
		ask.After = next
	}
}

// find is what somebody finds, as "room/seq".
func (w *world) find(q string, limit int, rooms []chat.RoomID) (found []string) {
	w.Helper()
	query := words.Parse(q)
	hits := w.hits(q, limit, rooms)
	err := w.store.View(w.Context(), func(r store.Reader) error {
		for _, hit := range hits {
			row, err := r.Row(hit.Room, hit.Seq)
			if err != nil {
				return err
			}
			if row.Recalled == 0 && row.Kind != chat.KindSystem && query.Find(row.Text) != nil {
				found = append(found, fmt.Sprint(hit.Room, "/", hit.Seq))
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// want waits until a search finds exactly that, in this order, whatever the
// limit.
func (w *world) want(q string, rooms []chat.RoomID, want ...string) {
	w.Helper()
	w.until(func() string {
		return cmp.Diff(want, w.find(q, 100, rooms), cmpopts.EquateEmpty())
	}, "%q in %v", q, rooms)
	for _, limit := range []int{1, 2} {
		if diff := cmp.Diff(want, w.find(q, limit, rooms), cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%q in %v, limit %d (-want +got):\n%s", q, rooms, limit, diff)
		}
	}
}

// until waits until nothing differs.
func (w *world) until(differs func() string, what string, args ...any) {
	w.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		diff := differs()
		if diff == "" {
			return
		}
		if time.Since(began) > patience {
			w.Fatalf("%s, after %v (-want +got):\n%s", fmt.Sprintf(what, args...), patience, diff)
		}
	}
}

// gone waits until the index itself does not name a row any more.
func (w *world) gone(q string, room chat.RoomID, seq chat.Seq) {
	w.Helper()
	w.until(func() string {
		if slices.ContainsFunc(w.hits(q, 100, []chat.RoomID{room}), func(h search.Hit) bool { return h.Seq == seq }) {
			return "it is named"
		}
		return ""
	}, "row %d by %q", seq, q)
}
