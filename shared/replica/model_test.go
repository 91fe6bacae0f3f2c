package replica_test

import (
	"fmt"
	"maps"
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	me     chat.AccountID = 1
	friend chat.AccountID = 2
	third  chat.AccountID = 3

	direct chat.RoomID = 10
	group  chat.RoomID = 11
)

// Small enough for a short history to meet them.
const (
	modelReset = 6 // rows of a reset
	modelFar   = 9 // changed rows behind from which on a reset is answered
	modelPage  = 4 // rows of a page
	modelPart  = 3 // rows of a part of an answer
)

// model is a server with one client: it keeps the protocol's word as plainly
// as possible, and remembers what each log held at each revision.
type model struct {
	epoch string
	logs  map[chat.RoomID]*log
	busy  int // so many frames are refused for now
	lag   int // pages are read so many revisions ago
	cuts  int // answers that were cut, so far
	key   byte
	files map[string]bool // uploaded, and not swept
	newID int

	up   [][]byte // what the client sent
	down []packet // what is on its way to it
	open bool
	live bool
}

// packet is a frame on its way. Loose ones are live news: they may be lost,
// and are followed by a head then. The parts of an answer that was cut have its
// number and stay together, in their order.
type packet struct {
	data  []byte
	kind  string
	room  chat.RoomID
	loose bool
	part  int
}

type log struct {
	head  chat.Head
	rows  []chat.Row
	held  map[chat.Rev][]chat.Row // what the log held
	ops   map[chat.Key]op
	ours  bool
	tagNo int
}

type op struct {
	content string
	seq     chat.Seq
}

func newModel() *model {
	m := &model{epoch: "e1", files: map[string]bool{}, logs: map[chat.RoomID]*log{}}
	m.logs[direct] = newLog(chat.Head{ID: direct, Kind: chat.KindDirect, Peer: friend, Members: 2})
	m.logs[group] = newLog(chat.Head{ID: group, Kind: chat.KindGroup, Name: "team", Members: 3})
	return m
}

func newLog(h chat.Head) *log {
	h.Role = chat.RoleMember
	return &log{head: h, ours: true, ops: map[chat.Key]op{}, held: map[chat.Rev][]chat.Row{0: nil}}
}

// put stores a row, new (without a seq) or changed.
func (l *log) put(row chat.Row) chat.Row {
	h := &l.head
	h.Rev++
	row.Rev = h.Rev
	if row.Seq == 0 {
		h.Seq++
		if row.Kind != chat.KindSystem {
			h.N++
		}
		row.Seq, row.N, row.At = h.Seq, h.N, chat.Time(1000*h.Seq)
		l.rows = append(l.rows, row)
		if row.By == me && h.ReadN+1 == row.N {
			h.Read, h.ReadN = row.Seq, row.N
		}
	} else {
		l.rows[row.Seq-1] = row
	}
	l.held[h.Rev] = slices.Clone(l.rows)
	return row
}

func (l *log) current() chat.Head {
	h := l.head
	h.Tag = fmt.Sprint(l.tagNo)
	if len(l.rows) > 0 {
		last := l.rows[len(l.rows)-1]
		last.Text = chat.Preview(last.Text)
		h.Last = &last
	}
	return h
}

func (m *model) send(f wire.Frame, room chat.RoomID, loose bool) {
	m.sendPart(f, room, loose, 0)
}

func (m *model) sendPart(f wire.Frame, room chat.RoomID, loose bool, part int) {
	if !m.live {
		return
	}
	data, err := wire.Append(nil, f)
	if err != nil {
		panic(err)
	}
	m.down = append(m.down, packet{data, f.Type(), room, loose, part})
}

// news tells the client of rows, live.
func (m *model) news(l *log, rows []chat.Row, keys ...chat.Key) {
	if len(rows) == 0 || !l.ours {
		return
	}
	f := &wire.Rows{Room: l.head.ID, From: rows[0].Rev - 1, Upto: l.head.Rev, Rows: rows, Users: modelUsers()}
	if len(keys) > 0 {
		f.Keys = map[chat.AccountID][]chat.Key{me: keys}
	}
	m.send(f, l.head.ID, len(keys) == 0)
}

func modelUsers() []chat.User {
	return []chat.User{{ID: me, Name: "Me", Kind: chat.KindMember}, {ID: friend, Name: "Fei", Kind: chat.KindGuest}}
}

