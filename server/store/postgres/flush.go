package postgres

import (
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// What is there already is replaced by its key, too: an UPDATE would leave it
	// to the planner how to find it.
	upsertRows = `INSERT INTO messages
		(room, seq, n, rev, key, author, at, kind, text, reply, card, edited, recalled, reactions, mentions, event, subject, detail)
		SELECT * FROM ` + rowArrays + `
		ON CONFLICT (room, seq) DO UPDATE SET n = excluded.n, rev = excluded.rev, key = excluded.key, author = excluded.author,
		at = excluded.at, kind = excluded.kind, text = excluded.text, reply = excluded.reply, card = excluded.card,
		edited = excluded.edited, recalled = excluded.recalled, reactions = excluded.reactions, mentions = excluded.mentions,
		event = excluded.event, subject = excluded.subject, detail = excluded.detail`

	insertRows = `INSERT INTO messages
		(room, seq, n, rev, key, author, at, kind, text, reply, card, edited, recalled, reactions, mentions, event, subject, detail)
		SELECT * FROM ` + rowArrays

	rowArrays = `unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::bigint[], $7::bigint[], $8::text[],
		$9::bytea[], $10::bigint[], $11::bytea[], $12::bigint[], $13::bigint[], $14::bytea[], $15::bytea[], $16::text[],
		$17::bigint[], $18::bytea[])`

	upsertChanges = `INSERT INTO changes (room, rev, seq) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
		ON CONFLICT (room, seq) DO UPDATE SET rev = excluded.rev`

	insertSends = `INSERT INTO sends (key, author, room, seq, hash)
		SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])`

	upsertMembers = `INSERT INTO members
		(room, account, role, read, read_n, got, muted, joined, top, hidden, unread, blocked, mention)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[],
			$8::bigint[], $9::boolean[], $10::bigint[], $11::boolean[], $12::boolean[], $13::bigint[])
		ON CONFLICT (room, account) DO UPDATE SET read = excluded.read, read_n = excluded.read_n, got = excluded.got,
		muted = excluded.muted, joined = excluded.joined, top = excluded.top, hidden = excluded.hidden,
		unread = excluded.unread, blocked = excluded.blocked, mention = excluded.mention`

	upsertRooms = `INSERT INTO rooms
		(id, kind, name, about, low, high, low_posted, high_posted, members, joins, seq, n, rev, made, at, pins, reports)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::bigint[], $6::bigint[], $7::boolean[], $8::boolean[],
			$9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bytea[], $17::bigint[])
		ON CONFLICT (id) DO UPDATE SET about = excluded.about, low_posted = excluded.low_posted, high_posted = excluded.high_posted,
		members = excluded.members, joins = excluded.joins, seq = excluded.seq, n = excluded.n, rev = excluded.rev,
		made = excluded.made, at = excluded.at, pins = excluded.pins, reports = excluded.reports`
)

// flush writes what the functions have changed, and commits: one round trip.
func (q *quick) flush(t *transaction) (tag pgconn.CommandTag, err error) {
	var b pgx.Batch
	q.queueNewRows(&b)
	q.queueNewSends(&b)
	q.queueMembers(&b)
	if err := q.queueRooms(&b); err != nil {
		return tag, err
	}
	t.commit(&b, &tag)
	err = t.conn.SendBatch(q.live.ctx, &b).Close()
	return tag, err
}

// rowLists are rows, column by column.
type rowLists struct {
	room, seq, n, rev   []int64
	key                 [][16]byte
	author, at          []int64
	kind                []string
	text                [][]byte
	reply               []int64
	card                [][]byte
	edited, recalled    []int64
	reactions, mentions [][]byte
	event               []string
	subject             []int64
	detail              [][]byte
}

func (l *rowLists) add(at place, r *quickRow) {
	l.room, l.seq = append(l.room, int64(at.room)), append(l.seq, int64(at.seq))
	l.n, l.rev = append(l.n, int64(r.row.N)), append(l.rev, int64(r.row.Rev))
	l.key, l.author = append(l.key, r.row.Key), append(l.author, int64(r.row.By))
	l.at, l.kind = append(l.at, int64(r.row.At)), append(l.kind, r.row.Kind)
	l.text, l.reply = append(l.text, r.body.text), append(l.reply, int64(r.row.Reply))
	l.card, l.edited = append(l.card, r.body.card), append(l.edited, int64(r.row.Edited))
	l.recalled, l.reactions = append(l.recalled, int64(r.row.Recalled)), append(l.reactions, r.body.reactions)
	l.mentions, l.event = append(l.mentions, r.body.mentions), append(l.event, r.body.event)
	l.subject, l.detail = append(l.subject, r.body.subject), append(l.detail, r.body.detail)
}

