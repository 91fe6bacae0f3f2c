package disk

import (
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
)

// withFiles is an entry with files of these ids.
func withFiles(n int, state replica.State, ids ...string) *replica.Entry {
	e := entry(n, state)
	for _, id := range ids {
		e.Files = append(e.Files, replica.Attachment{File: chat.File{ID: id, Name: "a.txt", Type: "text/plain"}, Blob: true})
	}
	return e
}

func outbox(entries ...*replica.Entry) replica.SaveOutbox {
	return replica.SaveOutbox{Entries: entries}
}

func wantBlob(t *testing.T, s *Store, n int, want string) {
	t.Helper()
	found, err := s.Blob(t.Context(), keyOf(1), n)
	if err != nil {
		t.Fatal(err)
	}
	if found.None() != (want == "") {
		t.Fatalf("file %d: none %v", n, found.None())
	}
	if want == "" {
		return
	}
	data, err := found.Bytes(t.Context())
	if err != nil || string(data) != want || found.Type() != "text/plain" || found.Size() != int64(len(want)) {
		t.Errorf("file %d: %q of %s, %v", n, data, found.Type(), err)
	}
}

// Promise 6: files wait with their entry, over a restart, and go with it.
func TestBlobs(t *testing.T) {
	account := fresh()
	s := begun(t, account)
	s.Attach(keyOf(1), []blob.Blob{blob.New([]byte("one"), "text/plain"), {}, blob.New([]byte("three"), "text/plain")})
	wantBlob(t, s, 0, "one")
	saved := save(t, s, outbox(withFiles(1, replica.Storing, "", "there", "")), outbox(entry(2, replica.Storing)))
	if len(saved.Stored) != 2 {
		t.Errorf("%+v", saved)
	}
	if len(s.fresh) != 0 {
		t.Error("what is stored is also kept in memory")
	}
	again := tab(t, account)
	for n, want := range []string{"one", "", "three", ""} {
		wantBlob(t, again, n, want)
	}
	entries, err := again.Outbox(t.Context())
	if err != nil || len(entries) != 2 || len(entries[0].Files) != 3 || entries[0].Files[1].ID != "there" || !entries[0].Files[0].Blob {
		t.Fatalf("%+v, %v", entries, err)
	}
	save(t, again, outbox(withFiles(1, replica.Queued, "id", "there", "")))
	wantBlob(t, again, 0, "one") // until the entry ends
	save(t, again, replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(1)}})
	wantBlob(t, again, 0, "")
	wantBlob(t, again, 2, "")
}

// What was given up before it could be stored is not kept.
func TestBlobsDiscarded(t *testing.T) {
	s := begun(t, fresh())
	s.Attach(keyOf(1), []blob.Blob{blob.New([]byte("one"), "text/plain")})
	save(t, s, replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(1)}})
	wantBlob(t, s, 0, "")
}

// Promise 3: of two tabs that have uploaded the same file the first counts, and
// the other is told.
func TestFirstIDs(t *testing.T) {
	account := fresh()
	a, b := begun(t, account), begun(t, account)
	a.Attach(keyOf(1), []blob.Blob{blob.New([]byte("one"), "text/plain"), blob.New([]byte("two"), "text/plain")})
	save(t, a, outbox(withFiles(1, replica.Storing, "", "")))
	for _, c := range []struct {
		tab   *Store
		ids   []string
		older bool
		want  []string
	}{
		{a, []string{"a0", ""}, false, []string{"a0", ""}},
		{b, []string{"", "b1"}, false, []string{"a0", "b1"}},
		{a, []string{"a0", "a1"}, true, []string{"a0", "b1"}},
		{b, []string{"a0", "b1"}, false, []string{"a0", "b1"}},
	} {
		saved := save(t, c.tab, outbox(withFiles(1, replica.Storing, c.ids...)))
		if older := len(saved.Older) == 1; older != c.older || older == (len(saved.Stored) == 1) {
			t.Errorf("%v: %+v", c.ids, saved)
		}
		entries, err := c.tab.Outbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range entries[0].Files {
			ids = append(ids, f.ID)
		}
		if !slices.Equal(ids, c.want) {
			t.Errorf("%v: stored %v, want %v", c.ids, ids, c.want)
		}
	}
	save(t, b, replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(1)}})
	if saved := save(t, a, outbox(withFiles(1, replica.Storing, "a0", "a1"))); len(saved.Older) != 1 || len(saved.Stored) != 0 {
		t.Errorf("ended elsewhere: %+v", saved)
	}
	if entries, _ := a.Outbox(t.Context()); len(entries) != 0 {
		t.Errorf("comes back: %+v", entries)
	}
	a.Attach(keyOf(1), []blob.Blob{blob.New([]byte("one"), "text/plain"), {}})
	save(t, a, outbox(withFiles(1, replica.Storing, "a0", "a1")))
	anew := withFiles(1, replica.Storing, "", "")
	anew.Order = 9
	if saved := save(t, a, outbox(anew)); len(saved.Stored) != 1 {
		t.Errorf("queued again: %+v", saved)
	}
	if entries, _ := a.Outbox(t.Context()); entries[0].Files[0].ID != "" {
		t.Errorf("%+v", entries[0].Files)
	}
}

// Files that were chosen lie with their draft: stored once, there after a
// restart, and gone with the draft that no longer names them.
func TestDraftFiles(t *testing.T) {
	account := fresh()
	s := begun(t, account)
	chosen := func(n int, content string) DraftFile {
		f := DraftFile{Key: keyOf(n), File: chat.File{Name: "a.txt", Type: "text/plain"}}
		if content != "" {
			f.Content = blob.New([]byte(content), "text/plain")
		}
		return f
	}
	store := func(d Draft) {
		t.Helper()
		if err := s.SaveDrafts(t.Context(), []Draft{d}); err != nil {
			t.Fatal(err)
		}
	}
	has := func(n int, want bool) {
		t.Helper()
		if found, err := s.Blob(t.Context(), keyOf(n), 0); err != nil || found.None() == want {
			t.Errorf("file %d is there: %v, %v", n, !want, err)
		}
	}
	store(Draft{Room: room, Files: []DraftFile{chosen(1, "one"), chosen(2, "two")}})
	wantBlob(t, s, 0, "one")
	start := restart(t, account)
	if len(start.Drafts) != 1 || len(start.Drafts[0].Files) != 2 || start.Drafts[0].Files[0].Key != keyOf(1) || start.Drafts[0].Files[0].File.Name != "a.txt" {
		t.Fatalf("%+v", start.Drafts)
	}
	// By who has not read the contents, or has others of that name.
	store(Draft{Room: room, Text: "see", Files: []DraftFile{chosen(1, "other"), chosen(2, "")}})
	wantBlob(t, s, 0, "one")
	has(2, true)
	store(Draft{Room: room, Text: "see", Files: []DraftFile{chosen(2, "")}})
	has(1, false)
	has(2, true)
	store(Draft{Room: room})
	has(2, false)
	if start := restart(t, account); len(start.Drafts) != 0 {
		t.Errorf("%+v", start.Drafts)
	}
}
