package sqlite

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Reader = (*reader)(nil)

// reader reads over one connection, in a transaction that somebody else ends.
type reader struct {
	conn   *sqlite.Conn
	asking ask
	before func() error // of the writer: runs before each statement
	broken error        // the first error that was no matter of a single statement
	tails  *tails       // nil: what is read may not be committed
}

// What is asked most; the writer asks some of it without writing first what
// waits.
const (
	headsOf      = `m.account = (SELECT ?)`
	headOf       = `m.room = (SELECT ?) AND m.account = (SELECT ?)`
	newestRevs   = `SELECT seq, rev FROM messages WHERE room = (SELECT ?) ORDER BY seq DESC`
	changedAfter = `SELECT seq FROM changes WHERE room = (SELECT ?) AND rev > (SELECT ?) AND seq < (SELECT ?) LIMIT (SELECT ?)`

	accountByID = `SELECT` + accountColumns + `FROM accounts a WHERE a.id = ?`
	sessionByID = `SELECT` + sessionColumns + `FROM sessions WHERE id = ?`
	roomByID    = `SELECT` + roomColumns + `FROM rooms r WHERE r.id = ?`
	revOfRoom   = `SELECT rev FROM rooms WHERE id = ?`
	roomsOf     = `SELECT room FROM members WHERE account = ? AND role <> 'banned'`
	memberByKey = `SELECT` + memberColumns + `FROM members m WHERE m.room = ? AND m.account = ?`
	rowByKey    = `SELECT` + rowColumns + `FROM messages x WHERE x.room = ? AND x.seq = ?`
	rowsBefore  = `SELECT` + rowColumns + `FROM messages x WHERE x.room = (SELECT ?) AND x.seq < (SELECT ?) ORDER BY x.seq DESC LIMIT (SELECT ?)`
	rowsSince   = `SELECT` + rowColumns + `FROM messages x WHERE x.room = (SELECT ?) AND x.seq >= (SELECT ?)`
	sendByKey   = `SELECT key, author, room, seq, hash FROM sends WHERE key = ? AND author = ?`
)

// Account implements store.Reader.
func (r *reader) Account(id chat.AccountID) (store.Account, error) {
	return one(r.ask(accountByID).int(int64(id)), scanAccount)
}

// AccountRevs implements store.Reader.
func (r *reader) AccountRevs(ids []chat.AccountID) (map[chat.AccountID]int64, error) {
	return revs[chat.AccountID, int64](r, `SELECT a.id, a.rev FROM json_each(?) j CROSS JOIN accounts a ON a.id = j.value`, ids)
}

// AccountByUsername implements store.Reader.
func (r *reader) AccountByUsername(username string) (store.Account, error) {
	return one(r.ask(`SELECT`+accountColumns+`FROM accounts a WHERE a.username = ?`).text(username), scanAccount)
}

// Users implements store.Reader.
func (r *reader) Users(ids []chat.AccountID) ([]chat.User, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	users, err := list(r.ask(`SELECT a.id, a.name, a.avatar, a.kind FROM json_each(?) j CROSS JOIN accounts a ON a.id = j.value`).
		text(arrayOf(ids)), scanUser)
	if users == nil {
		users = []chat.User{}
	}
	return users, err
}

// People implements store.Reader. It walks along the index of the order until
// it has found enough; instr, unlike LIKE, takes the query as it is.
func (r *reader) People(query string, after *store.PeopleCursor, limit int) ([]store.Account, error) {
	if after == nil {
		after = &store.PeopleCursor{Seen: math.MaxInt64, ID: math.MaxInt64}
	}
	return list(r.ask(`SELECT`+accountColumns+`FROM accounts a
		WHERE (a.seen, a.id) < ((SELECT ?1), (SELECT ?2)) AND a.kind <> 'former' AND (instr(a.folded, ?3) OR instr(a.username, ?3))
		ORDER BY a.seen DESC, a.id DESC LIMIT (SELECT ?4)`).
		int(int64(after.Seen)).int(int64(after.ID)).text(fold(query)).int(int64(max(limit, 0))), scanAccount)
}

// fold makes names and queries comparable without regard to case.
func fold(s string) string { return strings.ToLower(s) }

// Session implements store.Tx, and reads what Store.Session holds.
func (r *reader) Session(hash [32]byte) (store.Session, error) {
	return one(r.ask(`SELECT`+sessionColumns+`FROM sessions WHERE hash = ?`).blob(hash[:]), scanSession)
}