func (l *rowLists) queue(b *pgx.Batch, query string) {
	if len(l.room) > 0 {
		b.Queue(query, l.room, l.seq, l.n, l.rev, l.key, l.author, l.at, l.kind, l.text, l.reply, l.card, l.edited, l.recalled,
			l.reactions, l.mentions, l.event, l.subject, l.detail)
	}
}

func (q *quick) queueNewRows(b *pgx.Batch) {
	slices.SortFunc(q.wrote.rows, comparePlaces)
	var fresh, old rowLists
	var rooms, revs, seqs []int64
	for _, at := range q.wrote.rows {
		r := q.rows[at]
		if r.fresh {
			fresh.add(at, r)
		} else {
			old.add(at, r)
		}
		if r.changed {
			rooms, revs, seqs = append(rooms, int64(at.room)), append(revs, int64(r.row.Rev)), append(seqs, int64(at.seq))
		}
	}
	fresh.queue(b, insertRows)
	old.queue(b, upsertRows)
	if len(rooms) > 0 {
		b.Queue(upsertChanges, rooms, revs, seqs)
	}
}

// queueNewSends inserts keys in their order: who waits for another's key holds
// none that the other could want.
func (q *quick) queueNewSends(b *pgx.Batch) {
	if len(q.wrote.sends) == 0 {
		return
	}
	slices.SortFunc(q.wrote.sends, compareSends)
	n := len(q.wrote.sends)
	keys, hashes := make([][16]byte, n), make([][]byte, n)
	authors, rooms, seqs := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, id := range q.wrote.sends {
		s := q.sends[id]
		keys[i], authors[i], rooms[i], seqs[i], hashes[i] = s.Key, int64(s.Account), int64(s.Room), int64(s.Seq), s.Hash[:]
	}
	b.Queue(insertSends, keys, authors, rooms, seqs, hashes)
}

func (q *quick) queueMembers(b *pgx.Batch) {
	if len(q.wrote.members) == 0 {
		return
	}
	n := len(q.wrote.members)
	room, account, read, readN := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	got, joined, hidden, mention := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	muted, top, unread, blocked := make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)
	role := make([]string, n)
	for i, at := range q.wrote.members {
		m := &q.members[at].member
		role[i] = m.Role
		room[i], account[i], read[i], readN[i] = int64(m.Room), int64(m.Account), int64(m.Read), int64(m.ReadN)
		got[i], joined[i], hidden[i], mention[i] = int64(m.Got), m.Joined, int64(m.Hidden), int64(m.Mention)
		muted[i], top[i], unread[i], blocked[i] = m.Muted, m.Top, m.Unread, m.Blocked
	}
	b.Queue(upsertMembers, room, account, role, read, readN, got, muted, joined, top, hidden, unread, blocked, mention)
}

func (q *quick) queueRooms(b *pgx.Batch) error {
	if len(q.wrote.rooms) == 0 {
		return nil
	}
	n := len(q.wrote.rooms)
	id, members, joins, seq := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	count, rev, made, at := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	kind, name, low, high := make([]string, n), make([]string, n), make([]int64, n), make([]int64, n)
	lowPosted, highPosted, reports := make([]bool, n), make([]bool, n), make([]int64, n)
	about, pins := make([][]byte, n), make([][]byte, n)
	for i, room := range q.wrote.rooms {
		r := &q.rooms[room].room
		id[i], kind[i], name[i], about[i] = int64(r.ID), r.Kind, r.Name, []byte(r.About)
		low[i], high[i], lowPosted[i], highPosted[i] = int64(r.Pair[0]), int64(r.Pair[1]), r.Posted[0], r.Posted[1]
		members[i], joins[i], seq[i], count[i] = int64(r.Members), r.Joins, int64(r.Seq), int64(r.N)
		rev[i], made[i], at[i], reports[i] = int64(r.Rev), int64(r.Made), int64(r.At), int64(r.Reports)
		var err error
		if pins[i], err = encodeList(r.Pins); err != nil {
			return err
		}
	}
	b.Queue(upsertRooms, id, kind, name, about, low, high, lowPosted, highPosted, members, joins, seq, count, rev, made, at, pins, reports)
	return nil
}
