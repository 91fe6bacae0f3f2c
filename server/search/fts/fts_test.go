package fts

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/search"
	"parley/server/search/searchtest"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a store with an index beside it.
type world struct {
	*testing.T
	store *memory.Store
	index *Index
	dir   string
	log   *bytes.Buffer
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, dir: t.TempDir(), log: &bytes.Buffer{}}
	w.store = memory.Open(store.Options{Random: func(b []byte) { _, _ = rand.Read(b) }})
	w.open()
	t.Cleanup(func() { w.close() })
	return w
}

func (w *world) open() {
	w.Helper()
	var err error
	w.index, err = Open(w.Context(), w.dir, w.store, Options{
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Pause: time.Millisecond, Purge: 10 * time.Millisecond,
	})
	if err != nil {
		w.Fatal(err)
	}
}

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

func (w *world) change(id chat.RoomID, fn func(tx store.Tx, room *store.Room) error) {
	w.Helper()
	var index searchtest.Index
	if w.index != nil {
		index = w.index
	}
	searchtest.Change(w.T, w.store, index, id, fn)
}

func (w *world) post(id chat.RoomID, texts ...string) {
	w.Helper()
	for _, text := range texts {
		w.change(id, func(tx store.Tx, room *store.Room) error {
			room.Seq++
			room.Rev++
			return tx.PutRow(id, chat.Row{Seq: room.Seq, Rev: room.Rev, By: 1, At: chat.Time(1000 + room.Rev), Kind: chat.KindText, Text: text})
		})
	}
}

// set gives a row another text, none recalls it.
func (w *world) set(id chat.RoomID, seq chat.Seq, text string) {
	w.Helper()
	w.change(id, func(tx store.Tx, room *store.Room) error {
		row, err := tx.Row(id, seq)
		room.Rev++
		row.Rev, row.Text = room.Rev, text
		if text == "" {
			row.Recalled = 1
		}
		if err != nil {
			return err
		}
		return tx.PutRow(id, row)
	})
}

// settle waits until the index is where the store is.
func (w *world) settle() {
	w.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !w.settled() {
		select {
		case <-look.C:
		case <-w.Context().Done():
			w.Fatal("the index never follows")
		}
	}
}

func (w *world) settled() bool {
	conn, err := sqlite.OpenConn(filepath.Join(w.dir, name), sqlite.OpenReadOnly)
	if err != nil {
		return false
	}
	defer conn.Close()
	at := map[chat.RoomID]store.Place{}
	err = sqlitex.Execute(conn, "SELECT id, seq, rev FROM rooms", &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		at[chat.RoomID(stmt.ColumnInt64(0))] = placeAt(stmt, 1)
		return nil
	}})
	if err != nil {
		return false
	}
	same := true
	err = w.store.View(context.Background(), func(r store.Reader) error {
		rooms, err := r.RoomsAfter(0, 10_000)
		for _, room := range rooms {
			same = same && at[room.Room] == room.Place
		}
		return err
	})
	return err == nil && same
}

// find searches to the end, in steps of limit, and returns "room/seq" of each.
func (w *world) find(q string, limit int, rooms ...chat.RoomID) []string {
	w.Helper()
	ask := search.Ask{Tokens: words.Parse(q).Tokens(), Rooms: rooms, Limit: limit}
	var found []string
	for {
		hits, next, err := w.index.Find(w.Context(), ask)
		if err != nil {
			w.Fatalf("Find %q: %v", q, err)
		}
		for _, h := range hits {
			found = append(found, fmt.Sprint(h.Room, "/", h.Seq))
		}
		if next == 0 {
			return found
		}
		ask.After = next
	}
}

func (w *world) want(q string, rooms []chat.RoomID, want ...string) {
	w.Helper()
	w.settle()
	for _, limit := range []int{1, 2, 100} {
		if diff := cmp.Diff(want, w.find(q, limit, rooms...), cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%q in %v, limit %d (-want +got):\n%s", q, rooms, limit, diff)
		}
	}
}

// TestChanges: Promise 8. What is edited or recalled leaves the index, and then
// its file; a reaction changes nothing.
func TestChanges(t *testing.T) {
	w := newWorld(t)
	w.post(1, "unforgettable", "quintessential", "stays extraordinary")
	one := []chat.RoomID{1}
	w.want("quintessential", one, "1/2")
	w.set(1, 2, "changed")
	w.set(1, 1, "")
	w.set(1, 3, "stays extraordinary")
	w.want("quintessential", one)
	w.want("unforgettable", one)
	w.want("changed", one, "1/2")
	w.want("extraordinary", one, "1/3")
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for w.holds("ssential") || w.holds("forgettable") {
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("erased words stay in the files")
		}
	}
	if !w.holds("extraordinary") {
		t.Error("the files do not hold words as this test expects")
	}
	w.want("changed", one, "1/2")
	w.want("extraordinary", one, "1/3")
}

// holds tells whether any file of the index holds a text.
func (w *world) holds(text string) bool {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil {
		w.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		b, err := os.ReadFile(file)
		return err == nil && bytes.Contains(b, []byte(text))
	})
}

