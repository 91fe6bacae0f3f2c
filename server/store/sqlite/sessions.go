package sqlite

import (
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

// Sessions implements store.Reader.
func (r *reader) Sessions(account chat.AccountID) ([]store.Session, error) {
	return list(r.ask(`SELECT`+sessionColumns+`FROM sessions WHERE account = (SELECT ?) ORDER BY seen DESC, id DESC`).
		int(int64(account)), scanSession)
}

// ExpiredSessions implements store.Reader.
func (r *reader) ExpiredSessions(now chat.Time, limit int) ([]store.Session, error) {
	return list(r.ask(`SELECT`+sessionColumns+`FROM sessions WHERE expires <= (SELECT ?) LIMIT (SELECT ?)`).
		int(int64(now)).int(int64(max(limit, 0))), scanSession)
}

// Leavers implements store.Reader.
func (r *reader) Leavers() ([]chat.AccountID, error) {
	return list(r.ask(`SELECT account FROM leavers ORDER BY account`), func(s *sqlite.Stmt, at int) (chat.AccountID, error) {
		return chat.AccountID(s.ColumnInt64(at)), nil
	})
}

// Push implements store.Reader.
func (r *reader) Push(session int64) (store.Push, error) {
	return one(r.ask(`SELECT`+pushColumns+`FROM pushes p WHERE p.session = ?`).int(session), scanPush)
}

// RoomPushes implements store.Reader.
func (r *reader) RoomPushes(room chat.RoomID) ([]store.Push, error) {
	return list(r.ask(`SELECT`+pushColumns+`FROM members m JOIN pushes p ON p.account = m.account
		WHERE m.room = (SELECT ?) AND m.role <> ? ORDER BY p.session`).int(int64(room)).text(store.RoleBanned), scanPush)
}

// PushedRooms implements store.Reader.
func (r *reader) PushedRooms(ids []chat.RoomID) ([]chat.RoomID, error) {
	return list(r.ask(`SELECT j.value FROM json_each(?) j WHERE EXISTS (
			SELECT 1 FROM members m JOIN pushes p ON p.account = m.account WHERE m.room = j.value AND m.role <> ?)`).
		text(arrayOf(ids)).text(store.RoleBanned), scanRoomID)
}

// Unread implements store.Reader.
func (r *reader) Unread(account chat.AccountID) (chat.Count, error) {
	return one(r.ask(`SELECT COALESCE(SUM(MAX(r.n - m.read_n, 0)), 0) FROM members m JOIN rooms r ON r.id = m.room
		WHERE m.account = (SELECT ?) AND m.muted = 0 AND m.role <> ?`).int(int64(account)).text(store.RoleBanned),
		func(s *sqlite.Stmt, at int) (chat.Count, error) { return chat.Count(s.ColumnInt64(at)), nil })
}

// PutSession implements store.Tx.
func (t *tx) PutSession(s store.Session) error {
	was, err := one(t.ask(sessionByID).int(s.ID), scanSession)
	switch {
	case err == nil:
		t.sessions = append(t.sessions, was.Hash)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return t.write(t.ask(`INSERT INTO sessions (id, hash, account, made, seen, expires, agent) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, account = excluded.account, made = excluded.made,
		seen = excluded.seen, expires = excluded.expires, agent = excluded.agent`).
		int(s.ID).blob(s.Hash[:]).int(int64(s.Account)).int(int64(s.Made)).int(int64(s.Seen)).int(int64(s.Expires)).text(s.Agent))
}

// DeleteSession implements store.Tx.
func (t *tx) DeleteSession(id int64) error {
	s, err := one(t.ask(sessionByID).int(id), scanSession)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = t.raise(s.Account)
	}
	if err != nil {
		return err
	}
	if err := t.DeletePush(id); err != nil {
		return err
	}
	t.sessions = append(t.sessions, s.Hash)
	return t.write(t.ask(`DELETE FROM sessions WHERE id = ?`).int(id))
}

// PutLeaver implements store.Tx.
func (t *tx) PutLeaver(account chat.AccountID) error {
	return t.write(t.ask(`INSERT INTO leavers (account) VALUES (?) ON CONFLICT DO NOTHING`).int(int64(account)))
}

// DeleteLeaver implements store.Tx.
func (t *tx) DeleteLeaver(account chat.AccountID) error {
	return t.write(t.ask(`DELETE FROM leavers WHERE account = ?`).int(int64(account)))
}

// PutPush implements store.Tx.
func (t *tx) PutPush(p store.Push) error {
	if there, err := t.HasSession(p.Session); err != nil {
		return err
	} else if !there {
		return fmt.Errorf("session %d: %w", p.Session, store.ErrNotFound)
	}
	if err := t.write(t.ask(`DELETE FROM pushes WHERE endpoint = ?`).text(p.Endpoint)); err != nil {
		return err
	}
	return t.write(t.ask(`INSERT INTO pushes (session, account, endpoint, p256dh, auth, text, locale) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (session) DO UPDATE SET account = excluded.account, endpoint = excluded.endpoint,
		p256dh = excluded.p256dh, auth = excluded.auth, text = excluded.text, locale = excluded.locale`).
		int(p.Session).int(int64(p.Account)).text(p.Endpoint).text(p.P256dh).text(p.Auth).bool(p.Text).text(p.Locale))
}

// DeletePush implements store.Tx.
func (t *tx) DeletePush(session int64) error {
	return t.write(t.ask(`DELETE FROM pushes WHERE session = ?`).int(session))
}
