package server

import (
	"parley/shared/chat"
)

// audience is who listens to a room. It is walked for every delivery, so what a
// delivery needs lies in one piece.
type audience struct {
	list  []listener
	where map[*session]int // in list; nil while that is short
}

// listener is a session that listens.
type listener struct {
	*session
	conn    conn
	account chat.AccountID
	at      chat.Rev // how far it was told when it came
	bare    bool
}

// searched is how many listeners are found without an index.
const searched = 8

// find returns where a session is in the list, -1 if it is not.
func (a *audience) find(s *session) int {
	if a.where != nil {
		if i, listens := a.where[s]; listens {
			return i
		}
		return -1
	}
	for i := range a.list {
		if a.list[i].session == s {
			return i
		}
	}
	return -1
}

func (a *audience) has(s *session) bool { return a.find(s) >= 0 }

// put adds a session, or changes how far it was told.
func (a *audience) put(s *session, at chat.Rev) {
	if i := a.find(s); i >= 0 {
		a.list[i].at = at
		return
	}
	a.list = append(a.list, listener{session: s, conn: s.conn, account: s.who.Account, at: at, bare: s.bare})
	switch {
	case a.where != nil:
		a.where[s] = len(a.list) - 1
	case len(a.list) > searched:
		a.where = make(map[*session]int, len(a.list))
		for i := range a.list {
			a.where[a.list[i].session] = i
		}
	}
}

// remove removes a session. The last in the list takes its place, so that a walk
// from the end meets all others.
func (a *audience) remove(s *session) {
	i := a.find(s)
	if i < 0 {
		return
	}
	last := len(a.list) - 1
	if a.where != nil {
		a.where[a.list[last].session] = i
		delete(a.where, s)
	}
	a.list[i] = a.list[last]
	a.list[last] = listener{}
	if a.list = a.list[:last]; last == 0 {
		*a = audience{}
	}
}
