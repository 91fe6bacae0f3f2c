package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/words"
	"parley/ui/api"
	"parley/ui/disk"
)

// search is what is typed into the search box, and what was found. Each change
// of what is searched for is a turn: what comes for an older one is not taken.
type search struct {
	turn     int
	text     string
	room     chat.RoomID // messages of this room only; 0: people, rooms and all messages
	people   []chat.User
	asked    string // what people were found for
	messages messages
}

// messages are those that were found, the newest first.
type messages struct {
	asked  string // what they were found for
	hits   []hit
	next   string // where the server goes on; "": nowhere
	here   bool   // only what is on this device was searched
	more   bool   // more of them were asked for
	silent bool   // they are being looked for again, as something has changed
}

// hit is a message that was found.
type hit struct {
	Room   chat.RoomID
	Row    *chat.Row
	Pieces []words.Piece
}

const (
	searchPause = 200 * time.Millisecond // of typing, before messages are searched for
	searchAgain = time.Second            // after something changed in a room with hits
	snippetSize = 90                     // characters
	mostHits    = 50                     // of one answer, and of this device
)

// find takes what is typed into the search box.
func (m *model) find(text string) {
	m.found.turn++
	m.found.text = text
	m.revs.list++
	q := strings.TrimSpace(text)
	if q == "" {
		m.found = search{turn: m.found.turn, room: m.found.room}
		return
	}
	turn := m.found.turn
	m.found.people = m.peopleCalled(q, slices.DeleteFunc(m.found.people, func(u chat.User) bool { return !holds(u.Name, q) }))
	if m.found.room == 0 {
		m.findPeople(q, func(found []chat.User) {
			if m.found.turn == turn {
				m.found.people, m.found.asked = m.peopleCalled(q, found), q
				m.revs.list++
			}
		})
	}
	m.after(searchPause, func() {
		if m.found.turn == turn {
			m.findMessages(mostHits / 2)
		}
	})
}

// searchIn makes the search box search the messages of one room.
func (m *model) searchIn(room chat.RoomID) {
	m.found = search{turn: m.found.turn + 1, room: room}
	m.revs.list++
	if media("(max-width: 719.98px)") { // there the list is a page of its own
		m.ctx.Navigate("/")
	}
	m.drawn(func() {
		box := byID("search")
		if box.Truthy() {
			box.Set("value", "")
		}
		focus(box)
	})
}

// endSearch empties the search box.
func (m *model) endSearch() {
	m.found = search{turn: m.found.turn + 1}
	m.revs.list++
	if box := byID("search"); box.Truthy() {
		box.Set("value", "")
	}
}

// peopleCalled are the known people of that name, and then others whom the
// server has found.
func (m *model) peopleCalled(q string, others []chat.User) []chat.User {
	if m.rep == nil {
		return nil
	}
	var people []chat.User
	known := map[chat.AccountID]bool{}
	for _, u := range m.rep.Users() {
		if u.Kind != chat.KindFormer && holds(u.Name, q) {
			people, known[u.ID] = append(people, u), true
		}
	}
	for _, u := range others {
		if !known[u.ID] {
			people = append(people, u)
		}
	}
	return people
}

// holds tells whether name holds q, whatever the case, the accents and the
// width.
func holds(name, q string) bool { return strings.Contains(words.Fold(name), words.Fold(q)) }

// findMessages searches for messages: through the server, or, without it, on
// this device.
func (m *model) findMessages(limit int) {
	q, turn, room := strings.TrimSpace(m.found.text), m.found.turn, m.found.room
	if m.rep == nil || q == "" {
		return
	}
	query := words.Parse(q)
	if query.Empty() {
		m.foundMessages(messages{asked: q})
		return
	}
	if !m.rep.Live() {
		m.findHere(query)
		return
	}
	ask(m, func(ctx context.Context) (api.Found, error) { return m.api.Search(ctx, q, room, "", limit) }, func(f api.Found, err error) {
		switch {
		case m.found.turn != turn || m.rep == nil:
		case err != nil:
			m.findHere(query)
		default:
			m.step(replica.People{Users: f.Users})
			m.foundMessages(messages{asked: q, hits: hitsOf(f.Items), next: f.Next})
		}
	})
}

func (m *model) foundMessages(found messages) {
	m.found.messages = found
	m.revs.list++
}

