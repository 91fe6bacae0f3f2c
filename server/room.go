package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"parley/server/bus"
	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	joinMarks  = time.Second      // marks are joined for so long
	readTime   = 10 * time.Second // a pump's read of the store
	trustSmall = time.Minute      // a room with few members has no more than may be for so long
)

// room is a room that somebody on this node listens to, or is about to.
//
// Notes (functions) wait in its inbox; its pump, one goroutine that lives
// while there are notes, takes them in order. The pump alone owns everything
// below the line: nothing of it needs a lock.
//
// cursor is how far this room has been delivered. An event that continues it
// is delivered as it is, an older one is dropped, and after a gap the store is
// read from the cursor: live delivery and catch-up are one path. Listeners
// that came with a read of the store hold how far that read went.
//
// Who listens was a member at that point. They stop being told when a row
// says that they left, or when the store says so on a refresh: authorization
// is part of delivery.
type room struct {
	hub *hub
	id  chat.RoomID

	mu      sync.Mutex
	inbox   []func(*room)
	running bool
	told    chat.Rev // the cursor, for hub.told; maxRev while it does not hold
	pins    int      // who is about to listen; hub.mu guards it

	// ── owned by the pump ──
	live      bool     // cursor holds
	hinted    chat.Rev // the furthest event before that
	cursor    chat.Rev
	seq       chat.Seq // the newest row delivered
	kind      string
	listeners audience
	out       []outgoing                   // not yet pushed
	size      int                          // bytes in out, about
	marks     map[chat.AccountID]chat.Mark // grown, not yet told
	reads     map[chat.AccountID]chat.Seq  // what others were told last; not in direct rooms
	mending   bool                         // a catch-up that failed will be tried again
	ticking   bool                         // a flush of marks will come, if somebody listens by then

	smallUntil time.Time // few members: not asked again
}

func newRoom(h *hub, id chat.RoomID) *room {
	return &room{hub: h, id: id, told: maxRev}
}

// do puts a note into the inbox and sees that the pump runs. hub.mu is held:
// a room that was retired must not come to life again beside its successor.
func (r *room) do(note func(*room)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inbox = append(r.inbox, note)
	if !r.running {
		r.running = true
		r.hub.work.Add(1)
		r.hub.server.spawn(r.pump)
	}
}

// pump takes notes until there are none. What a run of notes makes is joined
// into one push.
func (r *room) pump() {
	defer r.hub.work.Done()
	for {
		r.mu.Lock()
		if r.live {
			r.told = r.cursor
		}
		notes := r.inbox
		r.inbox = nil
		idle := len(notes) == 0
		if idle && len(r.listeners.list) > 0 {
			r.running = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		if idle {
			if r.hub.retire(r) {
				return
			}
			if r.stop() {
				return
			}
			continue
		}
		for _, note := range notes {
			note(r)
		}
		r.flush()
	}
}

// stop ends the pump of a room that is pinned, unless a note has come.
func (r *room) stop() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.inbox) > 0 {
		return false
	}
	r.running = false
	return true
}

// event takes an event of the bus.
func (r *room) event(e bus.Event) {
	switch {
	case e.Rows != nil:
		r.rows(e.Rows)
	case e.Mark != nil:
		r.mark(*e.Mark)
	case e.Typing != 0:
		r.typing(e.Typing)
	case e.Head:
		r.head()
	}
}

// rows delivers an operation's rows, if they continue the cursor. Their keys are
// settled in any case.
func (r *room) rows(e *bus.Rows) {
	switch {
	case !r.live:
		r.hinted = max(r.hinted, e.Upto)
	case e.Upto <= r.cursor:
		r.settle(e) // whoever read past it was told no key
	case e.From != r.cursor:
		r.hub.server.metrics.gaps.Inc()
		r.catchUp()
		r.settle(e)
	default:
		r.deliver(e)
	}
	r.hub.settle(r.id, e, &r.listeners)
}

// catchUp reads from the store what lies between the cursor and the head. It
// is delivered whole: rows are in the form that they have at the head, so no
// piece of it would be a state that the room ever had. If it is too much for
// one frame, the listeners are told the new head and pull.
func (r *room) catchUp() {
	e := bus.Rows{From: r.cursor}
	var over bool
	var seq chat.Seq
	err := r.view(func(st store.Reader) error {
		head, err := st.Room(r.id)
		if err != nil {
			return err
		}
		e.Upto, seq = head.Rev, head.Seq
		if e.Rows, over, err = st.RowsAfter(r.id, r.cursor, chat.ResetBehind); err != nil || over {
			return err
		}
		e.Users, err = usersOf(st, e.Rows)
		return err
	})
	if err != nil { // logged
		r.mend()
		return
	}
	if e.Upto <= r.cursor {
		return
	}
	if over || len(cut(e.Rows)) > 1 {
		r.flush()
		r.cursor, r.seq = e.Upto, seq
		r.passOver()
		r.recheck()
		return
	}
	left := r.dismissRemoved(&e)
	r.emit(&e)
	r.lookAgain(left)
	if slices.ContainsFunc(e.Rows, func(row chat.Row) bool { return row.System != nil && !membershipEvent(row.System.Event) }) {
		r.head() // another name or role: the event that says so may be lost as well
	}
}

// deliver tells one operation. A membership row ends a frame: up to and
// including it goes to the old members, the rest to the new.
func (r *room) deliver(e *bus.Rows) {
	rest := *e
	var left []chat.AccountID
	for i := range e.Rows {
		row := &e.Rows[i]
		if row.System == nil || !membershipEvent(row.System.Event) {
			continue
		}
		piece := rest
		n := len(e.Rows) - i - 1 // rows behind this one
		piece.Rows, rest.Rows = rest.Rows[:len(rest.Rows)-n], rest.Rows[len(rest.Rows)-n:]
		piece.Upto, rest.From = row.Rev, row.Rev
		r.emit(&piece)
		if row.System.Event != chat.EventJoined && r.dismiss(row.System.Account, row.Rev) {
			left = append(left, row.System.Account)
		}
	}
	if rest.From < rest.Upto {
		r.emit(&rest)
	}
	r.lookAgain(left)
}

// lookAgain looks at the membership of those who were dismissed by a row: they
// may be back by now, and the event that says so may have come before the row,
// from another node.
func (r *room) lookAgain(left []chat.AccountID) {
	for _, account := range left {
		r.refresh(account, r.hub.sessions(account))
	}
}

func membershipEvent(event string) bool {
	return event == chat.EventJoined || event == chat.EventLeft || event == chat.EventRemoved
}

// dismissRemoved tells those whom a catch-up removes what they may still see:
// all up to their removal. It returns who that was.
func (r *room) dismissRemoved(e *bus.Rows) (left []chat.AccountID) {
	for i := range e.Rows {
		row := &e.Rows[i]
		if row.System == nil || !membershipEvent(row.System.Event) || row.System.Event == chat.EventJoined {
			continue
		}
		leavers := r.of(row.System.Account, row.Rev)
		if len(leavers) == 0 {
			continue
		}
		piece := *e
		piece.Rows, piece.Upto = e.Rows[:i+1], row.Rev
		r.flush()
		data := joined([]*wire.Rows{rowsFrame(r.id, &piece)})
		for _, s := range leavers {
			s.push(ws.Item{Message: data, Room: r.id})
		}
		r.dismiss(row.System.Account, row.Rev)
		left = append(left, row.System.Account)
	}
	return left
}

// view reads the store for the pump.
func (r *room) view(fn func(store.Reader) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), readTime) // a pump has no caller
	defer cancel()
	return r.hub.server.view(ctx, fn)
}
