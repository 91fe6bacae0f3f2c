package ui

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/shared/chat"
)

// call is a place in a text where somebody is called: "@" and their name.
type call struct {
	from, to int // bytes
	user     chat.User
}

// callsIn finds where a text calls people. Of names that begin alike the
// longest counts.
func callsIn(text string, people []chat.User) []call {
	var calls []call
	for i := 0; i < len(text); {
		at := strings.IndexByte(text[i:], '@')
		if at < 0 {
			break
		}
		at += i
		i = at + 1
		if !startsCall(text, at) {
			continue
		}
		best := call{}
		for _, u := range people {
			if end := i + len(u.Name); u.Name != "" && end > best.to && strings.HasPrefix(text[i:], u.Name) && endsName(text, end) {
				best = call{from: at, to: end, user: u}
			}
		}
		if best.to > 0 {
			calls = append(calls, best)
			i = best.to
		}
	}
	return calls
}

// startsCall tells whether the "@" at a place may begin a call: in an address
// of mail a letter stands before it.
func startsCall(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	return at == 0 || before >= utf8.RuneSelf || !unicode.IsLetter(before) && !unicode.IsDigit(before)
}

// endsName tells whether a name may end here: not in the middle of a word.
// Scripts without spaces run on.
func endsName(text string, end int) bool {
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	next, n := utf8.DecodeRuneInString(text[end:])
	return n == 0 || spaceless(last) || spaceless(next) ||
		!(unicode.IsLetter(last) || unicode.IsDigit(last)) || !(unicode.IsLetter(next) || unicode.IsDigit(next))
}

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// mentions are the people whom a text calls, in their order, each once. Where
// several have a name it is the one who was chosen for it.
func mentions(text string, people []chat.User, chosen map[string]chat.AccountID) []chat.AccountID {
	var ids []chat.AccountID
	for _, c := range callsIn(text, people) {
		id := c.user.ID
		if picked, ok := chosen[c.user.Name]; ok {
			id = picked
		}
		if !slices.Contains(ids, id) && len(ids) < chat.MaxMentions {
			ids = append(ids, id)
		}
	}
	return ids
}

// callAt is the call that is being written at a caret (in UTF-16 units, as the
// browser counts): what is written of the name, and where the "@" stands.
func callAt(text string, caret int) (q string, from int, ok bool) {
	end := 0
	for units := 0; end < len(text) && units < caret; {
		r, n := utf8.DecodeRuneInString(text[end:])
		units += units16(r)
		end += n
	}
	at := strings.LastIndexByte(text[:end], '@')
	if at < 0 || !startsCall(text, at) {
		return "", 0, false
	}
	q = text[at+1 : end]
	if strings.ContainsAny(q, "\n\t") || utf8.RuneCountInString(q) > chat.MaxPersonName || strings.HasPrefix(q, " ") {
		return "", 0, false
	}
	for _, r := range text[:at] {
		from += units16(r)
	}
	return q, from, true
}

// units16 is how many UTF-16 units a character takes.
func units16(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// callable finds people by what is written of a name: those first whose name
// begins so, then those in whom a word does.
func callable(people []chat.User, q string, me chat.AccountID) []chat.User {
	q = strings.ToLower(q)
	var first, then []chat.User
	for _, u := range people {
		name := strings.ToLower(u.Name)
		switch {
		case u.ID == me || name == "":
		case strings.HasPrefix(name, q):
			first = append(first, u)
		case strings.Contains(name, " "+q), q != "" && q[0] >= utf8.RuneSelf && strings.Contains(name, q):
			then = append(then, u)
		}
	}
	return append(first, then...)
}

// company are the people of a room who can be called: its members, and while
// those are not known who has written lately. In direct rooms nobody needs to
// be.
func (m *model) company(room chat.RoomID) []chat.User {
	s := m.roomOf(room)
	if s == nil || s.Head.Kind == chat.KindDirect {
		return nil
	}
	var people []chat.User
	seen := map[chat.AccountID]bool{}
	add := func(u chat.User) {
		if !seen[u.ID] {
			seen[u.ID] = true
			people = append(people, u)
		}
	}
	if room == m.talk.room {
		for _, one := range m.talk.members {
			add(one.User)
		}
	}
	if len(people) == 0 {
		for _, row := range slices.Backward(m.rep.Timeline(room).Rows) {
			if row.Kind != chat.KindSystem {
				add(m.user(row.By))
			}
		}
	}
	return people
}

// called are the people that a row calls, by the names they have now.
func (m *model) called(ids []chat.AccountID) []chat.User {
	if len(ids) == 0 {
		return nil
	}
	users := make([]chat.User, 0, len(ids))
	for _, id := range ids {
		users = append(users, m.user(id))
	}
	return users
}
