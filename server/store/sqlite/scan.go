package sqlite

import (
	"encoding/json"
	"fmt"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

// The columns of the things that are read, in the order in which their scan
// functions take them from a statement, from column at on.
const (
	accountColumns = ` a.id, a.kind, a.name, a.username, a.avatar, a.locale, a.settings, a.password, a.rev, a.made, a.seen `
	sessionColumns = ` id, hash, account, made, seen, expires, agent `
	pushColumns    = ` p.session, p.account, p.endpoint, p.p256dh, p.auth, p.text, p.locale `
	roomColumns    = ` r.id, r.kind, r.name, r.about, r.low, r.high, r.low_posted, r.high_posted, r.members, r.joins, r.seq, r.n, r.rev, r.made, r.at, r.pins, r.reports `
	memberColumns  = ` m.room, m.account, m.role, m.read, m.read_n, m.got, m.muted, m.joined, m.top, m.hidden, m.unread, m.blocked, m.mention `
	otherColumns   = ` o.room, o.account, o.role, o.read, o.read_n, o.got, o.muted, o.joined, o.top, o.hidden, o.unread, o.blocked, o.mention `
	rowColumns     = ` x.seq, x.n, x.rev, x.key, x.author, x.at, x.kind, x.text, x.reply, x.files, x.card, x.edited, x.recalled, x.reactions, x.event, x.subject, x.detail, x.mentions `

	reportColumns = ` id, room, seq, author, at, reason `

	roomWidth   = 17
	memberWidth = 13
)

// blob copies the bytes of a column; NULL and none are nil.
func blob(stmt *sqlite.Stmt, col int) []byte {
	n := stmt.ColumnLen(col)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	stmt.ColumnBytes(col, b)
	return b
}

func scanAccount(s *sqlite.Stmt, at int) (store.Account, error) {
	return store.Account{
		Account: chat.Account{
			ID:       chat.AccountID(s.ColumnInt64(at)),
			Kind:     s.ColumnText(at + 1),
			Name:     s.ColumnText(at + 2),
			Username: s.ColumnText(at + 3),
			Avatar:   s.ColumnText(at + 4),
			Locale:   s.ColumnText(at + 5),
			Settings: blob(s, at+6),
		},
		Password: s.ColumnText(at + 7),
		Rev:      s.ColumnInt64(at + 8),
		Made:     chat.Time(s.ColumnInt64(at + 9)),
		Seen:     chat.Time(s.ColumnInt64(at + 10)),
	}, nil
}

func scanUser(s *sqlite.Stmt, at int) (chat.User, error) {
	return chat.User{
		ID:     chat.AccountID(s.ColumnInt64(at)),
		Name:   s.ColumnText(at + 1),
		Avatar: s.ColumnText(at + 2),
		Kind:   s.ColumnText(at + 3),
	}, nil
}

func scanSession(s *sqlite.Stmt, at int) (store.Session, error) {
	session := store.Session{
		ID:      s.ColumnInt64(at),
		Account: chat.AccountID(s.ColumnInt64(at + 2)),
		Made:    chat.Time(s.ColumnInt64(at + 3)),
		Seen:    chat.Time(s.ColumnInt64(at + 4)),
		Expires: chat.Time(s.ColumnInt64(at + 5)),
		Agent:   s.ColumnText(at + 6),
	}
	s.ColumnBytes(at+1, session.Hash[:])
	return session, nil
}

func scanPush(s *sqlite.Stmt, at int) (store.Push, error) {
	return store.Push{
		Session:  s.ColumnInt64(at),
		Account:  chat.AccountID(s.ColumnInt64(at + 1)),
		Endpoint: s.ColumnText(at + 2),
		P256dh:   s.ColumnText(at + 3),
		Auth:     s.ColumnText(at + 4),
		Text:     s.ColumnBool(at + 5),
		Locale:   s.ColumnText(at + 6),
	}, nil
}

func scanRoom(s *sqlite.Stmt, at int) (store.Room, error) {
	room := store.Room{
		ID:      chat.RoomID(s.ColumnInt64(at)),
		Kind:    s.ColumnText(at + 1),
		Name:    s.ColumnText(at + 2),
		About:   s.ColumnText(at + 3),
		Pair:    [2]chat.AccountID{chat.AccountID(s.ColumnInt64(at + 4)), chat.AccountID(s.ColumnInt64(at + 5))},
		Posted:  [2]bool{s.ColumnBool(at + 6), s.ColumnBool(at + 7)},
		Members: s.ColumnInt(at + 8),
		Joins:   s.ColumnInt64(at + 9),
		Seq:     chat.Seq(s.ColumnInt64(at + 10)),
		N:       chat.Count(s.ColumnInt64(at + 11)),
		Rev:     chat.Rev(s.ColumnInt64(at + 12)),
		Made:    chat.Time(s.ColumnInt64(at + 13)),
		At:      chat.Time(s.ColumnInt64(at + 14)),
		Reports: s.ColumnInt(at + 16),
	}
	return room, decode(s, at+15, &room.Pins)
}

func scanMember(s *sqlite.Stmt, at int) (store.Member, error) {
	return store.Member{
		Room:    chat.RoomID(s.ColumnInt64(at)),
		Account: chat.AccountID(s.ColumnInt64(at + 1)),
		Role:    s.ColumnText(at + 2),
		Read:    chat.Seq(s.ColumnInt64(at + 3)),
		ReadN:   chat.Count(s.ColumnInt64(at + 4)),
		Got:     chat.Seq(s.ColumnInt64(at + 5)),
		Muted:   s.ColumnBool(at + 6),
		Joined:  s.ColumnInt64(at + 7),
		Top:     s.ColumnBool(at + 8),
		Hidden:  chat.Count(s.ColumnInt64(at + 9)),
		Unread:  s.ColumnBool(at + 10),
		Blocked: s.ColumnBool(at + 11),
		Mention: chat.Seq(s.ColumnInt64(at + 12)),
	}, nil
}

// scanHead reads what scanListed does, and the last row, which may be missing.
func scanHead(s *sqlite.Stmt, at int) (h store.Head, err error) {
	if h, err = scanListed(s, at); err != nil {
		return h, err
	}
	at += roomWidth + 2*memberWidth
	if !s.ColumnIsNull(at) {
		last, err := scanRow(s, at)
		if err != nil {
			return h, err
		}
		h.Last = &last
	}
	return h, nil
}

// scanListed reads a room, a member and the other member, side by side; the
// latter may be missing.
func scanListed(s *sqlite.Stmt, at int) (h store.Head, err error) {
	if h.Room, err = scanRoom(s, at); err != nil {
		return h, err
	}
	at += roomWidth
	if h.Member, err = scanMember(s, at); err != nil {
		return h, err
	}
	at += memberWidth
	if !s.ColumnIsNull(at) {
		other, err := scanMember(s, at)
		if err != nil {
			return h, err
		}
		h.Other = &other
	}
	return h, nil
}

func scanRow(s *sqlite.Stmt, at int) (chat.Row, error) {
	row := chat.Row{
		Seq:      chat.Seq(s.ColumnInt64(at)),
		N:        chat.Count(s.ColumnInt64(at + 1)),
		Rev:      chat.Rev(s.ColumnInt64(at + 2)),
		By:       chat.AccountID(s.ColumnInt64(at + 4)),
		At:       chat.Time(s.ColumnInt64(at + 5)),
		Kind:     s.ColumnText(at + 6),
		Text:     s.ColumnText(at + 7),
		Reply:    chat.Seq(s.ColumnInt64(at + 8)),
		Card:     blob(s, at+10),
		Edited:   chat.Time(s.ColumnInt64(at + 11)),
		Recalled: chat.Time(s.ColumnInt64(at + 12)),
	}
	s.ColumnBytes(at+3, row.Key[:])
	if err := decode(s, at+9, &row.Files); err != nil {
		return row, err
	}
	if err := decode(s, at+13, &row.Reactions); err != nil {
		return row, err
	}
	if err := decode(s, at+17, &row.Mentions); err != nil {
		return row, err
	}
	if !s.ColumnIsNull(at + 14) {
		row.System = &chat.System{
			Event:   s.ColumnText(at + 14),
			Account: chat.AccountID(s.ColumnInt64(at + 15)),
			Text:    s.ColumnText(at + 16),
		}
	}
	return row, nil
}

// decode reads a column of JSON into v, if there is any.
func decode(s *sqlite.Stmt, col int, v any) error {
	if s.ColumnIsNull(col) {
		return nil
	}
	if err := json.Unmarshal(blob(s, col), v); err != nil {
		return fmt.Errorf("%w: column %s: %v", store.ErrUnavailable, s.ColumnName(col), err)
	}
	return nil
}

func scanSend(s *sqlite.Stmt, at int) (store.Send, error) {
	send := store.Send{
		Account: chat.AccountID(s.ColumnInt64(at + 1)),
		Room:    chat.RoomID(s.ColumnInt64(at + 2)),
		Seq:     chat.Seq(s.ColumnInt64(at + 3)),
	}
	s.ColumnBytes(at, send.Key[:])
	s.ColumnBytes(at+4, send.Hash[:])
	return send, nil
}

func scanReport(s *sqlite.Stmt, at int) (store.Report, error) {
	return store.Report{
		ID:     s.ColumnInt64(at),
		Room:   chat.RoomID(s.ColumnInt64(at + 1)),
		Seq:    chat.Seq(s.ColumnInt64(at + 2)),
		By:     chat.AccountID(s.ColumnInt64(at + 3)),
		At:     chat.Time(s.ColumnInt64(at + 4)),
		Reason: s.ColumnText(at + 5),
	}, nil
}

// scanInt reads a number.
func scanRoomID(s *sqlite.Stmt, at int) (chat.RoomID, error) {
	return chat.RoomID(s.ColumnInt64(at)), nil
}

func scanInt(s *sqlite.Stmt, at int) (int64, error) { return s.ColumnInt64(at), nil }
