package fts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
)

const (
	// glance is how many rows with the words are looked at for each room that is
	// asked for, of whatever room they are, before the index is asked for the
	// rooms too: by then that costs no more. To begin with a room's list takes
	// as long as to look at some 500 rows.
	glance = 500

	// manyRooms is how many rooms an index is asked for. Who is in more has
	// rows of other rooms skipped. At most far of them are, in one search.
	manyRooms = 100
	far       = 50_000

	// cache is what a connection may keep of the file in memory, in KiB.
	cache = 8000
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
	pragma := fmt.Sprint("PRAGMA cache_size = -", cache)
	if err := sqlitex.ExecuteTransient(v.conn, pragma, nil); err != nil {
		return fmt.Errorf("search: %w", errors.Join(wrap(err), v.close()))
	}
	return nil
}

func (v *view) close() error {
	err := v.conn.Close()
	v.conn = nil
	return err
}

// scan is a search in one snapshot of the index.
type scan struct {
	conn    *sqlite.Conn
	ask     search.Ask
	rooms   map[chat.RoomID]bool
	buckets [1 << bucketBits]bool // of the rooms
	hits    []search.Hit
	next    int64
}

func newScan(conn *sqlite.Conn, ask search.Ask) *scan {
	s := &scan{conn: conn, ask: ask, rooms: make(map[chat.RoomID]bool, len(ask.Rooms)), next: ask.After}
	for _, room := range ask.Rooms {
		s.rooms[room] = true
		s.buckets[bucketOf(room)] = true
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
		if err := s.step(words, n*glance); err != nil || s.next == 0 || len(s.hits) >= s.ask.Limit {
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
	// SQLite would plan anew for each number that is bound, but not for one that
	// a query gives.
	stmt, err := s.conn.Prepare(`SELECT rowid FROM words WHERE words MATCH ? AND rowid < (SELECT ?) ORDER BY rowid DESC`)
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
		if !s.buckets[bucketIn(s.next)] {
			continue
		}
		if err := s.look(s.next); err != nil || len(s.hits) == s.ask.Limit {
			return err
		}
	}
	return nil
}

// look notes the row of a number, if it is of one of the rooms.
func (s *scan) look(id int64) error {
	stmt, err := s.conn.Prepare(`SELECT room, seq FROM docs WHERE id = ?`)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Reset() }()
	stmt.BindInt64(1, id)
	row, err := stmt.Step()
	if err != nil || !row {
		return err
	}
	if room := chat.RoomID(stmt.ColumnInt64(0)); s.rooms[room] {
		s.hits = append(s.hits, search.Hit{Room: room, Seq: chat.Seq(stmt.ColumnInt64(1)), Place: id})
	}
	return nil
}
