package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

var (
	errSyntax  = errors.New("not JSON")
	errDepth   = errors.New("JSON is nested too deeply")
	errDoubled = errors.New("a JSON object has a field twice")
)

// CheckJSON reports what encoding/json would silently accept: trailing data,
// doubled fields, bad UTF-8, and nesting deeper than depth.
func CheckJSON(data []byte, depth int) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return errSyntax
	}
	s := scanner{data: data, depth: depth}
	return s.value(0, nil)
}

// scanner walks JSON that is known to be valid.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

// value passes over the next value. field, if not nil, gets the fields of the
// outermost object.
func (s *scanner) value(level int, field func(name, value []byte)) error {
	s.space()
	switch s.data[s.pos] {
	case '{':
		return s.object(level+1, field)
	case '[':
		return s.array(level+1, nil)
	case '"':
		s.str()
		return nil
	}
	for s.pos < len(s.data) && strings.IndexByte(",]} \t\r\n", s.data[s.pos]) < 0 {
		s.pos++
	}
	return nil
}

func (s *scanner) object(level int, field func(name, value []byte)) error {
	if level > s.depth {
		return errDepth
	}
	var seen names
	for s.pos++; ; s.pos++ { // after { or ,
		s.space()
		if s.data[s.pos] == '}' {
			s.pos++
			return nil
		}
		name := s.str()
		if !seen.add(name) {
			return errDoubled
		}
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

func (s *scanner) array(level int, element func(value []byte)) error {
	if level > s.depth {
		return errDepth
	}
	for s.pos++; ; s.pos++ { // after [ or ,
		s.space()
		if s.data[s.pos] == ']' {
			s.pos++
			return nil
		}
		start := s.pos
		if err := s.value(level, nil); err != nil {
			return err
		}
		if element != nil {
			element(s.data[start:s.pos])
		}
		s.space()
		if s.data[s.pos] == ']' {
			s.pos++
			return nil
		}
	}
}

// str passes over the next string and returns what it says.
func (s *scanner) str() []byte {
	start, plain := s.pos, true
	for s.pos++; s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			plain = false
			s.pos++
		}
	}
	s.pos++
	if plain {
		return s.data[start+1 : s.pos-1]
	}
	var text string
	_ = json.Unmarshal(s.data[start:s.pos], &text)
	return []byte(text)
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

// names is a set. Objects have few fields mostly, so it begins as a list.
type names struct {
	few  [8][]byte
	n    int
	many map[string]struct{}
}

// add reports whether name is new.
func (s *names) add(name []byte) bool {
	if s.many == nil {
		for _, known := range s.few[:s.n] {
			if bytes.Equal(known, name) {
				return false
			}
		}
		if s.n < len(s.few) {
			s.few[s.n] = name
			s.n++
			return true
		}
		s.many = make(map[string]struct{}, 4*len(s.few))
		for _, known := range s.few {
			s.many[string(known)] = struct{}{}
		}
	}
	if _, known := s.many[string(name)]; known {
		return false
	}
	s.many[string(name)] = struct{}{}
	return true
}
