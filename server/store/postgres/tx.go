package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Tx = (*tx)(nil)

// tx is the transaction of the plain lane: every method is a statement. Rooms
// are locked when they are first touched.
type tx struct {
	reader
	told []func()
	held map[chat.RoomID]*identity // the rooms that are locked; nil: there is none of that id
	last chat.RoomID               // the greatest of them
}

// identity is what other rooms may not have as well.
type identity struct {
	kind, name string
	pair       [2]chat.AccountID
}

func identityOf(r *store.Room) *identity { return &identity{kind: r.Kind, name: r.Name, pair: r.Pair} }

const lockRoom = ` FOR NO KEY UPDATE`

// hold locks a room, and reads it if it was not locked before. Locks are waited
// for in the order of their ids only. One that comes late is taken if it is
// free; else the transaction ends, and runs again with all of its locks taken
// first (lane.go). So no two transactions ever wait for each other.
func (t *tx) hold(id chat.RoomID) (*store.Room, error) {
	if _, held := t.held[id]; held {
		return nil, nil
	}
	query := roomByID + lockRoom
	if id < t.last {
		query += ` NOWAIT`
	}
	room, err := one(&t.asker, scanRoom, query, int64(id))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.want(id)
		return nil, err
	}
	t.last = max(t.last, id)
	if err != nil {
		t.held[id] = nil
		return nil, nil
	}
	t.held[id] = identityOf(&room)
	return &room, nil
}

// want notes a room for the next try.
func (t *tx) want(id chat.RoomID) {
	if _, held := t.held[id]; !held {
		t.held[id] = nil
	}
}

// wants are the rooms that this transaction has come upon, ascending.
func (t *tx) wants() []chat.RoomID {
	ids := make([]chat.RoomID, 0, len(t.held))
	for id := range t.held {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Room implements store.Reader.
func (t *tx) Room(id chat.RoomID) (store.Room, error) {
	room, err := t.hold(id)
	if err != nil {
		return store.Room{}, err
	}
	if room != nil {
		return *room, nil
	}
	return t.reader.Room(id)
}

// RoomByPair implements store.Reader.
func (t *tx) RoomByPair(a, b chat.AccountID) (store.Room, error) {
	room, err := t.reader.RoomByPair(a, b)
	if err != nil {
		return room, err
	}
	return t.Room(room.ID) // pairs never change
}

// RoomByName implements store.Reader. Only this lane renames rooms, and of this
// lane only one transaction runs.
func (t *tx) RoomByName(name string) (store.Room, error) {
	room, err := t.reader.RoomByName(name)
	if err != nil {
		return room, err
	}
	return t.Room(room.ID)
}

// Member implements store.Reader.
func (t *tx) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	if _, err := t.hold(room); err != nil {
		return store.Member{}, err
	}
	return t.reader.Member(room, account)
}

// Members implements store.Reader.
func (t *tx) Members(room chat.RoomID) ([]store.Member, error) {
	if _, err := t.hold(room); err != nil {
		return nil, err
	}
	return t.reader.Members(room)
}

// Row implements store.Reader.
func (t *tx) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	if _, err := t.hold(room); err != nil {
		return chat.Row{}, err
	}
	return t.reader.Row(room, seq)
}

// Head implements store.Reader.
func (t *tx) Head(room chat.RoomID, account chat.AccountID) (store.Head, error) {
	if _, err := t.hold(room); err != nil {
		return store.Head{}, err
	}
	return t.reader.Head(room, account)
}

// PutAccount implements store.Tx.
func (t *tx) PutAccount(a store.Account) error {
	var username *string
	if a.Username != "" {
		username = &a.Username
		taken, err := t.is(`SELECT EXISTS (SELECT FROM accounts WHERE username = $1 AND id <> $2)`, a.Username, int64(a.ID))
		if err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("username %s: %w", a.Username, store.ErrExists)
		}
	}
	_, err := t.exec(`INSERT INTO accounts
		(id, kind, name, folded, username, avatar, locale, settings, password, rev, made, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, folded = excluded.folded,
		username = excluded.username, avatar = excluded.avatar, locale = excluded.locale,
		settings = excluded.settings, password = excluded.password, rev = excluded.rev,
		made = excluded.made, seen = excluded.seen`,
		int64(a.ID), a.Kind, clean(a.Name), clean(fold(a.Name)), username, clean(a.Avatar), clean(a.Locale),
		orNull(a.Settings), a.Password, a.Rev, int64(a.Made), int64(a.Seen))
	return err
}

