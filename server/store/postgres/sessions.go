package postgres

import (
	"fmt"

	"parley/server/store"
	"parley/shared/chat"
)

// Session implements store.Tx.
func (r *reader) Session(hash [32]byte) (store.Session, error) {
	return one(&r.asker, scanSession, `SELECT`+sessionColumns+`FROM sessions s WHERE s.hash = $1`, hash[:])
}

// HasSession implements store.Reader.
func (r *reader) HasSession(id int64) (bool, error) {
	return r.is(`SELECT EXISTS (SELECT FROM sessions WHERE id = $1)`, id)
}

// Sessions implements store.Reader.
func (r *reader) Sessions(account chat.AccountID) ([]store.Session, error) {
	return list(&r.asker, scanSession, `SELECT`+sessionColumns+`FROM sessions s WHERE s.account = $1 ORDER BY s.seen DESC, s.id DESC`,
		int64(account))
}

// ExpiredSessions implements store.Reader.
func (r *reader) ExpiredSessions(now chat.Time, limit int) ([]store.Session, error) {
	return list(&r.asker, scanSession, `SELECT`+sessionColumns+`FROM sessions s WHERE s.expires <= $1 LIMIT $2`, int64(now), max(limit, 0))
}

// Leavers implements store.Reader.
func (r *reader) Leavers() ([]chat.AccountID, error) {
	return list(&r.asker, scanID[chat.AccountID], `SELECT account FROM leavers ORDER BY account`)
}

// Push implements store.Reader.
func (r *reader) Push(session int64) (store.Push, error) {
	return one(&r.asker, scanPush, `SELECT`+pushColumns+`FROM pushes p WHERE p.session = $1`, session)
}

// RoomPushes implements store.Reader.
func (r *reader) RoomPushes(room chat.RoomID) ([]store.Push, error) {
	return list(&r.asker, scanPush, `SELECT`+pushColumns+`FROM members m JOIN pushes p ON p.account = m.account
		WHERE m.room = $1 AND m.role <> 'banned' ORDER BY p.session`, int64(room))
}

// PushedRooms implements store.Reader.
func (r *reader) PushedRooms(ids []chat.RoomID) ([]chat.RoomID, error) {
	return list(&r.asker, scanID[chat.RoomID], `SELECT DISTINCT m.room FROM members m JOIN pushes p ON p.account = m.account
		WHERE m.room = ANY($1) AND m.role <> 'banned'`, int64s(ids))
}

// Unread implements store.Reader.
func (r *reader) Unread(account chat.AccountID) (chat.Count, error) {
	return one(&r.asker, scanID[chat.Count], `SELECT coalesce(sum(greatest(r.n - m.read_n, 0)), 0)::bigint
		FROM members m JOIN rooms r ON r.id = m.room
		WHERE m.account = $1 AND NOT m.muted AND m.role <> 'banned'`, int64(account))
}

// PutSession implements store.Tx.
func (t *tx) PutSession(s store.Session) error {
	taken, err := t.is(`SELECT EXISTS (SELECT FROM sessions WHERE hash = $1 AND id <> $2)`, s.Hash[:], s.ID)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("session %d: its hash: %w", s.ID, store.ErrExists)
	}
	_, err = t.exec(`INSERT INTO sessions (id, hash, account, made, seen, expires, agent) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, account = excluded.account, made = excluded.made,
		seen = excluded.seen, expires = excluded.expires, agent = excluded.agent`,
		s.ID, s.Hash[:], int64(s.Account), int64(s.Made), int64(s.Seen), int64(s.Expires), []byte(s.Agent))
	return err
}

// DeleteSession implements store.Tx.
func (t *tx) DeleteSession(id int64) error {
	_, err := t.exec(`WITH gone AS (DELETE FROM sessions WHERE id = $1 RETURNING account),
		untold AS (DELETE FROM pushes WHERE session = $1)
		UPDATE accounts SET rev = rev + 1 WHERE id IN (SELECT account FROM gone)`, id)
	return err
}

// PutLeaver implements store.Tx.
func (t *tx) PutLeaver(account chat.AccountID) error {
	_, err := t.exec(`INSERT INTO leavers (account) VALUES ($1) ON CONFLICT DO NOTHING`, int64(account))
	return err
}

// DeleteLeaver implements store.Tx.
func (t *tx) DeleteLeaver(account chat.AccountID) error {
	_, err := t.exec(`DELETE FROM leavers WHERE account = $1`, int64(account))
	return err
}

// PutPush implements store.Tx.
func (t *tx) PutPush(p store.Push) error {
	if there, err := t.HasSession(p.Session); err != nil {
		return err
	} else if !there {
		return fmt.Errorf("session %d: %w", p.Session, store.ErrNotFound)
	}
	if _, err := t.exec(`DELETE FROM pushes WHERE endpoint = $1 AND session <> $2`, clean(p.Endpoint), p.Session); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO pushes (session, account, endpoint, p256dh, auth, text, locale) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (session) DO UPDATE SET account = excluded.account, endpoint = excluded.endpoint,
		p256dh = excluded.p256dh, auth = excluded.auth, text = excluded.text, locale = excluded.locale`,
		p.Session, int64(p.Account), clean(p.Endpoint), clean(p.P256dh), clean(p.Auth), p.Text, clean(p.Locale))
	return err
}

// DeletePush implements store.Tx.
func (t *tx) DeletePush(session int64) error {
	_, err := t.exec(`DELETE FROM pushes WHERE session = $1`, session)
	return err
}
