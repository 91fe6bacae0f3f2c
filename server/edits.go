package server

import (
	"context"
	"errors"
	"slices"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// edit replaces the text of one's own message. Whom it mentions stays: an edit
// calls nobody, and takes back no call.
func (s *Server) edit(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq, key chat.Key, text string) (settled, error) {
	hash := s.contentHash("edit", room, int64(seq), text)
	return s.rework(ctx, me, room, seq, key, hash, chat.ValidText(text, true), func(c *change, row *chat.Row) (bool, error) {
		if err := c.heard(); err != nil {
			return false, err
		}
		if row.By != me || row.Kind == chat.KindSystem {
			return false, chat.Refuse(chat.Forbidden, "only its author may edit a message")
		}
		if row.Recalled != 0 {
			return false, chat.Refuse(chat.Conflict, "the message was recalled")
		}
		if err := chat.ValidText(text, len(row.Files) > 0 || len(row.Card) > 0); err != nil {
			return false, err
		}
		row.Text, row.Edited = text, c.at
		return true, nil
	})
}

// recall erases the body of a message: its author's, or anybody's by an owner
// or moderator. Recalling twice settles the second key and changes nothing.
func (s *Server) recall(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq, key chat.Key) (settled, error) {
	hash := s.contentHash("recall", room, int64(seq))
	return s.rework(ctx, me, room, seq, key, hash, nil, func(c *change, row *chat.Row) (bool, error) {
		if row.Kind == chat.KindSystem || row.By != me && !moderates(c.member) {
			return false, chat.Refuse(chat.Forbidden, "only its author or a moderator may recall a message")
		}
		if row.Recalled != 0 {
			return false, nil
		}
		c.lost = fileIDs(row.Files)
		row.Text, row.Reply, row.Files, row.Card, row.Mentions, row.Reactions = "", 0, nil, nil, nil, nil
		row.Edited, row.Recalled = 0, c.at
		c.unpin(row.Seq)
		return true, nil
	})
}

// rework is the common course of edit and recall: the key first, then limits,
// membership and the row, then what mend makes of it. mend reports whether it
// changed the row.
func (s *Server) rework(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq, key chat.Key, hash [32]byte,
	refusal error, mend func(c *change, row *chat.Row) (bool, error),
) (settled, error) {
	if refusal == nil {
		refusal = s.admitPosts(me, 1)
	}
	var done settled
	work := func(r store.Reader) (*settled, error) { return s.known(r, me, room, key, hash) }
	if refusal != nil {
		err := s.view(ctx, func(r store.Reader) error {
			was, err := work(r)
			if err != nil {
				return err
			}
			if was == nil {
				return refusal
			}
			done = *was
			return nil
		})
		return done, withKey(err, key)
	}
	ctx = store.WithPlan(ctx, store.Plan{Room: room, Account: me, Keys: []chat.Key{key}, Rows: []chat.Seq{seq}})
	err := s.update(ctx, func(tx store.Tx) error {
		was, err := work(tx)
		if err != nil {
			return err
		}
		if was != nil {
			done = *was
			return nil
		}
		done, err = s.apply(tx, me, room, seq, key, hash, mend)
		return err
	})
	return done, withKey(err, key)
}

func (s *Server) apply(tx store.Tx, me chat.AccountID, room chat.RoomID, seq chat.Seq, key chat.Key, hash [32]byte,
	mend func(c *change, row *chat.Row) (bool, error),
) (settled, error) {
	c, err := s.openChange(tx, room, me)
	if err != nil {
		return settled{}, err
	}
	row, err := message(tx, room, seq)
	if err != nil {
		return settled{}, err
	}
	changed, err := mend(c, &row)
	if err != nil {
		return settled{}, err
	}
	done := settled{Key: key, Row: &row, Repeated: !changed}
	if err := tx.PutSend(store.Send{Account: me, Key: key, Room: room, Seq: seq, Hash: hash}); err != nil {
		return settled{}, err
	}
	if !changed {
		return done, nil
	}
	c.keys = append(c.keys, key)
	if err := c.replace(&row); err != nil {
		return settled{}, err
	}
	return done, c.commit()
}

// react sets or takes back one's reaction. changed is false if it was so
// already: then nothing is stored, and row is the row as it is.
func (s *Server) react(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq, emoji string, on bool) (row chat.Row, changed bool, err error) {
	if err := chat.ValidReaction(emoji); err != nil {
		return row, false, err
	}
	if !oneGrapheme(emoji) {
		return row, false, chat.Refuse(chat.BadRequest, "a reaction is one character")
	}
	if err := s.admitPosts(me, 1); err != nil {
		return row, false, err
	}
	ctx = store.WithPlan(ctx, store.Plan{Room: room, Account: me, Rows: []chat.Seq{seq}})
	err = s.update(ctx, func(tx store.Tx) error {
		c, err := s.openChange(tx, room, me)
		if err != nil {
			return err
		}
		if err := c.heard(); err != nil {
			return err
		}
		if row, err = message(tx, room, seq); err != nil {
			return err
		}
		if row.Kind == chat.KindSystem {
			return chat.Refuse(chat.Forbidden, "a system message takes no reactions")
		}
		if row.Recalled != 0 {
			return chat.Refuse(chat.Conflict, "the message was recalled")
		}
		if changed, err = setReaction(&row, emoji, me, on); err != nil || !changed {
			return err
		}
		if err := c.replace(&row); err != nil {
			return err
		}
		return c.commit()
	})
	return row, changed, err
}

// setReaction changes row's reactions, without touching the old map: it may
// be shared.
func setReaction(row *chat.Row, emoji string, by chat.AccountID, on bool) (bool, error) {
	had := slices.Contains(row.Reactions[emoji], by)
	if had == on {
		return false, nil
	}
	reactions := make(map[string][]chat.AccountID, len(row.Reactions)+1)
	total := 0
	for e, who := range row.Reactions {
		reactions[e] = who
		total += len(who)
	}
	if on {
		if total >= chat.MaxReactions || reactions[emoji] == nil && len(reactions) >= chat.MaxReactionKind {
			return false, chat.Refuse(chat.TooLarge, "the message has as many reactions as it can take")
		}
		reactions[emoji] = append(slices.Clone(reactions[emoji]), by)
	} else {
		rest := slices.DeleteFunc(slices.Clone(reactions[emoji]), func(a chat.AccountID) bool { return a == by })
		if reactions[emoji] = rest; len(rest) == 0 {
			delete(reactions, emoji)
		}
	}
	row.Reactions = reactions
	return true, nil
}

// message finds a row that an operation names.
func message(r store.Reader, room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	row, err := r.Row(room, seq)
	if errors.Is(err, store.ErrNotFound) {
		return row, chat.Refuse(chat.NotFound, "there is no such message")
	}
	return row, err
}

// mark raises one's marks. What lies past the head is cut to the head; marks
// never fall (Promise 7); read implies got. What changes nothing is silent. Any
// mark of reading takes back that the room is marked as unread, also one that
// moves nothing.
func (s *Server) mark(ctx context.Context, me chat.AccountID, room chat.RoomID, read, got chat.Seq) error {
	ctx = store.WithPlan(ctx, store.Plan{Room: room, Account: me, Rows: []chat.Seq{max(read, 0)}})
	return s.update(ctx, func(tx store.Tx) error {
		r, err := tx.Room(room)
		if err != nil {
			return err
		}
		m, err := membership(tx, room, me)
		if err != nil {
			return err
		}
		was := m
		m.Read = max(m.Read, min(read, r.Seq))
		m.Got = max(m.Got, m.Read, min(got, r.Seq))
		if read > 0 && m.Unread {
			m.Unread = false
			s.tellAccount(tx, me, room)
		}
		if m == was {
			return nil
		}
		if m.Read > was.Read {
			row, err := tx.Row(room, m.Read)
			if err != nil {
				return err
			}
			m.ReadN = row.N
		}
		if err := tx.PutMember(m); err != nil {
			return err
		}
		mark := markOf(m)
		if mark == markOf(was) {
			return nil
		}
		tx.OnCommit(func() { s.bus.Publish(bus.Event{Topic: bus.Topic{Room: room}, Mark: &mark}) })
		return nil
	})
}
