package pgts

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"parley/server/search"
	"parley/server/store"
	"parley/server/store/postgres"
	"parley/server/store/postgres/pgtest"
	"parley/shared/chat"
	"parley/shared/words"
)

var cluster *pgtest.Cluster

func TestMain(m *testing.M) {
	flag.Parse()
	code := pgtest.Main(pgtest.Options{}, func(c *pgtest.Cluster) int {
		cluster = c
		return m.Run()
	})
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// node is a store with an index beside it.
type node struct {
	*testing.T
	store *postgres.Store
	index *Index
}

func newNode(t *testing.T, url string) *node {
	t.Helper()
	n := &node{T: t}
	var err error
	n.store, err = postgres.Open(t.Context(), url, postgres.Options{Options: store.Options{Random: func(b []byte) { _, _ = rand.Read(b) }}})
	if err != nil {
		t.Fatal(err)
	}
	n.index, err = Open(t.Context(), url, n.store, Options{
		Log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)), Pause: time.Millisecond, Compare: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.index.Close(); err != nil {
			t.Error(err)
		}
		if err := n.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// put changes a room's log as the server does: seq 0 posts.
func (n *node) put(id chat.RoomID, seq chat.Seq, text string, tell bool) {
	n.Helper()
	err := n.store.Update(context.Background(), func(tx store.Tx) error {
		room, err := tx.Room(id)
		if err != nil {
			room = store.Room{ID: id, Kind: chat.KindGroup, Name: "g"}
		}
		row := chat.Row{By: 1, At: chat.Time(1000 + room.Rev), Kind: chat.KindText}
		room.Rev++
		if seq == 0 {
			room.Seq++
			row.Seq = room.Seq
		} else if row, err = tx.Row(id, seq); err != nil {
			return err
		}
		if row.Rev, row.Text = room.Rev, text; text == "" {
			row.Recalled = 1
		}
		if tell {
			tx.OnCommit(func() { n.index.Changed(id) })
		}
		if err := tx.PutRow(id, row); err != nil {
			return err
		}
		return tx.PutRoom(room)
	})
	if err != nil {
		n.Fatal(err)
	}
}

// find waits until the query finds exactly those rows.
func (n *node) find(query string, rooms []chat.RoomID, want ...chat.Seq) {
	n.Helper()
	var got []chat.Seq
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		got = nil
		ask := search.Ask{Tokens: words.Parse(query).Tokens(), Rooms: rooms, Limit: 2}
		for more := true; more; more = ask.After != 0 {
			hits, next, err := n.index.Find(n.Context(), ask)
			if err != nil {
				n.Fatal(err)
			}
			for _, hit := range hits {
				got = append(got, hit.Seq)
			}
			ask.After = next
		}
		if slices.Equal(got, want) {
			return
		}
	}
	n.Errorf("%q finds %v, want %v", query, got, want)
}

func TestTwoNodes(t *testing.T) {
	url := cluster.Database(t)
	a, b := newNode(t, url), newNode(t, url)
	in := []chat.RoomID{1}
	for i, text := range []string{"the price is 40", "价格是四十", "it's a \\ price'list", "prices", "nothing"} {
		[]*node{a, b}[i%2].put(1, 0, text, i != 3) // of the fourth nobody tells
	}
	a.put(2, 0, "the price of another room", true)
	for _, n := range []*node{a, b} {
		n.find("price", in, 4, 3, 1)
		n.find("价格", in, 2)
		n.find("price", []chat.RoomID{2}, 1)
		n.find("price", nil)
	}
	b.put(1, 1, "the cost is 40", true)
	a.find("price", in, 4, 3)
	a.find("cost", in, 1)
	a.put(1, 4, "", true) // recalled
	b.find("price", in, 3)
}

// Rows whose places would be the same have places of their own: no page ends
// between two that cannot be told apart.
func TestPlacesDiffer(t *testing.T) {
	row := chat.Row{Seq: 1, At: 1000}
	other := chat.RoomID(2)
	for placeOf(other, &row) != placeOf(1, &row) {
		other++
	}
	n := newNode(t, cluster.Database(t))
	n.put(1, 0, "word", true)
	n.find("word", []chat.RoomID{1}, 1)
	n.put(other, 0, "word", true)
	for _, room := range []chat.RoomID{other, 1} { // again, in either order
		n.put(room, 1, "word, edited", true)
		n.find("edited", []chat.RoomID{room}, 1)
	}
	var places int
	if err := n.index.pool.QueryRow(t.Context(), "SELECT count(DISTINCT place) FROM search_docs").Scan(&places); err != nil || places != 2 {
		t.Errorf("%d places, %v", places, err)
	}
	hits, next, err := n.index.Find(t.Context(), search.Ask{Tokens: words.Parse("word").Tokens(), Rooms: []chat.RoomID{1, other}, Limit: 1})
	if err != nil || len(hits) != 1 {
		t.Fatal(hits, err)
	}
	if more, _, err := n.index.Find(t.Context(), search.Ask{Tokens: words.Parse("word").Tokens(), Rooms: []chat.RoomID{1, other}, After: next, Limit: 1}); err != nil || len(more) != 1 {
		t.Errorf("the second page: %v, %v", more, err)
	}
}

// What is of no use is thrown away and made anew.
func TestMadeAnew(t *testing.T) {
	url := cluster.Database(t)
	a := newNode(t, url)
	a.put(1, 0, "hello", true)
	a.find("hello", []chat.RoomID{1}, 1)
	if _, err := a.index.pool.Exec(t.Context(), "UPDATE search_meta SET form = 0"); err != nil {
		t.Fatal(err)
	}
	newNode(t, url).find("hello", []chat.RoomID{1}, 1)
}
