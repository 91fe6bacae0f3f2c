package postgres

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Reader = (*reader)(nil)

// reader reads in a transaction that somebody else ends.
type reader struct{ asker }

// Account implements store.Reader.
func (r *reader) Account(id chat.AccountID) (store.Account, error) {
	return one(&r.asker, scanAccount, `SELECT`+accountColumns+`FROM accounts a WHERE a.id = $1`, int64(id))
}

// AccountRevs implements store.Reader.
func (r *reader) AccountRevs(ids []chat.AccountID) (map[chat.AccountID]int64, error) {
	return revs[chat.AccountID, int64](r, `SELECT id, rev FROM accounts WHERE id = ANY($1)`, ids)
}

// AccountByUsername implements store.Reader.
func (r *reader) AccountByUsername(username string) (store.Account, error) {
	if !storable(username) {
		return store.Account{}, store.ErrNotFound
	}
	return one(&r.asker, scanAccount, `SELECT`+accountColumns+`FROM accounts a WHERE a.username = $1`, username)
}

// Users implements store.Reader.
func (r *reader) Users(ids []chat.AccountID) ([]chat.User, error) {
	return list(&r.asker, scanUser, `SELECT id, name, avatar, kind FROM accounts WHERE id = ANY($1)`, int64s(ids))
}

// People implements store.Reader. It walks along the index of the order until
// it has found enough; strpos, unlike LIKE, takes the query as it is.
func (r *reader) People(query string, after *store.PeopleCursor, limit int) ([]store.Account, error) {
	if after == nil {
		after = &store.PeopleCursor{Seen: math.MaxInt64, ID: math.MaxInt64}
	}
	if !storable(query) {
		return nil, nil
	}
	return list(&r.asker, scanAccount, `SELECT`+accountColumns+`FROM accounts a
		WHERE (a.seen, a.id) < ($1, $2) AND a.kind <> 'former' AND (strpos(a.folded, $3) > 0 OR strpos(a.username, $3) > 0)
		ORDER BY a.seen DESC, a.id DESC LIMIT $4`,
		int64(after.Seen), int64(after.ID), fold(query), max(limit, 0))
}

// fold makes names and queries comparable without regard to case.
func fold(s string) string { return strings.ToLower(s) }

// RoomRevs implements store.Reader.
func (r *reader) RoomRevs(ids []chat.RoomID) (map[chat.RoomID]chat.Rev, error) {
	return revs[chat.RoomID, chat.Rev](r, `SELECT id, rev FROM rooms WHERE id = ANY($1)`, ids)
}

// revs runs a query that takes ids, and answers with those that exist and their
// revisions.
func revs[ID, Rev ~int64](r *reader, query string, ids []ID) (map[ID]Rev, error) {
	found := make(map[ID]Rev, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	err := r.rows(func(rows pgx.Rows) error {
		var id, rev int64
		err := rows.Scan(&id, &rev)
		found[ID(id)] = Rev(rev)
		return err
	}, query, int64s(ids))
	if err != nil {
		return nil, err
	}
	return found, nil
}

const (
	roomByID   = `SELECT` + roomColumns + `FROM rooms r WHERE r.id = $1`
	roomByPair = `SELECT` + roomColumns + `FROM rooms r WHERE r.kind = 'direct' AND r.low = $1 AND r.high = $2`
	roomByName = `SELECT` + roomColumns + `FROM rooms r WHERE r.kind = 'open' AND r.name = $1`
)

// Room implements store.Reader.
func (r *reader) Room(id chat.RoomID) (store.Room, error) {
	return one(&r.asker, scanRoom, roomByID, int64(id))
}

// RoomByPair implements store.Reader.
func (r *reader) RoomByPair(a, b chat.AccountID) (store.Room, error) {
	return one(&r.asker, scanRoom, roomByPair, int64(min(a, b)), int64(max(a, b)))
}

// RoomByName implements store.Reader.
func (r *reader) RoomByName(name string) (store.Room, error) {
	if !storable(name) {
		return store.Room{}, store.ErrNotFound
	}
	return one(&r.asker, scanRoom, roomByName, name)
}

// Member implements store.Reader.
func (r *reader) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	return one(&r.asker, scanMember, `SELECT`+memberColumns+`FROM members m WHERE m.room = $1 AND m.account = $2`,
		int64(room), int64(account))
}

