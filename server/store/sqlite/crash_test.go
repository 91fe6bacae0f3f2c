package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// crashDir tells a child of this test binary where to write until it is killed.
const crashDir = "PARLEY_TEST_CRASH_DIR"

const (
	crashSenders = 16
	crashRooms   = 3
)

// TestCrash: Promises 1 and 2. A child that is killed while it writes has
// stored all that it acknowledged, and every room is dense. It is killed again
// and again, over the same files.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	acknowledged := make(map[chat.RoomID]chat.Seq)
	for _, after := range []int{1, 40, 150, 600, 1500} {
		killAfter(t, dir, after, acknowledged)
		verify(t, dir, acknowledged)
	}
}

// killAfter runs a child until it has acknowledged so many rows, kills it, and
// takes down everything that it had managed to say.
func killAfter(t *testing.T, dir string, rows int, acknowledged map[chat.RoomID]chat.Seq) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	child.Env = append(os.Environ(), crashDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == rows {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		line, err := lines.ReadString('\n')
		if err == io.EOF { // a cut line was not said
			if n < rows {
				t.Errorf("the child ended by itself after %d rows", n)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var room chat.RoomID
		var seq chat.Seq
		if _, err := fmt.Sscanf(line, "stored %d %d", &room, &seq); err != nil {
			t.Fatalf("the child says %q", line)
		}
		acknowledged[room] = max(acknowledged[room], seq)
	}
	_ = child.Wait() // killed
}

// writeUntilKilled appends rows, and changes older ones, saying what is stored.
func writeUntilKilled(t *testing.T, dir string) {
	s := openStore(t, dir)
	var say sync.Mutex
	var wg sync.WaitGroup
	for sender := range crashSenders {
		wg.Go(func() {
			for i := 0; ; i++ {
				room := chat.RoomID(1 + (sender+i)%crashRooms)
				seq, err := appendTo(s, room)
				if err != nil {
					t.Error(err)
					return
				}
				say.Lock()
				fmt.Printf("stored %d %d\n", room, seq)
				say.Unlock()
			}
		})
	}
	wg.Wait()
}

// appendTo adds a row to a room, edits the one before, and stores the key.
func appendTo(s *Store, id chat.RoomID) (seq chat.Seq, err error) {
	err = s.Update(context.Background(), func(tx store.Tx) error {
		room, err := tx.Room(id)
		if err != nil {
			room = store.Room{ID: id, Kind: chat.KindGroup}
		}
		for _, at := range []chat.Seq{room.Seq + 1, room.Seq} {
			if at == 0 {
				continue
			}
			room.Rev++
			row := chat.Row{Seq: at, N: chat.Count(at), Rev: room.Rev, By: 1, Kind: chat.KindText, Text: fmt.Sprint("row ", at)}
			if err := tx.PutRow(id, row); err != nil {
				return err
			}
		}
		room.Seq++
		room.N++
		seq = room.Seq
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		return tx.PutSend(store.Send{Account: 1, Key: crashKey(id, seq), Room: id, Seq: seq})
	})
	return seq, err
}

func crashKey(room chat.RoomID, seq chat.Seq) chat.Key {
	return chat.KeyV7(chat.Time(seq), [10]byte{9: byte(room)})
}

// verify opens what the child left behind.
func verify(t *testing.T, dir string, acknowledged map[chat.RoomID]chat.Seq) {
	t.Helper()
	s := openStore(t, dir)
	defer s.Close()
	for id := chat.RoomID(1); id <= crashRooms; id++ {
		err := s.View(context.Background(), func(r store.Reader) error {
			room, err := r.Room(id)
			if err != nil {
				if acknowledged[id] == 0 {
					return nil
				}
				return err
			}
			if room.Seq < acknowledged[id] {
				t.Errorf("room %d: acknowledged up to %d, stored %d", id, acknowledged[id], room.Seq)
			}
			rows, over, err := r.RowsAfter(id, 0, int(room.Seq))
			if err != nil {
				return err
			}
			if over || len(rows) != int(room.Seq) {
				t.Errorf("room %d: %d rows (over %v), want %d", id, len(rows), over, room.Seq)
			}
			return dense(t, r, room, rows)
		})
		if err != nil {
			t.Errorf("room %d: %v", id, err)
		}
	}
}

// dense checks rows that were each changed once when the next one came: row s
// has rev 2s+1, but for the last, which is still as it was born.
func dense(t *testing.T, r store.Reader, room store.Room, rows []chat.Row) error {
	t.Helper()
	if want := chat.Rev(2*room.Seq - 1); room.Rev != want {
		t.Errorf("room %d at seq %d has rev %d, want %d", room.ID, room.Seq, room.Rev, want)
	}
	seen := make(map[chat.Seq]bool)
	for _, row := range rows {
		seen[row.Seq] = true
		want := chat.Rev(2*row.Seq + 1)
		if row.Seq == room.Seq {
			want = chat.Rev(2*row.Seq - 2)
			if row.Seq == 1 {
				want = 1
			}
		}
		if row.Rev != want {
			t.Errorf("room %d, row %d has rev %d, want %d", room.ID, row.Seq, row.Rev, want)
		}
		send, err := r.Send(1, crashKey(room.ID, row.Seq))
		if err != nil || send.Seq != row.Seq {
			return fmt.Errorf("key of row %d: %v, %w", row.Seq, send, err)
		}
	}
	if len(seen) != int(room.Seq) {
		t.Errorf("room %d: %d different rows, want %d", room.ID, len(seen), room.Seq)
	}
	return nil
}
