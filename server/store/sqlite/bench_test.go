//go:build linux

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/server/store"
	"parley/shared/chat"
)

func benchStore(b *testing.B) *Store {
	b.Helper()
	s := openStore(b, b.TempDir())
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// fill makes rooms, of which account 1 is a member, with messages in each.
func fill(b testing.TB, s *Store, rooms, rows int) {
	b.Helper()
	update := func(fn func(store.Tx) error) {
		b.Helper()
		if err := s.Update(context.Background(), fn); err != nil {
			b.Fatal(err)
		}
	}
	update(func(tx store.Tx) error { return putPerson(tx, 1) })
	for i := range rooms {
		update(func(tx store.Tx) error {
			id, other := chat.RoomID(i+1), chat.AccountID(i+2)
			if err := putPerson(tx, other); err != nil {
				return err
			}
			if err := tx.PutRoom(store.Room{ID: id, Kind: chat.KindDirect, Pair: [2]chat.AccountID{1, other}}); err != nil {
				return err
			}
			for _, account := range []chat.AccountID{1, other} {
				if err := tx.PutMember(store.Member{Room: id, Account: account, Role: chat.RoleMember, Joined: int64(account)}); err != nil {
					return err
				}
			}
			for range rows {
				if err := postOne(tx, id, 1, newKey()); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func putPerson(tx store.Tx, id chat.AccountID) error {
	return tx.PutAccount(store.Account{Account: chat.Account{ID: id, Kind: chat.KindGuest, Name: fmt.Sprint("Person ", id)}})
}

var clock atomic.Int64

// newKey makes a key as clients do: ordered by time, random otherwise.
func newKey() chat.Key {
	var random [10]byte
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	return chat.KeyV7(chat.Time(1_700_000_000_000+clock.Add(1)/10), random)
}

const benchText = "Good morning! Is the price for 300 pieces still what we said last week? " +
	"We could take all of them by Friday, if you can ship."

// postOne does what the server does for one message.
func postOne(tx store.Tx, id chat.RoomID, by chat.AccountID, key chat.Key) error {
	if _, err := tx.Send(by, key); !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("key: %w", err)
	}
	room, err := tx.Room(id)
	if err != nil {
		return err
	}
	member, err := tx.Member(id, by)
	if err != nil {
		return err
	}
	if room.Kind == chat.KindDirect { // is the other one blocked, or gone?
		if _, err := tx.Member(id, room.Peer(by)); err != nil {
			return err
		}
		if _, err := tx.Account(room.Peer(by)); err != nil {
			return err
		}
	}
	marked := member.Read == room.Seq
	if !marked {
		others, err := tx.OthersAfter(id, by, member.Read)
		if err != nil {
			return err
		}
		marked = !others
	}
	room.Seq, room.N, room.Rev, room.At = room.Seq+1, room.N+1, room.Rev+1, room.At+1
	row := chat.Row{Seq: room.Seq, N: room.N, Rev: room.Rev, Key: key, By: by, At: room.At, Kind: chat.KindText, Text: benchText}
	if err := tx.PutRow(id, row); err != nil {
		return err
	}
	if err := tx.PutSend(store.Send{Account: by, Key: key, Room: id, Seq: row.Seq, Hash: [32]byte{1, 2, 3}}); err != nil {
		return err
	}
	if err := tx.PutRoom(room); err != nil {
		return err
	}
	if _, err := tx.Users([]chat.AccountID{by}); err != nil || !marked {
		return err
	}
	member.Read, member.ReadN, member.Got = row.Seq, row.N, row.Seq
	return tx.PutMember(member)
}

// BenchmarkPost posts durably, in one room and in a room each, beside a loop
// that appends as many bytes to a file and syncs it.
func BenchmarkPost(b *testing.B) {
	b.Run("floor", benchFloor)
	for _, senders := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprintf("senders=%d/rooms=1", senders), func(b *testing.B) { benchPost(b, senders, 1) })
		b.Run(fmt.Sprintf("senders=%d/rooms=%d", senders, 2*senders), func(b *testing.B) { benchPost(b, senders, 2*senders) })
	}
}

func benchFloor(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	line := []byte(benchText)
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	latencies(b, took)
}

// cpu is what the process has used, in user and kernel mode.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// latencies reports the p50 and p99 of what something took.
func latencies(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	ms := func(q int) float64 { return float64(took[(len(took)-1)*q/100].Microseconds()) / 1000 }
	b.ReportMetric(ms(50), "p50-ms")
	b.ReportMetric(ms(99), "p99-ms")
}

// benchPost lets senders post, the two of each room in turn.
func benchPost(b *testing.B, senders, rooms int) {
	s := benchStore(b)
	fill(b, s, rooms, 1)
	took := make([][]time.Duration, senders)
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	spent := cpu(b)
	for sender := range senders {
		wg.Go(func() {
			for i := sender; left.Add(-1) >= 0; i += senders {
				room, key, by := chat.RoomID(i%rooms+1), newKey(), chat.AccountID(1)
				if i/rooms%2 == 1 {
					by = chat.AccountID(room + 1)
				}
				began := time.Now()
				err := s.Update(context.Background(), func(tx store.Tx) error { return postOne(tx, room, by, key) })
				if err != nil {
					b.Error(err)
					return
				}
				took[sender] = append(took[sender], time.Since(began))
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-spent).Microseconds())/float64(b.N), "cpu-us/post")
	latencies(b, slices.Concat(took...))
}

func benchView(b *testing.B, s *Store, fn func(store.Reader) error) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.View(context.Background(), fn); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRowsAfter(b *testing.B) {
	const rows = 5000
	s := benchStore(b)
	fill(b, s, 1, rows)
	for _, behind := range []chat.Rev{0, 1, 50, 500, rows} {
		b.Run(fmt.Sprintf("behind=%d", behind), func(b *testing.B) {
			benchView(b, s, func(r store.Reader) error {
				found, over, err := r.RowsAfter(1, rows-behind, chat.ResetBehind)
				if !over && len(found) != int(behind) {
					b.Fatalf("%d rows", len(found))
				}
				return err
			})
		})
	}
}

// BenchmarkRowsBefore reads a page: the newest, which is held, and the one before
// the last row, which is read.
func BenchmarkRowsBefore(b *testing.B) {
	const rows = 1000
	s := benchStore(b)
	fill(b, s, 1, rows)
	for name, before := range map[string]chat.Seq{"newest": 0, "older": rows} {
		b.Run(name, func(b *testing.B) {
			benchView(b, s, func(r store.Reader) error {
				found, err := r.RowsBefore(1, before, chat.DefaultPage)
				if len(found) != chat.DefaultPage {
					b.Fatalf("%d rows", len(found))
				}
				return err
			})
		})
	}
}

func BenchmarkHeads(b *testing.B) {
	const rooms = 500
	s := benchStore(b)
	fill(b, s, rooms, 5)
	benchView(b, s, func(r store.Reader) error {
		found, err := r.Heads(1)
		if len(found) != rooms {
			b.Fatalf("%d heads", len(found))
		}
		return err
	})
}

// BenchmarkRoomRevs is what a node asks every 4 s where its bus may lose.
func BenchmarkRoomRevs(b *testing.B) {
	const rooms = 1000
	s := benchStore(b)
	fill(b, s, rooms, 1)
	var ids []chat.RoomID
	for i := range rooms {
		ids = append(ids, chat.RoomID(i+1))
	}
	benchView(b, s, func(r store.Reader) error {
		found, err := r.RoomRevs(ids)
		if len(found) != rooms {
			b.Fatalf("%d revs", len(found))
		}
		return err
	})
}

func BenchmarkPeople(b *testing.B) {
	s := benchStore(b)
	err := s.Update(context.Background(), func(tx store.Tx) error {
		for i := range 20_000 {
			a := store.Account{Account: chat.Account{ID: chat.AccountID(i + 1), Name: fmt.Sprint("Person ", i)}, Seen: chat.Time(i)}
			if err := tx.PutAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, query := range []string{"person", "nobody at all"} {
		b.Run(query, func(b *testing.B) {
			benchView(b, s, func(r store.Reader) error {
				_, err := r.People(query, nil, 50)
				return err
			})
		})
	}
}
