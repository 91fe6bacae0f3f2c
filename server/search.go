package server

import (
	"context"
	"errors"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

const (
	searchBatch  = 100 // how many hits of the index are looked at in one view, but the first
	searchRounds = 10  // and how many such views a request makes
)

// foundRow is a row that holds what was searched for.
type foundRow struct {
	Room   chat.RoomID   `json:"room"`
	Row    chat.Row      `json:"row"`
	Ranges []words.Range `json:"ranges" doc:"Where in the row's text it is: from, to in UTF-16 code units"`
}

// found is an answer to a search.
type found struct {
	items []foundRow
	users []chat.User
	next  int64 // where to go on; 0: nowhere
}

// searching is a search for messages.
type searching struct {
	server *Server
	me     chat.AccountID
	query  words.Query
	limit  int
	found
	who people
}

// searchRows finds rows of somebody's rooms (of one of them, if room is not 0),
// the newest first. What a request does is bounded: an answer may have fewer
// rows than the limit, and yet a next.
func (s *Server) searchRows(ctx context.Context, me chat.AccountID, query words.Query, room chat.RoomID, after int64, limit int) (*found, error) {
	ask := search.Ask{Tokens: query.Tokens(), After: after, Limit: limit} // mostly all hold it
	err := s.view(ctx, func(r store.Reader) (err error) {
		if room != 0 {
			ask.Rooms = []chat.RoomID{room}
			_, err = membership(r, room, me)
			return err
		}
		ask.Rooms, err = r.Rooms(me)
		return err
	})
	if err != nil {
		return nil, err
	}
	it := &searching{server: s, me: me, query: query, limit: limit}
	for range searchRounds {
		hits, next, err := s.search.Find(ctx, ask)
		if err != nil {
			return nil, s.fail(err)
		}
		it.next = next
		err = s.view(ctx, func(r store.Reader) error { return it.look(r, hits) })
		if err != nil {
			return nil, err
		}
		if it.next == 0 || len(it.items) == limit {
			break
		}
		ask.After, ask.Limit = it.next, searchBatch
	}
	return &it.found, nil
}

// look reads the rows that an index named, and keeps those that hold what is
// searched for and may be seen at that instant (Promises 8 and 9).
func (it *searching) look(r store.Reader, hits []search.Hit) error {
	mine := make(map[chat.RoomID]bool)
	known := len(it.who.ids)
	for i, hit := range hits {
		if len(it.items) == it.limit {
			it.next = hits[i-1].Place
			break
		}
		if err := it.mine(r, mine, hit.Room); err != nil {
			return err
		}
		if !mine[hit.Room] {
			continue
		}
		row, err := r.Row(hit.Room, hit.Seq)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return err
		case row.Recalled != 0 || row.Kind == chat.KindSystem:
			continue
		}
		if ranges := it.query.Find(row.Text); ranges != nil {
			it.items = append(it.items, foundRow{hit.Room, row, ranges})
			it.who.row(&row)
		}
	}
	users, err := r.Users(it.who.ids[known:])
	it.users = append(it.users, users...)
	return err
}

// mine notes whether one is a member of a room.
func (it *searching) mine(r store.Reader, mine map[chat.RoomID]bool, room chat.RoomID) error {
	if _, known := mine[room]; known {
		return nil
	}
	_, err := membership(r, room, it.me)
	if mine[room] = err == nil; errors.Is(err, chat.ErrNotFound) {
		return nil
	}
	return err
}
