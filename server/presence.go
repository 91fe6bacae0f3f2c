package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

const (
	awayAfter   = 15 * time.Second // offline is told when somebody stays away this long
	maxSessions = 200              // connections of one account on a node
	seenEvery   = chat.Time(60_000)
)

// person is an account with connections on this node, or that had one a moment
// ago. hub.mu guards it.
type person struct {
	hub      *hub
	id       chat.AccountID
	sessions map[*session]struct{}
	friends  map[chat.AccountID]struct{} // who is told of their presence
	parted   map[chat.AccountID]struct{} // who is not any more, though an older read of the store may say so
	here     bool                        // had a welcome: the friends have been told
	away     stopper                     // runs while there is no connection
	rev      int64                       // up to which Account.Rev its connections are right
	typed    map[chat.RoomID]time.Time   // when typing was last passed on
}

// enter registers a connection with its account: from then on it is told of
// that account's events. It reports false if there are too many.
func (h *hub) enter(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := s.who.Account
	p := h.people[id]
	if p == nil {
		p = &person{
			hub: h, id: id, sessions: make(map[*session]struct{}), friends: make(map[chat.AccountID]struct{}),
			parted: make(map[chat.AccountID]struct{}),
			typed:  make(map[chat.RoomID]time.Time), rev: noRev,
		}
		h.people[id] = p
		h.server.bus.Listen(bus.Topic{Account: id})
	}
	if len(p.sessions) >= maxSessions {
		return false
	}
	p.stay()
	p.sessions[s] = struct{}{}
	return true
}

// leave forgets a connection. When it was the last, the person is away after
// a while.
func (h *hub) leave(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[s.who.Account]
	if p == nil {
		return
	}
	if _, was := p.sessions[s]; !was {
		return
	}
	if delete(p.sessions, s); len(p.sessions) > 0 {
		return
	}
	if h.closed || !p.here {
		h.forget(p)
		return
	}
	p.away = h.server.after(awayAfter, p.depart)
}

// forget ends what enter began. h.mu is held.
func (h *hub) forget(p *person) {
	delete(h.people, p.id)
	h.server.bus.Ignore(bus.Topic{Account: p.id})
}

// stay stops the person's leaving. hub.mu is held.
func (p *person) stay() {
	if p.away != nil {
		p.away.Stop()
		p.away = nil
	}
}

// depart tells that the person is gone, unless they came back or the node is
// closing.
func (p *person) depart() {
	h := p.hub
	h.mu.Lock()
	if len(p.sessions) > 0 || h.closed || h.people[p.id] != p {
		h.mu.Unlock()
		return
	}
	h.forget(p)
	friends := slices.Sorted(maps.Keys(p.friends))
	h.work.Add(1)
	h.mu.Unlock()
	defer h.work.Done()
	now := h.server.now()
	h.server.saw(p.id, now)
	for _, f := range friends {
		h.publishPresence(f, p.id, false, now)
	}
	h.mu.Lock()
	back := h.people[p.id]
	again := back != nil && back.here
	h.mu.Unlock()
	if again { // meanwhile: that news may have been overtaken by this
		for _, f := range friends {
			h.publishPresence(f, p.id, true, now)
		}
	}
}

// mayType reports whether somebody's typing is to be passed on, and notes it.
func (h *hub) mayType(id chat.AccountID, room chat.RoomID, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[id]
	if p == nil {
		return false
	}
	if last, ok := p.typed[room]; ok {
		if since := now.Sub(last); since >= 0 && since < typingEvery { // below 0 the clock was set back
			return false
		}
	}
	if len(p.typed) > chat.MaxCursors {
		clear(p.typed)
	}
	p.typed[room] = now
	return true
}

// saw stores when somebody was last here. Losing it to a failure costs nothing
// that was promised.
func (s *Server) saw(id chat.AccountID, now chat.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.update(ctx, func(tx store.Tx) error {
		a, err := tx.Account(id)
		if err != nil || a.Seen >= now {
			return err
		}
		a.Seen = now
		return tx.PutAccount(a)
	})
}

// arrived notes whom somebody talks with, tells those if it is news that they
// are here, and returns who of them is here.
func (h *hub) arrived(id chat.AccountID, friends []chat.AccountID) (online []chat.AccountID) {
	h.mu.Lock()
	p := h.people[id]
	if p == nil {
		h.mu.Unlock()
		return []chat.AccountID{}
	}
	for _, f := range friends { // whom they met since the store was read are in there
		if _, parted := p.parted[f]; !parted {
			p.friends[f] = struct{}{}
		}
	}
	all := slices.Sorted(maps.Keys(p.friends))
	news := !p.here
	p.here = true
	online = make([]chat.AccountID, 0, len(all))
	for _, f := range all {
		if p := h.people[f]; p != nil && p.here {
			online = append(online, f)
		}
	}
	h.mu.Unlock()
	if news {
		now := h.server.now()
		for _, f := range all {
			h.publishPresence(f, id, true, now)
		}
	}
	return online
}

// met notes that two people have begun to talk: each is told of the other.
func (h *hub) met(a, b chat.AccountID) {
	now := h.server.now()
	for _, pair := range [][2]chat.AccountID{{a, b}, {b, a}} {
		h.mu.Lock()
		p := h.people[pair[0]]
		if p != nil {
			p.friends[pair[1]] = struct{}{}
			delete(p.parted, pair[1])
		}
		here := p != nil && p.here
		h.mu.Unlock()
		if here {
			h.publishPresence(pair[1], pair[0], true, now)
		}
	}
}

// part ends what met began: to each the other looks away from now on.
func (h *hub) part(a, b chat.AccountID) {
	now := h.server.now()
	for _, pair := range [][2]chat.AccountID{{a, b}, {b, a}} {
		h.mu.Lock()
		p := h.people[pair[0]]
		told := false
		if p != nil {
			_, was := p.friends[pair[1]]
			told = was && p.here
			delete(p.friends, pair[1])
			p.parted[pair[1]] = struct{}{}
		}
		h.mu.Unlock()
		if told {
			h.publishPresence(pair[1], pair[0], false, now)
		}
	}
}

func (h *hub) publishPresence(to, about chat.AccountID, online bool, at chat.Time) {
	h.server.bus.Publish(bus.Event{
		Topic:    bus.Topic{Account: to},
		Presence: &bus.Presence{User: about, Online: online, Seen: at},
	})
}
