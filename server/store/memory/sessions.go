package memory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// Sessions implements store.Reader.
func (r reader) Sessions(account chat.AccountID) ([]store.Session, error) {
	var list []store.Session
	for _, s := range r.sessions {
		if s.Account == account {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b store.Session) int {
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(b.ID, a.ID))
	})
	return list, nil
}

// ExpiredSessions implements store.Reader.
func (r reader) ExpiredSessions(now chat.Time, limit int) ([]store.Session, error) {
	var list []store.Session
	for _, id := range slices.Sorted(maps.Keys(r.sessions)) { // a simulation must not depend on the order of a map
		if s := r.sessions[id]; s.Expires <= now && len(list) < limit {
			list = append(list, s)
		}
	}
	return list, nil
}

// Leavers implements store.Reader.
func (r reader) Leavers() ([]chat.AccountID, error) {
	return slices.Sorted(maps.Keys(r.leavers)), nil
}

// Push implements store.Reader.
func (r reader) Push(session int64) (store.Push, error) {
	p, ok := r.pushes[session]
	return found(p, ok)
}

// RoomPushes implements store.Reader.
func (r reader) RoomPushes(room chat.RoomID) ([]store.Push, error) {
	var list []store.Push
	for _, p := range r.pushes {
		if m, ok := r.members[room][p.Account]; ok && m.Role != store.RoleBanned {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b store.Push) int { return cmp.Compare(a.Session, b.Session) })
	return list, nil
}

// PushedRooms implements store.Reader.
func (r reader) PushedRooms(ids []chat.RoomID) ([]chat.RoomID, error) {
	var found []chat.RoomID
	for _, id := range ids {
		if pushes, _ := r.RoomPushes(id); len(pushes) > 0 {
			found = append(found, id)
		}
	}
	return found, nil
}

// Unread implements store.Reader.
func (r reader) Unread(account chat.AccountID) (n chat.Count, err error) {
	for room := range r.joined[account] {
		if m := r.members[room][account]; !m.Muted && m.Role != store.RoleBanned {
			n += max(r.rooms[room].N-m.ReadN, 0)
		}
	}
	return n, nil
}

// PutLeaver implements store.Tx.
func (t *tx) PutLeaver(account chat.AccountID) error {
	set(t, t.leavers, account, struct{}{})
	return nil
}

// DeleteLeaver implements store.Tx.
func (t *tx) DeleteLeaver(account chat.AccountID) error {
	unset(t, t.leavers, account)
	return nil
}

// PutPush implements store.Tx.
func (t *tx) PutPush(p store.Push) error {
	if _, ok := t.sessions[p.Session]; !ok {
		return fmt.Errorf("session %d: %w", p.Session, store.ErrNotFound)
	}
	for session, other := range t.pushes {
		if other.Endpoint == p.Endpoint && session != p.Session {
			unset(t, t.pushes, session)
		}
	}
	set(t, t.pushes, p.Session, p)
	return nil
}

// DeletePush implements store.Tx.
func (t *tx) DeletePush(session int64) error {
	unset(t, t.pushes, session)
	return nil
}