func hitsOf(items []api.FoundRow) []hit {
	hits := make([]hit, 0, len(items))
	for i := range items {
		it := &items[i]
		hits = append(hits, hit{it.Room, &it.Row, words.Snippet(it.Row.Text, it.Ranges, snippetSize)})
	}
	return hits
}

// moreMessages asks the server for the hits after those that are shown.
func (m *model) moreMessages() {
	found := &m.found.messages
	if found.more || found.next == "" {
		return
	}
	found.more = true
	turn, next := m.found.turn, found.next
	ask(m, func(ctx context.Context) (api.Found, error) {
		return m.api.Search(ctx, m.found.messages.asked, m.found.room, next, mostHits)
	}, func(f api.Found, err error) {
		found := &m.found.messages
		if m.found.turn != turn || found.next != next || m.rep == nil {
			return
		}
		found.more = false
		m.revs.list++
		if err != nil {
			m.tell(m.explain(err))
			return
		}
		m.step(replica.People{Users: f.Users})
		first := len(found.hits)
		found.hits, found.next = append(found.hits, hitsOf(f.Items)...), f.Next
		m.drawn(func() { focus(byID("list").Call("querySelectorAll", "[data-hit]").Index(first)) })
	})
}

// findHere searches what is on this device, room by room, the most recent
// first: what the replica holds, and of other rooms what is stored.
func (m *model) findHere(query words.Query) {
	var rooms []chat.RoomID
	for _, s := range m.rep.AllRooms() {
		if !s.Gone && (m.found.room == 0 || m.found.room == s.Head.ID) {
			rooms = append(rooms, s.Head.ID)
		}
	}
	m.findInRooms(query, m.found.turn, rooms, nil)
}

// findInRooms goes on with the rooms that are left. What is stored of a room
// comes later; then it goes on from there.
func (m *model) findInRooms(query words.Query, turn int, rooms []chat.RoomID, hits []hit) {
	for len(rooms) > 0 {
		room := rooms[0]
		rooms = rooms[1:]
		if t := m.rep.Timeline(room); t.Ready {
			hits = append(hits, m.findIn(query, room, t.Rows)...)
			continue
		}
		if m.disk.queue == nil {
			continue
		}
		read(m, func(ctx context.Context, s *disk.Store) ([]*chat.Row, error) {
			stored, _, err := s.Room(ctx, room)
			rows := make([]*chat.Row, 0, len(stored.Rows))
			for i := range stored.Rows {
				rows = append(rows, &stored.Rows[i])
			}
			return rows, err
		}, func(rows []*chat.Row, _ bool) {
			if m.found.turn == turn && m.rep != nil {
				m.findInRooms(query, turn, rooms, append(hits, m.findIn(query, room, rows)...))
			}
		})
		return
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.Row.At, a.Row.At) })
	m.foundMessages(messages{asked: strings.TrimSpace(m.found.text), hits: hits[:min(len(hits), mostHits)], here: true})
}

// findIn finds rows, the newest first.
func (m *model) findIn(query words.Query, room chat.RoomID, rows []*chat.Row) []hit {
	var hits []hit
	for i := len(rows) - 1; i >= 0 && len(hits) < mostHits; i-- {
		row, _ := m.rep.Shown(room, rows[i])
		if row.Recalled != 0 || row.Kind == chat.KindSystem {
			continue
		}
		if ranges := query.Find(row.Text); ranges != nil {
			hits = append(hits, hit{room, row, words.Snippet(row.Text, ranges, snippetSize)})
		}
	}
	return hits
}

// shownHits are the hits that are still what they were, as far as this device
// knows: one that was recalled is gone at once.
func (m *model) shownHits() []hit {
	return slices.DeleteFunc(slices.Clone(m.found.messages.hits), func(h hit) bool {
		row := m.rep.Row(h.Room, h.Row.Seq)
		return row != nil && row.Rev > h.Row.Rev && row.Text != h.Row.Text
	})
}

// hitsChanged searches again, for as many, when something has changed in a room
// in which something was found.
func (m *model) hitsChanged(rooms []chat.RoomID) {
	found := &m.found.messages
	if found.silent || !slices.ContainsFunc(found.hits, func(h hit) bool { return slices.Contains(rooms, h.Room) }) {
		return
	}
	found.silent = true
	turn := m.found.turn
	m.after(searchAgain, func() {
		if m.found.turn == turn {
			m.findMessages(min(max(len(m.found.messages.hits), mostHits/2), mostHits))
		}
	})
}
