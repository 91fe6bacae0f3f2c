package server

import (
	"context"
	"errors"

	"parley/server/store"
	"parley/shared/chat"
)

// This file is what a member has made of a room, for themselves: whether it is
// silent, on top of their list, hidden, marked as unread, and, in a direct room,
// whether they take nothing from the other.

// stand sets what by has made of the room. Their connections are told the head.
func (c *change) stand(change *roomChange) error {
	if change.Blocked != nil && c.room.Kind != chat.KindDirect {
		return chat.Refuse(chat.BadRequest, "only the other of a one-to-one conversation can be blocked")
	}
	m := c.member
	for _, set := range []struct {
		to   *bool
		flag *bool
	}{{change.Muted, &m.Muted}, {change.Top, &m.Top}, {change.Unread, &m.Unread}, {change.Blocked, &m.Blocked}} {
		if set.to != nil {
			*set.flag = *set.to
		}
	}
	if change.Hidden != nil {
		if m.Hidden = 0; *change.Hidden {
			m.Hidden = c.room.N + 1
		}
	}
	if m == c.member {
		return nil
	}
	if m.Blocked != c.member.Blocked {
		if err := c.meetAgain(m.Blocked); err != nil {
			return err
		}
	}
	c.member = m
	c.affected = append(c.affected, c.by)
	return c.tx.PutMember(m)
}

// meetAgain sees to it that the two of a direct room are told of each other's
// presence, if they may, or no longer are. To who was blocked that looks like
// the other's going.
func (c *change) meetAgain(blocked bool) error {
	me, peer := c.by, c.room.Peer(c.by)
	if blocked {
		c.tx.OnCommit(func() { c.server.part(me, peer) })
		return nil
	}
	h, err := c.tx.Head(c.room.ID, me)
	if err != nil {
		return err
	}
	if h.Member.Blocked = false; friends(&h) {
		c.tx.OnCommit(func() { c.server.met(me, peer) })
	}
	return nil
}

// heard refuses what by would tell in a direct room whose other takes nothing
// from them, from whom they take nothing, or who is no more. Recalls need not
// ask.
func (c *change) heard() error {
	if c.room.Kind != chat.KindDirect {
		return nil
	}
	if c.member.Blocked {
		return chat.Refuse(chat.Conflict, "you have blocked this person")
	}
	other, err := c.tx.Member(c.room.ID, c.room.Peer(c.by))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if other.Blocked {
		return chat.Refuse(chat.Forbidden, "this person takes no messages from you")
	}
	peer, err := c.tx.Account(c.room.Peer(c.by))
	if err == nil && peer.Kind == chat.KindFormer {
		return chat.Refuse(chat.Forbidden, "this person has deleted their account")
	}
	return err
}

// mayHear reports whether a room is told that somebody is writing.
func (s *Server) mayHear(ctx context.Context, me chat.AccountID, room chat.RoomID) bool {
	blocked := false
	err := s.view(ctx, func(r store.Reader) error {
		h, err := r.Head(room, me)
		blocked = h.Member.Blocked || h.Other != nil && h.Other.Blocked
		return err
	})
	return err == nil && !blocked
}

// membersOf returns those of who that are members, each once, in their order.
func (c *change) membersOf(who []chat.AccountID) (members []store.Member, err error) {
	seen := make(map[chat.AccountID]bool, len(who))
	for _, id := range who {
		if seen[id] {
			continue
		}
		seen[id] = true
		m, err := membership(c.tx, c.room.ID, id)
		switch {
		case errors.Is(err, chat.ErrNotFound):
		case err != nil:
			return nil, err
		default:
			members = append(members, m)
		}
	}
	return members, nil
}

// mention notes with the members that a row names that it does. Nobody is
// called by themselves.
func (c *change) mention(members []store.Member, seq chat.Seq) error {
	for _, m := range members {
		if m.Account == c.by {
			continue
		}
		m.Mention = seq
		if err := c.tx.PutMember(m); err != nil {
			return err
		}
	}
	return nil
}

func accountsOf(members []store.Member) []chat.AccountID {
	var ids []chat.AccountID
	for _, m := range members {
		ids = append(ids, m.Account)
	}
	return ids
}