// handle takes the next frame that the client sent.
func (m *model) handle() {
	data := m.up[0]
	m.up = m.up[1:]
	f, err := wire.DecodeClient(data)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", data, err))
	}
	hello, ok := f.(*wire.Hello)
	if ok {
		m.hello(hello)
		return
	}
	if m.busy > 0 && m.refused(f) {
		m.busy--
		return
	}
	switch f := f.(type) {
	case *wire.Send:
		m.post(f)
	case *wire.Edit:
		m.operate(f.Room, f.Seq, f.Key, "edit "+f.Text, func(row *chat.Row) { row.Text, row.Edited = f.Text, 1 })
	case *wire.Recall:
		m.operate(f.Room, f.Seq, f.Key, "recall", func(row *chat.Row) {
			row.Text, row.Reply, row.Files, row.Reactions, row.Recalled = "", 0, nil, nil, 1
		})
	case *wire.React:
		m.react(f)
	case *wire.Pull:
		m.pull(f)
	case *wire.Mark:
		m.mark(f)
	}
}

// refused says no for now, naming what the protocol names.
func (m *model) refused(f wire.Frame) bool {
	no := &wire.Reject{Code: chat.SlowDown, Message: "later", Retry: 700}
	switch f := f.(type) {
	case *wire.Send:
		no.Room, no.Key = f.Room, f.Posts[0].Key
	case *wire.Edit:
		no.Room, no.Key = f.Room, f.Key
	case *wire.Pull:
		no.Room = f.Room
	case *wire.React:
		no.Room = f.Room
	default:
		return false
	}
	m.send(no, 0, false)
	return true
}

func (m *model) hello(f *wire.Hello) {
	m.live = true
	w := &wire.Welcome{V: 1, Epoch: m.epoch, Me: chat.Account{ID: me, Kind: chat.KindMember, Name: "Me"}, Now: 5_000_000, Users: modelUsers(),
		Online: []chat.AccountID{friend}}
	for _, id := range slices.Sorted(maps.Keys(m.logs)) {
		l := m.logs[id]
		cursor, held := f.Cursors[id]
		held = held && f.Epoch == m.epoch
		h := l.current()
		switch {
		case !l.ours && held:
			w.Gone = append(w.Gone, id)
		case l.ours && (!held || cursor.Rev != h.Rev || cursor.Tag != h.Tag):
			w.Rooms = append(w.Rooms, h)
		}
	}
	m.send(w, 0, false)
}

func (m *model) mark(f *wire.Mark) {
	l := m.logs[f.Room]
	h := &l.head
	read, got := min(f.Read, h.Seq), min(max(f.Got, f.Read), h.Seq)
	if !l.ours || read <= h.Read && got <= h.Got {
		return
	}
	if read > h.Read {
		h.Read, h.ReadN = read, l.rows[read-1].N
	}
	h.Got = max(h.Got, got)
	m.marked(l)
}

// marked tells that one's own marks grew.
func (m *model) marked(l *log) {
	h := &l.head
	l.tagNo++
	m.send(&wire.Marks{Room: h.ID, Marks: []chat.Mark{{User: me, Read: h.Read, ReadN: h.ReadN, Got: h.Got}}}, 0, false)
}

// restored puts the logs back to a part of themselves, under another epoch.
func (m *model) restored(keep map[chat.RoomID]chat.Rev) {
	m.epoch += "'"
	for id, l := range m.logs {
		rows := slices.Clone(l.held[keep[id]])
		next := newLog(chat.Head{ID: id, Kind: l.head.Kind, Peer: l.head.Peer, Name: l.head.Name, Members: l.head.Members})
		next.ours, next.tagNo = l.ours, l.tagNo+1
		next.rows, next.head.Rev = rows, keep[id]
		if n := len(rows); n > 0 {
			next.head.Seq, next.head.N = rows[n-1].Seq, rows[n-1].N
		}
		next.held[keep[id]] = slices.Clone(rows)
		for key, known := range l.ops {
			if known.seq <= next.head.Seq && next.rows[known.seq-1].Rev <= keep[id] && l.inLog(key, rows, known) {
				next.ops[key] = known
			}
		}
		m.logs[id] = next
	}
}

// inLog reports whether an operation had been done when the log was rows.
func (l *log) inLog(key chat.Key, rows []chat.Row, known op) bool {
	row := rows[known.seq-1]
	return row.Key == key
}

// close loses what is on its way.
func (m *model) close() { m.open, m.live, m.up, m.down = false, false, nil, nil }

// modelKey draws keys for others' posts.
func (m *model) modelKey() chat.Key {
	m.key++
	return chat.Key{0xee, 15: m.key, 14: byte(len(m.logs[direct].rows)), 13: byte(len(m.logs[group].rows))}
}

// cut numbers an answer of so many rows, 0 if it is not cut.
func (m *model) cut(rows int) int {
	if rows <= modelPart {
		return 0
	}
	m.cuts++
	return m.cuts
}
