package memory

import (
	"fmt"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Tx = (*tx)(nil)

// tx writes straight into the data and remembers how to take it back.
type tx struct {
	reader
	undo []func()
	told []func()
}

// takeBack undoes everything that tx did, the last first.
func (t *tx) takeBack() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
}

// set puts v under k, so that it can be taken back.
func set[K comparable, V any](t *tx, m map[K]V, k K, v V) {
	old, was := m[k]
	t.undo = append(t.undo, func() {
		if was {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = v
}

// unset deletes k, so that it can be taken back.
func unset[K comparable, V any](t *tx, m map[K]V, k K) {
	if old, was := m[k]; was {
		t.undo = append(t.undo, func() { m[k] = old })
		delete(m, k)
	}
}

// inner returns the map under k, making it where there is none. An empty one
// that stays behind after an undo is the same as none.
func inner[K, L comparable, V any](m map[K]map[L]V, k K) map[L]V {
	if m[k] == nil {
		m[k] = make(map[L]V)
	}
	return m[k]
}

// PutAccount implements store.Tx.
func (t *tx) PutAccount(a store.Account) error {
	if other, ok := t.usernames[a.Username]; ok && a.Username != "" && other != a.ID {
		return fmt.Errorf("username %q: %w", a.Username, store.ErrExists)
	}
	if old, ok := t.accounts[a.ID]; ok && old.Username != "" {
		unset(t, t.usernames, old.Username)
	}
	if a.Username != "" {
		set(t, t.usernames, a.Username, a.ID)
	}
	set(t, t.accounts, a.ID, copyAccount(a))
	return nil
}

// raise adds one to the Rev of an account.
func (t *tx) raise(id chat.AccountID) {
	if a, ok := t.accounts[id]; ok {
		a.Rev++
		set(t, t.accounts, id, a)
	}
}

// PutSession implements store.Tx.
func (t *tx) PutSession(s store.Session) error {
	if other, ok := t.hashes[s.Hash]; ok && other != s.ID {
		return fmt.Errorf("session %d: %w", s.ID, store.ErrExists)
	}
	if old, ok := t.sessions[s.ID]; ok {
		unset(t, t.hashes, old.Hash)
	}
	set(t, t.hashes, s.Hash, s.ID)
	set(t, t.sessions, s.ID, s)
	return nil
}

// DeleteSession implements store.Tx.
func (t *tx) DeleteSession(id int64) error {
	if s, ok := t.sessions[id]; ok {
		unset(t, t.hashes, s.Hash)
		unset(t, t.sessions, id)
		unset(t, t.pushes, id)
		t.raise(s.Account)
	}
	return nil
}

// PutRoom implements store.Tx.
func (t *tx) PutRoom(room store.Room) error {
	switch room.Kind {
	case chat.KindDirect:
		if other, ok := t.pairs[room.Pair]; ok && other != room.ID {
			return fmt.Errorf("room of %d and %d: %w", room.Pair[0], room.Pair[1], store.ErrExists)
		}
	case chat.KindOpen:
		if other, ok := t.names[room.Name]; ok && other != room.ID {
			return fmt.Errorf("room %q: %w", room.Name, store.ErrExists)
		}
	}
	switch old := t.rooms[room.ID]; old.Kind {
	case chat.KindDirect:
		unset(t, t.pairs, old.Pair)
	case chat.KindOpen:
		unset(t, t.names, old.Name)
	}
	switch room.Kind {
	case chat.KindDirect:
		set(t, t.pairs, room.Pair, room.ID)
	case chat.KindOpen:
		set(t, t.names, room.Name, room.ID)
	}
	set(t, t.rooms, room.ID, copyRoom(room))
	return nil
}

// PutMember implements store.Tx.
func (t *tx) PutMember(m store.Member) error {
	if old, ok := t.members[m.Room][m.Account]; !ok || old.Role != m.Role {
		t.raise(m.Account)
	}
	set(t, inner(t.members, m.Room), m.Account, m)
	set(t, inner(t.joined, m.Account), m.Room, struct{}{})
	return nil
}

// DeleteMember implements store.Tx.
func (t *tx) DeleteMember(room chat.RoomID, account chat.AccountID) error {
	if _, ok := t.members[room][account]; ok {
		unset(t, t.members[room], account)
		unset(t, t.joined[account], room)
		t.raise(account)
	}
	return nil
}

// PutRow implements store.Tx.
func (t *tx) PutRow(room chat.RoomID, row chat.Row) error {
	l := t.logs[room]
	if l == nil {
		l = new(log)
		t.logs[room] = l
	}
	if row.Seq < 1 || int(row.Seq) > len(l.rows)+1 {
		return fmt.Errorf("row %d of room %d is not the next: %w", row.Seq, room, store.ErrNotFound)
	}
	var had []chat.File
	if old := l.row(row.Seq); old != nil {
		had = old.Files
	}
	t.refer(room, had, row.Files, row.Seq)
	t.undo = append(t.undo, l.put(copyRow(row)))
	return nil
}

// PutReport implements store.Tx.
func (t *tx) PutReport(r store.Report) error {
	k := reportKey{r.Room, r.Seq, r.By}
	if _, ok := t.reported[k]; ok {
		return fmt.Errorf("report of row %d of room %d by %d: %w", r.Seq, r.Room, r.By, store.ErrExists)
	}
	if _, ok := t.reports[r.ID]; ok {
		return fmt.Errorf("report %d: %w", r.ID, store.ErrExists)
	}
	set(t, t.reported, k, r.ID)
	set(t, t.reports, r.ID, r)
	return nil
}

// DeleteReport implements store.Tx.
func (t *tx) DeleteReport(id int64) error {
	r, ok := t.reports[id]
	if !ok {
		return store.ErrNotFound
	}
	unset(t, t.reported, reportKey{r.Room, r.Seq, r.By})
	unset(t, t.reports, id)
	return nil
}

// PutSend implements store.Tx.
func (t *tx) PutSend(s store.Send) error {
	k := sendKey{s.Account, s.Key}
	if _, ok := t.sends[k]; ok {
		return fmt.Errorf("key %v of account %d: %w", s.Key, s.Account, store.ErrExists)
	}
	set(t, t.sends, k, s)
	return nil
}

// OnCommit implements store.Tx.
func (t *tx) OnCommit(fn func()) { t.told = append(t.told, fn) }
