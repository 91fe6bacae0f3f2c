package postgres

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
	"parley/shared/chat"
)

// The columns of the things that are read, in the order of the destinations
// below.
const (
	accountColumns = ` a.id, a.kind, a.name, coalesce(a.username, ''), a.avatar, a.locale, a.settings, a.password, a.rev, a.made, a.seen `
	sessionColumns = ` s.id, s.hash, s.account, s.made, s.seen, s.expires, s.agent `
	pushColumns    = ` p.session, p.account, p.endpoint, p.p256dh, p.auth, p.text, p.locale `
	roomColumns    = ` r.id, r.kind, r.name, r.about, r.low, r.high, r.low_posted, r.high_posted, r.members, r.joins, r.seq, r.n, r.rev, r.made, r.at, r.pins, r.reports `
	memberColumns  = ` m.room, m.account, m.role, m.read, m.read_n, m.got, m.muted, m.joined, m.top, m.hidden, m.unread, m.blocked, m.mention `
	rowColumns     = ` x.seq, x.n, x.rev, x.key, x.author, x.at, x.kind, x.text, x.reply, x.files, x.card, x.edited, x.recalled, x.reactions, x.mentions, x.event, x.subject, x.detail `
	sendColumns    = ` k.key, k.author, k.room, k.seq, k.hash `
	reportColumns  = ` id, room, seq, author, at, reason `
	fileColumns    = ` f.id, f.account, f.at, f.name, f.type, f.size, f.width, f.height, f.length, f.thumb, f.space, f.hash, f.blob `

	// The same where there may be none: then the first of them is 0.
	otherColumns = ` coalesce(o.room, 0), coalesce(o.account, 0), coalesce(o.role, ''), coalesce(o.read, 0), coalesce(o.read_n, 0), coalesce(o.got, 0), coalesce(o.muted, false), coalesce(o.joined, 0), coalesce(o.top, false), coalesce(o.hidden, 0), coalesce(o.unread, false), coalesce(o.blocked, false), coalesce(o.mention, 0) `
	lastColumns  = ` coalesce(x.seq, 0), coalesce(x.n, 0), coalesce(x.rev, 0), coalesce(x.key, '00000000-0000-0000-0000-000000000000'), coalesce(x.author, 0), coalesce(x.at, 0), coalesce(x.kind, ''), x.text, coalesce(x.reply, 0), x.files, x.card, coalesce(x.edited, 0), coalesce(x.recalled, 0), x.reactions, x.mentions, coalesce(x.event, ''), coalesce(x.subject, 0), x.detail `
)

func accountInto(a *store.Account) []any {
	return []any{
		(*int64)(&a.ID), &a.Kind, &a.Name, &a.Username, &a.Avatar, &a.Locale, (*[]byte)(&a.Settings), &a.Password,
		&a.Rev, (*int64)(&a.Made), (*int64)(&a.Seen),
	}
}

func scanAccount(rows pgx.Rows) (a store.Account, err error) {
	err = rows.Scan(accountInto(&a)...)
	return a, err
}

func scanUser(rows pgx.Rows) (u chat.User, err error) {
	err = rows.Scan((*int64)(&u.ID), &u.Name, &u.Avatar, &u.Kind)
	return u, err
}

func scanSession(rows pgx.Rows) (s store.Session, err error) {
	var hash, agent []byte
	err = rows.Scan(&s.ID, &hash, (*int64)(&s.Account), (*int64)(&s.Made), (*int64)(&s.Seen), (*int64)(&s.Expires), &agent)
	copy(s.Hash[:], hash)
	s.Agent = string(agent)
	return s, err
}

func scanPush(rows pgx.Rows) (p store.Push, err error) {
	err = rows.Scan(&p.Session, (*int64)(&p.Account), &p.Endpoint, &p.P256dh, &p.Auth, &p.Text, &p.Locale)
	return p, err
}

// roomAt is a room on its way out of its columns.
type roomAt struct {
	room        store.Room
	about, pins []byte
}

func (r *roomAt) into() []any {
	return []any{
		(*int64)(&r.room.ID), &r.room.Kind, &r.room.Name, &r.about, (*int64)(&r.room.Pair[0]), (*int64)(&r.room.Pair[1]),
		&r.room.Posted[0], &r.room.Posted[1], &r.room.Members, &r.room.Joins, (*int64)(&r.room.Seq), (*int64)(&r.room.N),
		(*int64)(&r.room.Rev), (*int64)(&r.room.Made), (*int64)(&r.room.At), &r.pins, &r.room.Reports,
	}
}

func (r *roomAt) done() (store.Room, error) {
	r.room.About = string(r.about)
	err := decode("pins", r.pins, &r.room.Pins)
	return r.room, err
}

