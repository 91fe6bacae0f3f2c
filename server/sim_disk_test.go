package server

import (
	"cmp"
	"maps"
	"slices"

	"parley/shared/chat"
	"parley/shared/replica"
)

// device is a client's storage.
type device struct {
	me     chat.Account
	epoch  string
	users  map[chat.AccountID]chat.User
	rooms  map[chat.RoomID]*kept
	outbox map[chat.Key]replica.Entry
}

// kept is a stored room, its rows by seq.
type kept struct {
	replica.StoredRoom
	rows map[chat.Seq]*chat.Row
}

func newDevice() *device {
	return &device{users: map[chat.AccountID]chat.User{}, rooms: map[chat.RoomID]*kept{}, outbox: map[chat.Key]replica.Entry{}}
}

// save does one effect, as one transaction.
func (d *device) save(e replica.Effect) {
	switch e := e.(type) {
	case replica.SaveMeta:
		if d.me, d.epoch = e.Me, e.Epoch; e.Reset {
			clear(d.rooms)
		}
	case replica.SaveUsers:
		for _, u := range e.Users {
			d.users[u.ID] = u
		}
	case replica.SaveOutbox:
		for _, entry := range e.Entries {
			d.outbox[entry.Key] = *entry
		}
	case replica.SaveRoom:
		d.saveRoom(&e)
	}
}

func (d *device) saveRoom(e *replica.SaveRoom) {
	for _, key := range e.Done {
		delete(d.outbox, key)
	}
	k := d.rooms[e.Room]
	switch {
	case e.Drop:
		delete(d.rooms, e.Room)
		return
	case k == nil && e.Head == nil:
		return
	case k == nil:
		k = &kept{rows: map[chat.Seq]*chat.Row{}}
		d.rooms[e.Room] = k
	}
	if e.Head != nil {
		k.Head = *e.Head
	}
	k.Told, k.Window, k.Cursor = e.Told, e.Window, e.Cursor
	if e.Reset {
		clear(k.rows)
	}
	for _, row := range e.Rows {
		k.rows[row.Seq] = row
	}
	if e.First > 0 {
		maps.DeleteFunc(k.rows, func(seq chat.Seq, _ *chat.Row) bool { return seq < e.First })
	}
}

// sorted are the stored rows, ascending.
func (k *kept) sorted() []*chat.Row {
	rows := make([]*chat.Row, 0, len(k.rows))
	for _, seq := range slices.Sorted(maps.Keys(k.rows)) {
		rows = append(rows, k.rows[seq])
	}
	return rows
}

// restore is what a cold start reads.
func (d *device) restore() replica.Restore {
	in := replica.Restore{Me: d.me, Epoch: d.epoch}
	for _, id := range slices.Sorted(maps.Keys(d.users)) {
		in.Users = append(in.Users, d.users[id])
	}
	for _, id := range slices.Sorted(maps.Keys(d.rooms)) {
		k := d.rooms[id]
		room := k.StoredRoom
		for _, row := range k.sorted() {
			room.Rows = append(room.Rows, *row)
		}
		in.Rooms = append(in.Rooms, room)
	}
	in.Outbox = slices.SortedFunc(maps.Values(d.outbox), func(a, b replica.Entry) int { return cmp.Compare(a.Order, b.Order) })
	return in
}
