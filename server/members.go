package server

import (
	"context"
	"errors"
	"slices"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// directRoom finds or makes the one-to-one room of two people.
func (s *Server) directRoom(ctx context.Context, me, peer chat.AccountID) (head chat.Head, made bool, err error) {
	if me == peer {
		return head, false, chat.Refuse(chat.BadRequest, "a conversation needs somebody else")
	}
	err = s.update(ctx, func(tx store.Tx) error {
		if err := meet(tx, me, peer); err != nil {
			return err
		}
		room, err := tx.RoomByPair(me, peer)
		if made = errors.Is(err, store.ErrNotFound); made {
			room, err = s.makeDirect(tx, me, peer)
		}
		if err != nil {
			return err
		}
		h, err := tx.Head(room.ID, me)
		head = headOf(&h)
		return err
	})
	return head, made, err
}

func (s *Server) makeDirect(tx store.Tx, me, peer chat.AccountID) (store.Room, error) {
	room := s.newRoom(tx, chat.KindDirect, "")
	room.Pair, room.Members = [2]chat.AccountID{min(me, peer), max(me, peer)}, 2
	room.Joins = 2
	if err := tx.PutRoom(room); err != nil {
		return room, err
	}
	for i, account := range room.Pair {
		if err := tx.PutMember(store.Member{Room: room.ID, Account: account, Role: chat.RoleMember, Joined: int64(i)}); err != nil {
			return room, err
		}
		s.tellAccount(tx, account, room.ID)
	}
	return room, nil
}

func (s *Server) newRoom(tx store.Tx, kind, name string) store.Room {
	id := s.newID(func(id int64) bool { _, err := tx.Room(chat.RoomID(id)); return err == nil })
	now := s.now()
	return store.Room{ID: chat.RoomID(id), Kind: kind, Name: name, Made: now, At: now}
}

// tellAccount tells somebody's connections, after the commit, to look at their
// membership of a room again.
func (s *Server) tellAccount(tx store.Tx, account chat.AccountID, room chat.RoomID) {
	tx.OnCommit(func() { s.bus.Publish(bus.Event{Topic: bus.Topic{Account: account}, Room: room}) })
}

// enterOpen finds or makes an open room and makes one a member of it. Its
// maker owns it, unless a guest. Who was removed stays out.
func (s *Server) enterOpen(ctx context.Context, me chat.AccountID, name string) (head chat.Head, made bool, err error) {
	if err := validOpenName(name); err != nil {
		return head, false, err
	}
	err = s.update(ctx, func(tx store.Tx) error {
		room, fresh, err := s.openRoom(tx, name)
		if err != nil {
			return err
		}
		made = fresh
		if err := s.enter(tx, room, me, fresh); err != nil {
			return err
		}
		h, err := tx.Head(room.ID, me)
		head = headOf(&h)
		return err
	})
	return head, made, err
}

// openRoom finds or makes an open room, without entering it.
func (s *Server) openRoom(tx store.Tx, name string) (room store.Room, made bool, err error) {
	room, err = tx.RoomByName(name)
	if !errors.Is(err, store.ErrNotFound) {
		return room, false, err
	}
	room = s.newRoom(tx, chat.KindOpen, name)
	return room, true, tx.PutRoom(room)
}

// enter makes one a member of an open room. Marks start at the head.
func (s *Server) enter(tx store.Tx, room store.Room, me chat.AccountID, maker bool) error {
	m, err := tx.Member(room.ID, me)
	if err == nil && m.Role == store.RoleBanned {
		return chat.Refuse(chat.Forbidden, "you were removed from this room")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	account, err := self(tx, me)
	if err != nil {
		return err
	}
	role := chat.RoleMember
	if maker && account.Kind == chat.KindMember {
		role = chat.RoleOwner
	}
	s.tellAccount(tx, me, room.ID)
	return s.admit(tx, &room, me, role)
}

// admit stores a new membership whose marks start at the head. To tell the
// newcomer is the caller's.
func (s *Server) admit(tx store.Tx, room *store.Room, account chat.AccountID, role string) error {
	m := store.Member{
		Room: room.ID, Account: account, Role: role, Joined: room.Joins,
		Read: room.Seq, ReadN: room.N, Got: room.Seq,
	}
	if err := tx.PutMember(m); err != nil {
		return err
	}
	room.Members++
	room.Joins++
	return tx.PutRoom(*room)
}

// makeGroup makes a group with its first members. Its maker owns it.
func (s *Server) makeGroup(ctx context.Context, me chat.AccountID, name string, others []chat.AccountID) (head chat.Head, err error) {
	if err := validGroupName(name); err != nil {
		return head, err
	}
	if len(others) > chat.MaxGroupMembers {
		return head, chat.Refuse(chat.TooLarge, "a group is made with at most 1000 members")
	}
	err = s.update(ctx, func(tx store.Tx) error {
		var members people
		members.add(me)
		for _, id := range others {
			members.add(id)
		}
		known, err := members.users(tx)
		if err != nil {
			return err
		}
		former := func(u chat.User) bool { return u.Kind == chat.KindFormer }
		if len(known) != len(members.ids) || slices.ContainsFunc(known, former) {
			return chat.Refuse(chat.NotFound, "one of these people does not exist")
		}
		room := s.newRoom(tx, chat.KindGroup, name)
		room.Members, room.Joins = len(members.ids), int64(len(members.ids))
		if err := s.foundGroup(tx, room, members.ids); err != nil {
			return err
		}
		h, err := tx.Head(room.ID, me)
		head = headOf(&h)
		return err
	})
	return head, err
}

// foundGroup stores a group's first row and its members, the maker first.
// Their marks start at that row.
func (s *Server) foundGroup(tx store.Tx, room store.Room, members []chat.AccountID) error {
	c := &change{server: s, tx: tx, by: members[0], at: room.Made, room: room}
	if err := c.system(chat.EventMade, 0, room.Name); err != nil {
		return err
	}
	for i, account := range members {
		m := store.Member{Room: room.ID, Account: account, Role: chat.RoleMember, Joined: int64(i), Read: c.room.Seq, Got: c.room.Seq}
		if i == 0 {
			m.Role = chat.RoleOwner
		}
		if err := tx.PutMember(m); err != nil {
			return err
		}
		c.affected = append(c.affected, account)
	}
	return c.commit()
}

// putMember adds somebody to a room (any member may) or sets their role (the
// owner may). An empty role adds as a member, or leaves a member as they are.
func (s *Server) putMember(ctx context.Context, me chat.AccountID, room chat.RoomID, account chat.AccountID, role string) error {
	switch role {
	case "", chat.RoleMember, chat.RoleModerator, chat.RoleOwner:
	default:
		return chat.Refuse(chat.BadRequest, "a role is owner, moderator or member")
	}
	return s.update(ctx, func(tx store.Tx) error {
		c, err := s.openMembers(tx, room, me)
		if err != nil {
			return err
		}
		m, err := tx.Member(room, account)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && m.Role == store.RoleBanned:
			return c.addMember(account, role)
		case err != nil:
			return err
		case role == "" || role == m.Role:
			return nil
		case c.member.Role != chat.RoleOwner:
			return chat.Refuse(chat.Forbidden, "only the owner sets roles")
		case m.Role == chat.RoleOwner:
			if err := c.notLastOwner(account); err != nil {
				return err
			}
		}
		m.Role = role
		if err := c.setRole(m); err != nil {
			return err
		}
		return c.commit()
	})
}

// openMembers begins a change of a room's members: nobody changes those of a
// direct room.
func (s *Server) openMembers(tx store.Tx, room chat.RoomID, me chat.AccountID) (*change, error) {
	c, err := s.openChange(tx, room, me)
	if err == nil && c.room.Kind == chat.KindDirect {
		err = chat.Refuse(chat.Forbidden, "a one-to-one conversation keeps its two people")
	}
	return c, err
}

func (c *change) addMember(account chat.AccountID, role string) error {
	if role != "" && role != chat.RoleMember && c.member.Role != chat.RoleOwner {
		return chat.Refuse(chat.Forbidden, "only the owner sets roles")
	}
	if _, err := somebody(c.tx, account); err != nil {
		return err
	}
	if c.room.Kind == chat.KindGroup {
		if err := c.system(chat.EventJoined, account, ""); err != nil {
			return err
		}
	}
	if err := c.server.admit(c.tx, &c.room, account, chat.RoleMember); err != nil {
		return err
	}
	c.affected = append(c.affected, account)
	if role != "" && role != chat.RoleMember {
		m, err := c.tx.Member(c.room.ID, account)
		if err != nil {
			return err
		}
		m.Role = role
		if err := c.setRole(m); err != nil {
			return err
		}
	}
	return c.commit()
}

// setRole stores a role that was decided, with its row.
func (c *change) setRole(m store.Member) error {
	if m.Account == c.by {
		c.member.Role = m.Role
	}
	if err := c.tx.PutMember(m); err != nil {
		return err
	}
	c.affected = append(c.affected, m.Account)
	c.retold = true
	return c.system(chat.EventRole, m.Account, m.Role)
}

func (c *change) notLastOwner(account chat.AccountID) error {
	members, err := c.tx.Members(c.room.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Role == chat.RoleOwner && m.Account != account {
			return nil
		}
	}
	return chat.Refuse(chat.Conflict, "a room keeps an owner: make somebody else owner first")
}

// removeMember ends a membership: one's own always, others' by the owner, or
// by a moderator if they are neither. From an open room one is removed for
// good, until added again.
func (s *Server) removeMember(ctx context.Context, me chat.AccountID, room chat.RoomID, account chat.AccountID) error {
	return s.update(ctx, func(tx store.Tx) error {
		c, err := s.openMembers(tx, room, me)
		if err != nil {
			return err
		}
		m, err := tx.Member(room, account)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Role == store.RoleBanned {
			return chat.Refuse(chat.NotFound, "there is no such member")
		}
		if err != nil {
			return err
		}
		if me != account && !mayRemove(c.member.Role, m.Role) {
			return chat.Refuse(chat.Forbidden, "you may not remove this member")
		}
		if err := c.dismiss(m); err != nil {
			return err
		}
		return c.commit()
	})
}

func mayRemove(mine, theirs string) bool {
	return mine == chat.RoleOwner || mine == chat.RoleModerator && theirs == chat.RoleMember
}

// dismiss stores the end of a membership, its row, and the new owner if the
// last one went.
func (c *change) dismiss(m store.Member) error {
	if c.room.Kind == chat.KindGroup {
		event := chat.EventRemoved
		if m.Account == c.by {
			event = chat.EventLeft
		}
		if err := c.system(event, m.Account, ""); err != nil {
			return err
		}
	}
	var err error
	if c.room.Kind == chat.KindOpen && m.Account != c.by {
		banned := m
		banned.Role = store.RoleBanned
		err = c.tx.PutMember(banned)
	} else {
		err = c.tx.DeleteMember(c.room.ID, m.Account)
	}
	if err != nil {
		return err
	}
	c.room.Members--
	c.affected = append(c.affected, m.Account)
	if m.Role != chat.RoleOwner {
		return nil
	}
	return c.succeed()
}

// succeed makes the longest member the owner of a room that has none. Guests
// do not come to own open rooms.
func (c *change) succeed() error {
	members, err := c.tx.Members(c.room.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Role == chat.RoleOwner {
			return nil
		}
	}
	for _, m := range members {
		if c.room.Kind == chat.KindOpen {
			account, err := c.tx.Account(m.Account)
			if err != nil {
				return err
			}
			if account.Kind != chat.KindMember {
				continue
			}
		}
		m.Role = chat.RoleOwner
		return c.setRole(m)
	}
	return nil
}
