package memory

import (
	"cmp"
	"slices"
	"strings"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Reader = reader{}

// reader reads what is stored, under the lock that its giver holds.
type reader struct{ *data }

// found is the answer of a map that was asked for a single thing.
func found[T any](v T, ok bool) (T, error) {
	if !ok {
		var none T
		return none, store.ErrNotFound
	}
	return v, nil
}

// Account implements store.Reader.
func (r reader) Account(id chat.AccountID) (store.Account, error) {
	a, ok := r.accounts[id]
	return found(copyAccount(a), ok)
}

// AccountRevs implements store.Reader.
func (r reader) AccountRevs(ids []chat.AccountID) (map[chat.AccountID]int64, error) {
	revs := make(map[chat.AccountID]int64, len(ids))
	for _, id := range ids {
		if a, ok := r.accounts[id]; ok {
			revs[id] = a.Rev
		}
	}
	return revs, nil
}

// AccountByUsername implements store.Reader.
func (r reader) AccountByUsername(username string) (store.Account, error) {
	id, ok := r.usernames[username]
	if !ok {
		return store.Account{}, store.ErrNotFound
	}
	return r.Account(id)
}

// Users implements store.Reader.
func (r reader) Users(ids []chat.AccountID) ([]chat.User, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var users []chat.User
	for _, id := range slices.Compact(ids) {
		if a, ok := r.accounts[id]; ok {
			users = append(users, a.User())
		}
	}
	return users, nil
}

// People implements store.Reader.
func (r reader) People(query string, after *store.PeopleCursor, limit int) ([]store.Account, error) {
	query = strings.ToLower(query)
	var people []store.Account
	for _, a := range r.accounts {
		if a.Kind == chat.KindFormer {
			continue
		}
		if !strings.Contains(strings.ToLower(a.Name), query) && !strings.Contains(a.Username, query) {
			continue
		}
		if after == nil || lastSeenFirst(store.PeopleCursor{Seen: a.Seen, ID: a.ID}, *after) > 0 {
			people = append(people, copyAccount(a))
		}
	}
	slices.SortFunc(people, func(a, b store.Account) int {
		return lastSeenFirst(store.PeopleCursor{Seen: a.Seen, ID: a.ID}, store.PeopleCursor{Seen: b.Seen, ID: b.ID})
	})
	return people[:min(len(people), max(limit, 0))], nil
}

func lastSeenFirst(a, b store.PeopleCursor) int {
	return cmp.Or(cmp.Compare(b.Seen, a.Seen), cmp.Compare(b.ID, a.ID))
}

// Session implements store.Tx.
func (r reader) Session(hash [32]byte) (store.Session, error) {
	id, ok := r.hashes[hash]
	return found(r.sessions[id], ok)
}

// HasSession implements store.Reader.
func (r reader) HasSession(id int64) (bool, error) {
	_, ok := r.sessions[id]
	return ok, nil
}

// RoomRevs implements store.Reader.
func (r reader) RoomRevs(ids []chat.RoomID) (map[chat.RoomID]chat.Rev, error) {
	revs := make(map[chat.RoomID]chat.Rev, len(ids))
	for _, id := range ids {
		if room, ok := r.rooms[id]; ok {
			revs[id] = room.Rev
		}
	}
	return revs, nil
}

// Room implements store.Reader.
func (r reader) Room(id chat.RoomID) (store.Room, error) {
	room, ok := r.rooms[id]
	return found(copyRoom(room), ok)
}

// RoomByPair implements store.Reader.
func (r reader) RoomByPair(a, b chat.AccountID) (store.Room, error) {
	id, ok := r.pairs[[2]chat.AccountID{min(a, b), max(a, b)}]
	return found(copyRoom(r.rooms[id]), ok)
}

// RoomByName implements store.Reader.
func (r reader) RoomByName(name string) (store.Room, error) {
	id, ok := r.names[name]
	return found(copyRoom(r.rooms[id]), ok)
}

// Member implements store.Reader.
func (r reader) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	m, ok := r.members[room][account]
	return found(m, ok)
}

