package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// shorten returns a program whose functions are written shorter, by the rules
// in rewrite.go and jump.go, and whose memory begins as m. A function that the
// rules are not for stays as it is.
func shorten(program []byte, m *memory) ([]byte, error) {
	all, err := sections(program)
	if err != nil {
		return nil, err
	}
	out := append([]byte{}, program[:8]...)
	var resumed map[int]bool // types of functions
	var types []int          // of each function
	for _, s := range all {
		r := &reader{b: program[:s.end], at: s.body}
		content := program[s.body:s.end]
		switch s.id {
		case sectionTypes:
			resumed, err = resumable(r)
		case sectionFunctions:
			types = vector(r)
		case sectionCode:
			content, err = functions(r, types, resumed)
		case sectionData:
			content = m.section()
		}
		if err == nil {
			err = r.err
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s.id)
		out = binary.AppendUvarint(out, uint64(len(content)))
		out = append(out, content...)
	}
	return out, nil
}

// resumable reads which types are those of Go's functions: from a resume point
// to whether the stack is to be unwound.
func resumable(r *reader) (map[int]bool, error) {
	const function = 0x60
	found := map[int]bool{}
	for i := range r.uint() {
		if r.byte() != function {
			return nil, errors.New("a type is not that of a function")
		}
		from, to := r.skip(r.uint()), r.skip(r.uint())
		if string(from) == string(rune(i32)) && string(to) == string(rune(i32)) {
			found[i] = true
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return found, nil
}

// vector reads numbers.
func vector(r *reader) []int {
	var all []int
	for range r.uint() {
		if r.err != nil {
			break
		}
		all = append(all, r.uint())
	}
	return all
}

// functions returns the section of code, rewritten.
func functions(r *reader, types []int, resumed map[int]bool) ([]byte, error) {
	count := r.uint()
	if count != len(types) {
		return nil, errors.New("functions and their types differ in number")
	}
	out := binary.AppendUvarint(nil, uint64(count))
	for i := range count {
		body := r.skip(r.uint())
		if r.err != nil {
			return nil, r.err
		}
		if resumed[types[i]] {
			var err error
			if body, err = short(i, body); err != nil {
				return nil, fmt.Errorf("function %d: %w", i, err)
			}
		}
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out, nil
}

// short returns what a function is made of, rewritten.
func short(index int, body []byte) ([]byte, error) {
	r := &reader{b: body}
	for range r.uint() {
		r.uint() // how many locals
		r.byte() // of which type
		if r.err != nil {
			return nil, r.err
		}
	}
	list, err := decode(body[r.at:])
	if err != nil {
		return nil, err
	}
	f := &function{index: int64(index), locals: body[:r.at], list: list}
	if !f.usual() {
		return body, nil
	}
	f.rewrite()
	out := append([]byte{}, f.locals...)
	for _, n := range f.list {
		out = n.append(out)
	}
	return out, nil
}
