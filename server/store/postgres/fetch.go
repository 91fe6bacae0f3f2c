package postgres

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"

	"parley/shared/chat"
)

// wanted is what the plans of a batch name, each once.
type wanted struct {
	rooms    []chat.RoomID
	seats    []seat
	places   []place
	sends    []sendID
	accounts []chat.AccountID
}

func wantedBy(batch []*op) (w wanted) {
	for _, o := range batch {
		p := o.plan
		w.rooms = append(w.rooms, p.Room)
		w.accounts = append(w.accounts, p.Account)
		w.seats = append(w.seats, seat{p.Room, p.Account})
		for _, account := range p.Members {
			w.seats = append(w.seats, seat{p.Room, account})
		}
		for _, seq := range p.Rows {
			w.places = append(w.places, place{p.Room, seq})
		}
		for _, key := range p.Keys {
			w.sends = append(w.sends, sendID{key, p.Account})
		}
	}
	w.rooms, w.accounts = distinct(w.rooms, cmp.Compare), distinct(w.accounts, cmp.Compare)
	w.seats = distinct(w.seats, func(a, b seat) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.account, b.account))
	})
	w.places = distinct(w.places, comparePlaces)
	w.sends = distinct(w.sends, compareSends)
	return w
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.seq, b.seq))
}

func compareSends(a, b sendID) int {
	return cmp.Or(slices.Compare(a.key[:], b.key[:]), cmp.Compare(a.account, b.account))
}

func distinct[T comparable](all []T, compare func(a, b T) int) []T {
	slices.SortFunc(all, compare)
	return slices.Compact(all)
}

// Each LATERAL with its OFFSET 0 is looked up by its key, once for each row
// before it: whatever the planner believes of tables that have just grown.
const (
	// The locks come first: what is read after them nobody changes any more.
	lockRooms = `SELECT` + roomColumns + `FROM rooms r WHERE r.id = ANY($1) ORDER BY r.id` + lockRoom

	fetchPeers = `SELECT` + memberColumns + `FROM unnest($1::bigint[]) w (room)
		CROSS JOIN LATERAL (SELECT id FROM rooms WHERE id = w.room AND kind = 'direct' OFFSET 0) r
		CROSS JOIN LATERAL (SELECT * FROM members WHERE room = r.id OFFSET 0) m`

	// Whether others wrote what somebody has not read decides if a post moves
	// their marks. Mostly the last row says it.
	fetchMembers = `SELECT` + memberColumns + `, CASE WHEN m.read >= r.seq THEN false WHEN l.author <> m.account THEN true ELSE EXISTS (
			SELECT FROM messages x WHERE x.room = w.room AND x.seq > m.read AND x.author <> w.account AND x.kind <> 'system'
		) END
		FROM unnest($1::bigint[], $2::bigint[]) w (room, account)
		CROSS JOIN LATERAL (SELECT seq FROM rooms WHERE id = w.room OFFSET 0) r
		CROSS JOIN LATERAL (SELECT * FROM members WHERE room = w.room AND account = w.account OFFSET 0) m
		LEFT JOIN LATERAL (SELECT author FROM messages WHERE room = w.room AND seq = r.seq AND kind <> 'system' OFFSET 0) l ON true`

	fetchPeople = `SELECT` + accountColumns + `FROM (
			SELECT unnest($1::bigint[])
			UNION SELECT unnest(ARRAY[r.low, r.high]) FROM unnest($2::bigint[]) w (room)
				CROSS JOIN LATERAL (SELECT low, high FROM rooms WHERE id = w.room AND kind = 'direct' OFFSET 0) r) w (id)
		CROSS JOIN LATERAL (SELECT * FROM accounts WHERE id = w.id OFFSET 0) a`

	fetchSends = `SELECT` + sendColumns + `FROM unnest($1::uuid[], $2::bigint[]) w (key, author)
		CROSS JOIN LATERAL (SELECT * FROM sends WHERE key = w.key AND author = w.author OFFSET 0) k`

	fetchRows = `SELECT w.room,` + rowColumns + `FROM unnest($1::bigint[], $2::bigint[]) w (room, seq)
		CROSS JOIN LATERAL (SELECT * FROM messages WHERE room = w.room AND seq = w.seq OFFSET 0) x`
)

