package wire

import (
	"bytes"
	"encoding/json"
	"strconv"

	"parley/shared/chat"
)

// DecodeClient reads one frame that a client sent. The result is a pointer to
// one of the structs of client.go, its required fields present and every
// number in its range; limits of size and count (chat.Max…) are left to the
// server, which answers them with their own codes. The error is a *Malformed.
//
// It is written by hand because encoding/json matches names in any case, and
// because it runs for every frame of every client.
func DecodeClient(data []byte) (Frame, error) {
	if err := CheckJSON(data, MaxDepth); err != nil {
		return nil, &Malformed{Code: chat.BadRequest, Reason: err.Error()}
	}
	r := reader{fields: members(data)}
	if r.fields == nil {
		return nil, &Malformed{Code: chat.BadRequest, Reason: "a frame is a JSON object"}
	}
	t := r.text("t", true)
	if r.wrong != "" {
		return nil, &Malformed{Code: chat.BadRequest, Reason: "a frame has a type t"}
	}
	f := r.frame(t)
	if f == nil {
		return nil, r.malformed(chat.Unsupported, "this server does not know frames of that type")
	}
	if r.wrong == "" {
		r.wrong = check(f)
	}
	if r.wrong != "" {
		return nil, r.malformed(chat.BadRequest, r.wrong)
	}
	return f, nil
}

func (r *reader) frame(t string) Frame {
	const need, may = true, false
	switch t {
	case "hello":
		return &Hello{V: int(r.number("v", need)), Device: r.text("device", need), As: chat.AccountID(r.number("as", may)),
			Epoch: r.text("epoch", may), Cursors: r.cursors("cursors"), Token: r.text("token", may)}
	case "send":
		return &Send{Room: r.room(), Posts: r.posts("posts")}
	case "edit":
		return &Edit{Room: r.room(), Seq: r.seq(), Key: r.key("key"), Text: r.text("text", need)}
	case "recall":
		return &Recall{Room: r.room(), Seq: r.seq(), Key: r.key("key")}
	case "react":
		return &React{Room: r.room(), Seq: r.seq(), Emoji: r.text("emoji", need), On: r.flag("on")}
	case "pull":
		return &Pull{Room: r.room(), After: optional[chat.Rev](r, "after"), Before: optional[chat.Seq](r, "before"),
			Limit: optional[int](r, "limit")}
	case "mark":
		return &Mark{Room: r.room(), Read: chat.Seq(r.number("read", may)), Got: chat.Seq(r.number("got", may))}
	case "typing":
		return &Typing{Room: r.room()}
	case "ping":
		return &Ping{}
	}
	return nil
}

// reader takes the fields of an object. The first that is wrong is told.
type reader struct {
	fields  []member
	wrong   string
	culprit chat.Key // of the post that is wrong, if it has one
}

// member is a field of an object: its name and its value as it is written.
type member struct {
	name  []byte
	value []byte
}

// members are the fields of valid JSON that are not null; nil if it is not an
// object.
func members(data []byte) []member {
	s := scanner{data: data, depth: MaxDepth}
	s.space()
	if s.data[s.pos] != '{' {
		return nil
	}
	fields := make([]member, 0, 6)
	_ = s.value(0, func(name, value []byte) {
		if string(value) != "null" {
			fields = append(fields, member{name, value})
		}
	})
	return fields
}

// elements are the values of a valid JSON array; ok is false if it is none.
func elements(data []byte) (values [][]byte, ok bool) {
	if len(data) == 0 || data[0] != '[' {
		return nil, false
	}
	s := scanner{data: data, depth: MaxDepth}
	_ = s.array(1, func(value []byte) { values = append(values, value) })
	return values, true
}

// take is a field's value, nil if it is missing, which is told if it must not.
func (r *reader) take(name string, need bool) []byte {
	for i := range r.fields {
		if string(r.fields[i].name) == name {
			return r.fields[i].value
		}
	}
	if need {
		r.fault("a field is missing: " + name)
	}
	return nil
}

func (r *reader) fault(reason string) {
	if r.wrong == "" {
		r.wrong = reason
	}
}

func (r *reader) wrongType(name string) { r.fault("field " + name + " has a wrong type") }

func (r *reader) number(name string, need bool) int64 {
	raw := r.take(name, need)
	if raw == nil {
		return 0
	}
	n, ok := integer(raw)
	if !ok {
		r.wrongType(name)
	}
	return n
}

func (r *reader) text(name string, need bool) string {
	raw := r.take(name, need)
	if raw == nil {
		return ""
	}
	s, ok := text(raw)
	if !ok {
		r.wrongType(name)
	}
	return s
}

