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
	friends  map[chat.AccountID]struct{} // of whose presence they are told, and who of theirs; hub.fans is the inverse
	parted   map[chat.AccountID]struct{} // of whose they are not any more, though an older read of the store may say so
	here     bool                        // had a welcome: they are online
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
	for f := range p.friends {
		h.unfriend(p, f)
	}
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

// depart makes the person gone, unless they came back or the node is closing.
func (p *person) depart() {
	h := p.hub
	h.mu.Lock()
	if len(p.sessions) > 0 || h.closed || h.people[p.id] != p {
		h.mu.Unlock()
		return
	}
	p.away = nil
	h.work.Add(1)
	h.mu.Unlock()
	defer h.work.Done()
	h.server.saw(p.id, h.server.now())
	h.shift([]chat.AccountID{p.id}, func() *bus.Roster {
		if len(p.sessions) > 0 || p.away != nil || h.closed || h.people[p.id] != p { // back, meanwhile
			return nil
		}
		h.forget(p)
		return &bus.Roster{Off: []chat.AccountID{p.id}}
	})
}

// arrived notes whom somebody talks with and that they are here, and returns
// who of them is online.
func (h *hub) arrived(id chat.AccountID, friends []chat.AccountID) (online []chat.AccountID) {
	online = []chat.AccountID{}
	h.shift([]chat.AccountID{id}, func() *bus.Roster {
		p := h.people[id]
		if p == nil {
			return nil
		}
		for _, f := range friends { // whom they met since the store was read are in there
			if _, parted := p.parted[f]; !parted {
				h.befriend(p, f)
			}
		}
		for _, f := range slices.Sorted(maps.Keys(p.friends)) {
			if h.online(f) {
				online = append(online, f)
			}
		}
		if p.here {
			return nil
		}
		p.here = true
		return &bus.Roster{On: []chat.AccountID{id}}
	})
	return online
}

// befriend has somebody told of another's presence. h.mu is held.
func (h *hub) befriend(p *person, f chat.AccountID) {
	p.friends[f] = struct{}{}
	if h.fans[f] == nil {
		h.fans[f] = make(map[chat.AccountID]struct{})
	}
	h.fans[f][p.id] = struct{}{}
}

// unfriend ends what befriend began. h.mu is held.
func (h *hub) unfriend(p *person, f chat.AccountID) {
	delete(p.friends, f)
	if delete(h.fans[f], p.id); len(h.fans[f]) == 0 {
		delete(h.fans, f)
	}
}

// met makes it known that two people have begun to talk: from now on each is
// told of the other.
func (s *Server) met(a, b chat.AccountID) { s.publishFriends(a, b, false) }

// part ends what met began: to each the other looks away from now on.
func (s *Server) part(a, b chat.AccountID) { s.publishFriends(a, b, true) }

func (s *Server) publishFriends(a, b chat.AccountID, parted bool) {
	s.bus.Publish(bus.Event{Topic: bus.Topic{Account: a}, Friend: &bus.Friend{User: b, Parted: parted}})
	s.bus.Publish(bus.Event{Topic: bus.Topic{Account: b}, Friend: &bus.Friend{User: a, Parted: parted}})
}

// friend takes that somebody is told of another's presence from now on, or no
// longer. It tells how that looks at once.
func (h *hub) friend(id chat.AccountID, f *bus.Friend) {
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	p := h.people[id]
	if p == nil {
		h.mu.Unlock()
		return
	}
	_, was := p.friends[f.User]
	if f.Parted {
		h.unfriend(p, f.User)
		p.parted[f.User] = struct{}{}
	} else {
		h.befriend(p, f.User)
		delete(p.parted, f.User)
	}
	var told []*session
	if was == f.Parted && h.online(f.User) {
		told = slices.Collect(maps.Keys(p.sessions))
	}
	h.mu.Unlock()
	h.tellPresence(told, f.User, !f.Parted)
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
