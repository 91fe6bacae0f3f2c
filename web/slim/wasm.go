package main

import (
	"encoding/binary"
	"errors"
)

// A memory is what a program's memory holds at its start.
type memory struct {
	bytes []byte
}

// The sections of a WebAssembly program that are looked at.
const (
	sectionTypes     = 1
	sectionFunctions = 3
	sectionCode      = 10
	sectionData      = 11
)

// A section is a part of the file. What it holds begins at body.
type section struct {
	id        byte
	body, end int
}

// sections reads how a WebAssembly program is divided.
func sections(program []byte) ([]section, error) {
	const header = 8
	if len(program) < header || string(program[:4]) != "\x00asm" {
		return nil, errors.New("not WebAssembly")
	}
	var all []section
	for r := (&reader{b: program, at: header}); r.at < len(program); {
		s := section{id: r.byte()}
		size := r.uint()
		s.body, s.end = r.at, r.at+size
		if r.err != nil || s.end > len(program) {
			return nil, errors.New("the file is cut off")
		}
		all = append(all, s)
		r.at = s.end
	}
	return all, nil
}

// load reads the data of a WebAssembly program.
func load(program []byte) (*memory, error) {
	all, err := sections(program)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.id != sectionData {
			continue
		}
		r := &reader{b: program[:s.end], at: s.body}
		m := &memory{}
		for range r.uint() {
			if mode, op := r.byte(), r.byte(); mode != 0 || op != 0x41 {
				return nil, errors.New("a segment of data is not at a constant place")
			}
			at := r.uint() // signed, of which Go's linker uses the half above zero
			end := r.byte()
			n := r.uint()
			if r.err != nil || end != 0x0b || n > s.end-r.at {
				return nil, errors.New("the data is cut off")
			}
			if at+n > len(m.bytes) {
				m.bytes = append(m.bytes, make([]byte, at+n-len(m.bytes))...)
			}
			copy(m.bytes[at:], r.skip(n))
		}
		return m, r.err
	}
	return nil, errors.New("no section of data")
}

// section returns the data as a program holds it: segments, each with its place.
// What is in no segment is zero. Go's linker begins another one after 8 zeros; but
// a place is a number that is nowhere else the same, and zeros are packed well.
func (m *memory) section() []byte {
	const gap = 512
	var segments []byte
	count := 0
	for at := 0; at < len(m.bytes); {
		if m.bytes[at] == 0 {
			at++
			continue
		}
		end := at
		for i := at; i < len(m.bytes) && i-end < gap; i++ {
			if m.bytes[i] != 0 {
				end = i + 1
			}
		}
		segments = append(segments, 0, opI32Const)
		segments = appendSigned(segments, int64(at))
		segments = append(segments, opEnd)
		segments = binary.AppendUvarint(segments, uint64(end-at))
		segments = append(segments, m.bytes[at:end]...)
		count++
		at = end
	}
	return append(binary.AppendUvarint(nil, uint64(count)), segments...)
}

func (m *memory) u32(at int) int       { return int(binary.LittleEndian.Uint32(m.bytes[at:])) }
func (m *memory) u64(at int) int       { return int(binary.LittleEndian.Uint64(m.bytes[at:])) }
func (m *memory) put(at int, v uint32) { binary.LittleEndian.PutUint32(m.bytes[at:], v) }
func (m *memory) holds(at, n int) bool { return at >= 0 && n >= 0 && at <= len(m.bytes)-n }
func (m *memory) clear(from, upto int) { clear(m.bytes[from:upto]) }

// A reader reads the numbers of a WebAssembly file.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.err = errors.New("the file is cut off")
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *reader) uint() int {
	v, n := binary.Uvarint(r.b[min(r.at, len(r.b)):])
	if n <= 0 || v > 1<<31 {
		r.err = errors.New("the file is cut off")
		return 0
	}
	r.at += n
	return int(v)
}

func (r *reader) signed() int64 {
	var v int64
	for shift := 0; shift < 64 && r.err == nil; shift += 7 {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		if c&0x80 == 0 {
			if c&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.err = errors.New("a number does not end")
	return 0
}

// skip passes over n bytes and returns them.
func (r *reader) skip(n int) []byte {
	if n > len(r.b)-r.at {
		r.err = errors.New("the file is cut off")
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}
