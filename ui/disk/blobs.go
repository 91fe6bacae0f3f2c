package disk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
)

// Attach gives the contents of the files of an entry that is about to be saved,
// in their order; none for those that are uploaded already. It may be called
// beside another method.
func (s *Store) Attach(key chat.Key, blobs []blob.Blob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh == nil {
		s.fresh = map[chat.Key][]blob.Blob{}
	}
	s.fresh[key] = blobs
}

// Blob is the content of the n-th file of an entry, none if there is none.
func (s *Store) Blob(ctx context.Context, key chat.Key, n int) (blob.Blob, error) {
	if fresh := s.freshBlobs(key); n < len(fresh) {
		return fresh[n], nil
	}
	var found blob.Blob
	err := s.engine.view(ctx, func(t tx) (err error) {
		found, err = t.blob(blobKey(key, n))
		return err
	})
	if err != nil {
		return blob.Blob{}, fmt.Errorf("disk: read a file: %w", err)
	}
	return found, nil
}

func (s *Store) freshBlobs(key chat.Key) []blob.Blob {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh[key]
}

// settleBlobs forgets the contents that are stored now, or not wanted any more.
func (s *Store) settleBlobs(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, keys := range [][]chat.Key{b.saved.Stored, b.done} {
		for _, key := range keys {
			delete(s.fresh, key)
		}
	}
}

// files stores what an entry has of files, and keeps the ids that are stored
// already. It reports whether those are others (older), and whether the entry,
// which was stored with its contents, is no longer: it has ended in another tab.
// An entry that was queued again (and has a later Order) begins anew.
func (b *batch) files(e *replica.Entry) (older, ended bool, err error) {
	if len(e.Files) == 0 {
		return false, false, nil
	}
	if fresh := b.fresh(e.Key); fresh != nil {
		for n, content := range fresh {
			if !content.None() {
				b.tx.putBlob(blobKey(e.Key, n), content)
			}
		}
		return false, false, nil
	}
	value, err := b.tx.get(tableOutbox, e.Key.String())
	if err != nil || value == "" {
		return false, slices.ContainsFunc(e.Files, func(a replica.Attachment) bool { return a.Blob }), err
	}
	var stored replica.Entry
	if json.Unmarshal([]byte(value), &stored) != nil || stored.Order != e.Order || len(stored.Files) != len(e.Files) {
		return false, false, nil
	}
	e.Files = slices.Clone(e.Files)
	for n, a := range stored.Files {
		if a.ID != "" && a.ID != e.Files[n].ID {
			older = older || e.Files[n].ID != ""
			e.Files[n] = a
		}
	}
	return older, false, nil
}
