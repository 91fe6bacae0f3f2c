package server

import (
	"context"
	"maps"
	"slices"

	"parley/server/bus"
	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// This file is how a session comes to listen to its rooms, and how it ends.

// welcome answers hello and makes the session listen.
//
// The order matters. The account is registered first, so that no change of
// its memberships is missed; then its rooms are pinned, so that no row is;
// only then the store is read, and told; then the session joins each room at
// the head that it was told. What happened in between, the rooms notice.
func (s *session) welcome(ctx context.Context, hello *wire.Hello) bool {
	if !s.server.hub.enter(s) {
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: string(chat.SlowDown), Retry: 60_000})})
		s.conn.Close(wire.CloseOverload, "too many connections of one account")
		return false
	}
	s.server.hub.synced(ctx)
	if _, ok := s.check(ctx, s.token); !ok { // a revocation may have come just before
		return false
	}
	var pinned []chat.RoomID
	err := s.server.view(ctx, func(r store.Reader) (err error) {
		pinned, err = r.Rooms(s.who.Account)
		return err
	})
	if err != nil {
		s.giveUp()
		return false
	}
	s.server.hub.pin(pinned)
	s.server.hub.synced(ctx)
	heads, err := s.greet(ctx, hello)
	s.listenAll(pinned, heads)
	if err != nil {
		s.giveUp()
		return false
	}
	for _, room := range s.settleIn() {
		s.server.hub.refresh(s.who.Account, room)
	}
	return true
}

// greet sends the welcome and what does not fit into it, and returns the heads
// as they were told.
func (s *session) greet(ctx context.Context, hello *wire.Hello) ([]chat.Head, error) {
	answer := &wire.Welcome{V: wire.Version, Epoch: s.server.store.Meta().Epoch, Gone: []chat.RoomID{}}
	var heads []chat.Head
	var friendsOf []chat.AccountID
	var users []chat.User
	var seen chat.Time
	var rev int64
	err := s.server.view(ctx, func(r store.Reader) error {
		me, err := r.Account(s.who.Account)
		if err != nil {
			return err
		}
		answer.Me, seen, rev = me.Account, me.Seen, me.Rev
		list, err := r.Heads(s.who.Account)
		if err != nil {
			return err
		}
		heads = make([]chat.Head, 0, len(list))
		for i := range list {
			heads = append(heads, headOf(&list[i]))
			if friends(&list[i]) {
				friendsOf = append(friendsOf, heads[i].Peer)
			}
		}
		users, err = usersOfHeads(r, heads...)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.server.hub.greeted(s.who.Account, rev)
	now := s.server.now()
	answer.Now = now
	if now-seen > seenEvery {
		s.server.saw(s.who.Account, now)
	}
	answer.Online = s.server.hub.arrived(s.who.Account, friendsOf)
	news := changedHeads(answer, hello, heads)
	return heads, s.conn.Answer(ctx, 0, welcomeParts(answer, news, users)...)
}

// changedHeads returns the heads that differ from the client's cursors, and
// fills in which of its rooms are gone. Under another epoch the cursors count
// for nothing.
func changedHeads(answer *wire.Welcome, hello *wire.Hello, heads []chat.Head) []chat.Head {
	if len(hello.Cursors) == 0 {
		return heads
	}
	mine := make(map[chat.RoomID]bool, len(heads))
	news := make([]chat.Head, 0, len(heads))
	for _, h := range heads {
		mine[h.ID] = true
		c, holds := hello.Cursors[h.ID]
		if !holds || hello.Epoch != answer.Epoch || c.Rev != h.Rev || c.Tag != h.Tag {
			news = append(news, h)
		}
	}
	for id := range hello.Cursors {
		if !mine[id] {
			answer.Gone = append(answer.Gone, id)
		}
	}
	slices.Sort(answer.Gone)
	return news
}

// welcomeParts writes the welcome with as many heads as fit, and the others as
// head frames, several in a message.
func welcomeParts(answer *wire.Welcome, heads []chat.Head, users []chat.User) (list []ws.Message) {
	byID := make(map[chat.AccountID]chat.User, len(users))
	for _, u := range users {
		byID[u.ID] = u
	}
	fit, size := 0, 0
	for fit < len(heads) && size < chat.FrameAim*3/4 {
		size += headSize(&heads[fit])
		fit++
	}
	answer.Rooms, answer.Users = heads[:fit], usersNamed(byID, heads[:fit]...)
	list = append(list, ws.Seal(appendFrame(ws.Begin(size+frameSize), answer)))
	var part []byte // of a message: a frame a line
	for _, h := range heads[fit:] {
		frame := &wire.Head{Room: h, Users: usersNamed(byID, h)}
		if part == nil {
			part = appendFrame(ws.Begin(chat.FrameAim), frame)
			continue
		}
		end := len(part)
		if part = appendFrame(append(part, '\n'), frame); len(part) > chat.FrameAim {
			next := append(ws.Begin(chat.FrameAim), part[end+1:]...)
			list = append(list, ws.Seal(part[:end]))
			part = next
		}
	}
	if part != nil {
		list = append(list, ws.Seal(part))
	}
	return list
}

func headSize(h *chat.Head) int {
	size := 400 + len(h.Name) + len(h.About)
	if h.Last != nil {
		size += rowSize(h.Last)
	}
	return size
}

func usersNamed(byID map[chat.AccountID]chat.User, heads ...chat.Head) []chat.User {
	var who people
	for i := range heads {
		who.add(heads[i].Peer)
		if heads[i].Last != nil {
			who.row(heads[i].Last)
		}
	}
	users := make([]chat.User, 0, len(who.ids))
	for _, id := range who.ids {
		if u, ok := byID[id]; ok {
			users = append(users, u)
		}
	}
	return users
}

// listenAll joins the rooms whose heads were told and unpins the others.
func (s *session) listenAll(pinned []chat.RoomID, heads []chat.Head) {
	told := make(map[chat.RoomID]*chat.Head, len(heads))
	for i := range heads {
		told[heads[i].ID] = &heads[i]
	}
	for _, id := range pinned {
		h := told[id]
		delete(told, id)
		s.server.hub.wake(id, func(r *room) {
			r.unpin()
			if h != nil {
				r.join(s, h)
			}
		})
	}
	for id := range told { // entered after the pinning: nothing kept events for it
		s.later(id)
	}
}

// settleIn ends the welcome, and returns the rooms to look at again.
func (s *session) settleIn() (rooms []chat.RoomID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.welcomed = true
	rooms = slices.Sorted(maps.Keys(s.early))
	for _, it := range s.held {
		s.push(it)
	}
	s.held = nil
	return rooms
}

// doubts reports whether a refresh of a room came before the welcome was told:
// the head in the welcome may be of a time before it.
func (s *session) doubts(id chat.RoomID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.early[id]
}

// later notes a refresh that came before the welcome was told. It reports
// whether it is to wait.
func (s *session) later(id chat.RoomID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.welcomed {
		return false
	}
	if s.early == nil {
		s.early = make(map[chat.RoomID]bool)
	}
	s.early[id] = true
	return true
}

// listen notes that the session listens to a room. False if it has ended.
func (s *session) listen(r *room) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	if s.rooms == nil {
		s.rooms = make(map[chat.RoomID]bool)
	}
	s.rooms[r.id] = true
	return true
}

func (s *session) unlisten(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, r.id)
}

