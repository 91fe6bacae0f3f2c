package replica_test

import (
	"fmt"
	"maps"
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

func (m *model) post(f *wire.Send) {
	l := m.logs[f.Room]
	var fresh []chat.Post
	for _, p := range f.Posts {
		content := fmt.Sprint("post ", f.Room, p.Text, p.Reply, p.Files)
		known, stored := l.ops[p.Key]
		switch {
		case stored && known.content != content:
			m.reject(chat.Conflict, f.Room, p.Key)
			return
		case !stored && !l.ours:
			m.reject(chat.NotFound, f.Room, p.Key)
			return
		case !stored && !m.has(p.Files):
			m.reject(chat.NotFound, f.Room, p.Key)
			return
		case !stored && p.Text == "refuse me":
			m.reject(chat.TooLarge, f.Room, p.Key)
			return
		case !stored && p.Reply > 0 && (p.Reply > l.head.Seq || l.rows[p.Reply-1].Recalled != 0):
			m.reject(chat.Conflict, f.Room, p.Key)
			return
		}
	}
	for _, p := range f.Posts {
		if known, stored := l.ops[p.Key]; stored {
			m.repeat(l, p.Key, known)
		} else {
			fresh = append(fresh, p)
		}
	}
	var rows []chat.Row
	var keys []chat.Key
	for _, p := range fresh {
		row := l.put(chat.Row{Key: p.Key, By: me, Kind: chat.KindText, Text: p.Text, Reply: p.Reply, Files: filesOf(p.Files)})
		l.ops[p.Key] = op{fmt.Sprint("post ", f.Room, p.Text, p.Reply, p.Files), row.Seq}
		rows, keys = append(rows, row), append(keys, p.Key)
	}
	m.news(l, rows, keys...)
	if h := &l.head; len(rows) > 0 && h.Read == rows[len(rows)-1].Seq {
		m.marked(l)
	}
}

// repeat answers a key that is stored.
func (m *model) repeat(l *log, key chat.Key, known op) {
	f := &wire.Rows{Room: l.head.ID, Keys: map[chat.AccountID][]chat.Key{me: {key}}}
	if l.ours {
		f.Rows, f.Users = []chat.Row{l.rows[known.seq-1]}, modelUsers()
	}
	m.send(f, 0, false)
}

func (m *model) reject(code chat.Code, room chat.RoomID, key chat.Key) {
	m.send(&wire.Reject{Code: code, Message: "no", Room: room, Key: key}, 0, false)
}

func (m *model) operate(room chat.RoomID, seq chat.Seq, key chat.Key, content string, change func(*chat.Row)) {
	l := m.logs[room]
	content = fmt.Sprint(content, room, seq)
	if known, stored := l.ops[key]; stored && known.content == content {
		m.repeat(l, key, known)
		return
	}
	switch {
	case !l.ours, seq > l.head.Seq:
		m.reject(chat.NotFound, room, key)
	case l.rows[seq-1].By != me:
		m.reject(chat.Forbidden, room, key)
	case l.rows[seq-1].Recalled != 0:
		m.reject(chat.Conflict, room, key)
	default:
		row := l.rows[seq-1]
		change(&row)
		row = l.put(row)
		l.ops[key] = op{content, seq}
		m.news(l, []chat.Row{row}, key)
	}
}

func (m *model) react(f *wire.React) {
	l := m.logs[f.Room]
	if !l.ours || f.Seq > l.head.Seq {
		m.reject(chat.NotFound, f.Room, chat.Key{})
		return
	}
	row := l.rows[f.Seq-1]
	if row.Recalled != 0 {
		m.reject(chat.Conflict, f.Room, chat.Key{})
		return
	}
	if slices.Contains(row.Reactions[f.Emoji], me) == f.On {
		m.send(&wire.Rows{Room: f.Room, Rows: []chat.Row{row}, Users: modelUsers()}, 0, false)
		return
	}
	m.news(l, []chat.Row{l.put(reacted(row, f.Emoji, me, f.On))})
	m.down[len(m.down)-1].loose = false // it settles an operation of this connection
}

func reacted(row chat.Row, emoji string, by chat.AccountID, on bool) chat.Row {
	row.Reactions = maps.Clone(row.Reactions)
	if row.Reactions == nil {
		row.Reactions = map[string][]chat.AccountID{}
	}
	ids := slices.DeleteFunc(slices.Clone(row.Reactions[emoji]), func(id chat.AccountID) bool { return id == by })
	if on {
		ids = append(ids, by)
	}
	row.Reactions[emoji] = ids
	if len(ids) == 0 {
		delete(row.Reactions, emoji)
	}
	return row
}

func (m *model) pull(f *wire.Pull) {
	l := m.logs[f.Room]
	switch {
	case !l.ours:
		m.reject(chat.NotFound, f.Room, chat.Key{})
	case f.Before != nil:
		m.page(l, *f.Before, f.Limit)
	default:
		m.changes(l, *f.After)
	}
}

func (m *model) page(l *log, before chat.Seq, limit *int) {
	most := modelPage
	if limit != nil {
		most = min(most, *limit)
	}
	if before == 0 {
		before = l.head.Seq + 1
	}
	from := max(0, int(before)-1-most)
	rev := max(0, l.head.Rev-chat.Rev(m.lag))
	held := l.held[rev]
	if int(before)-1 > len(held) {
		rev, held = l.head.Rev, l.rows
	}
	rows := held[from : before-1]
	part := m.cut(len(rows))
	for {
		n := min(len(rows), modelPart)
		f := &wire.Page{Room: l.head.ID, Before: before, Rev: rev, Rows: rows[:n], Start: from == 0, More: n < len(rows)}
		m.sendPart(f, 0, false, part)
		if rows = rows[n:]; len(rows) == 0 {
			return
		}
	}
}

func (m *model) changes(l *log, after chat.Rev) {
	var rows []chat.Row
	for _, row := range l.rows {
		if row.Rev > after {
			rows = append(rows, row)
		}
	}
	f := wire.Rows{Room: l.head.ID, From: after, Upto: l.head.Rev}
	if after == 0 || after > l.head.Rev || len(rows) > modelFar {
		f.Reset = true
		rows = slices.Clone(l.rows[max(0, len(l.rows)-modelReset):])
	}
	slices.SortFunc(rows, func(a, b chat.Row) int { return int(a.Rev - b.Rev) })
	no := m.cut(len(rows))
	for {
		n := min(len(rows), modelPart)
		part := f
		part.Rows, part.More = rows[:n], n < len(rows)
		m.sendPart(&part, 0, false, no)
		if rows = rows[n:]; len(rows) == 0 {
			return
		}
	}
}
