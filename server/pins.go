package server

import (
	"context"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

// pin pins a message for everybody in a room. One that is pinned stays where it
// is.
func (s *Server) pin(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq) error {
	if err := s.admitPosts(me, 1); err != nil {
		return err
	}
	return s.update(ctx, func(tx store.Tx) error {
		c, row, err := s.openPins(tx, me, room, seq)
		switch {
		case err != nil:
			return err
		case row.Kind == chat.KindSystem:
			return chat.Refuse(chat.Forbidden, "a system message cannot be pinned")
		case row.Recalled != 0:
			return chat.Refuse(chat.Conflict, "the message was recalled")
		case slices.Contains(c.room.Pins, seq):
			return nil
		case len(c.room.Pins) >= chat.MaxPins:
			return chat.Refuse(chat.Conflict, "at most 20 messages of a room are pinned: unpin one first")
		}
		c.room.Pins, c.retold = append(c.room.Pins, seq), true
		return c.commit()
	})
}

// unpin takes a pin away. A message that is not pinned stays so.
func (s *Server) unpin(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq) error {
	if err := s.admitPosts(me, 1); err != nil {
		return err
	}
	return s.update(ctx, func(tx store.Tx) error {
		c, _, err := s.openPins(tx, me, room, seq)
		if err != nil || !c.unpin(seq) {
			return err
		}
		return c.commit()
	})
}

// openPins begins a change of a room's pins: by either of a direct room, and by
// the moderators of others.
func (s *Server) openPins(tx store.Tx, me chat.AccountID, room chat.RoomID, seq chat.Seq) (c *change, row chat.Row, err error) {
	if c, err = s.openChange(tx, room, me); err != nil {
		return nil, row, err
	}
	if c.room.Kind != chat.KindDirect && !moderates(c.member) {
		return nil, row, chat.Refuse(chat.Forbidden, "only the owner and moderators pin messages")
	}
	if err := c.heard(); err != nil {
		return nil, row, err
	}
	row, err = message(tx, room, seq)
	return c, row, err
}

// unpin takes a pin away, and reports whether there was one.
func (c *change) unpin(seq chat.Seq) bool {
	i := slices.Index(c.room.Pins, seq)
	if i < 0 {
		return false
	}
	c.room.Pins, c.retold = slices.Delete(c.room.Pins, i, i+1), true
	return true
}

// pins returns a room's pinned messages as they are now, the newest pin last,
// and the people whom they name.
func (s *Server) pins(ctx context.Context, me chat.AccountID, room chat.RoomID) (rows []chat.Row, users []chat.User, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		at, err := memberRoom(r, room, me)
		if err != nil {
			return err
		}
		rows = make([]chat.Row, 0, len(at.Pins))
		for _, seq := range at.Pins {
			row, err := r.Row(room, seq)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		users, err = usersOf(r, rows)
		return err
	})
	return rows, users, err
}
