package server

import (
	"context"
	"sync"
	"time"

	"parley/server/bus"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// hub holds what is alive on this node: the rooms that somebody listens to and
// the people who are connected.
//
// Locks are taken in the order presence.telling, hub.mu, room.mu, session.mu; nothing is read
// from the store and no socket is waited for under any of them.
type hub struct {
	server *Server
	work   sync.WaitGroup // sessions, pumps, farewells and the comparing

	mu     sync.Mutex
	rooms  map[chat.RoomID]*room
	people map[chat.AccountID]*person
	all    map[*session]struct{} // whoever has a connection, known or not
	closed bool
	gapped bool // a gap will be looked into

	presence
}

func newHub(s *Server) *hub {
	return &hub{
		server: s, rooms: make(map[chat.RoomID]*room), people: make(map[chat.AccountID]*person),
		all: make(map[*session]struct{}), presence: newPresence(),
	}
}

// handle takes the events of the bus.
func (h *hub) handle(e bus.Event) {
	if e.Topic.Room != 0 {
		if !h.tell(e.Topic.Room, func(r *room) { r.event(e) }) && e.Rows != nil {
			h.settle(e.Topic.Room, e.Rows, new(audience))
		}
		return
	}
	account := e.Topic.Account
	switch {
	case e.Room != 0:
		h.refresh(account, e.Room)
	case e.Revoked != 0:
		for _, s := range h.sessions(account) {
			if s.who.Session == e.Revoked {
				s.revoke()
			}
		}
	case e.Friend != nil:
		h.friend(account, e.Friend)
	case e.Roster != nil:
		h.roster(e.Roster)
	case e.Gap:
		h.gap()
	}
}

// tell gives a note to a room that is alive; others need not know. It reports
// whether it is.
func (h *hub) tell(id chat.RoomID, note func(*room)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[id]
	if r != nil {
		r.do(note)
	}
	return r != nil
}

// settle tells which operations a change settles to those connections of their
// account that do not listen, and so are not told the change itself: a look at
// the store that came before its event found them removed, or the event came
// before the look that finds them members.
func (h *hub) settle(id chat.RoomID, e *bus.Rows, listeners *audience) {
	if len(e.Keys) == 0 {
		return
	}
	away := h.away(e.Account, listeners)
	if len(away) == 0 {
		return
	}
	item := ws.Item{Message: messageOf(&wire.Rows{
		Room: id, Rows: []chat.Row{}, Users: []chat.User{}, Keys: map[chat.AccountID][]chat.Key{e.Account: e.Keys},
	})}
	for _, s := range away {
		if s.listening(nil) { // before, it cannot have asked for anything
			s.push(item)
		}
	}
}

// away returns somebody's connections that are not among the listeners.
func (h *hub) away(account chat.AccountID, listeners *audience) (list []*session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[account]
	if p == nil {
		return nil
	}
	for s := range p.sessions {
		if !listeners.has(s) && !s.bare {
			list = append(list, s)
		}
	}
	return list
}

// wake gives a note to a room, which comes to life if it is not alive.
func (h *hub) wake(id chat.RoomID, note func(*room)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.room(id).do(note)
}

// room returns a room, made alive if need be: from then on the bus tells what
// happens there. h.mu is held.
func (h *hub) room(id chat.RoomID) *room {
	r := h.rooms[id]
	if r == nil {
		r = newRoom(h, id)
		h.rooms[id] = r
		h.server.bus.Listen(bus.Topic{Room: id})
	}
	return r
}

// pin keeps rooms alive until a note of whoever pinned them calls unpin. What
// the store says of a room after it was pinned cannot be overtaken unnoticed.
func (h *hub) pin(ids []chat.RoomID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		h.room(id).pins++
	}
}

// retire forgets a room that nobody needs. It reports whether it did.
func (h *hub) retire(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.inbox) > 0 || r.pins > 0 {
		return false
	}
	r.running = false
	delete(h.rooms, r.id)
	h.server.bus.Ignore(bus.Topic{Room: r.id})
	return true
}

// refresh makes a room look again at somebody's membership, if they are here.
func (h *hub) refresh(account chat.AccountID, id chat.RoomID) {
	if sessions := h.sessions(account); len(sessions) > 0 {
		h.wake(id, func(r *room) { r.refresh(account, h.sessions(account)) })
	}
}

// sessions returns somebody's connections.
func (h *hub) sessions(account chat.AccountID) []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[account]
	if p == nil {
		return nil
	}
	list := make([]*session, 0, len(p.sessions))
	for s := range p.sessions {
		list = append(list, s)
	}
	return list
}

// begin counts a session in, unless the hub is closing.
func (h *hub) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.work.Add(1)
	return true
}

// attach makes a connection known, so that close ends it.
func (h *hub) attach(s *session) {
	h.mu.Lock()
	h.all[s] = struct{}{}
	closed := h.closed
	h.mu.Unlock()
	if closed {
		s.dismiss()
	}
}

func (h *hub) detach(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, s)
}

// close says goodbye to everybody, each with another hint when to come back,
// and waits until all sessions and pumps have ended, or ctx has.
func (h *hub) close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	for _, p := range h.people {
		p.stay()
	}
	h.mu.Unlock()
	for _, s := range h.connected() {
		s.dismiss()
	}
	over := make(chan struct{})
	go func() { h.work.Wait(); close(over) }()
	select {
	case <-over:
	case <-ctx.Done():
		for _, s := range h.connected() {
			s.conn.Kill()
		}
		<-over
	}
}

func (h *hub) connected() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*session, 0, len(h.all))
	for s := range h.all {
		list = append(list, s)
	}
	return list
}

// retryHint draws when a client should come back, so that they do not all come
// at once.
func (s *Server) retryHint() time.Duration {
	return 500*time.Millisecond + time.Duration(s.random16())*time.Second/16384 // 0.5 to 4.5 s
}

// random16 draws a number below 1<<16.
func (s *Server) random16() int {
	var b [2]byte
	s.random(b[:])
	return int(b[0])<<8 | int(b[1])
}
