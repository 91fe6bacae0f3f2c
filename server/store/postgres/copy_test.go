package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/server/store"
	"parley/server/store/sqlite"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// full makes a database with something in every table.
func full(t *testing.T) *sqlite.Source {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(context.Background(), dir, sqlite.Options{Options: store.Options{Random: storetest.Random, Fatal: func(err error) { t.Error(err) }}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(context.Background(), func(tx store.Tx) error {
		file := store.File{File: chat.File{ID: "0123456789abcdef", Name: "a\x00b", Type: "text/plain", Size: 3}, Account: 1, Blob: "0123456789abcdef"}
		for _, err := range []error{
			tx.PutAccount(store.Account{Account: chat.Account{ID: 1, Kind: chat.KindMember, Name: "Ånn", Username: "ann", Settings: []byte("{}")}, Rev: 3}),
			tx.PutAccount(store.Account{Account: chat.Account{ID: 2, Kind: chat.KindGuest, Name: "Ben"}}),
			tx.PutLeaver(2),
			tx.PutSession(store.Session{ID: 5, Hash: [32]byte{1}, Account: 1, Agent: "x"}),
			tx.PutPush(store.Push{Session: 5, Account: 1, Endpoint: "https://push"}),
			tx.PutFile(file),
		} {
			if err != nil {
				return err
			}
		}
		for id := chat.RoomID(1); id <= 3; id++ {
			room := store.Room{ID: id, Kind: chat.KindGroup, Name: "g", Pins: []chat.Seq{1}}
			for range 40 {
				key := newKey()
				room.Seq, room.N, room.Rev = room.Seq+1, room.N+1, room.Rev+1
				row := chat.Row{Seq: room.Seq, N: room.N, Rev: room.Rev, Key: key, By: 1, Kind: chat.KindText, Text: fmt.Sprint("价\x00", room.Seq)}
				if room.Seq == 7 {
					row.Files, row.Reactions = []chat.File{file.File}, map[string][]chat.AccountID{"👍": {1, 2}}
				}
				if room.Seq == 8 {
					row.System = &chat.System{Event: chat.EventJoined, Account: 2, Text: "t"}
				}
				if err := errors.Join(tx.PutRow(id, row), tx.PutSend(store.Send{Account: 1, Key: key, Room: id, Seq: row.Seq})); err != nil {
					return err
				}
			}
			row, err := tx.Row(id, 2)
			room.Rev++
			row.Rev, row.Text = room.Rev, "edited"
			err = errors.Join(err, tx.PutRow(id, row), tx.PutRoom(room), tx.PutMember(store.Member{Room: id, Account: 1, Role: chat.RoleOwner, Read: 3, Top: true}),
				tx.PutReport(store.Report{ID: int64(id), Room: id, Seq: 1, By: 1, Reason: "r"}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	source, err := sqlite.OpenSource(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	})
	return source
}

func quiet(string) {}

// cut is a source that breaks off in one table.
type cut struct {
	*sqlite.Source
	table string
}

var errCut = errors.New("cut off")

func (c cut) Rows(ctx context.Context, table string, columns []string, key string, skip int64, fn func([]any) error) error {
	if table == c.table {
		return errCut
	}
	return c.Source.Rows(ctx, table, columns, key, skip, fn)
}

func TestCopy(t *testing.T) {
	url, source := cluster.Database(t), full(t)
	ctx := context.Background()
	if _, _, err := Migrate(ctx, url, storetest.Random); err != nil { // as an operator does before
		t.Fatal(err)
	}
	if _, err := Copy(ctx, url, cut{source, "sends"}, quiet); !errors.Is(err, errCut) {
		t.Fatalf("a copy that is cut off: %v", err)
	}
	if _, err := Open(ctx, url, Options{Options: store.Options{Random: storetest.Random}}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a node on an unfinished copy: %v", err)
	}
	if _, err := Copy(ctx, url, full(t), quiet); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("another source: %v", err)
	}
	copied, err := Copy(ctx, url, source, quiet)
	if err != nil || copied.Rooms != 3 || copied.Found < 120 || copied.Rows < 240 {
		t.Fatalf("Copy: %+v, %v", copied, err)
	}
	s := openStore(t, url)
	defer s.Close()
	if diff := cmp.Diff(source.Meta(), s.Meta()); diff != "" {
		t.Errorf("who has a cursor is reset: %s", diff)
	}
	err = s.View(ctx, func(r store.Reader) error {
		rows, over, err := r.RowsAfter(1, 6, 100)
		if over || len(rows) != 35 || rows[34].Text != "edited" || rows[0].Text != "价\x007" || len(rows[0].Reactions["👍"]) != 2 {
			t.Errorf("rows after a cursor: %v", rows)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := Copy(ctx, url, source, quiet); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a copy under a node: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(ctx, url, source, quiet); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a copy over a database in use: %v", err)
	}
}

// What differs is found, whatever it is.
func TestCopyCompares(t *testing.T) {
	for _, harm := range []string{
		"UPDATE messages SET text = 'x' WHERE room = 2 AND seq = 3",
		"DELETE FROM sends WHERE key = (SELECT min(key::text)::uuid FROM sends)",
		"UPDATE rooms SET rev = rev + 1 WHERE id = 1",
	} {
		url, source := cluster.Database(t), full(t)
		ctx := context.Background()
		if _, err := Copy(ctx, url, cut{source, "reports"}, quiet); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		conn, err := connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Exec(ctx, harm)
		if err = errors.Join(err, conn.Close(ctx)); err != nil {
			t.Fatal(err)
		}
		if _, err := Copy(ctx, url, source, quiet); !errors.Is(err, ErrDiffers) {
			t.Errorf("%s: %v", harm, err)
		}
	}
}

// A connection that has just been closed is there for a moment: it is no node.
func TestCopyWaitsForWhoLeaves(t *testing.T) {
	url, source := cluster.Database(t), full(t)
	ctx := context.Background()
	conn, err := connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan error, 1)
	time.AfterFunc(leaving/10, func() { left <- conn.Close(ctx) })
	if _, err := Copy(ctx, url, source, quiet); err != nil {
		t.Error(err)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
}
