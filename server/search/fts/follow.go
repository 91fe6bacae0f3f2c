package fts

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

const (
	// batch is how many rows are indexed in one transaction. While posts come it
	// is fewer, since who posts on the same CPU waits for it (256 people on one
	// CPU: p99 30 ms, and 49 ms with 1000). But that is a third less in the same
	// time: who has not caught up in patience goes on as fast as may be.
	batch       = 1000
	batchBeside = 50
	patience    = time.Minute

	page = 1000 // how many rooms are compared at once

	// again is when the follower goes on after something failed.
	again = 10 * time.Second
)

// follower keeps the index current. Its goroutine is the only one to touch conn.
type follower struct {
	*Index
	conn    *sqlite.Conn // nil: could not be opened
	mac     hash.Hash
	newest  int64 // no row has a higher number; 0: not known yet
	purging purging
}

func newFollower(i *Index, conn *sqlite.Conn) *follower {
	return &follower{Index: i, conn: conn, mac: hmac.New(sha256.New, i.store.Meta().Secret)}
}

// run is the follower's goroutine.
func (f *follower) run(ctx context.Context) {
	defer close(f.over)
	defer func() {
		if f.conn != nil {
			f.err = f.conn.Close()
		}
	}()
	purge := time.NewTicker(f.options.Purge)
	defer purge.Stop()
	whole := true // all rooms are to be compared
	for ctx.Err() == nil {
		err := f.round(ctx, whole)
		whole = err != nil && ctx.Err() == nil
		if whole {
			f.options.Log.Warn("the search index does not follow", "err", err)
			if errors.Is(err, errUseless) {
				f.renew()
			} else {
				pause(ctx, again)
			}
			continue
		}
		pause(ctx, f.options.Pause)
		if f.purging != purgeNone {
			if err := f.purge(); err != nil {
				f.options.Log.Warn("what was erased could not be removed from the search index", "err", err)
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-f.wake:
		case <-purge.C:
			f.purging = purgeDue
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// renew makes the file anew. If that fails, the next round fails too.
func (f *follower) renew() {
	f.purging = purgeNone
	if f.conn != nil {
		_ = f.conn.Close() // its file is given up
	}
	var err error
	if f.conn, err = f.remake(); err != nil {
		f.options.Log.Error("the search index cannot be made anew", "err", err)
	}
}

// round follows what has changed, or, after a start or a failure, everything.
func (f *follower) round(ctx context.Context, whole bool) error {
	if f.conn == nil || f.damaged.Load() {
		return errUseless
	}
	if whole {
		return f.followAll(ctx)
	}
	return f.follow(ctx, f.take())
}

// followAll compares all rooms with the store.
func (f *follower) followAll(ctx context.Context) error {
	f.take() // they are among all
	places, err := f.places()
	if err != nil {
		return err
	}
	var last chat.RoomID
	for {
		var rooms []store.RoomPlace
		err := f.store.View(ctx, func(r store.Reader) (err error) {
			rooms, err = r.RoomsAfter(last, page)
			return err
		})
		if err != nil {
			return err
		}
		var behind []chat.RoomID
		for _, room := range rooms {
			last = room.Room
			if places[last] != room.Place {
				behind = append(behind, last)
			}
		}
		if err := f.follow(ctx, behind); err != nil {
			return err
		}
		if len(rooms) < page {
			return nil
		}
	}
}

// places are how far all rooms were followed.
func (f *follower) places() (map[chat.RoomID]store.Place, error) {
	places := make(map[chat.RoomID]store.Place)
	err := sqlitex.Execute(f.conn, "SELECT id, seq, rev FROM rooms", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			places[chat.RoomID(stmt.ColumnInt64(0))] = placeAt(stmt, 1)
			return nil
		},
	})
	return places, wrap(err)
}

func placeAt(stmt *sqlite.Stmt, at int) store.Place {
	return store.Place{Seq: chat.Seq(stmt.ColumnInt64(at)), Rev: chat.Rev(stmt.ColumnInt64(at + 1))}
}

// piece is what of a room is to be indexed next: what leads from one place of
// it to another.
type piece struct {
	room     chat.RoomID
	from, to store.Place
	rows     []chat.Row
}

// follow indexes what rooms have changed, each to its end. A transaction takes
// as many as make up a batch: it costs more than a few rows.
func (f *follower) follow(ctx context.Context, rooms []chat.RoomID) error {
	start := time.Now()
	for began := start; len(rooms) > 0; began = time.Now() {
		pieces, ended, err := f.read(ctx, rooms, f.most(began.Sub(start)))
		if err != nil {
			return err
		}
		if err := f.together(func() error { return wrap(f.write(pieces)) }); err != nil {
			return err
		}
		rooms = rooms[ended:]
		f.pace.Rest(ctx, time.Since(began))
	}
	return nil
}

// most is how many rows a batch has of what was to be indexed that long ago.
func (f *follower) most(behind time.Duration) int {
	if f.pace.Posting() && behind < patience {
		return batchBeside
	}
	return batch
}

// read reads what of some rooms makes up a batch of at most so many rows, and
// tells how many of the rooms it has read to their end.
func (f *follower) read(ctx context.Context, rooms []chat.RoomID, most int) (pieces []piece, ended int, err error) {
	err = f.store.View(ctx, func(r store.Reader) error {
		pieces, ended = nil, 0
		for n := 0; n < most && ended < len(rooms); {
			p := piece{room: rooms[ended]}
			if p.from, err = f.place(p.room); err != nil {
				return err
			}
			limit := most - n
			if p.rows, p.to, err = r.Follow(p.room, p.from, limit); err != nil {
				return err
			}
			if p.to.Rev < p.from.Rev {
				return errUseless // it knows what the store does not
			}
			if p.to != p.from {
				pieces = append(pieces, p)
			}
			if n += len(p.rows); len(p.rows) < limit {
				ended++
			}
		}
		return nil
	})
	return pieces, ended, err
}

// together runs fn in a transaction.
func (f *follower) together(fn func() error) (err error) {
	end, err := sqlitex.ImmediateTransaction(f.conn)
	if err != nil {
		return wrap(err)
	}
	err = fn()
	failed := err != nil
	if end(&err); !failed {
		err = wrap(err)
	}
	return err
}

// place is how far a room was followed.
func (f *follower) place(room chat.RoomID) (at store.Place, err error) {
	err = sqlitex.Execute(f.conn, "SELECT seq, rev FROM rooms WHERE id = ?", &sqlitex.ExecOptions{
		Args: []any{int64(room)},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			at = placeAt(stmt, 0)
			return nil
		},
	})
	return at, wrap(err)
}

// write indexes pieces, in the transaction that runs. New rows come last and in
// the order of their numbers, whatever rooms they are of: at every number that
// is not above the last one FTS5 writes out what it has gathered, a segment for
// a few rows, which all have to be merged later.
func (f *follower) write(pieces []piece) error {
	type fresh struct {
		room chat.RoomID
		row  *chat.Row
	}
	var news []fresh
	for _, p := range pieces {
		for i := range p.rows {
			if row := &p.rows[i]; row.Seq > p.from.Seq {
				news = append(news, fresh{p.room, row})
			} else if err := f.replace(p.room, row); err != nil {
				return err
			}
		}
		err := sqlitex.Execute(f.conn, "INSERT OR REPLACE INTO rooms (id, seq, rev) VALUES (?, ?, ?)",
			&sqlitex.ExecOptions{Args: []any{int64(p.room), int64(p.to.Seq), int64(p.to.Rev)}})
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(news, func(a, b fresh) int {
		return cmp.Compare(firstNumber(a.room, timeIn(a.row)), firstNumber(b.room, timeIn(b.row)))
	})
	for _, n := range news {
		if err := f.insert(n.room, n.row, 0); err != nil {
			return err
		}
	}
	return nil
}

// textOf is what of a row can be found.
func textOf(row *chat.Row) string {
	if row.Recalled != 0 || row.Kind == chat.KindSystem {
		return ""
	}
	return row.Text
}

// sum tells the text that a row was indexed with from another one. It is keyed,
// as whatever is kept of contents.
func (f *follower) sum(text string) []byte {
	f.mac.Reset()
	_, _ = io.WriteString(f.mac, text)
	return f.mac.Sum(nil)[:8]
}

// replace indexes a row anew, unless something else of it has changed than its
// text.
func (f *follower) replace(room chat.RoomID, row *chat.Row) error {
	var id int64
	same := false
	err := sqlitex.Execute(f.conn, "SELECT id, sum = ? FROM docs WHERE room = ? AND seq = ?", &sqlitex.ExecOptions{
		Args: []any{f.sum(textOf(row)), int64(room), int64(row.Seq)},
		ResultFunc: func(stmt *sqlite.Stmt) error {
			id, same = stmt.ColumnInt64(0), stmt.ColumnBool(1)
			return nil
		},
	})
	if err != nil || same {
		return err
	}
	if id == 0 {
		return f.insert(room, row, 0)
	}
	for _, query := range []string{"DELETE FROM words WHERE rowid = ?", "DELETE FROM docs WHERE id = ?"} {
		if err := sqlitex.Execute(f.conn, query, &sqlitex.ExecOptions{Args: []any{id}}); err != nil {
			return err
		}
	}
	if err := sqlitex.Execute(f.conn, "UPDATE meta SET stale = 1", nil); err != nil {
		return err
	}
	return f.insert(room, row, id)
}

// insert indexes a row, under its former number if it has one.
func (f *follower) insert(room chat.RoomID, row *chat.Row, id int64) (err error) {
	text := textOf(row)
	tokens := words.Tokens(text)
	if len(tokens) == 0 {
		return nil
	}
	if id == 0 {
		if id, err = f.numberOf(room, timeIn(row)); err != nil {
			return err
		}
	}
	err = sqlitex.Execute(f.conn, "INSERT INTO docs (id, room, seq, sum) VALUES (?, ?, ?, ?)",
		&sqlitex.ExecOptions{Args: []any{id, int64(room), int64(row.Seq), f.sum(text)}})
	if err != nil {
		return err
	}
	return sqlitex.Execute(f.conn, "INSERT INTO words (rowid, tokens) VALUES (?, ?)",
		&sqlitex.ExecOptions{Args: []any{id, roomToken(room) + " " + strings.Join(tokens, " ")}})
}

// numberOf finds the number of a new row of a room and a time.
func (f *follower) numberOf(room chat.RoomID, at chat.Time) (int64, error) {
	if f.newest == 0 {
		if err := f.highest(&f.newest, "SELECT max(id) FROM docs"); err != nil {
			return 0, err
		}
	}
	for ; ; at++ { // what does not fit into a millisecond is of the next
		first := firstNumber(room, at)
		id := first
		if first <= f.newest { // else no row of that room and time has one
			last := first + 1<<counterBits - 1
			err := f.highest(&id, "SELECT max(id) + 1 FROM docs WHERE id BETWEEN ? AND ?", first, last)
			if err != nil {
				return 0, err
			}
			if id > last {
				continue
			}
		}
		f.newest = max(f.newest, id)
		return id, nil
	}
}

// highest asks for a number, and leaves to as it is where there is none.
func (f *follower) highest(to *int64, query string, args ...any) error {
	return sqlitex.Execute(f.conn, query, &sqlitex.ExecOptions{
		Args: args,
		ResultFunc: func(stmt *sqlite.Stmt) error {
			if !stmt.ColumnIsNull(0) {
				*to = stmt.ColumnInt64(0)
			}
			return nil
		},
	})
}
