package memory

import (
	"cmp"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// RoomsAfter implements store.Reader.
func (r reader) RoomsAfter(after chat.RoomID, limit int) ([]store.RoomPlace, error) {
	var rooms []store.RoomPlace
	for id, room := range r.rooms {
		if id > after {
			rooms = append(rooms, store.RoomPlace{Room: id, Place: store.Place{Seq: room.Seq, Rev: room.Rev}})
		}
	}
	slices.SortFunc(rooms, func(a, b store.RoomPlace) int { return cmp.Compare(a.Room, b.Room) })
	return rooms[:min(len(rooms), max(limit, 0))], nil
}

// Follow implements store.Reader.
func (r reader) Follow(room chat.RoomID, from store.Place, limit int) ([]chat.Row, store.Place, error) {
	head, ok := r.rooms[room]
	l := r.logs[room]
	if !ok || l == nil {
		return nil, store.Place{Seq: from.Seq, Rev: max(from.Rev, head.Rev)}, nil
	}
	var rows []chat.Row
	for _, c := range l.changes[l.after(from.Rev):] {
		if c.seq > from.Seq {
			continue
		}
		if len(rows) >= limit {
			break
		}
		rows = append(rows, copyRow(*l.row(c.seq)))
	}
	if n := len(rows); n >= limit {
		if n > 0 {
			from.Rev = rows[n-1].Rev
		}
		return rows, from, nil
	}
	to := store.Place{Seq: from.Seq, Rev: head.Rev}
	for _, row := range l.rows[min(max(int(from.Seq), 0), len(l.rows)):] {
		if len(rows) == limit {
			break
		}
		rows = append(rows, copyRow(row))
		to.Seq = row.Seq
	}
	return rows, to, nil
}