func (r *reader) flag(name string) bool {
	raw := r.take(name, true)
	if raw != nil && string(raw) != "true" && string(raw) != "false" {
		r.wrongType(name)
	}
	return string(raw) == "true"
}

func (r *reader) key(name string) chat.Key {
	var k chat.Key
	if s := r.text(name, true); r.wrong == "" && k.UnmarshalText([]byte(s)) != nil {
		r.fault("field " + name + " is not a UUID in lower case")
	}
	return k
}

func (r *reader) room() chat.RoomID { return chat.RoomID(r.number("room", true)) }
func (r *reader) seq() chat.Seq     { return chat.Seq(r.number("seq", true)) }

func optional[T ~int | ~int64](r *reader, name string) *T {
	if r.take(name, false) == nil {
		return nil
	}
	n := T(r.number(name, false))
	return &n
}

func (r *reader) cursors(name string) map[chat.RoomID]Cursor {
	raw := r.take(name, false)
	if raw == nil {
		return nil
	}
	fields := members(raw)
	if fields == nil {
		r.wrongType(name)
		return nil
	}
	cursors := make(map[chat.RoomID]Cursor, len(fields))
	for _, f := range fields {
		room := string(f.name)
		id, err := strconv.ParseInt(room, 10, 64)
		pair, ok := elements(f.value)
		if err != nil || strconv.FormatInt(id, 10) != room || !ok || len(pair) != 2 {
			r.wrongType(name)
			return nil
		}
		rev, isInt := integer(pair[0])
		tag, isText := text(pair[1])
		if !isInt || !isText {
			r.wrongType(name)
			return nil
		}
		cursors[chat.RoomID(id)] = Cursor{Rev: chat.Rev(rev), Tag: tag}
	}
	return cursors
}

func (r *reader) posts(name string) []chat.Post {
	raw := r.take(name, true)
	if raw == nil {
		return nil
	}
	values, ok := elements(raw)
	if !ok {
		r.wrongType(name)
		return nil
	}
	posts := make([]chat.Post, 0, len(values))
	for _, value := range values {
		p := reader{fields: members(value)}
		if p.fields == nil {
			r.wrongType(name)
			return nil
		}
		posts = append(posts, chat.Post{
			Key: p.key("key"), Text: p.text("text", false), Reply: chat.Seq(p.number("reply", false)),
			Mentions: p.accounts("mentions"), Files: p.texts("files"), Card: append(json.RawMessage(nil), p.take("card", false)...),
		})
		last := posts[len(posts)-1]
		if last.Reply < 0 || last.Reply > chat.MaxID {
			p.fault("reply is not a seq")
		}
		if p.wrong != "" {
			r.fault("in a post: " + p.wrong)
			r.culprit = last.Key
			return nil
		}
	}
	return posts
}

func (r *reader) texts(name string) []string { return each(r, name, text) }

// accounts reads a list of ids of accounts.
func (r *reader) accounts(name string) []chat.AccountID {
	return each(r, name, func(raw []byte) (chat.AccountID, bool) {
		id, ok := integer(raw)
		return chat.AccountID(id), ok && id >= 1 && id <= chat.MaxID
	})
}

// each reads an optional list of values.
func each[T any](r *reader, name string, read func(raw []byte) (T, bool)) []T {
	raw := r.take(name, false)
	if raw == nil {
		return nil
	}
	values, ok := elements(raw)
	if !ok {
		r.wrongType(name)
		return nil
	}
	items := make([]T, 0, len(values))
	for _, value := range values {
		item, ok := read(value)
		if !ok {
			r.wrongType(name)
			return nil
		}
		items = append(items, item)
	}
	return items
}

// malformed carries the room and key, if they can be read.
func (r *reader) malformed(code chat.Code, reason string) *Malformed {
	m := &Malformed{Code: code, Reason: reason, Key: r.culprit}
	id := reader{fields: r.fields}
	if room := id.room(); id.wrong == "" && room > 0 && room <= chat.MaxID {
		m.Room = room
	}
	id = reader{fields: r.fields}
	if key := id.key("key"); id.wrong == "" {
		m.Key = key
	}
	return m
}

// integer reads a JSON number that is written as an integer of 64 bits.
func integer(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// text reads a JSON string of valid UTF-8.
func text(raw []byte) (string, bool) {
	if raw[0] != '"' {
		return "", false
	}
	if body := raw[1 : len(raw)-1]; bytes.IndexByte(body, '\\') < 0 {
		return string(body), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}