func (s *session) listensTo(id chat.RoomID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[id]
}

// end leaves everything that the session was part of, and waits until the
// connection is closed.
func (s *session) end() {
	s.mu.Lock()
	s.ended = true
	rooms := s.rooms
	s.rooms = nil
	s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(rooms)) {
		s.server.hub.tell(id, func(r *room) { r.drop(s) })
	}
	s.server.hub.leave(s)
	s.conn.Finish()
	s.server.hub.detach(s)
}

// push queues an item for the client, and reports whether it will be told.
func (s *session) push(it ws.Item) bool { return s.conn.Push(it) }

// tell pushes what belongs to no room, after the welcome.
func (s *session) tell(it ws.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.bare:
	case s.welcomed:
		s.push(it)
	default:
		s.held = append(s.held, it)
	}
}

// drained asks the rooms whose rows were dropped to tell how far they are.
func (s *session) drained(rooms []chat.RoomID) {
	for _, id := range rooms {
		s.server.hub.tell(id, func(r *room) { r.lagged(s) })
	}
}

// dismiss says goodbye: the server stops.
func (s *session) dismiss() {
	if !s.bare {
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: wire.CodeRestart, Retry: s.server.retryHint().Milliseconds()})})
	}
	s.conn.Close(wire.CloseRestart, "the server restarts")
}

// revoke says goodbye: the session was ended.
func (s *session) revoke() {
	if !s.bare {
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: wire.CodeSignedOut})})
	}
	s.conn.Close(wire.CloseSignedOut, "signed out")
}

// giveUp ends a connection that the server cannot serve now.
func (s *session) giveUp() {
	retry := s.server.retryHint()
	if !s.bare {
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: string(chat.Unavailable), Retry: retry.Milliseconds()})})
	}
	s.conn.Close(wire.CloseOverload, "the server cannot do that now")
}

// users returns the people whom rows name.
func (s *Server) users(ctx context.Context, rows []chat.Row) (users []chat.User, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		users, err = usersOf(r, rows)
		return err
	})
	return users, err
}

func (s *Server) publishTyping(room chat.RoomID, who chat.AccountID) {
	s.bus.Publish(bus.Event{Topic: bus.Topic{Room: room}, Typing: who})
}
