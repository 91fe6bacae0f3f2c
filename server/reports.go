package server

import (
	"context"
	"errors"

	"parley/server/store"
	"parley/shared/chat"
)

// reportsShown is how many reports of a room are told at once, the oldest first:
// the next come when these are closed.
const reportsShown = 100

// report brings a message before the room's moderators, once for each person.
// What is kept is who, when and why, and which message: its body is read when
// the moderators look, so that a recall takes it from them, too (Promise 8).
//
// Those of direct rooms are for the operator (parley reports).
func (s *Server) report(ctx context.Context, me chat.AccountID, room chat.RoomID, seq chat.Seq, reason string) error {
	if err := chat.ValidReason(reason); err != nil {
		return err
	}
	if err := s.admitPosts(me, 1); err != nil {
		return err
	}
	return s.update(ctx, func(tx store.Tx) error {
		c, err := s.openChange(tx, room, me)
		if err != nil {
			return err
		}
		row, err := message(tx, room, seq)
		switch {
		case err != nil:
			return err
		case row.Kind == chat.KindSystem:
			return chat.Refuse(chat.Forbidden, "a system message cannot be reported")
		case row.Recalled != 0:
			return chat.Refuse(chat.Conflict, "the message was recalled")
		}
		id := s.newID(func(id int64) bool { _, err := tx.Report(id); return err == nil })
		err = tx.PutReport(store.Report{ID: id, Room: room, Seq: seq, By: me, At: c.at, Reason: reason})
		if errors.Is(err, store.ErrExists) {
			return nil
		}
		if err != nil {
			return err
		}
		c.room.Reports++
		return c.tellModerators()
	})
}

// closeReport takes a report off the list.
func (s *Server) closeReport(ctx context.Context, me chat.AccountID, room chat.RoomID, id int64) error {
	return s.update(ctx, func(tx store.Tx) error {
		c, err := s.openChange(tx, room, me)
		if err != nil {
			return err
		}
		if err := seesReports(c.member); err != nil {
			return err
		}
		report, err := tx.Report(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && report.Room != room {
			return chat.Refuse(chat.NotFound, "there is no such report")
		}
		if err != nil {
			return err
		}
		if err := tx.DeleteReport(id); err != nil {
			return err
		}
		c.room.Reports--
		return c.tellModerators()
	})
}

// seesReports refuses who keeps no order in a room: only its owner and its
// moderators know who reported what.
func seesReports(m store.Member) error {
	if !moderates(m) {
		return chat.Refuse(chat.Forbidden, "only the owner and moderators see reports")
	}
	return nil
}

// tellModerators commits another number of reports and tells the head to those
// who see it.
func (c *change) tellModerators() error {
	members, err := c.tx.Members(c.room.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if moderates(m) {
			c.affected = append(c.affected, m.Account)
		}
	}
	return c.commit()
}

// reports returns a room's reports, with the messages as they are now, and the
// people whom they name.
func (s *Server) reports(ctx context.Context, me chat.AccountID, room chat.RoomID) (list []chat.Report, users []chat.User, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		m, err := membership(r, room, me)
		if err != nil {
			return err
		}
		if err := seesReports(m); err != nil {
			return err
		}
		stored, err := r.Reports(room, reportsShown)
		if err != nil {
			return err
		}
		var who people
		list = make([]chat.Report, 0, len(stored))
		for _, report := range stored {
			row, err := r.Row(room, report.Seq)
			if err != nil {
				return err
			}
			who.add(report.By)
			who.row(&row)
			list = append(list, chat.Report{ID: report.ID, By: report.By, At: report.At, Reason: report.Reason, Row: row})
		}
		users, err = who.users(r)
		return err
	})
	return list, users, err
}
