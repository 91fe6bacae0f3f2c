package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	retryDefault = 5_000  // ms, where a refusal for now names no time
	reactWait    = 10_000 // ms until a reaction without an answer is sent again
	maxTries     = 3      // refusals without a key until the entry is given up
)

// driveOutbox sends what is next in a room: queued posts together, everything
// else alone. Nothing passes an entry that is still being stored, or that waits
// for its files.
func (r *Replica) driveOutbox(rm *room) {
	if !r.live || r.mute || len(rm.flight) > 0 || !rm.hold.due(r.now) {
		return
	}
	rm.flight = rm.nextFlight()
	if len(rm.flight) == 0 {
		return
	}
	var posts []chat.Post
	for _, it := range rm.flight {
		it.sent = r.now
		r.become(rm, it, Sending)
		posts = append(posts, it.e.post())
	}
	switch e := rm.flight[0].e; e.Op {
	case OpPost:
		r.transmit(&wire.Send{Room: rm.id, Posts: posts})
	case OpEdit:
		r.transmit(&wire.Edit{Room: rm.id, Seq: e.Seq, Key: e.Key, Text: e.Text})
	case OpRecall:
		r.transmit(&wire.Recall{Room: rm.id, Seq: e.Seq, Key: e.Key})
	case OpReact:
		r.transmit(&wire.React{Room: rm.id, Seq: e.Seq, Emoji: e.Emoji, On: e.On})
	}
}

// nextFlight is what may go next, in order.
func (rm *room) nextFlight() []*item {
	var flight []*item
	bytes := envelope
	for _, it := range rm.entries {
		if !it.e.waiting() {
			continue
		}
		bytes += it.size
		fits := it.e.Op == OpPost && len(flight) < chat.MaxPosts && bytes <= chat.BatchAim
		if it.e.State != Queued || !it.e.complete() || len(flight) > 0 && !fits {
			break
		}
		flight = append(flight, it)
		if it.e.Op != OpPost {
			break
		}
	}
	return flight
}

// settle ends the entries that a rows frame shows to be in the log: by key
// under one's own account, or by a row of one's own with the key. Reactions
// have no key: they end when the row shows them as wished.
func (r *Replica) settle(f *wire.Rows) {
	rm := r.rooms[f.Room]
	if rm == nil || len(rm.entries) == 0 {
		return
	}
	for _, key := range f.Keys[r.me.ID] {
		if it := rm.item(key); it != nil {
			reach := f.Upto
			if reach == 0 {
				reach = shownAt(it.e, f.Rows)
			}
			r.settled(rm, it, reach)
		}
	}
	r.settleRows(rm, f.Rows)
	r.prune(rm)
}

// settleRows ends the entries that rows show.
func (r *Replica) settleRows(rm *room, rows []chat.Row) {
	if len(rm.entries) == 0 {
		return
	}
	for i := range rows {
		r.settleRow(rm, &rows[i])
	}
}

func (r *Replica) settleRow(rm *room, row *chat.Row) {
	if row.By == r.me.ID {
		if it := rm.item(row.Key); it != nil && it.e.Op == OpPost {
			r.settled(rm, it, row.Rev)
		}
	}
	if len(rm.flight) == 0 || rm.flight[0].e.Op != OpReact {
		return
	}
	it := rm.flight[0]
	if it.e.Seq == row.Seq && slices.Contains(row.Reactions[it.e.Emoji], r.me.ID) == it.e.On {
		r.settled(rm, it, row.Rev)
	}
}

// shownAt is the revision of the row that an entry is about, 0 if it is not
// among rows: then there is no row to wait for.
func shownAt(e *Entry, rows []chat.Row) chat.Rev {
	for i := range rows {
		if e.Op == OpPost && rows[i].Key == e.Key || e.Op != OpPost && rows[i].Seq == e.Seq {
			return rows[i].Rev
		}
	}
	return 0
}

// settled marks an entry as stored by the server. Of several revisions that
// show it the earliest counts: a row that was edited since may come into the
// window as it was before.
func (r *Replica) settled(rm *room, it *item, reach chat.Rev) {
	if it.e.State == Settled {
		it.reach = min(it.reach, reach)
		return
	}
	it.reach = reach
	rm.flight = slices.DeleteFunc(rm.flight, func(x *item) bool { return x == it })
	r.become(rm, it, Settled)
}

