package postgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/server/store"
	"parley/shared/chat"
)

// BenchmarkPost has many post at once, through two nodes: into one hot room, and
// into a thousand. A post is what the server makes of one: its key, its row, its
// poster's marks, its room.
func BenchmarkPost(b *testing.B) {
	for _, rooms := range []int{1, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) { benchmarkPost(b, rooms, 1024) })
	}
}

func benchmarkPost(b *testing.B, rooms, senders int) {
	url := cluster.Database(b)
	nodes := []*Store{openStore(b, url), openStore(b, url)}
	for _, node := range nodes {
		defer node.Close()
	}
	populate(b, nodes[0], rooms, senders)
	var before, after syscall.Rusage
	theirs := spent(b, &before)
	var left atomic.Int64
	left.Store(int64(b.N))
	begin := time.Now()
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				room := (sender*7+i%seats*rooms/seats)%rooms + 1 // as populate has it
				send(b, nodes[sender%2], chat.RoomID(room), chat.AccountID(sender+1))
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "posts/s")
	theirs = spent(b, &after) - theirs
	ours := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(theirs.Seconds()*1e6/float64(b.N), "pg-cpu-us/post")
	b.ReportMetric(float64(ours)/1e3/float64(b.N), "cpu-us/post")
}

// spent is the CPU time of PostgreSQL so far; ours goes into own.
func spent(b *testing.B, own *syscall.Rusage) time.Duration {
	theirs, err := cluster.CPU()
	if err == nil {
		err = syscall.Getrusage(syscall.RUSAGE_SELF, own)
	}
	if err != nil {
		b.Fatal(err)
	}
	return theirs
}

// seats is how many rooms one posts in.
const seats = 8

// populate makes accounts, and rooms, of each of which some are members.
func populate(b *testing.B, node *Store, rooms, senders int) {
	for first := 1; first <= rooms; first += 10 {
		err := node.Update(context.Background(), func(tx store.Tx) error {
			for room := first; room < min(first+10, rooms+1); room++ {
				if err := tx.PutRoom(store.Room{ID: chat.RoomID(room), Kind: chat.KindGroup, Name: "g"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	ctx := context.Background()
	conn, err := node.writers.Acquire(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	for _, query := range []string{
		fmt.Sprintf(`INSERT INTO accounts (id, kind, name, folded, avatar, locale, password, rev, made, seen)
			SELECT i, 'guest', 'A', 'a', '', '', '', 0, 0, 0 FROM generate_series(1, %d) i`, senders),
		fmt.Sprintf(`INSERT INTO members (room, account, role, read, read_n, got, muted, joined, top, hidden, unread, blocked, mention)
			SELECT DISTINCT (s * 7 + i * %[1]d / %[3]d) %% %[1]d + 1, s + 1, 'member', 0, 0, 0, false, s, false, 0, false, false, 0
			FROM generate_series(0, %[2]d - 1) s, generate_series(0, %[3]d - 1) i`, rooms, senders, seats),
		"ANALYZE",
	} {
		if _, err := conn.Exec(ctx, query); err != nil {
			b.Fatal(err)
		}
	}
}

// send posts as the server does.
func send(b *testing.B, node *Store, id chat.RoomID, me chat.AccountID) {
	var random [10]byte
	_, _ = rand.Read(random[:])
	key := chat.KeyV7(chat.Time(time.Now().UnixMilli()), random)
	ctx := store.WithPlan(context.Background(), store.Plan{Room: id, Account: me, Keys: []chat.Key{key}})
	err := node.Update(ctx, func(tx store.Tx) error { return post(tx, id, me, key) })
	if err != nil {
		b.Error(err)
	}
}

func post(tx store.Tx, id chat.RoomID, me chat.AccountID, key chat.Key) error {
	if _, err := tx.Send(me, key); err != store.ErrNotFound {
		return fmt.Errorf("the key is known, or %w", err)
	}
	room, err := tx.Room(id)
	if err != nil {
		return err
	}
	m, err := tx.Member(id, me)
	if err != nil {
		return err
	}
	others := false
	if m.Read != room.Seq {
		if others, err = tx.OthersAfter(id, me, m.Read); err != nil {
			return err
		}
	}
	room.Seq, room.N, room.Rev, room.At = room.Seq+1, room.N+1, room.Rev+1, room.At+1
	row := chat.Row{Seq: room.Seq, N: room.N, Rev: room.Rev, Key: key, By: me, At: room.At, Kind: chat.KindText, Text: text}
	if err := tx.PutRow(id, row); err != nil {
		return err
	}
	if err := tx.PutSend(store.Send{Account: me, Key: key, Room: id, Seq: row.Seq}); err != nil {
		return err
	}
	if err := tx.PutRoom(room); err != nil {
		return err
	}
	if _, err := tx.Users([]chat.AccountID{me}); err != nil || others {
		return err
	}
	m.Read, m.ReadN, m.Got = row.Seq, row.N, row.Seq
	return tx.PutMember(m)
}

// text is 128 bytes long.
const text = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
