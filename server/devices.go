package server

import (
	"context"
	"strings"
	"time"
	"unicode"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// maxAgent is how many bytes of a program's name for itself are kept.
const maxAgent = 200

// agentName makes what a program calls itself fit to be shown: without control
// and invisible characters, cut, and in whole characters.
func agentName(agent string) string {
	agent = strings.ToValidUTF8(agent, "")
	agent = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, agent)
	agent = strings.TrimSpace(agent)
	for i, r := range agent {
		if i+len(string(r)) > maxAgent {
			return strings.TrimSpace(agent[:i])
		}
	}
	return agent
}

// sessions lists where somebody is signed in, the last used first; what has
// expired and waits to be swept is left out.
func (s *Server) sessions(ctx context.Context, me chat.AccountID) (list []store.Session, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		all, err := r.Sessions(me)
		for _, session := range all {
			if session.Expires > s.now() {
				list = append(list, session)
			}
		}
		return err
	})
	return list, err
}

// signOut ends a session of an account. Once that is stored, the nodes are told
// to close its sockets (Promise 9); a node that misses it learns it from
// Account.Rev.
func (s *Server) signOut(ctx context.Context, account chat.AccountID, session int64) error {
	return s.update(ctx, func(tx store.Tx) error { return s.endSession(tx, account, session) })
}

// signOutThere is signOut for a session that somebody saw in their list: not
// found if it is not theirs.
func (s *Server) signOutThere(ctx context.Context, account chat.AccountID, session int64) error {
	return s.update(ctx, func(tx store.Tx) error {
		mine, err := tx.Sessions(account)
		if err != nil {
			return err
		}
		for _, m := range mine {
			if m.ID == session {
				return s.endSession(tx, account, session)
			}
		}
		return chat.Refuse(chat.NotFound, "there is no such session")
	})
}

func (s *Server) endSession(tx store.Tx, account chat.AccountID, session int64) error {
	if err := tx.DeleteSession(session); err != nil {
		return err
	}
	tx.OnCommit(func() {
		s.bus.Publish(bus.Event{Topic: bus.Topic{Account: account}, Revoked: session})
	})
	return nil
}

const (
	sweepFirst = time.Minute
	sweepEvery = time.Hour
	sweepBatch = 200 // sessions in one transaction
)

// beginKeeping begins what the server does unasked: it makes deletions good
// that a crash interrupted, and removes, from then on, what has expired.
func (s *Server) beginKeeping() {
	s.keep(s.resumeLeaving)
	s.after(sweepFirst, s.sweep)
}

// keep does something of the kind, unless the server stops.
func (s *Server) keep(work func()) {
	if s.hub.begin() {
		s.spawn(func() {
			defer s.hub.work.Done()
			work()
		})
	}
}

func (s *Server) sweep() {
	s.keep(func() {
		s.resumeLeaving() // what failed before
		s.sweepSessions()
		s.sweepFiles()
		s.after(sweepEvery, s.sweep)
	})
}

// sweepSessions removes sessions that have expired, in short transactions. A
// token that is still sent is refused with or without its session.
func (s *Server) sweepSessions() {
	for n := sweepBatch; n == sweepBatch && s.life.Err() == nil; {
		n = 0
		_ = s.update(s.life, func(tx store.Tx) error { // logged there; the next hour tries again
			ended, err := tx.ExpiredSessions(s.now(), sweepBatch)
			if err != nil {
				return err
			}
			for _, session := range ended {
				if err := tx.DeleteSession(session.ID); err != nil {
					return err
				}
			}
			n = len(ended)
			return nil
		})
	}
}