func scanRoom(rows pgx.Rows) (store.Room, error) {
	var at roomAt
	if err := rows.Scan(at.into()...); err != nil {
		return at.room, err
	}
	return at.done()
}

func memberInto(m *store.Member) []any {
	return []any{
		(*int64)(&m.Room), (*int64)(&m.Account), &m.Role, (*int64)(&m.Read), (*int64)(&m.ReadN), (*int64)(&m.Got),
		&m.Muted, &m.Joined, &m.Top, (*int64)(&m.Hidden), &m.Unread, &m.Blocked, (*int64)(&m.Mention),
	}
}

func scanMember(rows pgx.Rows) (m store.Member, err error) {
	err = rows.Scan(memberInto(&m)...)
	return m, err
}

// rowAt is a row on its way out of its columns.
type rowAt struct {
	row                                 chat.Row
	key                                 [16]byte
	text, files, card, reactions, calls []byte
	system                              chat.System
	detail                              []byte
}

func (r *rowAt) into() []any {
	return []any{
		(*int64)(&r.row.Seq), (*int64)(&r.row.N), (*int64)(&r.row.Rev), &r.key, (*int64)(&r.row.By), (*int64)(&r.row.At),
		&r.row.Kind, &r.text, (*int64)(&r.row.Reply), &r.files, &r.card, (*int64)(&r.row.Edited), (*int64)(&r.row.Recalled),
		&r.reactions, &r.calls, &r.system.Event, (*int64)(&r.system.Account), &r.detail,
	}
}

func (r *rowAt) done() (chat.Row, error) {
	r.row.Key, r.row.Text = r.key, string(r.text)
	if len(r.card) > 0 {
		r.row.Card = r.card
	}
	if r.system.Event != "" {
		system := r.system
		system.Text = string(r.detail)
		r.row.System = &system
	}
	if err := decode("files", r.files, &r.row.Files); err != nil {
		return r.row, err
	}
	if err := decode("reactions", r.reactions, &r.row.Reactions); err != nil {
		return r.row, err
	}
	err := decode("mentions", r.calls, &r.row.Mentions)
	return r.row, err
}

func scanRow(rows pgx.Rows) (chat.Row, error) {
	var at rowAt
	if err := rows.Scan(at.into()...); err != nil {
		return at.row, err
	}
	return at.done()
}

// decode reads a column of JSON into v, if there is any.
func decode(column string, data []byte, v any) error {
	if len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("column %s: %w", column, err)
	}
	return nil
}

// scanHead reads a room, a member, the other member and the last row, side by
// side; the latter two may be missing.
func scanHead(rows pgx.Rows) (h store.Head, err error) {
	var room roomAt
	var other store.Member
	var last rowAt
	into := append(append(append(room.into(), memberInto(&h.Member)...), memberInto(&other)...), last.into()...)
	if err := rows.Scan(into...); err != nil {
		return h, err
	}
	if h.Room, err = room.done(); err != nil {
		return h, err
	}
	if other.Room != 0 {
		h.Other = &other
	}
	if last.row.Seq != 0 {
		row, err := last.done()
		if err != nil {
			return h, err
		}
		h.Last = &row
	}
	return h, nil
}

func scanSend(rows pgx.Rows) (s store.Send, err error) {
	var key [16]byte
	var hash []byte
	err = rows.Scan(&key, (*int64)(&s.Account), (*int64)(&s.Room), (*int64)(&s.Seq), &hash)
	s.Key = key
	copy(s.Hash[:], hash)
	return s, err
}

func scanReport(rows pgx.Rows) (r store.Report, err error) {
	var reason []byte
	err = rows.Scan(&r.ID, (*int64)(&r.Room), (*int64)(&r.Seq), (*int64)(&r.By), (*int64)(&r.At), &reason)
	r.Reason = string(reason)
	return r, err
}

func scanFile(rows pgx.Rows) (f store.File, err error) {
	var name, hash []byte
	err = rows.Scan(&f.ID, (*int64)(&f.Account), (*int64)(&f.At), &name, &f.Type, &f.Size, &f.Width, &f.Height, &f.Length,
		&f.Thumb, &f.Space, &hash, &f.Blob)
	f.Name = string(name)
	copy(f.Hash[:], hash)
	return f, err
}

func scanPlace(rows pgx.Rows) (p store.RoomPlace, err error) {
	err = rows.Scan((*int64)(&p.Room), (*int64)(&p.Seq), (*int64)(&p.Rev))
	return p, err
}

// scanID reads a number of some kind.
func scanID[T ~int64](rows pgx.Rows) (T, error) {
	var id int64
	err := rows.Scan(&id)
	return T(id), err
}

func scanBool(rows pgx.Rows) (yes bool, err error) {
	err = rows.Scan(&yes)
	return yes, err
}

func scanString(rows pgx.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}
