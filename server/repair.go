package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// This file finds what a bus has lost without a successor that would show it.
// What this node has told is compared with the store at intervals: rooms by
// their revision, accounts by Account.Rev, which grows with their memberships
// and with sessions that end. Together with the grace that is within the 5 s of
// Promises 9 and 12. Where a bus loses nothing there is nothing to find, so
// that the repairs, which are counted, show how much it loses.

const (
	compareEvery = 4 * time.Second
	compareGrace = 500 * time.Millisecond // for events on their way
	compareBatch = 1000                   // how many one look-up asks for
	noRev        = -1                     // of people who were not compared yet
	mendAfter    = time.Second            // when a read that failed is tried again
	joinGaps     = 50 * time.Millisecond  // gaps that are one
	syncTime     = 500 * time.Millisecond // for the bus to have listened
)

// beginComparing makes the comparing go on until the hub is closed, if the bus
// makes it needed.
func (h *hub) beginComparing() {
	if h.server.bus.Lossy() {
		h.compareAfter(compareEvery, h.compare)
	}
}

// synced waits until the bus hears what was listened to, so that the store may
// be read. A bus that does not answer holds nobody up for long: what it loses
// is found.
func (h *hub) synced(ctx context.Context) {
	if !h.server.bus.Lossy() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	_ = h.server.bus.Sync(ctx) // readiness says it
}

// compareAfter does a part of the comparing later, unless the hub is closing
// by then.
func (h *hub) compareAfter(wait time.Duration, part func()) {
	h.server.after(wait, func() {
		if h.begin() {
			defer h.work.Done()
			part()
		}
	})
}

// compare finds who is behind the store, lets the events that are on their way
// arrive, and repairs who is behind still.
func (h *hub) compare() {
	late := h.late()
	h.compareAfter(compareGrace, func() {
		h.repair(late)
		h.compareAfter(compareEvery-compareGrace, h.compare)
	})
}

// gap takes that the bus knows to have lost something: who is behind is
// repaired without waiting. Gaps that follow each other closely are one.
func (h *hub) gap() {
	h.mu.Lock()
	had := h.gapped
	h.gapped = true
	h.mu.Unlock()
	if had {
		return
	}
	h.compareAfter(joinGaps, func() {
		h.mu.Lock()
		h.gapped = false // what is lost from here on is another
		h.mu.Unlock()
		h.repair(h.late())
	})
}

// late is who is behind the store, and how far that is.
type late struct {
	rooms    map[chat.RoomID]chat.Rev
	accounts map[chat.AccountID]int64
}

// late compares what was told with the store.
func (h *hub) late() (found late) {
	rooms, accounts := h.told()
	var err, other error
	found.rooms, err = behind(rooms, func(ids []chat.RoomID) (revs map[chat.RoomID]chat.Rev, err error) {
		err = h.look(func(r store.Reader) error {
			revs, err = r.RoomRevs(ids)
			return err
		})
		return revs, err
	})
	found.accounts, other = behind(accounts, func(ids []chat.AccountID) (revs map[chat.AccountID]int64, err error) {
		err = h.look(func(r store.Reader) error {
			revs, err = r.AccountRevs(ids)
			return err
		})
		return revs, err
	})
	h.complain(errors.Join(err, other))
	return found
}

// repair brings those who are still behind to where the store was.
func (h *hub) repair(found late) {
	for _, id := range slices.Sorted(maps.Keys(found.rooms)) {
		h.tell(id, func(r *room) { r.reach(found.rooms[id]) })
	}
	for _, id := range slices.Sorted(maps.Keys(found.accounts)) {
		h.complain(h.compareAccount(id, found.accounts[id]))
	}
}

// complain logs what keeps the comparing from its work; it tries again.
func (h *hub) complain(err error) {
	if err != nil {
		h.server.log.Warn("what the bus may have lost cannot be looked for now", "err", err)
	}
}

// told returns how far the rooms and the people of this node were told.
func (h *hub) told() (map[chat.RoomID]chat.Rev, map[chat.AccountID]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	rooms := make(map[chat.RoomID]chat.Rev, len(h.rooms))
	for id, r := range h.rooms {
		r.mu.Lock()
		rooms[id] = r.told
		r.mu.Unlock()
	}
	accounts := make(map[chat.AccountID]int64, len(h.people))
	for id, p := range h.people {
		if len(p.sessions) > 0 {
			accounts[id] = p.rev
		}
	}
	return rooms, accounts
}

// look reads the store for the comparing, which has no caller.
func (h *hub) look(fn func(store.Reader) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	return h.server.store.View(ctx, fn)
}

// behind returns those whose revision in the store is greater than was told;
// those found so far, if it cannot ask.
func behind[ID cmp.Ordered, Rev ~int64](told map[ID]Rev, ask func([]ID) (map[ID]Rev, error)) (map[ID]Rev, error) {
	found := make(map[ID]Rev)
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(told)), compareBatch) {
		revs, err := ask(ids)
		if err != nil {
			return found, err
		}
		for id, rev := range revs {
			if rev > told[id] {
				found[id] = rev
			}
		}
	}
	return found, nil
}