// Members implements store.Reader.
func (r reader) Members(room chat.RoomID) ([]store.Member, error) {
	var members []store.Member
	for _, m := range r.members[room] {
		if m.Role != store.RoleBanned {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, func(a, b store.Member) int {
		return cmp.Or(cmp.Compare(a.Joined, b.Joined), cmp.Compare(a.Account, b.Account))
	})
	return members, nil
}

// Rooms implements store.Reader.
func (r reader) Rooms(account chat.AccountID) ([]chat.RoomID, error) {
	rooms := make([]chat.RoomID, 0, len(r.joined[account]))
	for room := range r.joined[account] {
		if r.members[room][account].Role != store.RoleBanned {
			rooms = append(rooms, room)
		}
	}
	slices.Sort(rooms) // a simulation must not depend on the order of a map
	return rooms, nil
}

// Heads implements store.Reader.
func (r reader) Heads(account chat.AccountID) ([]store.Head, error) {
	var heads []store.Head
	for room := range r.joined[account] {
		if h, err := r.Head(room, account); err == nil {
			heads = append(heads, h)
		}
	}
	slices.SortFunc(heads, func(a, b store.Head) int {
		return cmp.Or(cmp.Compare(b.Room.At, a.Room.At), cmp.Compare(b.Room.ID, a.Room.ID))
	})
	return heads, nil
}

// Head implements store.Reader.
func (r reader) Head(room chat.RoomID, account chat.AccountID) (store.Head, error) {
	m, ok := r.members[room][account]
	stored, there := r.rooms[room]
	if !ok || !there || m.Role == store.RoleBanned {
		return store.Head{}, store.ErrNotFound
	}
	h := store.Head{Room: copyRoom(stored), Member: m}
	if stored.Kind == chat.KindDirect {
		if other, ok := r.members[room][stored.Peer(account)]; ok {
			h.Other = &other
		}
	}
	if row := r.logs[room].row(stored.Seq); row != nil {
		last := copyRow(*row)
		h.Last = &last
	}
	return h, nil
}

// Row implements store.Reader.
func (r reader) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	row := r.logs[room].row(seq)
	if row == nil {
		return chat.Row{}, store.ErrNotFound
	}
	return copyRow(*row), nil
}

// RowsAfter implements store.Reader.
func (r reader) RowsAfter(room chat.RoomID, after chat.Rev, limit int) ([]chat.Row, bool, error) {
	l := r.logs[room]
	if l == nil {
		return nil, false, nil
	}
	changes := l.changes[l.after(after):]
	if len(changes) > limit {
		return nil, true, nil
	}
	var rows []chat.Row
	for _, c := range changes {
		rows = append(rows, copyRow(*l.row(c.seq)))
	}
	return rows, false, nil
}

// RowsBefore implements store.Reader.
func (r reader) RowsBefore(room chat.RoomID, before chat.Seq, limit int) ([]chat.Row, error) {
	l := r.logs[room]
	if l == nil {
		return nil, nil
	}
	upto := len(l.rows)
	if before > 0 {
		upto = min(upto, int(before)-1)
	}
	var rows []chat.Row
	for _, row := range l.rows[max(upto-limit, 0):upto] {
		rows = append(rows, copyRow(row))
	}
	return rows, nil
}

// OthersAfter implements store.Reader.
func (r reader) OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error) {
	l := r.logs[room]
	if l == nil {
		return false, nil
	}
	from := min(max(int(after), 0), len(l.rows))
	return slices.ContainsFunc(l.rows[from:], func(row chat.Row) bool {
		return row.By != account && row.Kind != chat.KindSystem
	}), nil
}

// Report implements store.Reader.
func (r reader) Report(id int64) (store.Report, error) {
	report, ok := r.reports[id]
	return found(report, ok)
}

// Reports implements store.Reader.
func (r reader) Reports(room chat.RoomID, limit int) ([]store.Report, error) {
	var reports []store.Report
	for _, report := range r.reports {
		if report.Room == room {
			reports = append(reports, report)
		}
	}
	slices.SortFunc(reports, func(a, b store.Report) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return reports[:min(len(reports), max(limit, 0))], nil
}

// Send implements store.Reader.
func (r reader) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	send, ok := r.sends[sendKey{account, key}]
	return found(send, ok)
}