// Members implements store.Reader.
func (r *reader) Members(room chat.RoomID) ([]store.Member, error) {
	return list(&r.asker, scanMember, `SELECT`+memberColumns+`FROM members m WHERE m.room = $1 AND m.role <> 'banned'
		ORDER BY m.joined, m.account`, int64(room))
}

// Rooms implements store.Reader.
func (r *reader) Rooms(account chat.AccountID) ([]chat.RoomID, error) {
	return list(&r.asker, scanID[chat.RoomID], `SELECT room FROM members WHERE account = $1 AND role <> 'banned'`, int64(account))
}

const heads = `SELECT` + roomColumns + `,` + memberColumns + `,` + otherColumns + `,` + lastColumns + `
	FROM members m JOIN rooms r ON r.id = m.room
	LEFT JOIN members o ON r.kind = 'direct' AND o.room = r.id
		AND o.account = CASE m.account WHEN r.low THEN r.high ELSE r.low END
	LEFT JOIN messages x ON x.room = r.id AND x.seq = r.seq
	WHERE m.role <> 'banned' AND `

// Heads implements store.Reader.
func (r *reader) Heads(account chat.AccountID) ([]store.Head, error) {
	found, err := list(&r.asker, scanHead, heads+`m.account = $1`, int64(account))
	slices.SortFunc(found, func(a, b store.Head) int {
		return cmp.Or(cmp.Compare(b.Room.At, a.Room.At), cmp.Compare(b.Room.ID, a.Room.ID))
	})
	return found, err
}

// Head implements store.Reader.
func (r *reader) Head(room chat.RoomID, account chat.AccountID) (store.Head, error) {
	return one(&r.asker, scanHead, heads+`m.room = $1 AND m.account = $2`, int64(room), int64(account))
}

// Row implements store.Reader.
func (r *reader) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	return one(&r.asker, scanRow, `SELECT`+rowColumns+`FROM messages x WHERE x.room = $1 AND x.seq = $2`, int64(room), int64(seq))
}

// RowsAfter implements store.Reader. A row that never changed has the rev that
// it was born with, and those grow with seq. So, going back from the newest
// row, the first one with an older rev ends the new ones: below it only rows
// that changed later can be wanted, and changes knows them.
func (r *reader) RowsAfter(room chat.RoomID, after chat.Rev, limit int) (rows []chat.Row, over bool, err error) {
	limit = max(limit, 0)
	newest, err := list(&r.asker, scanRow, `SELECT`+rowColumns+`FROM messages x WHERE x.room = $1 ORDER BY x.seq DESC LIMIT $2`,
		int64(room), limit+1)
	if err != nil {
		return nil, false, err
	}
	n := slices.IndexFunc(newest, func(row chat.Row) bool { return row.Rev <= after })
	if n < 0 {
		n = len(newest)
	}
	if n > limit {
		return nil, true, nil
	}
	rows = newest[:n:n]
	from := chat.Seq(math.MaxInt64)
	if n > 0 {
		from = rows[n-1].Seq
	}
	changed, err := list(&r.asker, scanRow, `SELECT`+rowColumns+`FROM changes c JOIN messages x ON x.room = c.room AND x.seq = c.seq
		WHERE c.room = $1 AND x.room = $1 AND c.rev > $2 AND c.seq < $3 LIMIT $4`,
		int64(room), int64(after), int64(from), limit-n+1)
	if err != nil || n+len(changed) > limit {
		return nil, err == nil, err
	}
	rows = append(rows, changed...)
	slices.SortFunc(rows, func(a, b chat.Row) int { return cmp.Compare(a.Rev, b.Rev) })
	return rows, false, nil
}