// reach catches up with the store, if the room is not there yet.
func (r *room) reach(rev chat.Rev) {
	if r.live && r.cursor < rev {
		r.hub.server.metrics.repair(repairRoom)
		r.catchUp()
	}
}

// settle tells which operations a change settles, where it was not delivered as
// it came: rows that were read from the store do not say. Without it a client
// would wait with everything behind an edit.
func (r *room) settle(e *bus.Rows) {
	if len(e.Keys) == 0 {
		return
	}
	answer := rowsFrame(r.id, e)
	answer.From, answer.Upto = 0, 0
	for _, l := range r.listeners.list {
		if l.account == e.Account && !l.bare {
			r.flush()
			l.answerRows(answer)
		}
	}
}

// mend sees that a catch-up which failed is tried again: the next event may be
// far.
func (r *room) mend() {
	if !r.mending {
		r.mending = true
		id, h := r.id, r.hub
		h.server.after(mendAfter, func() {
			h.tell(id, func(r *room) {
				r.mending = false
				r.catchUp()
			})
		})
	}
}

// standing is what the store says of somebody at one instant.
type standing struct {
	rev    int64
	rooms  map[chat.RoomID]bool // of which they are a member
	banned map[chat.RoomID]bool
	ended  []*session // connections of sessions that have ended
}

// compareAccount compares somebody's connections with the store: whether their
// sessions have ended, and which rooms they listen to. late is the Account.Rev
// of which nobody heard in the time of grace: who has changed again since may be
// ahead of an event on its way, and is not counted as repaired.
func (h *hub) compareAccount(id chat.AccountID, late int64) error {
	sessions := h.sessions(id)
	rooms := make(map[chat.RoomID]bool) // that some of them listen to
	for _, s := range sessions {
		if !s.listening(rooms) {
			return nil // its welcome is reading the store: look again the next time
		}
	}
	var is standing
	err := h.look(func(r store.Reader) (err error) {
		is, err = readStanding(r, id, sessions, rooms)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range is.ended {
		h.server.metrics.repair(repairSession)
		s.revoke()
	}
	maps.Copy(rooms, is.rooms)
	for _, at := range slices.Sorted(maps.Keys(rooms)) {
		h.wake(at, func(r *room) { r.compareMember(id, sessions, is.rooms[at], is.banned[at], is.rev == late) })
	}
	h.agreed(id, is.rev)
	return nil
}

// readStanding reads what there is to compare with somebody's connections, and
// with the rooms that these listen to.
func readStanding(r store.Reader, id chat.AccountID, sessions []*session, listening map[chat.RoomID]bool) (standing, error) {
	is := standing{rooms: make(map[chat.RoomID]bool), banned: make(map[chat.RoomID]bool)}
	a, err := r.Account(id)
	if err != nil {
		return is, err
	}
	is.rev = a.Rev
	rooms, err := r.Rooms(id)
	if err != nil {
		return is, err
	}
	for _, room := range rooms {
		is.rooms[room] = true
	}
	for room := range listening {
		m, err := r.Member(room, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return is, err
		}
		is.banned[room] = err == nil && m.Role == store.RoleBanned
	}
	for _, s := range sessions {
		lives, err := r.HasSession(s.who.Session)
		if err != nil {
			return is, err
		}
		if !lives {
			is.ended = append(is.ended, s)
		}
	}
	return is, nil
}

// compareMember looks at somebody's membership again where those who listen
// differ from what the store said. Events that came before are done by then, and
// so are the welcomes of the sessions that were compared; one that has begun
// since may still be on its way into the room.
func (r *room) compareMember(account chat.AccountID, sessions []*session, member, banned, count bool) {
	for _, s := range sessions {
		if r.listensRightly(s, member, banned) || !s.listening(nil) {
			continue
		}
		r.refresh(account, sessions)
		if count && r.listensRightly(s, member, banned) { // or the store has changed since it was asked
			r.hub.server.metrics.repair(repairMember)
		}
		return
	}
}

// listensRightly reports whether a session listens if and only if it may.
func (r *room) listensRightly(s *session, member, banned bool) bool {
	listens := r.listeners.has(s)
	if s.bare { // it needs no membership
		return !listens || !banned
	}
	return listens == member
}

// agreed notes the Account.Rev of which somebody's connections were found, or
// made, to agree with the store.
func (h *hub) agreed(id chat.AccountID, rev int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.people[id]; p != nil {
		p.rev = max(p.rev, rev)
	}
}

// greeted is agreed for a connection that is welcomed, if it is the only one.
func (h *hub) greeted(id chat.AccountID, rev int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.people[id]; p != nil && p.rev == noRev && len(p.sessions) == 1 {
		p.rev = rev
	}
}

// listening adds the rooms that the session listens to. It reports whether the
// session is welcome and has not ended.
func (s *session) listening(to map[chat.RoomID]bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to != nil {
		maps.Copy(to, s.rooms)
	}
	return (s.welcomed || s.bare) && !s.ended
}
