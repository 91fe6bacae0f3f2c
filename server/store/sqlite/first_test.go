package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/shared/chat"
)

// first makes a data directory as the first release left it.
func first(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	script, err := os.ReadFile(filepath.Join("testdata", "first.sql"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sqlite.OpenConn(filepath.Join(dir, name), sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sqlitex.ExecuteScript(conn, string(script), nil), conn.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// heldByFirst checks what was in the first release's data.
func heldByFirst(t *testing.T, s *Store) {
	t.Helper()
	if meta := s.Meta(); meta.Epoch != "first-epoch" || len(meta.Secret) != 32 || meta.Secret[31] != 0x1f {
		t.Errorf("meta %+v", meta)
	}
	err := s.View(context.Background(), func(r store.Reader) error {
		room, err := r.Room(5)
		if err != nil || room.Name != "First" || room.Seq < 4 || room.Members != 2 {
			t.Errorf("room %+v, %v", room, err)
		}
		rows, err := r.RowsBefore(5, 5, 10)
		if err != nil || len(rows) != 4 {
			t.Fatalf("rows %+v, %v", rows, err)
		}
		if made := rows[0]; made.Kind != chat.KindSystem || made.System == nil || made.System.Event != "made" || made.System.Account != 101 {
			t.Errorf("the making is %+v", made)
		}
		if edited := rows[1]; edited.Text != "你好, edited" || edited.Edited != 1790000000005 || edited.Rev != 5 || !slices.Equal(edited.Reactions["👍"], []chat.AccountID{102}) {
			t.Errorf("the edited row is %+v", edited)
		}
		if recalled := rows[2]; recalled.Recalled != 1790000000006 || recalled.Text != "" {
			t.Errorf("the recalled row is %+v", recalled)
		}
		if last := rows[3]; last.Text != "kept" || last.Reply != 2 || last.By != 102 {
			t.Errorf("the last row is %+v", last)
		}
		send, err := r.Send(102, rows[3].Key)
		if err != nil || send.Seq != 4 || send.Room != 5 || send.Hash[31] != 0x1f {
			t.Errorf("its key names %+v, %v", send, err)
		}
		ada, err := r.Account(101)
		if err != nil || ada.Username != "ada" || ada.Password != "hash" {
			t.Errorf("account %+v, %v", ada, err)
		}
		owner, err := r.Member(5, 101)
		if err != nil || owner.Role != chat.RoleOwner || owner.Read != 4 {
			t.Errorf("member %+v, %v", owner, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Promise 15: the data of the first release is opened, with nothing lost, and
// is written to; what it was before lies beside it, whole, and opens as well.
func TestFirstReleasesData(t *testing.T) {
	dir := first(t)
	before := kept(filepath.Join(dir, name), 1)
	if err := os.WriteFile(before, []byte("half of an earlier try"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, dir)
	heldByFirst(t, s)
	if err := s.Update(context.Background(), put(5, 5, "of this release")); err != nil {
		t.Error(err)
	}
	if seq := newest(t, s, 5); seq != 5 {
		t.Errorf("the newest row is %d", seq)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	older := t.TempDir()
	if err := os.Rename(before, filepath.Join(older, name)); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir) // migrated: there is nothing to back up
	heldByFirst(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(before); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("backed up again: %v", err)
	}
	conn, err := sqlite.OpenConn(filepath.Join(older, name), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	version, err := number(conn, "PRAGMA user_version")
	if err := errors.Join(err, conn.Close()); err != nil || version != 1 {
		t.Errorf("the backup has schema %d, %v", version, err)
	}
	s = openStore(t, older)
	defer s.Close()
	heldByFirst(t, s)
	if seq := newest(t, s, 5); seq != 4 {
		t.Errorf("the backup's newest row is %d", seq)
	}
}

// A database whose making was interrupted between two migrations is made to the
// end.
func TestInterruptedMaking(t *testing.T) {
	dir := first(t)
	raw(t, dir, "DELETE FROM meta")
	s := openStore(t, dir)
	defer s.Close()
	if epoch := s.Meta().Epoch; epoch == "" || epoch == "first-epoch" {
		t.Errorf("epoch %q", epoch)
	}
}
