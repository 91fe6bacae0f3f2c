package nats

import (
	"strconv"
	"strings"

	"parley/server/bus"
	"parley/shared/chat"
)

// subjects turns topics into subjects and back. It is what all of them begin
// with.
type subjects string

// of is the subject of one kind of event of a topic; "*" is all kinds.
func (s subjects) of(t bus.Topic, kind string) string {
	switch {
	case t.Room != 0:
		return string(s) + "r." + strconv.FormatInt(int64(t.Room), 10) + "." + kind
	case t.Account != 0:
		return string(s) + "a." + strconv.FormatInt(int64(t.Account), 10) + "." + kind
	}
	return string(s) + "n." + kind
}

// parse is the inverse of of.
func (s subjects) parse(subject string) (t bus.Topic, kind string, ok bool) {
	rest, ours := strings.CutPrefix(subject, string(s))
	if !ours {
		return t, "", false
	}
	if kind, all := strings.CutPrefix(rest, "n."); all {
		return t, kind, true
	}
	of, rest, _ := strings.Cut(rest, ".")
	number, kind, _ := strings.Cut(rest, ".")
	id, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil || id <= 0:
		return t, "", false
	case of == "r":
		t.Room = chat.RoomID(id)
	case of == "a":
		t.Account = chat.AccountID(id)
	default:
		return t, "", false
	}
	return t, kind, true
}
