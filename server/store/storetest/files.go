package storetest

import (
	"context"
	"fmt"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// file makes a file whose content is named after it.
func file(id string, account chat.AccountID, at chat.Time) store.File {
	return store.File{
		File: chat.File{ID: id, Name: id + ".txt", Type: "text/plain", Size: 1}, Account: account, At: at, Space: 10,
		Hash: [32]byte{id[0]}, Blob: "blob " + id,
	}
}

// putFiles stores files.
func (h *harness) putFiles(files ...store.File) {
	h.Helper()
	h.update(func(tx store.Tx) error {
		for _, f := range files {
			if err := tx.PutFile(f); err != nil {
				return err
			}
		}
		return nil
	})
}

// sends appends a row with files and returns it.
func (h *harness) sends(room chat.RoomID, by chat.AccountID, ids ...string) (row chat.Row) {
	h.Helper()
	h.update(func(tx store.Tx) (err error) {
		row = chat.Row{By: by, Kind: chat.KindFile}
		for _, id := range ids {
			row.Files = append(row.Files, chat.File{ID: id, Name: id})
		}
		row, err = appendRow(tx, room, row)
		return err
	})
	return row
}

// replace stores another form of a row.
func (h *harness) replace(room chat.RoomID, row chat.Row, files ...chat.File) {
	h.Helper()
	h.update(func(tx store.Tx) error {
		r, err := tx.Room(room)
		if err != nil {
			return err
		}
		r.Rev++
		row.Rev, row.Files = r.Rev, files
		if err := tx.PutRow(room, row); err != nil {
			return err
		}
		return tx.PutRoom(r)
	})
}

// shown wants FileShown for accounts 1 to 4, written like "1 3", and FileUsed.
func (h *harness) shown(id, want string, used bool) {
	h.Helper()
	h.view(func(r store.Reader) error {
		got := ""
		for account := range chat.AccountID(5) {
			shown, err := r.FileShown(id, account)
			if err != nil {
				return err
			}
			if shown {
				got += fmt.Sprint(account, " ")
			}
		}
		same(h.T, "who is shown "+id, want, got)
		isUsed, err := r.FileUsed(id)
		same(h.T, "whether "+id+" is used", used, isUsed)
		return err
	})
}

func testFileRoundTrip(t *testing.T, h *harness) {
	f := store.File{
		File:    chat.File{ID: "f", Name: "照片.png", Type: "image/png", Size: 1 << 40, Width: 3, Height: 4, Length: 5},
		Account: chat.MaxID, At: 6, Thumb: "image/jpeg", Space: 7, Hash: [32]byte{8, 31: 9}, Blob: "b",
	}
	filled(t, f)
	filled(t, f.File)
	h.putFiles(f)
	check := func() {
		h.view(func(r store.Reader) error {
			got, err := r.File("f")
			same(t, "File", f, got)
			if err != nil {
				return err
			}
			got, err = r.FileOf(f.Hash)
			same(t, "FileOf", f, got)
			if err != nil {
				return err
			}
			used, err := r.BlobUsed("b")
			same(t, "BlobUsed", true, used)
			return err
		})
	}
	check()
	err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutFile(file("f", 1, 1)) })
	wantErr(t, "PutFile of a known id", err, store.ErrExists)
	check()
	twin := f
	twin.ID = "a"
	h.putFiles(twin)
	h.view(func(r store.Reader) error {
		got, err := r.FileOf(f.Hash)
		same(t, "FileOf with two", twin, got)
		return err
	})
	h.update(func(tx store.Tx) error { return tx.DeleteFile("a") })
	check()
	h.update(func(tx store.Tx) error { return tx.DeleteFile("f") })
	h.update(func(tx store.Tx) error { return tx.DeleteFile("f") }) // fine
	h.view(func(r store.Reader) error {
		_, err := r.File("f")
		wantErr(t, "File", err, store.ErrNotFound)
		_, err = r.FileOf(f.Hash)
		wantErr(t, "FileOf", err, store.ErrNotFound)
		used, err := r.BlobUsed("b")
		same(t, "BlobUsed", false, used)
		return err
	})
}

