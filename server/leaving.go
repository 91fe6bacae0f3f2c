package server

import (
	"context"
	"errors"

	"parley/server/store"
	"parley/shared/chat"
)

// This file is how an account is deleted. The first transaction makes it
// chat.KindFormer and takes its sessions: from then on nobody can act as it,
// and its name is nowhere. The rooms are left after that, each in a
// transaction of its own, so that somebody in a thousand rooms does not hold
// the others up. The account is noted until all is done, which makes good at
// the next start what a crash interrupts.

// leaveSessions is how many sessions end in the first transaction.
const leaveSessions = 1000

// self returns the account of who acts. Who was deleted since the request
// began acts no more.
func self(r store.Reader, me chat.AccountID) (store.Account, error) {
	a, err := r.Account(me)
	if err == nil && a.Kind == chat.KindFormer {
		err = errUnauthorized
	}
	return a, err
}

// somebody returns the account of somebody to be dealt with.
func somebody(r store.Reader, id chat.AccountID) (store.Account, error) {
	a, err := r.Account(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Kind == chat.KindFormer {
		return a, chat.Refuse(chat.NotFound, "there is no such person")
	}
	return a, err
}

// meet checks that both of a one-to-one conversation are there to have it.
func meet(r store.Reader, me, peer chat.AccountID) error {
	if _, err := self(r, me); err != nil {
		return err
	}
	_, err := somebody(r, peer)
	return err
}

var errPassword = chat.Refuse(chat.Forbidden, "the password is wrong")

// deleteAccount deletes an account. Members confirm it by their password. What
// remains is an id without a name, under which their messages stand.
func (s *Server) deleteAccount(ctx context.Context, me chat.AccountID, password string) error {
	a, err := s.account(ctx, me)
	if err != nil {
		return err
	}
	if a.Kind == chat.KindMember {
		right, err := s.passwords.check(ctx, a.Password, password)
		if err != nil {
			return s.fail(err)
		}
		if !right {
			return errPassword
		}
	}
	if err := s.update(ctx, func(tx store.Tx) error { return s.forget(tx, me, a.Password) }); err != nil {
		return err
	}
	left := make(chan struct{})
	s.keep(func() {
		defer close(left)
		s.leave(me)
	})
	select {
	case <-left:
	case <-ctx.Done(): // it goes on without the caller
	case <-s.life.Done(): // the next start goes on
	}
	return nil
}

// forget is the first transaction of a deletion. password is the hash that was
// checked: it is not worth anything if it was changed since.
func (s *Server) forget(tx store.Tx, me chat.AccountID, password string) error {
	a, err := self(tx, me)
	if err != nil {
		return err
	}
	if a.Password != password {
		return errPassword
	}
	if err := s.endSessions(tx, me); err != nil {
		return err
	}
	if a, err = tx.Account(me); err != nil { // its Rev has grown
		return err
	}
	former := store.Account{Account: chat.Account{ID: me, Kind: chat.KindFormer}, Rev: a.Rev, Made: a.Made}
	if err := tx.PutAccount(former); err != nil {
		return err
	}
	if err := s.letGo(tx, a.Avatar); err != nil {
		return err
	}
	if err := tx.PutLeaver(me); err != nil {
		return err
	}
	return s.tellRenamed(tx, me)
}

func (s *Server) endSessions(tx store.Tx, me chat.AccountID) error {
	sessions, err := tx.Sessions(me)
	if err != nil {
		return err
	}
	for _, session := range sessions[:min(len(sessions), leaveSessions)] {
		if err := s.endSession(tx, me, session.ID); err != nil {
			return err
		}
	}
	return nil
}

// resumeLeaving goes on with the deletions that were interrupted.
func (s *Server) resumeLeaving() {
	var leavers []chat.AccountID
	err := s.view(s.life, func(r store.Reader) (err error) {
		leavers, err = r.Leavers()
		return err
	})
	if err != nil {
		return // logged; the next hour tries again
	}
	for _, id := range leavers {
		s.leave(id)
	}
}

// leave takes a former person out of everything but their one-to-one
// conversations, which the others keep. If it fails, it is made good later.
func (s *Server) leave(id chat.AccountID) {
	var rooms []chat.RoomID
	err := s.view(s.life, func(r store.Reader) (err error) {
		rooms, err = r.Rooms(id)
		return err
	})
	for _, room := range rooms {
		if err == nil {
			err = s.update(s.life, func(tx store.Tx) error { return s.leaveRoom(tx, id, room) })
		}
	}
	for more := true; more && err == nil; {
		err = s.update(s.life, func(tx store.Tx) error {
			if err := s.endSessions(tx, id); err != nil {
				return err
			}
			rest, err := tx.Sessions(id)
			if more = len(rest) > 0; more || err != nil {
				return err
			}
			return tx.DeleteLeaver(id)
		})
	}
}

func (s *Server) leaveRoom(tx store.Tx, id chat.AccountID, room chat.RoomID) error {
	r, err := tx.Room(room)
	if err != nil || r.Kind == chat.KindDirect {
		return err
	}
	c, err := s.openChange(tx, room, id)
	if errors.Is(err, chat.ErrNotFound) {
		return nil // removed meanwhile
	}
	if err != nil {
		return err
	}
	if err := c.dismiss(c.member); err != nil {
		return err
	}
	return c.commit()
}