// prune removes settled entries whose row is shown, or will not be.
func (r *Replica) prune(rm *room) {
	for _, it := range slices.Clone(rm.entries) {
		if it.e.State != Settled {
			continue
		}
		coming := rm.known && !rm.gone && rm.opened
		if rm.win != nil {
			coming = rm.win.cursor < it.reach
		}
		if it.reach == 0 || !coming {
			r.remove(rm, it)
		}
	}
}

// rejectFrame takes a refusal. One with a key is about that operation; one
// without may be about a reaction, a pull, or a page of its room, or about
// anything if it names no room either.
func (r *Replica) rejectFrame(f *wire.Reject) {
	if !f.Key.IsZero() {
		if rm := r.keys[f.Key]; rm != nil {
			r.rejectKey(rm, f)
		}
		return
	}
	if f.Room != 0 {
		if rm := r.rooms[f.Room]; rm != nil {
			r.rejectRoom(rm, f)
		}
		return
	}
	for _, rm := range r.all {
		r.rejectRoom(rm, f)
	}
}

// rejectKey fails the entry that caused the refusal and sends the others
// again; what is refused only for now is kept, all of it.
func (r *Replica) rejectKey(rm *room, f *wire.Reject) {
	it := rm.item(f.Key)
	if !slices.Contains(rm.flight, it) {
		return
	}
	r.putBack(rm)
	if forNow(f) {
		rm.hold = retryAfter(r.now, f)
		return
	}
	r.fail(rm, it, f.Code, f.Message)
}

// rejectRoom handles a refusal without a key. Whatever may have been meant is
// safe to be asked again: reactions, marks and pulls are idempotent, and keys
// protect the rest.
func (r *Replica) rejectRoom(rm *room, f *wire.Reject) {
	again, passes := retryAfter(r.now, f), forNow(f)
	if passes {
		rm.sentRead, rm.sentGot, rm.opening.sent, rm.marked = 0, 0, false, again
	}
	reacting := len(rm.flight) > 0 && rm.flight[0].e.Op == OpReact
	r.rejectPulls(rm, again, !passes && !reacting && f.Room != 0)
	r.stir(rm)
	// A refused operation would have named its key, if it could be read.
	keyed := !reacting && f.Room != 0 && !passes && f.Code != chat.BadRequest
	if len(rm.flight) == 0 || keyed {
		return
	}
	it := rm.flight[0]
	r.putBack(rm)
	rm.hold = again
	if passes {
		return
	}
	it.tries++
	if reacting && f.Room != 0 || it.tries >= maxTries {
		rm.hold = wait{}
		r.fail(rm, it, f.Code, f.Message)
	}
}

// rejectPulls has a room's pull and page asked again later; if they were denied,
// the pull much later, since the refusal may be of an earlier pull, and the page
// when the user wants it.
func (r *Replica) rejectPulls(rm *room, again wait, denied bool) {
	if p := rm.page; p != nil && p.sent && p.whole == nil {
		rm.page = p.anew(again)
		if denied {
			rm.page = nil
			if a := rm.away; a != nil && a.goal != 0 {
				rm.away = nil
			}
		}
		r.show(rm)
	}
	if p := rm.pull; p != nil && p.sent {
		if p.sent, p.again, p.denied = false, again, denied; denied {
			p.again = wait{r.now, pullDenied}
		}
		r.landed()
	}
}

// putBack makes a flight queued again.
func (r *Replica) putBack(rm *room) {
	for _, it := range rm.flight {
		r.become(rm, it, Queued)
	}
	rm.flight = nil
}

// forNow reports whether a refusal will pass.
func forNow(f *wire.Reject) bool {
	return f.Code == chat.SlowDown || f.Code == chat.Unavailable || f.Retry > 0
}

func retryAfter(now chat.Time, f *wire.Reject) wait {
	if f.Retry > 0 {
		return wait{now, chat.Time(f.Retry)}
	}
	return wait{now, retryDefault}
}

// staleReaction sends a reaction again that has no answer: a row that was
// changed back meanwhile does not show it. The second time it is let go.
func (r *Replica) staleReaction(rm *room) {
	if len(rm.flight) == 0 || rm.flight[0].e.Op != OpReact {
		return
	}
	it := rm.flight[0]
	if !(wait{it.sent, reactWait}).due(r.now) {
		return
	}
	if it.tries++; it.tries < 2 {
		r.putBack(rm)
		return
	}
	r.settled(rm, it, 0)
	r.prune(rm)
}
