package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

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
func fill(b *testing.B, s *Store, rooms, rows int) {
	b.Helper()
	for i := range rooms {
		err := s.Update(context.Background(), func(tx store.Tx) error {
			id := chat.RoomID(i + 1)
			if err := tx.PutRoom(store.Room{ID: id, Kind: chat.KindDirect, Pair: [2]chat.AccountID{1, chat.AccountID(i + 2)}}); err != nil {
				return err
			}
			for _, account := range []chat.AccountID{1, chat.AccountID(i + 2)} {
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
		if err != nil {
			b.Fatal(err)
		}
	}
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
	room.Seq, room.N, room.Rev, room.At = room.Seq+1, room.N+1, room.Rev+1, room.At+1
	row := chat.Row{Seq: room.Seq, N: room.N, Rev: room.Rev, Key: key, By: by, At: room.At, Kind: chat.KindText,
		Text: "Good morning! Is the price for 300 pieces still what we said last week?"}
	if err := tx.PutRow(id, row); err != nil {
		return err
	}
	if err := tx.PutRoom(room); err != nil {
		return err
	}
	member.Read, member.ReadN, member.Got = row.Seq, row.N, row.Seq
	if err := tx.PutMember(member); err != nil {
		return err
	}
	return tx.PutSend(store.Send{Account: by, Key: key, Room: id, Seq: row.Seq})
}

func BenchmarkPost(b *testing.B) {
	for _, senders := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			s := benchStore(b)
			fill(b, s, senders, 1)
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			b.ReportAllocs()
			b.ResetTimer()
			for sender := range senders {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						key := newKey()
						err := s.Update(context.Background(), func(tx store.Tx) error {
							return postOne(tx, chat.RoomID(sender+1), 1, key)
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
		})
	}
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