func testFileRows(t *testing.T, h *harness) {
	h.room(1, 2)
	h.room(2, 0)
	h.putFiles(file("a", 1, 1), file("b", 1, 1))
	h.update(func(tx store.Tx) error {
		for _, m := range []store.Member{
			{Room: 1, Account: 1, Role: chat.RoleOwner}, {Room: 1, Account: 2, Role: chat.RoleMember},
			{Room: 1, Account: 3, Role: store.RoleBanned}, {Room: 2, Account: 4, Role: chat.RoleMember},
		} {
			if err := tx.PutMember(m); err != nil {
				return err
			}
		}
		return nil
	})
	h.shown("a", "", false)
	first := h.sends(1, 1, "a", "b", "a", "none")
	h.shown("a", "1 2 ", true)
	h.shown("b", "1 2 ", true)
	h.shown("none", "1 2 ", true)
	h.replace(1, first, chat.File{ID: "b"})
	h.shown("a", "", false)
	h.shown("b", "1 2 ", true)
	second := h.sends(2, 4, "b")
	h.shown("b", "1 2 4 ", true)
	h.replace(1, first)
	h.shown("b", "4 ", true)
	h.replace(2, second)
	h.shown("b", "", false)
	err := h.Update(context.Background(), func(tx store.Tx) error {
		if _, err := appendRow(tx, 1, chat.Row{By: 1, Kind: chat.KindFile, Files: []chat.File{{ID: "a"}}}); err != nil {
			return err
		}
		return errRefused
	})
	wantErr(t, "Update", err, errRefused)
	h.shown("a", "", false)
}

func testFileAvatars(t *testing.T, h *harness) {
	ann := guest(1, "Ann")
	ann.Avatar = "a"
	h.putFiles(file("a", 1, 1), file("b", 1, 1))
	h.update(func(tx store.Tx) error { return tx.PutAccount(ann) })
	h.update(func(tx store.Tx) error { return tx.PutAccount(guest(2, "Ben")) })
	h.shown("a", "0 1 2 3 4 ", true)
	h.shown("b", "", false)
	h.shown("", "", false)
	ann.Avatar = "b"
	h.update(func(tx store.Tx) error { return tx.PutAccount(ann) })
	h.shown("a", "", false)
	h.shown("b", "0 1 2 3 4 ", true)
}

func testFileSpace(t *testing.T, h *harness) {
	want := func(account chat.AccountID, space int64) {
		t.Helper()
		h.view(func(r store.Reader) error {
			got, err := r.FileSpace(account)
			same(t, fmt.Sprint("space of ", account), space, got)
			return err
		})
	}
	want(0, 0)
	want(1, 0)
	large := file("c", 2, 1)
	large.Space = 1 << 50
	h.putFiles(file("a", 1, 1), file("b", 1, 1), large)
	want(0, 1<<50+20)
	want(1, 20)
	want(2, 1<<50)
	h.update(func(tx store.Tx) error { return tx.DeleteFile("a") })
	want(1, 10)
	want(0, 1<<50+10)
}

func testUnusedFiles(t *testing.T, h *harness) {
	unused := func(before chat.Time, limit int, want ...string) {
		t.Helper()
		h.view(func(r store.Reader) error {
			files, err := r.UnusedFiles(before, limit)
			var got []string
			for _, f := range files {
				got = append(got, f.ID)
			}
			same(t, fmt.Sprintf("unused before %d, at most %d", before, limit), want, got)
			return err
		})
	}
	h.room(1, 0)
	early := h.sends(1, 1, "late")
	h.putFiles(file("b", 1, 5), file("a", 2, 5), file("c", 1, 4), file("used", 1, 1), file("face", 1, 1), file("new", 1, 9), file("late", 1, 1))
	row := h.sends(1, 1, "used")
	h.sends(1, 1, "face")
	ann := guest(1, "Ann")
	ann.Avatar = "face"
	h.update(func(tx store.Tx) error { return tx.PutAccount(ann) })
	unused(9, 10, "c", "a", "b")
	unused(9, 2, "c", "a")
	unused(5, 10, "c")
	unused(4, 10)
	unused(9, 0)
	h.replace(1, row)
	h.replace(1, early)
	unused(5, 10, "late", "used", "c")
	h.update(func(tx store.Tx) error { return tx.DeleteFile("c") })
	unused(5, 10, "late", "used")
}
