package server

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"parley/server/store"
	"parley/shared/chat"
)

// roomChange is what of a room is to change: nil leaves a field as it is.
type roomChange struct {
	Name                                *string // for everybody
	Muted, Top, Hidden, Unread, Blocked *bool   // for oneself
}

// changeRoom changes a room, and what one has made of it: all or nothing.
func (s *Server) changeRoom(ctx context.Context, me chat.AccountID, room chat.RoomID, change roomChange) error {
	return s.update(ctx, func(tx store.Tx) error {
		c, err := s.openChange(tx, room, me)
		if err != nil {
			return err
		}
		if change.Name != nil {
			if err := c.rename(*change.Name); err != nil {
				return err
			}
		}
		if err := c.stand(&change); err != nil {
			return err
		}
		if len(c.rows) == 0 && len(c.affected) == 0 {
			return nil
		}
		return c.commit()
	})
}

// rename gives a group or an open room another name.
func (c *change) rename(name string) error {
	var err error
	switch {
	case c.room.Kind == chat.KindDirect:
		return chat.Refuse(chat.Forbidden, "a one-to-one conversation has no name")
	case !moderates(c.member):
		return chat.Refuse(chat.Forbidden, "only the owner and moderators rename a room")
	case c.room.Kind == chat.KindOpen:
		err = validOpenName(name)
	default:
		err = validGroupName(name)
	}
	if err != nil || name == c.room.Name {
		return err
	}
	c.room.Name, c.retold = name, true
	return c.system(chat.EventRenamed, 0, name)
}

// moderates reports whether a member keeps order in a room.
func moderates(m store.Member) bool {
	return m.Role == chat.RoleOwner || m.Role == chat.RoleModerator
}

// members lists the members of a room, the longest first. Marks of others are
// told as far as frames would: got only in direct rooms.
func (s *Server) members(ctx context.Context, me chat.AccountID, room chat.RoomID) (list []chat.Member, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		if _, err := membership(r, room, me); err != nil {
			return err
		}
		members, err := r.Members(room)
		if err != nil {
			return err
		}
		var who people
		for i := range members {
			who.add(members[i].Account)
		}
		users, err := who.users(r)
		if err != nil {
			return err
		}
		byID := make(map[chat.AccountID]chat.User, len(users))
		for _, u := range users {
			byID[u.ID] = u
		}
		for _, m := range members {
			list = append(list, chat.Member{User: byID[m.Account], Role: m.Role, Read: m.Read, Got: m.Got})
		}
		return nil
	})
	return list, err
}

func validOpenName(name string) error {
	if err := chat.ValidOpenName(name); err != nil {
		return err
	}
	return normal(name)
}

func validGroupName(name string) error {
	if err := chat.ValidGroupName(name); err != nil {
		return err
	}
	return normal(name)
}

func validPersonName(name string) error {
	if err := chat.ValidPersonName(name); err != nil {
		return err
	}
	return normal(name)
}

// normal refuses names that are not in Unicode's normal form C: two spellings
// of one name would look the same.
func normal(name string) error {
	if !norm.NFC.IsNormalString(name) {
		return chat.Refuse(chat.BadRequest, "a name must be in Unicode normal form C")
	}
	return nil
}
