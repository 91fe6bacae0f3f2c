package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// rowKey names a row.
type rowKey struct {
	room chat.RoomID
	seq  chat.Seq
}

// File implements store.Reader.
func (r reader) File(id string) (store.File, error) {
	f, ok := r.files[id]
	return found(f, ok)
}

// FileOf implements store.Reader.
func (r reader) FileOf(hash [32]byte) (store.File, error) {
	for _, id := range slices.Sorted(maps.Keys(r.files)) { // a simulation must not depend on the order of a map
		if f := r.files[id]; f.Hash == hash {
			return f, nil
		}
	}
	return store.File{}, store.ErrNotFound
}

// FileShown implements store.Reader.
func (r reader) FileShown(id string, account chat.AccountID) (bool, error) {
	for key := range r.fileRows[id] {
		if m, ok := r.members[key.room][account]; ok && m.Role != store.RoleBanned {
			return true, nil
		}
	}
	return r.isAvatar(id), nil
}

func (r reader) isAvatar(id string) bool {
	for _, a := range r.accounts {
		if a.Avatar == id && id != "" {
			return true
		}
	}
	return false
}

// FileUsed implements store.Reader.
func (r reader) FileUsed(id string) (bool, error) {
	return len(r.fileRows[id]) > 0 || r.isAvatar(id), nil
}

// FileSpace implements store.Reader.
func (r reader) FileSpace(account chat.AccountID) (space int64, err error) {
	for _, f := range r.files {
		if account == 0 || f.Account == account {
			space += f.Space
		}
	}
	return space, nil
}

// UnusedFiles implements store.Reader.
func (r reader) UnusedFiles(before chat.Time, limit int) ([]store.File, error) {
	var unused []store.File
	for id, f := range r.files {
		if f.At < before && len(r.fileRows[id]) == 0 && !r.isAvatar(id) {
			unused = append(unused, f)
		}
	}
	slices.SortFunc(unused, func(a, b store.File) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return unused[:min(len(unused), max(limit, 0))], nil
}

// BlobUsed implements store.Reader.
func (r reader) BlobUsed(blob string) (bool, error) {
	for _, f := range r.files {
		if f.Blob == blob {
			return true, nil
		}
	}
	return false, nil
}

// PutFile implements store.Tx.
func (t *tx) PutFile(f store.File) error {
	if _, ok := t.files[f.ID]; ok {
		return fmt.Errorf("file %s: %w", f.ID, store.ErrExists)
	}
	set(t, t.files, f.ID, f)
	return nil
}

// DeleteFile implements store.Tx.
func (t *tx) DeleteFile(id string) error {
	unset(t, t.files, id)
	return nil
}

// refer notes that a row no longer refers to the files that it had, but to
// those that it has.
func (t *tx) refer(room chat.RoomID, had, has []chat.File, seq chat.Seq) {
	for i := range had {
		unset(t, inner(t.fileRows, had[i].ID), rowKey{room, seq})
	}
	for i := range has {
		set(t, inner(t.fileRows, has[i].ID), rowKey{room, seq}, struct{}{})
	}
}