// orNull makes nothing of an empty value.
func orNull(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// PutRoom implements store.Tx.
func (t *tx) PutRoom(r store.Room) error {
	if _, err := t.hold(r.ID); err != nil {
		return err
	}
	is := identityOf(&r)
	if was := t.held[r.ID]; was == nil || *was != *is {
		if err := t.vacant(&r); err != nil {
			return err
		}
	}
	pins, err := encodeList(r.Pins)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO rooms
		(id, kind, name, about, low, high, low_posted, high_posted, members, joins, seq, n, rev, made, at, pins, reports)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, about = excluded.about,
		low = excluded.low, high = excluded.high, low_posted = excluded.low_posted,
		high_posted = excluded.high_posted, members = excluded.members, joins = excluded.joins, seq = excluded.seq, n = excluded.n,
		rev = excluded.rev, made = excluded.made, at = excluded.at, pins = excluded.pins, reports = excluded.reports`,
		int64(r.ID), r.Kind, clean(r.Name), []byte(r.About), int64(r.Pair[0]), int64(r.Pair[1]), r.Posted[0], r.Posted[1],
		r.Members, r.Joins, int64(r.Seq), int64(r.N), int64(r.Rev), int64(r.Made), int64(r.At), pins, r.Reports)
	if err == nil {
		t.held[r.ID] = is
	}
	return err
}

// vacant makes sure that no other room has the pair or the name.
func (t *tx) vacant(r *store.Room) error {
	var taken bool
	var err error
	switch r.Kind {
	case chat.KindDirect:
		taken, err = t.is(`SELECT EXISTS (SELECT FROM rooms WHERE kind = 'direct' AND low = $1 AND high = $2 AND id <> $3)`,
			int64(r.Pair[0]), int64(r.Pair[1]), int64(r.ID))
	case chat.KindOpen:
		taken, err = t.is(`SELECT EXISTS (SELECT FROM rooms WHERE kind = 'open' AND name = $1 AND id <> $2)`, clean(r.Name), int64(r.ID))
	}
	if err == nil && taken {
		err = fmt.Errorf("room %d: its pair or name: %w", r.ID, store.ErrExists)
	}
	return err
}

// PutMember implements store.Tx.
func (t *tx) PutMember(m store.Member) error {
	if _, err := t.hold(m.Room); err != nil {
		return err
	}
	_, err := t.exec(`WITH was AS (SELECT role FROM members WHERE room = $1 AND account = $2),
		put AS (INSERT INTO members
			(room, account, role, read, read_n, got, muted, joined, top, hidden, unread, blocked, mention)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (room, account) DO UPDATE SET role = excluded.role, read = excluded.read,
			read_n = excluded.read_n, got = excluded.got, muted = excluded.muted, joined = excluded.joined, top = excluded.top,
			hidden = excluded.hidden, unread = excluded.unread, blocked = excluded.blocked, mention = excluded.mention)
		UPDATE accounts SET rev = rev + 1 WHERE id = $2 AND NOT EXISTS (SELECT FROM was WHERE role = $3)`,
		int64(m.Room), int64(m.Account), m.Role, int64(m.Read), int64(m.ReadN), int64(m.Got), m.Muted, m.Joined,
		m.Top, int64(m.Hidden), m.Unread, m.Blocked, int64(m.Mention))
	return err
}

// DeleteMember implements store.Tx.
func (t *tx) DeleteMember(room chat.RoomID, account chat.AccountID) error {
	if _, err := t.hold(room); err != nil {
		return err
	}
	_, err := t.exec(`WITH gone AS (DELETE FROM members WHERE room = $1 AND account = $2 RETURNING account)
		UPDATE accounts SET rev = rev + 1 WHERE id IN (SELECT account FROM gone)`, int64(room), int64(account))
	return err
}

// PutRow implements store.Tx. Most rows are new, which takes one statement.
func (t *tx) PutRow(room chat.RoomID, row chat.Row) error {
	if _, err := t.hold(room); err != nil {
		return err
	}
	body, err := bodyOf(&row)
	if err != nil {
		return err
	}
	args := []any{
		int64(room), int64(row.Seq), int64(row.N), int64(row.Rev), [16]byte(row.Key), int64(row.By), int64(row.At), row.Kind,
		body.text, int64(row.Reply), body.files, body.card, int64(row.Edited), int64(row.Recalled), body.reactions, body.mentions,
		body.event, body.subject, body.detail,
	}
	n, err := t.exec(`INSERT INTO messages
		(room, seq, n, rev, key, author, at, kind, text, reply, files, card, edited, recalled, reactions, mentions, event, subject, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (room, seq) DO NOTHING`, args...)
	if err != nil {
		return err
	}
	if n > 0 {
		return t.refer(room, &row)
	}
	if err := t.referAnew(room, &row); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE messages SET n = $3, rev = $4, key = $5, author = $6, at = $7, kind = $8, text = $9,
		reply = $10, files = $11, card = $12, edited = $13, recalled = $14, reactions = $15, mentions = $16,
		event = $17, subject = $18, detail = $19
		WHERE room = $1 AND seq = $2`, args...)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO changes (room, rev, seq) VALUES ($1, $2, $3)
		ON CONFLICT (room, seq) DO UPDATE SET rev = excluded.rev`, int64(room), int64(row.Rev), int64(row.Seq))
	return err
}

// body is what a row holds in columns of bytes.
type body struct {
	text, files, card, reactions, mentions []byte
	event                                  string
	subject                                int64
	detail                                 []byte
}

func bodyOf(row *chat.Row) (b body, err error) {
	b.text, b.card, b.detail = []byte(row.Text), orNull(row.Card), []byte{}
	if row.System != nil {
		b.event, b.subject, b.detail = row.System.Event, int64(row.System.Account), []byte(row.System.Text)
	}
	if b.files, err = encodeList(row.Files); err != nil {
		return b, err
	}
	if b.mentions, err = encodeList(row.Mentions); err != nil {
		return b, err
	}
	if len(row.Reactions) > 0 {
		if b.reactions, err = json.Marshal(row.Reactions); err != nil {
			return b, fmt.Errorf("encode reactions: %w", err)
		}
	}
	return b, nil
}

// encodeList encodes what is stored as JSON; nothing where there is nothing.
func encodeList[T any](list []T) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", list, err)
	}
	return data, nil
}

// PutReport implements store.Tx.
func (t *tx) PutReport(r store.Report) error {
	if _, err := t.hold(r.Room); err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO reports (id, room, seq, author, at, reason) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		r.ID, int64(r.Room), int64(r.Seq), int64(r.By), int64(r.At), []byte(r.Reason))
	if err == nil && n == 0 {
		err = fmt.Errorf("report %d: %w", r.ID, store.ErrExists)
	}
	return err
}

// DeleteReport implements store.Tx.
func (t *tx) DeleteReport(id int64) error {
	n, err := t.exec(`DELETE FROM reports WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}

// PutSend implements store.Tx. Of two transactions with the same key the second
// waits for the first here.
func (t *tx) PutSend(s store.Send) error {
	n, err := t.exec(`INSERT INTO sends (key, author, room, seq, hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		[16]byte(s.Key), int64(s.Account), int64(s.Room), int64(s.Seq), s.Hash[:])
	if err == nil && n == 0 {
		err = fmt.Errorf("key %s: %w", s.Key, store.ErrExists)
	}
	return err
}

// OnCommit implements store.Tx.
func (t *tx) OnCommit(fn func()) { t.told = append(t.told, fn) }
