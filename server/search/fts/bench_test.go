package fts

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/server/search"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/words"
)

const (
	benchRooms = 200
	benchRows  = 500 // of each room
)

// benchStore fills a store: half of the rows are Chinese, of the characters
// that are frequent ones, half are words, of which few are frequent.
func benchStore(b *testing.B) *memory.Store {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.2, 4, 20_000)
	text := func() string {
		var t strings.Builder
		chinese := random.IntN(2) == 0
		for range 5 + random.IntN(20) {
			if chinese {
				t.WriteRune(0x4e00 + rune(zipf.Uint64())%3000)
			} else {
				t.WriteString(benchWord(zipf.Uint64()) + " ")
			}
		}
		return t.String()
	}
	s := memory.Open(store.Options{Random: func(b []byte) {}})
	for id := chat.RoomID(1); id <= benchRooms; id++ {
		err := s.Update(b.Context(), func(tx store.Tx) error {
			for seq := chat.Seq(1); seq <= benchRows; seq++ {
				row := chat.Row{Seq: seq, Rev: chat.Rev(seq), By: 1, At: chat.Time(int64(seq)*1000 + int64(id)), Kind: chat.KindText, Text: text()}
				if err := tx.PutRow(id, row); err != nil {
					return err
				}
			}
			return tx.PutRoom(store.Room{ID: id, Kind: chat.KindGroup, Seq: benchRows, Rev: benchRows})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// benchWord is a word of 2 to 5 syllables.
func benchWord(n uint64) string {
	random := rand.New(rand.NewPCG(n, n))
	var w strings.Builder
	for range 2 + random.IntN(4) {
		w.WriteByte("bcdfghklmnprstvz"[random.IntN(16)])
		w.WriteByte("aeiou"[random.IntN(5)])
	}
	return w.String()
}

// BenchmarkIndex makes an index, searches in it, and purges it.
func BenchmarkIndex(b *testing.B) {
	s := benchStore(b)
	dir := b.TempDir()
	i := &Index{store: s, path: filepath.Join(dir, name), views: make(chan *view, 1), over: make(chan struct{}), changed: make(map[chat.RoomID]struct{})}
	conn, err := i.remake()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	f := newFollower(i, conn)
	quoted := func(n uint64) string { return `"` + benchWord(n) + `"` }
	b.Run("Make", func(b *testing.B) {
		for range b.N {
			if f.conn, err = i.remake(); err != nil {
				b.Fatal(err)
			}
			if err := f.followAll(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*benchRooms*benchRows)/b.Elapsed().Seconds(), "rows/s")
		if info, err := os.Stat(i.path); err == nil {
			b.ReportMetric(float64(info.Size())/(benchRooms*benchRows), "bytes/row")
		}
	})
	b.Run("Follow", func(b *testing.B) { // a row of each room at a time
		if f.conn, err = i.remake(); err != nil {
			b.Fatal(err)
		}
		for n := range b.N {
			seq := chat.Seq(n%benchRows + 1)
			pieces := make([]piece, benchRooms)
			if err := s.View(b.Context(), func(r store.Reader) error {
				for k := range pieces {
					room := chat.RoomID(k + 1)
					row, err := r.Row(room, seq)
					if err != nil {
						return err
					}
					row.Seq, row.At = chat.Seq(n+1), chat.Time(n*1000+k*7919%benchRooms)
					pieces[k] = piece{room: room, from: store.Place{Seq: chat.Seq(n)}, to: store.Place{Seq: row.Seq}, rows: []chat.Row{row}}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			if err := f.together(func() error { return f.write(pieces) }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*benchRooms)/b.Elapsed().Seconds(), "rows/s")
	})
	i.views <- &view{}
	for what, ask := range map[string]struct {
		q     string
		rooms int
	}{
		"Frequent/1room": {quoted(1), 1}, "Frequent/50rooms": {quoted(1), 50}, "Frequent/200rooms": {quoted(1), 200},
		"Rare/1room": {quoted(9000), 1}, "Rare/50rooms": {quoted(9000), 50}, "Chinese/50rooms": {"\u4e01\u4e02", 50},
		"Prefix3/50rooms": {benchWord(1)[:3], 50}, "Prefix4/50rooms": {benchWord(1)[:4], 50}, "Prefix5/50rooms": {benchWord(3)[:5], 50},
		"Phrase/50rooms": {"\u4e01\u4e02\u4e03", 50}, "Nowhere/50rooms": {quoted(1) + " " + quoted(19_999), 50},
	} {
		b.Run("Find/"+what, func(b *testing.B) {
			a := search.Ask{Tokens: words.Parse(ask.q).Tokens(), Limit: 100}
			for room := range ask.rooms {
				a.Rooms = append(a.Rooms, chat.RoomID(room+1))
			}
			for range b.N {
				if _, _, err := i.Find(b.Context(), a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Purge", func(b *testing.B) {
		for range b.N {
			if err := f.together(func() error {
				return f.write([]piece{{
					room: 1, from: store.Place{Seq: 1}, to: store.Place{Seq: benchRows, Rev: benchRows},
					rows: []chat.Row{{Seq: 1, At: 1, Text: fmt.Sprint("new ", b.N)}},
				}})
			}); err != nil {
				b.Fatal(err)
			}
			for f.purging = purgeDue; f.purging != purgeNone; {
				if err := f.purge(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	if v := <-i.views; v.conn != nil {
		_ = v.conn.Close()
	}
}
