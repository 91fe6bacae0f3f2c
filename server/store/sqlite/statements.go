package sqlite

import (
	"encoding/json"
	"fmt"

	"parley/server/store"
	"parley/shared/chat"
)

// PutAccount implements store.Tx.
func (t *tx) PutAccount(a store.Account) error {
	t.accounts.drop(a.ID)
	return t.write(t.ask(`INSERT INTO accounts
		(id, kind, name, folded, username, avatar, locale, settings, password, rev, made, seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, folded = excluded.folded,
		username = excluded.username, avatar = excluded.avatar, locale = excluded.locale,
		settings = excluded.settings, password = excluded.password, rev = excluded.rev,
		made = excluded.made, seen = excluded.seen`).
		int(int64(a.ID)).text(a.Kind).text(a.Name).text(fold(a.Name)).textOrNull(a.Username).
		text(a.Avatar).text(a.Locale).blobOrNull(a.Settings).text(a.Password).
		int(a.Rev).int(int64(a.Made)).int(int64(a.Seen)))
}

// raise adds one to the Rev of an account.
func (t *tx) raise(id chat.AccountID) error {
	t.accounts.drop(id)
	return t.write(t.ask(`UPDATE accounts SET rev = rev + 1 WHERE id = ?`).int(int64(id)))
}

// storeRoom inserts or replaces. What changes with every row is updated without
// touching the indexes; the rest of a room seldom changes.
func (t *tx) storeRoom(r store.Room) error {
	pins, err := encodeList(r.Pins)
	if err != nil {
		return err
	}
	n, err := t.change(t.ask(`UPDATE rooms SET about = ?, low_posted = ?, high_posted = ?, members = ?, joins = ?,
		seq = ?, n = ?, rev = ?, made = ?, at = ?, pins = ?, reports = ?
		WHERE id = ? AND kind = ? AND name = ? AND low = ? AND high = ?`).
		text(r.About).bool(r.Posted[0]).bool(r.Posted[1]).int(int64(r.Members)).int(r.Joins).
		int(int64(r.Seq)).int(int64(r.N)).int(int64(r.Rev)).int(int64(r.Made)).int(int64(r.At)).
		blobOrNull(pins).int(int64(r.Reports)).
		int(int64(r.ID)).text(r.Kind).text(r.Name).int(int64(r.Pair[0])).int(int64(r.Pair[1])))
	if err != nil || n > 0 {
		return err
	}
	return t.write(t.ask(`INSERT INTO rooms
		(id, kind, name, about, low, high, low_posted, high_posted, members, joins, seq, n, rev, made, at, pins, reports)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, about = excluded.about,
		low = excluded.low, high = excluded.high, low_posted = excluded.low_posted,
		high_posted = excluded.high_posted, members = excluded.members, joins = excluded.joins, seq = excluded.seq, n = excluded.n,
		rev = excluded.rev, made = excluded.made, at = excluded.at, pins = excluded.pins, reports = excluded.reports`).
		int(int64(r.ID)).text(r.Kind).text(r.Name).text(r.About).int(int64(r.Pair[0])).int(int64(r.Pair[1])).
		bool(r.Posted[0]).bool(r.Posted[1]).int(int64(r.Members)).int(r.Joins).
		int(int64(r.Seq)).int(int64(r.N)).int(int64(r.Rev)).int(int64(r.Made)).int(int64(r.At)).
		blobOrNull(pins).int(int64(r.Reports)))
}

// storeMember inserts or replaces.
func (t *tx) storeMember(m store.Member) error {
	n, err := t.change(t.ask(`UPDATE members SET read = ?, read_n = ?, got = ?, muted = ?, joined = ?,
		top = ?, hidden = ?, unread = ?, blocked = ?, mention = ?
		WHERE room = ? AND account = ? AND role = ?`).
		int(int64(m.Read)).int(int64(m.ReadN)).int(int64(m.Got)).bool(m.Muted).int(m.Joined).
		bool(m.Top).int(int64(m.Hidden)).bool(m.Unread).bool(m.Blocked).int(int64(m.Mention)).
		int(int64(m.Room)).int(int64(m.Account)).text(m.Role))
	if err != nil || n > 0 {
		return err
	}
	err = t.write(t.ask(`INSERT INTO members
		(room, account, role, read, read_n, got, muted, joined, top, hidden, unread, blocked, mention)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (room, account) DO UPDATE SET role = excluded.role, read = excluded.read,
		read_n = excluded.read_n, got = excluded.got, muted = excluded.muted, joined = excluded.joined, top = excluded.top,
		hidden = excluded.hidden, unread = excluded.unread, blocked = excluded.blocked, mention = excluded.mention`).
		int(int64(m.Room)).int(int64(m.Account)).text(m.Role).int(int64(m.Read)).int(int64(m.ReadN)).
		int(int64(m.Got)).bool(m.Muted).int(m.Joined).
		bool(m.Top).int(int64(m.Hidden)).bool(m.Unread).bool(m.Blocked).int(int64(m.Mention)))
	if err != nil {
		return err
	}
	return t.raise(m.Account)
}