// TestCatchesUp changes the store while nothing follows it.
func TestCatchesUp(t *testing.T) {
	w := newWorld(t)
	w.post(1, "alpha", "beta")
	w.post(2, "alpha")
	w.settle()
	w.close()
	w.post(1, "alpha again")
	w.set(1, 1, "gamma")
	w.post(3, "alpha, the new room")
	w.open()
	rooms := []chat.RoomID{1, 2, 3}
	w.want("alpha", rooms, "1/3", "3/1", "2/1")
	w.want("gamma", rooms, "1/1")
	if log := w.log.String(); strings.Contains(log, "anew") {
		t.Errorf("it was made anew: %s", log)
	}
}

// TestManyRows goes beyond a batch, beyond the numbers of a millisecond, and
// beyond what one search looks at.
func TestManyRows(t *testing.T) {
	w := newWorld(t)
	const n = 2*glance + 2*batch
	for room := range chat.RoomID(2) {
		w.change(room+1, func(tx store.Tx, r *store.Room) error {
			for range n {
				r.Seq++
				r.Rev++
				row := chat.Row{Seq: r.Seq, Rev: r.Rev, At: chat.Time(5000 - 1000*room), Kind: chat.KindText, Text: fmt.Sprint("row ", r.Seq)}
				if err := tx.PutRow(r.ID, row); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.settle()
	// All of room 2 lies behind more rows of room 1 than are glanced at.
	var newest []string
	for seq := n; seq > 0; seq-- {
		newest = append(newest, fmt.Sprint("2/", seq))
	}
	if diff := cmp.Diff(newest, w.find("row", 64, 2, 7)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := []string{fmt.Sprint("2/", n), fmt.Sprint("1/", n)}
	if got := w.find(fmt.Sprint(n), 64, 1, 2); got[0] != want[1] || got[1] != want[0] {
		t.Errorf("got %v", got)
	}
	many := make([]chat.RoomID, 2*manyRooms)
	for i := range many {
		many[i] = chat.RoomID(i + 2)
	}
	if got := len(w.find("row", 64, many...)); got != n {
		t.Errorf("%d hits of many rooms, want %d", got, n)
	}
}

// TestBatch: while posts come a batch is small, unless it has come far behind.
func TestBatch(t *testing.T) {
	f := &follower{Index: new(Index)}
	if got := f.most(0); got != batch {
		t.Errorf("%d rows though nobody posts", got)
	}
	f.pace.Posted()
	for behind, want := range map[time.Duration]int{0: batchBeside, patience - 1: batchBeside, patience: batch} {
		if got := f.most(behind); got != want {
			t.Errorf("%d rows after %v, want %d", got, behind, want)
		}
	}
}

// TestSameBucket: rooms whose rows' numbers look alike are told apart.
func TestSameBucket(t *testing.T) {
	w := newWorld(t)
	other := chat.RoomID(2)
	for bucketOf(other) != bucketOf(1) {
		other++
	}
	w.post(1, "alpha")
	w.post(other, "alpha")
	w.post(1, "alpha")
	w.want("alpha", []chat.RoomID{1}, "1/2", "1/1")
	w.want("alpha", []chat.RoomID{1, other + 1}, "1/2", "1/1")
	w.want("alpha", []chat.RoomID{other, other + 1}, fmt.Sprint(other, "/1"))
}

// TestRemade: a file that is of no use is made anew, whatever is wrong with it.
func TestRemade(t *testing.T) {
	exec := func(query string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := sqlitex.ExecuteScript(conn, query, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for what, spoil := range map[string]func(*testing.T, string){
		"missing": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"no database": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"damaged": func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(b); i++ {
				b[i] = 0xa5
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"empty":         func(t *testing.T, path string) { _ = os.Truncate(path, 0) },
		"older":         exec("PRAGMA user_version = 1"),
		"newer":         exec("PRAGMA user_version = 99999999"),
		"another epoch": exec("UPDATE meta SET epoch = 'another'"),
		"ahead":         exec("UPDATE rooms SET rev = rev + 5"),
		"no meta":       exec("DROP TABLE meta"),
		"half made": exec(`DELETE FROM words WHERE rowid = (SELECT id FROM docs WHERE seq = 2);
			DELETE FROM docs WHERE seq = 2; UPDATE rooms SET seq = 1`),
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			w.post(1, "alpha", "beta")
			w.settle()
			w.close()
			spoil(t, filepath.Join(w.dir, name))
			w.open()
			w.want("alpha", []chat.RoomID{1}, "1/1")
			w.want("beta", []chat.RoomID{1}, "1/2")
			w.post(1, "alpha")
			w.want("alpha", []chat.RoomID{1}, "1/3", "1/1")
		})
	}
}

// TestDamagedWhileOpen damages the file under a running index.
func TestDamagedWhileOpen(t *testing.T) {
	w := newWorld(t)
	w.post(1, "alpha", "beta")
	w.want("alpha", []chat.RoomID{1}, "1/1")
	w.index.damaged.Store(true) // as a search does
	w.index.rouse()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for w.index.damaged.Load() {
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("nobody mends it")
		}
	}
	w.want("alpha", []chat.RoomID{1}, "1/1")
}
