package nats

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"parley/server/bus"
	"parley/shared/chat"
)

// version begins every message. It changes only with what older releases
// cannot read even in part; appending a field needs no new one.
const version = 1

// The kinds of events, as the last token of their subjects.
const (
	kindRows    = "rows"
	kindMark    = "mark"
	kindTyping  = "typing"
	kindHead    = "head"
	kindRoom    = "room"
	kindRevoked = "revoked"
	kindFriend  = "friend"
	kindRoster  = "roster"
)

var errMessage = errors.New("nats: a message of another release, or a broken one")

// encode writes an event, and says of which kind it is; "" is none that is
// published.
func encode(b []byte, e *bus.Event) (kind string, _ []byte) {
	w := &writer{append(b, version)}
	switch {
	case e.Rows != nil:
		kind = kindRows
		w.rows(e.Rows)
	case e.Mark != nil:
		kind = kindMark
		w.ints(int64(e.Mark.User), int64(e.Mark.Read), int64(e.Mark.ReadN), int64(e.Mark.Got))
	case e.Typing != 0:
		kind = kindTyping
		w.ints(int64(e.Typing))
	case e.Head:
		kind = kindHead
	case e.Room != 0:
		kind = kindRoom
		w.ints(int64(e.Room))
	case e.Revoked != 0:
		kind = kindRevoked
		w.ints(e.Revoked)
	case e.Friend != nil:
		kind = kindFriend
		w.ints(int64(e.Friend.User))
		w.flag(e.Friend.Parted)
	case e.Roster != nil:
		kind = kindRoster
		w.roster(e.Roster)
	}
	return kind, w.b
}

// decode reads what encode wrote for an event of t.
func decode(t bus.Topic, kind string, data []byte) (bus.Event, error) {
	e := bus.Event{Topic: t}
	if len(data) == 0 || data[0] != version {
		return e, errMessage
	}
	r := &reader{b: data[1:]}
	switch kind {
	case kindRows:
		e.Rows = r.rows()
	case kindMark:
		e.Mark = &chat.Mark{User: chat.AccountID(r.int()), Read: chat.Seq(r.int()), ReadN: chat.Count(r.int()), Got: chat.Seq(r.int())}
	case kindTyping:
		e.Typing = chat.AccountID(r.int())
	case kindHead:
		e.Head = true
	case kindRoom:
		e.Room = chat.RoomID(r.int())
	case kindRevoked:
		e.Revoked = r.int()
	case kindFriend:
		e.Friend = &bus.Friend{User: chat.AccountID(r.int()), Parted: r.flag()}
	case kindRoster:
		e.Roster = r.roster()
	default:
		return e, errMessage
	}
	if r.broken {
		return e, errMessage
	}
	return e, nil
}

// writer appends fields. Numbers are zigzag varints; strings, and structs in a
// list, come with their length before them.
type writer struct{ b []byte }

func (w *writer) ints(list ...int64) {
	for _, n := range list {
		w.b = binary.AppendVarint(w.b, n)
	}
}

func (w *writer) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *writer) flag(f bool) {
	n := byte(0)
	if f {
		n = 1
	}
	w.b = append(w.b, n)
}

func (w *writer) key(k chat.Key) { w.b = append(w.b, k[:]...) }

func (w *writer) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

// part writes a struct with its length.
func (w *writer) part(fields func()) {
	const room = 3 // for the length: 2 MiB
	at := len(w.b)
	w.b = append(w.b, make([]byte, room)...)
	fields()
	size := len(w.b) - at - room
	w.b[at], w.b[at+1], w.b[at+2] = byte(size)|0x80, byte(size>>7)|0x80, byte(size>>14)
}

func (w *writer) accounts(list []chat.AccountID) {
	w.count(len(list))
	for _, id := range list {
		w.ints(int64(id))
	}
}

func (w *writer) rows(e *bus.Rows) {
	w.ints(int64(e.From), int64(e.Upto), int64(e.Account))
	w.count(len(e.Keys))
	for _, k := range e.Keys {
		w.key(k)
	}
	w.count(len(e.Rows))
	for i := range e.Rows {
		w.part(func() { w.row(&e.Rows[i]) })
	}
	w.count(len(e.Users))
	for i := range e.Users {
		u := &e.Users[i]
		w.part(func() {
			w.ints(int64(u.ID))
			w.text(u.Name)
			w.text(u.Avatar)
			w.text(u.Kind)
		})
	}
}