// fetch begins the transaction, locks what the plans name, and reads it: one
// round trip.
func (q *quick) fetch(t *transaction, batch []*op) error {
	w := wantedBy(batch)
	for _, id := range w.rooms {
		q.rooms[id] = nil
	}
	for _, id := range w.accounts {
		q.accounts[id] = nil
	}
	for _, at := range w.seats {
		q.members[at] = nil
	}
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(lockRooms, int64s(w.rooms)).Query(each(q.takeRoom))
	b.Queue(fetchPeers, int64s(w.rooms)).Query(each(q.takePeer))
	rooms, accounts := make([]int64, len(w.seats)), make([]int64, len(w.seats))
	for i, at := range w.seats {
		rooms[i], accounts[i] = int64(at.room), int64(at.account)
	}
	b.Queue(fetchMembers, rooms, accounts).Query(each(q.takeMember))
	b.Queue(fetchPeople, int64s(w.accounts), int64s(w.rooms)).Query(each(q.takeAccount))
	q.queueSends(&b, w.sends)
	q.queueRows(&b, w.places)
	return q.live.refuse(wrap(t.conn.SendBatch(q.live.ctx, &b).Close()))
}

// each hands every row of an answer to take.
func each(take func(rows pgx.Rows) error) func(rows pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			if err := take(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

func (q *quick) queueSends(b *pgx.Batch, sends []sendID) {
	if len(sends) == 0 {
		return
	}
	keys, authors := make([][16]byte, len(sends)), make([]int64, len(sends))
	for i, id := range sends {
		keys[i], authors[i] = id.key, int64(id.account)
		q.sends[id] = nil
	}
	b.Queue(fetchSends, keys, authors).Query(each(func(rows pgx.Rows) error {
		s, err := scanSend(rows)
		q.sends[sendID{s.Key, s.Account}] = &s
		return err
	}))
}

func (q *quick) queueRows(b *pgx.Batch, places []place) {
	if len(places) == 0 {
		return
	}
	rooms, seqs := make([]int64, len(places)), make([]int64, len(places))
	for i, at := range places {
		rooms[i], seqs[i] = int64(at.room), int64(at.seq)
		q.rows[at] = nil
	}
	b.Queue(fetchRows, rooms, seqs).Query(each(func(rows pgx.Rows) error {
		var room int64
		var at rowAt
		if err := rows.Scan(append([]any{&room}, at.into()...)...); err != nil {
			return err
		}
		row, err := at.done()
		if err != nil {
			return err
		}
		q.rows[place{chat.RoomID(room), row.Seq}], err = quickRowOf(&row)
		return err
	}))
}

func (q *quick) takeRoom(rows pgx.Rows) error {
	room, err := scanRoom(rows)
	q.rooms[room.ID] = &quickRoom{room: room, base: room.Seq, last: room.Seq}
	return err
}

func (q *quick) takePeer(rows pgx.Rows) error {
	m, err := scanMember(rows)
	q.members[seat{m.Room, m.Account}] = &quickMember{member: m}
	return err
}

func (q *quick) takeMember(rows pgx.Rows) error {
	m := quickMember{asked: true}
	err := rows.Scan(append(memberInto(&m.member), &m.others)...)
	m.read = m.member.Read
	q.members[seat{m.member.Room, m.member.Account}] = &m
	return err
}

func (q *quick) takeAccount(rows pgx.Rows) error {
	a, err := scanAccount(rows)
	q.accounts[a.ID] = &a
	return err
}

// fetchAccounts fetches accounts that no plan has named.
func (q *quick) fetchAccounts(ids []chat.AccountID) error {
	for _, id := range ids {
		q.accounts[id] = nil
	}
	found, err := list(&q.live, scanAccount, `SELECT`+accountColumns+`FROM accounts a WHERE a.id = ANY($1)`, int64s(ids))
	for i := range found {
		q.accounts[found[i].ID] = &found[i]
	}
	return err
}
