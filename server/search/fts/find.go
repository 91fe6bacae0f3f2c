package fts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"zombiezen.com/go/sqlite"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
)

const (
	// glance is how many rows with the words are looked at, of whatever room,
	// before the index is asked for the rooms too: mostly that is enough, and
	// faster than to follow the lists of all rooms.
	glance = 2000

	// manyRooms is how many rooms an index is asked for. Who is in more has
	// rows of other rooms skipped, at most far of them in one search.
	manyRooms = 100
	far       = 50_000
)

// Find implements search.Index.
func (i *Index) Find(ctx context.Context, ask search.Ask) ([]search.Hit, int64, error) {
	var v *view
	select {
	case v = <-i.views:
	case <-i.over:
		return nil, 0, store.ErrUnavailable
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	defer func() { i.views <- v }()
	if err := i.refresh(v); err != nil {
		return nil, 0, err
	}
	v.conn.SetInterrupt(ctx.Done())
	defer v.conn.SetInterrupt(nil)
	s := newScan(v.conn, ask)
	err := s.run()
	switch {
	case err == nil:
		return s.hits, s.next, nil
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	}
	if err = wrap(err); errors.Is(err, errUseless) {
		i.damaged.Store(true)
		i.rouse()
	}
	return nil, 0, fmt.Errorf("search: %w", err)
}

// refresh opens a view's connection, again if the file was made anew.
func (i *Index) refresh(v *view) error {
	select {
	case <-i.over: // before any connection that may be open still
		return store.ErrUnavailable
	default:
	}
	made := i.made.Load()
	if v.conn != nil && v.made == made {
		return nil
	}
	if v.conn != nil {
		_ = v.conn.Close() // of a file that is gone
	}
	var err error
	v.made = made
	if v.conn, err = sqlite.OpenConn(i.path, sqlite.OpenReadOnly); err != nil {
		v.conn = nil
		return fmt.Errorf("search: %w", wrap(err))
	}
	v.conn.SetBusyTimeout(busy)
	return nil
}

// scan is a search in one snapshot of the index.
type scan struct {
	conn  *sqlite.Conn
	ask   search.Ask
	rooms map[chat.RoomID]bool
	hits  []search.Hit
	next  int64
}

func newScan(conn *sqlite.Conn, ask search.Ask) *scan {
	s := &scan{conn: conn, ask: ask, rooms: make(map[chat.RoomID]bool, len(ask.Rooms)), next: ask.After}
	for _, room := range ask.Rooms {
		s.rooms[room] = true
	}
	if s.next == 0 {
		s.next = math.MaxInt64
	}
	return s
}

func (s *scan) run() error {
	words := make([]string, 0, len(s.ask.Tokens)+1)
	for _, token := range s.ask.Tokens {
		word := quote(token.Text)
		if token.Prefix {
			word += "*"
		}
		words = append(words, word)
	}
	switch n := len(s.ask.Rooms); {
	case n == 0 || len(words) == 0:
		s.next = 0
		return nil
	case n > manyRooms:
		return s.step(words, far)
	case n > 1:
		if err := s.step(words, glance); err != nil || s.next == 0 || len(s.hits) >= s.ask.Limit {
			return err
		}
	}
	var rooms []string
	for _, room := range s.ask.Rooms {
		rooms = append(rooms, quote(roomToken(room)))
	}
	return s.step(append(words, "("+strings.Join(rooms, " OR ")+")"), far)
}

// quote makes a string of FTS5 of a token, so that it has no other meaning.
func quote(token string) string { return `"` + strings.ReplaceAll(token, `"`, `""`) + `"` }

// step goes on behind s.next until there are enough hits, or that many rows
// were looked at. At the end next is 0.
func (s *scan) step(match []string, many int) error {
	stmt, err := s.conn.Prepare(`SELECT d.id, d.room, d.seq FROM words CROSS JOIN docs d ON d.id = words.rowid
		WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC`)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Reset() }() // repeats the error of the last step
	stmt.BindText(1, strings.Join(match, " AND "))
	stmt.BindInt64(2, s.next)
	for range many {
		row, err := stmt.Step()
		if err != nil {
			return err
		}
		if !row {
			s.next = 0
			return nil
		}
		s.next = stmt.ColumnInt64(0)
		room := chat.RoomID(stmt.ColumnInt64(1))
		if !s.rooms[room] {
			continue
		}
		s.hits = append(s.hits, search.Hit{Room: room, Seq: chat.Seq(stmt.ColumnInt64(2)), Place: s.next})
		if len(s.hits) == s.ask.Limit {
			return nil
		}
	}
	return nil
}