func (w *writer) row(row *chat.Row) {
	w.ints(int64(row.Seq), int64(row.N), int64(row.Rev))
	w.key(row.Key)
	w.ints(int64(row.By), int64(row.At))
	w.text(row.Kind)
	w.text(row.Text)
	w.ints(int64(row.Reply))
	w.accounts(row.Mentions)
	w.count(len(row.Files))
	for i := range row.Files {
		f := &row.Files[i]
		w.part(func() {
			w.text(f.ID)
			w.text(f.Name)
			w.text(f.Type)
			w.ints(f.Size, int64(f.Width), int64(f.Height), f.Length)
		})
	}
	w.text(string(row.Card))
	w.ints(int64(row.Edited), int64(row.Recalled))
	w.count(len(row.Reactions))
	for _, emoji := range slices.Sorted(maps.Keys(row.Reactions)) {
		w.text(emoji)
		w.accounts(row.Reactions[emoji])
	}
	w.flag(row.System != nil)
	if s := row.System; s != nil {
		w.part(func() {
			w.text(s.Event)
			w.ints(int64(s.Account))
			w.text(s.Text)
		})
	}
}

func (w *writer) roster(r *bus.Roster) {
	w.ints(r.Node, int64(r.Version), r.Ask, int64(r.Part), int64(r.Parts))
	w.accounts(r.On)
	w.accounts(r.Off)
}

// reader takes fields. After the end everything is zero: an older release
// wrote less. What cannot be is broken.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) fail() {
	r.b, r.broken = nil, true
}

func (r *reader) int() int64 {
	if len(r.b) == 0 {
		return 0
	}
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count reads how many things, of at least so many bytes each, follow.
func (r *reader) count(least int) int {
	if len(r.b) == 0 {
		return 0
	}
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > uint64((len(r.b)-size)/least) {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.fail()
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) flag() bool {
	if len(r.b) == 0 {
		return false
	}
	return r.bytes(1)[0] != 0
}

func (r *reader) key() (k chat.Key) {
	if len(r.b) > 0 {
		copy(k[:], r.bytes(len(k)))
	}
	return k
}

func (r *reader) text() string { return string(r.bytes(r.count(1))) }

// part returns the reader of a struct.
func (r *reader) part() *reader { return &reader{b: r.bytes(r.count(1))} }

// end takes over whether a part is broken.
func (r *reader) end(part *reader) {
	if part.broken {
		r.fail()
	}
}

func (r *reader) accounts() []chat.AccountID {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]chat.AccountID, n)
	for i := range list {
		list[i] = chat.AccountID(r.int())
	}
	return list
}

func (r *reader) rows() *bus.Rows {
	e := &bus.Rows{From: chat.Rev(r.int()), Upto: chat.Rev(r.int()), Account: chat.AccountID(r.int())}
	for range r.count(len(chat.Key{})) {
		e.Keys = append(e.Keys, r.key())
	}
	e.Rows = make([]chat.Row, r.count(1))
	for i := range e.Rows {
		p := r.part()
		e.Rows[i] = p.row()
		r.end(p)
	}
	e.Users = make([]chat.User, r.count(1))
	for i := range e.Users {
		p := r.part()
		e.Users[i] = chat.User{ID: chat.AccountID(p.int()), Name: p.text(), Avatar: p.text(), Kind: p.text()}
		r.end(p)
	}
	return e
}

func (r *reader) row() chat.Row {
	row := chat.Row{
		Seq: chat.Seq(r.int()), N: chat.Count(r.int()), Rev: chat.Rev(r.int()), Key: r.key(),
		By: chat.AccountID(r.int()), At: chat.Time(r.int()), Kind: r.text(), Text: r.text(), Reply: chat.Seq(r.int()),
		Mentions: r.accounts(),
	}
	for range r.count(1) {
		p := r.part()
		row.Files = append(row.Files, chat.File{
			ID: p.text(), Name: p.text(), Type: p.text(), Size: p.int(),
			Width: int(p.int()), Height: int(p.int()), Length: p.int(),
		})
		r.end(p)
	}
	if card := r.text(); card != "" {
		row.Card = json.RawMessage(card)
	}
	row.Edited, row.Recalled = chat.Time(r.int()), chat.Time(r.int())
	for range r.count(2) {
		if row.Reactions == nil {
			row.Reactions = make(map[string][]chat.AccountID)
		}
		emoji := r.text()
		row.Reactions[emoji] = r.accounts()
	}
	if r.flag() {
		p := r.part()
		row.System = &chat.System{Event: p.text(), Account: chat.AccountID(p.int()), Text: p.text()}
		r.end(p)
	}
	return row
}

func (r *reader) roster() *bus.Roster {
	return &bus.Roster{
		Node: r.int(), Version: uint64(r.int()), Ask: r.int(), Part: int(r.int()), Parts: int(r.int()),
		On: r.accounts(), Off: r.accounts(),
	}
}