// HasSession implements store.Reader.
func (r *reader) HasSession(id int64) (bool, error) {
	return r.any(r.ask(`SELECT 1 FROM sessions WHERE id = ?`).int(id))
}

// RoomRevs implements store.Reader.
func (r *reader) RoomRevs(ids []chat.RoomID) (map[chat.RoomID]chat.Rev, error) {
	return revs[chat.RoomID, chat.Rev](r, `SELECT r.id, r.rev FROM json_each(?) j CROSS JOIN rooms r ON r.id = j.value`, ids)
}

// Room implements store.Reader.
func (r *reader) Room(id chat.RoomID) (store.Room, error) {
	return one(r.ask(roomByID).int(int64(id)), scanRoom)
}

// RoomByPair implements store.Reader.
func (r *reader) RoomByPair(a, b chat.AccountID) (store.Room, error) {
	return one(r.ask(`SELECT`+roomColumns+`FROM rooms r WHERE r.kind = 'direct' AND r.low = ? AND r.high = ?`).
		int(int64(min(a, b))).int(int64(max(a, b))), scanRoom)
}

// RoomByName implements store.Reader.
func (r *reader) RoomByName(name string) (store.Room, error) {
	return one(r.ask(`SELECT`+roomColumns+`FROM rooms r WHERE r.kind = 'open' AND r.name = ?`).text(name), scanRoom)
}

// Member implements store.Reader.
func (r *reader) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	return one(r.ask(memberByKey).
		int(int64(room)).int(int64(account)), scanMember)
}

// Members implements store.Reader.
func (r *reader) Members(room chat.RoomID) ([]store.Member, error) {
	return list(r.ask(`SELECT`+memberColumns+`FROM members m WHERE m.room = (SELECT ?) AND m.role <> 'banned'
		ORDER BY m.joined, m.account`).int(int64(room)), scanMember)
}

// Rooms implements store.Reader.
func (r *reader) Rooms(account chat.AccountID) ([]chat.RoomID, error) {
	return list(r.ask(roomsOf).int(int64(account)), scanRoomID)
}

// What a head is made of is joined from the memberships on: CROSS JOIN keeps
// that order. listed leaves the last row out.
const (
	listed = `SELECT` + roomColumns + `,` + memberColumns + `,` + otherColumns + memberships + `WHERE m.role <> 'banned' AND `
	heads  = `SELECT` + roomColumns + `,` + memberColumns + `,` + otherColumns + `,` + rowColumns + memberships + `
	LEFT JOIN messages x ON x.room = r.id AND x.seq = r.seq
	WHERE m.role <> 'banned' AND `

	memberships = `
	FROM members m CROSS JOIN rooms r ON r.id = m.room
	LEFT JOIN members o ON r.kind = 'direct' AND o.room = r.id
		AND o.account = CASE m.account WHEN r.low THEN r.high ELSE r.low END
	`
)

// Heads implements store.Reader. They are sorted here, since SQLite would carry
// all columns through its sorter; and by pointers, since they are large.
func (r *reader) Heads(account chat.AccountID) ([]store.Head, error) {
	found, err := list(r.ask(listed+headsOf).int(int64(account)), func(s *sqlite.Stmt, at int) (*store.Head, error) {
		h, err := scanListed(s, at)
		return &h, err
	})
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		if h.Last, err = r.last(&h.Room); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b *store.Head) int {
		return cmp.Or(cmp.Compare(b.Room.At, a.Room.At), cmp.Compare(b.Room.ID, a.Room.ID))
	})
	sorted := make([]store.Head, len(found))
	for i, h := range found {
		sorted[i] = *h
	}
	return sorted, nil
}

// last returns the newest row of a room; nil if there is none.
func (r *reader) last(room *store.Room) (*chat.Row, error) {
	if r.tails != nil {
		if rows, held := r.tails.find(room.ID, room.Rev, 1); held {
			return &rows[0], nil
		}
	}
	row, err := r.Row(room.ID, room.Seq)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err == nil && r.tails != nil {
		r.tails.hold(room.ID, room.Rev, []chat.Row{row}, 1)
	}
	return &row, err
}

// Head implements store.Reader.
func (r *reader) Head(room chat.RoomID, account chat.AccountID) (store.Head, error) {
	return one(r.ask(heads+headOf).int(int64(room)).int(int64(account)), scanHead)
}