// DeleteMember implements store.Tx.
func (t *tx) DeleteMember(room chat.RoomID, account chat.AccountID) error {
	t.dropMember(memberKey{room, account})
	n, err := t.change(t.ask(`DELETE FROM members WHERE room = ? AND account = ?`).int(int64(room)).int(int64(account)))
	if err != nil || n == 0 {
		return err
	}
	return t.raise(account)
}

// storeRow inserts or replaces. Most rows are new, which takes one statement.
func (t *tx) storeRow(room chat.RoomID, row chat.Row) error {
	lists, err := bodies(row)
	if err != nil {
		return err
	}
	n, err := t.change(bindRow(t.ask(`INSERT INTO messages
		(room, seq, n, rev, key, author, at, kind, text, reply, files, card, edited, recalled, reactions, mentions, event, subject, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (room, seq) DO NOTHING`), room, row, lists))
	if err != nil {
		return err
	}
	if n > 0 {
		return t.refer(room, &row)
	}
	if err := t.referAnew(room, &row); err != nil {
		return err
	}
	err = t.write(bindRow(t.ask(`UPDATE messages SET n = ?3, rev = ?4, key = ?5, author = ?6, at = ?7, kind = ?8, text = ?9,
		reply = ?10, files = ?11, card = ?12, edited = ?13, recalled = ?14, reactions = ?15, mentions = ?16,
		event = ?17, subject = ?18, detail = ?19
		WHERE room = ?1 AND seq = ?2`), room, row, lists))
	if err != nil {
		return err
	}
	return t.write(t.ask(`INSERT INTO changes (room, rev, seq) VALUES (?, ?, ?)
		ON CONFLICT (room, seq) DO UPDATE SET rev = excluded.rev`).
		int(int64(room)).int(int64(row.Rev)).int(int64(row.Seq)))
}

// lists are what a row has lists of, encoded.
type lists struct{ files, reactions, mentions []byte }

func bodies(row chat.Row) (l lists, err error) {
	if l.files, err = encodeList(row.Files); err != nil {
		return l, err
	}
	if l.mentions, err = encodeList(row.Mentions); err != nil {
		return l, err
	}
	if len(row.Reactions) > 0 {
		if l.reactions, err = json.Marshal(row.Reactions); err != nil {
			return l, fmt.Errorf("encode reactions: %w", err)
		}
	}
	return l, nil
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

func bindRow(a *ask, room chat.RoomID, row chat.Row, l lists) *ask {
	a.int(int64(room)).int(int64(row.Seq)).int(int64(row.N)).int(int64(row.Rev)).blob(row.Key[:]).
		int(int64(row.By)).int(int64(row.At)).text(row.Kind).text(row.Text).int(int64(row.Reply)).
		blobOrNull(l.files).blobOrNull(row.Card).int(int64(row.Edited)).int(int64(row.Recalled)).
		blobOrNull(l.reactions).blobOrNull(l.mentions)
	if row.System != nil {
		a.text(row.System.Event).int(int64(row.System.Account)).text(row.System.Text)
	}
	return a
}

// PutReport implements store.Tx.
func (t *tx) PutReport(r store.Report) error {
	return t.write(t.ask(`INSERT INTO reports (id, room, seq, author, at, reason) VALUES (?, ?, ?, ?, ?, ?)`).
		int(r.ID).int(int64(r.Room)).int(int64(r.Seq)).int(int64(r.By)).int(int64(r.At)).text(r.Reason))
}

// DeleteReport implements store.Tx.
func (t *tx) DeleteReport(id int64) error {
	n, err := t.change(t.ask(`DELETE FROM reports WHERE id = ?`).int(id))
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}

// storeSend inserts.
func (t *tx) storeSend(s store.Send) error {
	return t.write(t.ask(`INSERT INTO sends (key, author, room, seq, hash) VALUES (?, ?, ?, ?, ?)`).
		blob(s.Key[:]).int(int64(s.Account)).int(int64(s.Room)).int(int64(s.Seq)).blob(s.Hash[:]))
}
