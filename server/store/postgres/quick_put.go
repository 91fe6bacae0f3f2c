package postgres

import (
	"errors"
	"fmt"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// PutRoom implements store.Tx.
func (q *quick) PutRoom(room store.Room) error {
	was := q.rooms[room.ID]
	if was == nil || *identityOf(&was.room) != *identityOf(&room) {
		return q.bar()
	}
	is := *was
	is.room, is.dirty = room, true
	is.room.Pins = slices.Clone(room.Pins)
	if !was.dirty {
		q.wrote.rooms = append(q.wrote.rooms, room.ID)
	}
	put(q, q.rooms, room.ID, &is)
	return nil
}

// PutMember implements store.Tx.
func (q *quick) PutMember(m store.Member) error {
	at := seat{m.Room, m.Account}
	was, err := q.member(at)
	if err != nil {
		return err
	}
	if was == nil || was.member.Role != m.Role {
		return q.bar()
	}
	is := *was
	is.member, is.dirty = m, true
	if !was.dirty {
		q.wrote.members = append(q.wrote.members, at)
	}
	put(q, q.members, at, &is)
	return nil
}

// PutRow implements store.Tx. Rows with files are the plain lane's.
func (q *quick) PutRow(room chat.RoomID, row chat.Row) error {
	r := q.rooms[room]
	if r == nil || len(row.Files) > 0 {
		return q.bar()
	}
	is, err := quickRowOf(&row)
	if err != nil {
		return err
	}
	at := place{room, row.Seq}
	if row.Seq > r.last {
		is.fresh = true
		q.wrote.rows = append(q.wrote.rows, at)
		put(q, q.rows, at, is)
		put(q, q.rooms, room, r.grown(&row))
		return nil
	}
	was, err := q.row(at)
	if err != nil {
		return err
	}
	if was == nil || len(was.body.files) > 0 {
		return q.bar()
	}
	if !was.fresh && !was.changed {
		q.wrote.rows = append(q.wrote.rows, at)
	}
	is.fresh, is.changed = was.fresh, true
	put(q, q.rows, at, is)
	return nil
}

// grown is a room with a new row.
func (r *quickRoom) grown(row *chat.Row) *quickRoom {
	is := *r
	is.last = row.Seq
	if row.Kind == chat.KindSystem {
		return &is
	}
	if is.newest.by != row.By {
		is.other = is.newest
	}
	is.newest.by, is.newest.seq = row.By, row.Seq
	return &is
}

// PutSend implements store.Tx.
func (q *quick) PutSend(s store.Send) error {
	switch _, err := q.Send(s.Account, s.Key); {
	case err == nil:
		return fmt.Errorf("key %s: %w", s.Key, store.ErrExists)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	id := sendID{s.Key, s.Account}
	q.wrote.sends = append(q.wrote.sends, id)
	put(q, q.sends, id, &s)
	return nil
}
