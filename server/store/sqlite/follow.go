package sqlite

import (
	"errors"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

// RoomsAfter implements store.Reader.
func (r *reader) RoomsAfter(after chat.RoomID, limit int) ([]store.RoomPlace, error) {
	return list(r.ask(`SELECT id, seq, rev FROM rooms WHERE id > (SELECT ?) ORDER BY id LIMIT (SELECT ?)`).int(int64(after)).int(int64(max(limit, 0))), scanRoomPlace)
}

func scanRoomPlace(s *sqlite.Stmt, at int) (store.RoomPlace, error) {
	place := store.Place{Seq: chat.Seq(s.ColumnInt64(at + 1)), Rev: chat.Rev(s.ColumnInt64(at + 2))}
	return store.RoomPlace{Room: chat.RoomID(s.ColumnInt64(at)), Place: place}, nil
}

// Follow implements store.Reader. Rows that change after they are born are in
// changes.
func (r *reader) Follow(room chat.RoomID, from store.Place, limit int) ([]chat.Row, store.Place, error) {
	head, err := one(r.ask(`SELECT id, seq, rev FROM rooms WHERE id = ?`).int(int64(room)), scanRoomPlace)
	if errors.Is(err, store.ErrNotFound) {
		return nil, from, nil
	}
	if err != nil {
		return nil, from, err
	}
	changed, err := list(r.ask(`SELECT seq FROM changes WHERE room = (SELECT ?) AND rev > (SELECT ?) AND seq <= (SELECT ?) ORDER BY rev LIMIT (SELECT ?)`).
		int(int64(room)).int(int64(from.Rev)).int(int64(from.Seq)).int(int64(max(limit, 0))), scanInt)
	if err != nil {
		return nil, from, err
	}
	rows := make([]chat.Row, 0, len(changed))
	for _, seq := range changed {
		row, err := r.Row(room, chat.Seq(seq))
		if err != nil {
			return nil, from, err
		}
		rows = append(rows, row)
	}
	if n := len(rows); n >= limit {
		if n > 0 {
			from.Rev = rows[n-1].Rev
		}
		return rows, from, nil
	}
	newer, err := list(r.ask(`SELECT`+rowColumns+`FROM messages x WHERE x.room = (SELECT ?) AND x.seq > (SELECT ?) ORDER BY x.seq LIMIT (SELECT ?)`).
		int(int64(room)).int(int64(from.Seq)).int(int64(limit-len(rows))), scanRow)
	if err != nil {
		return nil, from, err
	}
	to := store.Place{Seq: from.Seq, Rev: head.Rev}
	if n := len(newer); n > 0 {
		to.Seq = newer[n-1].Seq
	}
	return append(rows, newer...), to, nil
}
