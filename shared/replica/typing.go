package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	typingShown = 6_000 // ms that somebody is shown as writing
	typingEvery = 3_000 // ms between one's own notices
)

// wait is a short time from a moment on.
type wait struct{ since, long chat.Time }

// due reports whether it is over. It is too when the clock has jumped back.
func (w wait) due(now chat.Time) bool {
	return w.long == 0 || now >= w.since+w.long || now < w.since
}

// typist is somebody who is writing.
type typist struct {
	user chat.AccountID
	wait wait
}

// typing tells that one is writing.
func (r *Replica) typing(in Typing) {
	rm := r.rooms[in.Room]
	if !r.live || rm == nil || !rm.known || rm.gone || !rm.typed.due(r.now) {
		return
	}
	rm.typed = wait{r.now, typingEvery}
	r.transmit(&wire.Typing{Room: rm.id})
}

// typedFrame shows that somebody is writing.
func (r *Replica) typedFrame(f *wire.Typed) {
	rm := r.rooms[f.Room]
	if rm == nil || !rm.known || rm.gone || f.User == r.me.ID {
		return
	}
	t := typist{f.User, wait{r.now, typingShown}}
	for i := range rm.typists {
		if rm.typists[i].user == f.User {
			rm.typists[i] = t
			return
		}
	}
	rm.typists = append(rm.typists, t)
	r.show(rm)
}

// writing are those who write, in the order they began.
func (rm *room) writing() []chat.AccountID {
	var ids []chat.AccountID
	for _, t := range rm.typists {
		ids = append(ids, t.user)
	}
	return ids
}

// presenceFrame takes who came or went.
func (r *Replica) presenceFrame(f *wire.Presence) {
	p := r.presence[f.User]
	p.Online, p.Seen = f.Online, max(p.Seen, f.Seen)
	r.presence[f.User] = p
	r.step.people = true
	for _, rm := range r.all {
		if rm.head.Peer == f.User {
			r.show(rm)
		}
	}
}

// tick ends what is due.
func (r *Replica) tick() {
	for _, rm := range r.all {
		n := len(rm.typists)
		rm.typists = slices.DeleteFunc(rm.typists, func(t typist) bool { return t.wait.due(r.now) })
		if len(rm.typists) != n {
			r.show(rm)
		}
		r.staleReaction(rm)
		for _, w := range rm.waits() {
			if w.due(r.now) {
				*w = wait{}
			}
		}
	}
	r.stirAll()
}

// waits are what a room waits for, apart from its typists. A wait stays until a
// Tick has found it over: what was stirred before its end looks at it then.
func (rm *room) waits() []*wait {
	waits := []*wait{&rm.marked}
	if len(rm.entries) > 0 {
		waits = append(waits, &rm.hold)
	}
	for _, it := range rm.entries {
		if it.e.Uploads() {
			waits = append(waits, &it.again)
		}
	}
	if p := rm.pull; p != nil && !p.sent {
		waits = append(waits, &p.again)
	}
	if rm.page != nil && !rm.page.sent {
		waits = append(waits, &rm.page.again)
	}
	return waits
}

// Wake is when the next Tick is due, 0 if nothing waits. It may have passed: a
// Tick that is late is still wanted.
func (r *Replica) Wake() chat.Time {
	var at chat.Time
	sooner := func(w wait) {
		if w.long == 0 {
			return
		}
		end := w.since + w.long
		if w.due(r.now) {
			end = min(end, r.now) // also when the clock has jumped back
		}
		if at == 0 || end < at {
			at = end
		}
	}
	for _, rm := range r.all {
		for _, t := range rm.typists {
			sooner(t.wait)
		}
		if !r.live {
			continue
		}
		for _, w := range rm.waits() {
			sooner(*w)
		}
		if len(rm.flight) > 0 && rm.flight[0].e.Op == OpReact {
			sooner(wait{rm.flight[0].sent, reactWait})
		}
	}
	return at
}
