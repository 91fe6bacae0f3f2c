package server

import (
	"maps"
	"slices"
	"sync"
	"time"

	"parley/server/bus"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// This file is who is online on any node. A person is as long as some node has
// them: this one by hub.people, others by what they tell.
//
// Every node tells the others who comes to it and who goes, in numbered
// versions, and at each beat its version. Who finds that it has another one
// asks, and is told the whole. What is lost is so mended at the next beat. A
// node that is silent for silentBeats is gone, and everybody on it: a crash
// looks like all of them closing their connections, and who comes back on
// another node in time was never away. It needs no clock, only that beats come.

const (
	beatEvery   = 3 * time.Second
	silentBeats = int(awayAfter / beatEvery)
	rosterPart  = 2000 // people in a part of a whole
)

// presence is what the hub knows of who is online.
type presence struct {
	// telling is held while who is online changes and that is told, so that it is
	// told in the order in which it happened. It comes before hub.mu.
	telling sync.Mutex

	// ── guarded by hub.mu ──
	fans    map[chat.AccountID]map[chat.AccountID]struct{} // who of hub.people is told of somebody
	others  map[int64]*otherNode
	self    int64  // this node's name among the others; 0: there are none
	version uint64 // of who is here
	whole   bool   // told since the last beat
}

// otherNode is who another node has, as it told.
type otherNode struct {
	version uint64
	people  map[chat.AccountID]struct{}
	silent  int // own beats since it was heard

	coming map[chat.AccountID]struct{} // the parts of a whole so far
	parts  int
	of     uint64 // its version
}

func newPresence() presence {
	return presence{fans: make(map[chat.AccountID]map[chat.AccountID]struct{}), others: make(map[int64]*otherNode)}
}

// online reports whether somebody is. h.mu is held.
func (h *hub) online(id chat.AccountID) bool {
	if p := h.people[id]; p != nil && p.here {
		return true
	}
	for _, n := range h.others {
		if _, on := n.people[id]; on {
			return true
		}
	}
	return false
}

// shift runs what changes who is online, among ids, with h.mu held, and tells
// those here who are to know. What do returns is who came to this node or left
// it, for the other nodes.
func (h *hub) shift(ids []chat.AccountID, do func() *bus.Roster) {
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	was := make([]bool, len(ids))
	for i, id := range ids {
		was[i] = h.online(id)
	}
	change := do()
	var news []chat.AccountID
	told := make(map[chat.AccountID][]*session)
	for i, id := range ids {
		if h.online(id) == was[i] || len(h.fans[id]) == 0 {
			continue
		}
		news = append(news, id)
		for fan := range h.fans[id] {
			told[id] = slices.AppendSeq(told[id], maps.Keys(h.people[fan].sessions))
		}
	}
	on := make([]bool, len(news))
	for i, id := range news {
		on[i] = h.online(id)
	}
	if change != nil {
		h.version++
		change.Node, change.Version = h.self, h.version
	}
	h.mu.Unlock()
	if change != nil && change.Node != 0 {
		h.server.bus.Publish(bus.Event{Roster: change})
	}
	for i, id := range news {
		h.tellPresence(told[id], id, on[i])
	}
}

func (h *hub) tellPresence(to []*session, about chat.AccountID, online bool) {
	if len(to) == 0 {
		return
	}
	item := ws.Item{Message: messageOf(&wire.Presence{User: about, Online: online, Seen: h.server.now()})}
	for _, s := range to {
		s.tell(item)
	}
}

// beginBeating makes this node one among others, if the bus has any.
func (h *hub) beginBeating() {
	if !h.server.bus.Lossy() {
		return
	}
	h.mu.Lock()
	h.self = h.server.newID(func(int64) bool { return false })
	h.mu.Unlock()
	h.server.bus.Listen(bus.Topic{})
	h.beat()
}

// beat tells that this node lives, and forgets those that have not for long.
func (h *hub) beat() {
	h.mu.Lock()
	h.whole = false
	beat := &bus.Roster{Node: h.self, Version: h.version}
	var gone []int64
	for id, n := range h.others {
		if n.silent++; n.silent > silentBeats {
			gone = append(gone, id)
		}
	}
	h.mu.Unlock()
	h.server.bus.Publish(bus.Event{Roster: beat})
	for _, id := range gone {
		h.replace(id, nil, 0)
	}
	h.compareAfter(beatEvery, h.beat)
}

// replace takes that another node has these people, and no others; nil: that
// it is gone, if it is still silent.
func (h *hub) replace(id int64, people map[chat.AccountID]struct{}, version uint64) {
	h.mu.Lock()
	n := h.others[id]
	if n == nil {
		h.mu.Unlock()
		return
	}
	ids := slices.Collect(maps.Keys(n.people))
	for account := range people {
		if _, had := n.people[account]; !had {
			ids = append(ids, account)
		}
	}
	h.mu.Unlock()
	slices.Sort(ids)
	h.shift(ids, func() *bus.Roster {
		switch {
		case h.others[id] != n:
		case people != nil:
			n.people, n.version = people, version
		case n.silent > silentBeats:
			delete(h.others, id)
		}
		return nil
	})
}

// roster takes what another node tells.
func (h *hub) roster(r *bus.Roster) {
	h.mu.Lock()
	self := h.self
	h.mu.Unlock()
	switch {
	case self == 0 || r.Node == self:
	case r.Ask != 0:
		if r.Ask == self {
			h.tellWhole()
		}
	case r.Parts > 0:
		h.takePart(r)
	case len(r.On)+len(r.Off) > 0:
		h.shift(slices.Concat(r.On, r.Off), func() *bus.Roster {
			h.other(r.Node).change(r)
			return nil
		})
	default:
		h.hear(r)
	}
}

// other returns what is known of another node. h.mu is held.
func (h *hub) other(id int64) *otherNode {
	n := h.others[id]
	if n == nil {
		n = &otherNode{people: make(map[chat.AccountID]struct{})}
		h.others[id] = n
	}
	return n
}

// change takes who came and went, if nothing was missed before.
func (n *otherNode) change(r *bus.Roster) {
	if r.Version != n.version+1 {
		return // the next beat tells
	}
	n.version = r.Version
	for _, id := range r.On {
		n.people[id] = struct{}{}
	}
	for _, id := range r.Off {
		delete(n.people, id)
	}
}

// hear takes a beat, and asks for what was missed.
func (h *hub) hear(r *bus.Roster) {
	h.mu.Lock()
	n := h.other(r.Node)
	n.silent = 0
	missed := n.version != r.Version
	ask := &bus.Roster{Node: h.self, Ask: r.Node}
	h.mu.Unlock()
	if missed {
		h.server.bus.Publish(bus.Event{Roster: ask})
	}
}

// tellWhole tells everybody who is here, at most once in a beat.
func (h *hub) tellWhole() {
	h.telling.Lock() // no change comes between the parts
	defer h.telling.Unlock()
	h.mu.Lock()
	told := h.whole
	h.whole = true
	version, self := h.version, h.self
	var here []chat.AccountID
	for id, p := range h.people {
		if p.here {
			here = append(here, id)
		}
	}
	h.mu.Unlock()
	if told {
		return
	}
	slices.Sort(here)
	parts := slices.Collect(slices.Chunk(here, rosterPart))
	if len(parts) == 0 {
		parts = append(parts, nil)
	}
	for i, part := range parts {
		h.server.bus.Publish(bus.Event{Roster: &bus.Roster{Node: self, Version: version, On: part, Part: i, Parts: len(parts)}})
	}
}

// takePart takes a part of a whole. Only all of them, one after the other, are
// of use.
func (h *hub) takePart(r *bus.Roster) {
	h.mu.Lock()
	n := h.other(r.Node)
	if r.Part == 0 {
		n.coming, n.parts, n.of = make(map[chat.AccountID]struct{}, len(r.On)), 0, r.Version
	}
	if n.coming == nil || n.parts != r.Part || n.of != r.Version {
		n.coming = nil
		h.mu.Unlock()
		return
	}
	for _, id := range r.On {
		n.coming[id] = struct{}{}
	}
	var people map[chat.AccountID]struct{}
	if n.parts++; n.parts == r.Parts {
		people, n.coming = n.coming, nil
	}
	newer := r.Version > n.version
	h.mu.Unlock()
	if people != nil && newer {
		h.replace(r.Node, people, r.Version)
	}
}

// nodes is how many there are.
func (h *hub) nodes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return 1 + len(h.others)
}