// RowsBefore implements store.Reader.
func (r *reader) RowsBefore(room chat.RoomID, before chat.Seq, limit int) ([]chat.Row, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := list(&r.asker, scanRow, `SELECT`+rowColumns+`FROM messages x WHERE x.room = $1 AND x.seq < $2 ORDER BY x.seq DESC LIMIT $3`,
		int64(room), int64(before), max(limit, 0))
	slices.Reverse(rows)
	return rows, err
}

// OthersAfter implements store.Reader.
func (r *reader) OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error) {
	return r.is(`SELECT EXISTS (SELECT FROM messages WHERE room = $1 AND seq > $2 AND author <> $3 AND kind <> 'system')`,
		int64(room), int64(after), int64(account))
}

// Report implements store.Reader.
func (r *reader) Report(id int64) (store.Report, error) {
	return one(&r.asker, scanReport, `SELECT`+reportColumns+`FROM reports WHERE id = $1`, id)
}

// Reports implements store.Reader.
func (r *reader) Reports(room chat.RoomID, limit int) ([]store.Report, error) {
	return list(&r.asker, scanReport, `SELECT`+reportColumns+`FROM reports WHERE room = $1 ORDER BY at, id LIMIT $2`,
		int64(room), max(limit, 0))
}

// Send implements store.Reader.
func (r *reader) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	return one(&r.asker, scanSend, `SELECT`+sendColumns+`FROM sends k WHERE k.key = $1 AND k.author = $2`, [16]byte(key), int64(account))
}

// RoomsAfter implements store.Reader.
func (r *reader) RoomsAfter(after chat.RoomID, limit int) ([]store.RoomPlace, error) {
	return list(&r.asker, scanPlace, `SELECT id, seq, rev FROM rooms WHERE id > $1 ORDER BY id LIMIT $2`, int64(after), max(limit, 0))
}

// Follow implements store.Reader. Rows that change after they are born are in
// changes.
func (r *reader) Follow(room chat.RoomID, from store.Place, limit int) (rows []chat.Row, to store.Place, err error) {
	limit = max(limit, 0)
	var head store.Place
	changed, known := 0, false
	err = r.asker.rows(func(found pgx.Rows) error {
		var part int
		var at rowAt
		if err := found.Scan(append([]any{(*int64)(&head.Seq), (*int64)(&head.Rev), &part}, at.into()...)...); err != nil {
			return err
		}
		if known = true; part == 0 {
			return nil // the room has nothing new
		}
		if part == 1 {
			changed++
		}
		row, err := at.done()
		rows = append(rows, row)
		return err
	}, follow, int64(room), int64(from.Rev), int64(from.Seq), limit)
	if err != nil || !known {
		return nil, from, err
	}
	if changed >= limit {
		if changed > 0 {
			from.Rev = rows[changed-1].Rev
		}
		return rows[:changed], from, nil
	}
	rows = rows[:min(len(rows), limit)]
	to = store.Place{Seq: from.Seq, Rev: head.Rev}
	if n := len(rows); n > changed {
		to.Seq = rows[n-1].Seq
	}
	return rows, to, nil
}

// follow finds a room's head, beside each of the rows that follow: first those
// that changed, then new ones. Whoever follows asks this of every room that is
// written to.
const follow = `SELECT h.seq, h.rev, coalesce(x.part, 0), ` + lastColumns + ` FROM rooms h LEFT JOIN LATERAL (
		(SELECT 1 AS part, c.rev AS place, x.* FROM changes c JOIN messages x ON x.room = c.room AND x.seq = c.seq
			WHERE c.room = $1 AND x.room = $1 AND c.rev > $2 AND c.seq <= $3 ORDER BY c.rev LIMIT $4)
		UNION ALL
		(SELECT 2, m.seq, m.* FROM messages m WHERE m.room = $1 AND m.seq > $3 ORDER BY m.seq LIMIT $4)
	) x ON true
	WHERE h.id = $1 ORDER BY x.part, x.place`