// Row implements store.Reader.
func (r *reader) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	return one(r.ask(rowByKey).
		int(int64(room)).int(int64(seq)), scanRow)
}

// RowsAfter implements store.Reader. A row that never changed has the rev that
// it was born with, and those grow with seq. So, going back from the newest
// row, the first one with an older rev ends the new ones: below it only rows
// that changed later can be wanted, and changes knows them.
func (r *reader) RowsAfter(room chat.RoomID, after chat.Rev, limit int) (rows []chat.Row, over bool, err error) {
	limit = max(limit, 0)
	from, n, err := r.newAfter(room, after, limit)
	if err != nil || n > limit {
		return nil, n > limit, err
	}
	// At most n of the changed are new ones too: one more than limit cannot
	// hide behind them.
	changed, err := list(r.ask(changedAfter).
		int(int64(room)).int(int64(after)).int(int64(from)).int(int64(limit-n+1)), scanInt)
	if err != nil || n+len(changed) > limit {
		return nil, err == nil, err
	}
	rows = make([]chat.Row, 0, n+len(changed))
	for _, seq := range changed {
		row, err := r.Row(room, chat.Seq(seq))
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, row)
	}
	if n > 0 {
		newer, err := list(r.ask(rowsSince).
			int(int64(room)).int(int64(from)), scanRow)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, newer...)
	}
	slices.SortFunc(rows, func(a, b chat.Row) int { return cmp.Compare(a.Rev, b.Rev) })
	return rows, false, nil
}

// newAfter counts the newest rows up to the first one that is not after a rev,
// and returns the lowest seq of them. It stops at limit+1.
func (r *reader) newAfter(room chat.RoomID, after chat.Rev, limit int) (from chat.Seq, n int, err error) {
	a := r.ask(newestRevs).int(int64(room))
	defer a.done()
	from = math.MaxInt64
	for n <= limit {
		row, err := a.step()
		if err != nil || !row || chat.Rev(a.stmt.ColumnInt64(1)) <= after {
			return from, n, err
		}
		from = chat.Seq(a.stmt.ColumnInt64(0))
		n++
	}
	return from, n, nil
}

// RowsBefore implements store.Reader.
func (r *reader) RowsBefore(room chat.RoomID, before chat.Seq, limit int) ([]chat.Row, error) {
	limit = max(limit, 0)
	if before <= 0 && r.tails != nil && limit > 0 {
		return r.newest(room, limit)
	}
	return r.rowsBefore(room, before, limit)
}

// newest returns the newest rows of a room.
func (r *reader) newest(room chat.RoomID, limit int) ([]chat.Row, error) {
	rev, err := one(r.ask(revOfRoom).int(int64(room)), scanInt)
	if errors.Is(err, store.ErrNotFound) {
		return r.rowsBefore(room, 0, limit)
	}
	if err != nil {
		return nil, err
	}
	if rows, held := r.tails.find(room, chat.Rev(rev), limit); held {
		return rows, nil
	}
	rows, err := r.rowsBefore(room, 0, limit)
	if err == nil && len(rows) > 0 {
		r.tails.hold(room, chat.Rev(rev), rows, limit)
	}
	return rows, err
}

func (r *reader) rowsBefore(room chat.RoomID, before chat.Seq, limit int) ([]chat.Row, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := list(r.ask(rowsBefore).int(int64(room)).int(int64(before)).int(int64(limit)), scanRow)
	slices.Reverse(rows)
	return rows, err
}

// OthersAfter implements store.Reader.
func (r *reader) OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error) {
	return r.any(r.ask(`SELECT 1 FROM messages WHERE room = ? AND seq > ? AND author <> ? AND kind <> 'system' LIMIT 1`).
		int(int64(room)).int(int64(after)).int(int64(account)))
}

// Report implements store.Reader.
func (r *reader) Report(id int64) (store.Report, error) {
	return one(r.ask(`SELECT`+reportColumns+`FROM reports WHERE id = ?`).int(id), scanReport)
}

// Reports implements store.Reader.
func (r *reader) Reports(room chat.RoomID, limit int) ([]store.Report, error) {
	return list(r.ask(`SELECT`+reportColumns+`FROM reports WHERE room = (SELECT ?) ORDER BY at, id LIMIT (SELECT ?)`).
		int(int64(room)).int(int64(max(limit, 0))), scanReport)
}

// Send implements store.Reader.
func (r *reader) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	return one(r.ask(sendByKey).
		blob(key[:]).int(int64(account)), scanSend)
}
