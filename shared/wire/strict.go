package wire

import (
	"encoding/json"
	"errors"
	"strings"
)

var (
	errSyntax  = errors.New("not JSON")
	errDepth   = errors.New("JSON is nested too deeply")
	errDoubled = errors.New("a JSON object has a field twice")
)

// CheckJSON reports what encoding/json would silently accept: trailing data,
// doubled fields, and nesting deeper than depth.
func CheckJSON(data []byte, depth int) error {
	if !json.Valid(data) {
		return errSyntax
	}
	s := scanner{data: data, depth: depth}
	return s.value(0, nil)
}

// topLevel returns the names of the fields of a valid JSON object that are not
// null.
func topLevel(object []byte) map[string]bool {
	fields := make(map[string]bool, 8)
	s := scanner{data: object, depth: MaxDepth}
	_ = s.value(0, func(name string, value []byte) { fields[name] = string(value) != "null" })
	return fields
}

// scanner walks JSON that is known to be valid.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

// value passes over the next value. field, if not nil, gets the fields of the
// outermost object.
func (s *scanner) value(level int, field func(name string, value []byte)) error {
	s.space()
	switch s.data[s.pos] {
	case '{':
		return s.object(level+1, field)
	case '[':
		return s.array(level + 1)
	case '"':
		s.str()
		return nil
	}
	for s.pos < len(s.data) && !strings.ContainsRune(",]} \t\r\n", rune(s.data[s.pos])) {
		s.pos++
	}
	return nil
}

func (s *scanner) object(level int, field func(string, []byte)) error {
	if level > s.depth {
		return errDepth
	}
	var seen map[string]struct{}
	for s.pos++; ; s.pos++ { // after { or ,
		s.space()
		if s.data[s.pos] == '}' {
			s.pos++
			return nil
		}
		name := s.str()
		if seen == nil {
			seen = make(map[string]struct{}, 8)
		}
		if _, doubled := seen[name]; doubled {
			return errDoubled
		}
		seen[name] = struct{}{}
		s.space()
		s.pos++ // :
		s.space()
		start := s.pos
		if err := s.value(level, nil); err != nil {
			return err
		}
		if field != nil {
			field(name, s.data[start:s.pos])
		}
		s.space()
		if s.data[s.pos] == '}' {
			s.pos++
			return nil
		}
	}
}

func (s *scanner) array(level int) error {
	if level > s.depth {
		return errDepth
	}
	for s.pos++; ; s.pos++ { // after [ or ,
		s.space()
		if s.data[s.pos] == ']' {
			s.pos++
			return nil
		}
		if err := s.value(level, nil); err != nil {
			return err
		}
		s.space()
		if s.data[s.pos] == ']' {
			s.pos++
			return nil
		}
	}
}

// str passes over the next string and returns what it says.
func (s *scanner) str() string {
	start, plain := s.pos, true
	for s.pos++; s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			plain = false
			s.pos++
		}
	}
	s.pos++
	if plain {
		return string(s.data[start+1 : s.pos-1])
	}
	var text string
	_ = json.Unmarshal(s.data[start:s.pos], &text)
	return text
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}
