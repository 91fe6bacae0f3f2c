package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// What follows names the runtime's declarations (see layout.go): the fields of
// _func by their offsets, and those of moduledata by their words.
const (
	magic = "\xf1\xff\xff\xff\x00\x00\x01\x08" // of Go 1.20 and later, for js/wasm

	funcName      = 4
	funcSP        = 16
	funcFile      = 20
	funcLine      = 24
	funcNPCData   = 28
	funcUnit      = 32
	funcStart     = 36
	funcNFuncData = 43
	funcSize      = 44

	pcArgLive    = 3 // which arguments are live
	dataArgInfo  = 5 // how to print them
	dataArgLive  = 6
	none         = 0xffffffff
	moduleIndex  = 19 // findfunctab
	moduleLowPC  = 20
	moduleHighPC = 21

	bucketSize   = 20 // of findfuncbucket
	bucketPCs    = 4096
	bucketParts  = 4   // where its subbuckets begin, a byte each
	bucketPartPC = 256 // of a subbucket
	bucketGrain  = 16
)

// tables are the runtime's, by their addresses.
type tables struct {
	*memory
	count                                      int // of functions
	names, units, files, pctab, functab, funcs int
	index, buckets, indexEnd                   int
}

// find finds the tables, and checks that they are where they should be.
func find(m *memory) (*tables, error) {
	var found *tables
	for from := 0; ; {
		i := bytes.Index(m.bytes[from:], []byte(magic))
		if i < 0 {
			break
		}
		at := from + i
		from = at + 1
		t, err := header(m, at)
		if err != nil {
			continue
		}
		if found != nil {
			return nil, errors.New("there are two tables of functions")
		}
		found = t
	}
	if found == nil {
		return nil, errors.New("no table of functions")
	}
	return found, nil
}

// header reads the pcHeader at an address, and the moduledata that begins with
// that address.
func header(m *memory, at int) (*tables, error) {
	const words = 9
	if !m.holds(at, words*8) {
		return nil, errors.New("cut off")
	}
	word := func(i int) int { return m.u64(at + 8*i) }
	t := &tables{
		memory: m, count: word(1),
		names: at + word(4), units: at + word(5), files: at + word(6), pctab: at + word(7), functab: at + word(8),
	}
	if t.count <= 0 || t.count > 1<<20 || !(at < t.names && t.names < t.units && t.units <= t.files && t.files <= t.pctab && t.pctab < t.functab) || !m.holds(t.functab, 8*t.count) {
		return nil, errors.New("not a header")
	}
	t.funcs = t.functab
	pointer := binary.LittleEndian.AppendUint64(nil, uint64(at))
	module := bytes.Index(m.bytes[t.functab:], pointer) + t.functab
	if module < t.functab || !m.holds(module, 8*(moduleHighPC+1)) || m.u64(module+8) != t.names {
		return nil, errors.New("no moduledata")
	}
	t.index = m.u64(module + 8*moduleIndex)
	pcs := m.u64(module+8*moduleHighPC) - m.u64(module+8*moduleLowPC)
	t.buckets = (pcs + bucketPCs - 1) / bucketPCs
	// The last bucket ends with the last function. What follows is not the index.
	t.indexEnd = t.index + t.buckets*bucketParts + (pcs+bucketPartPC-1)/bucketPartPC
	if t.index < t.functab || t.buckets <= 0 || !m.holds(t.index, t.indexEnd-t.index) {
		return nil, errors.New("no index of functions")
	}
	return t, nil
}

// each calls f with the address of each function's _func and how many offsets
// of tables and of data follow it.
func (t *tables) each(f func(at, npc, ndata int) error) error {
	for i := range t.count {
		at := t.funcs + t.u32(t.functab+8*i+4)
		if !t.holds(at, funcSize) {
			return fmt.Errorf("function %d lies outside", i)
		}
		npc, ndata := t.u32(at+funcNPCData), int(t.bytes[at+funcNFuncData])
		if npc > 16 || ndata > 16 || !t.holds(at, funcSize+4*npc+4*ndata) || t.names+t.u32(at+funcName) >= t.units {
			return fmt.Errorf("function %d is not as expected", i)
		}
		if err := f(at, npc, ndata); err != nil {
			return fmt.Errorf("function %d: %w", i, err)
		}
	}
	return nil
}

// dropLines forgets files, lines and how arguments are printed, and clears
// the tables that nothing refers to any more.
func (t *tables) dropLines() error {
	used := make([]bool, t.functab-t.pctab)
	err := t.each(func(at, npc, ndata int) error {
		for _, field := range []int{funcFile, funcLine, funcUnit, funcStart} {
			t.put(at+field, 0)
		}
		data := at + funcSize + 4*npc
		if npc > pcArgLive {
			t.put(at+funcSize+4*pcArgLive, 0)
		}
		for _, i := range []int{dataArgInfo, dataArgLive} {
			if i < ndata {
				t.put(data+4*i, none)
			}
		}
		if err := t.mark(used, t.u32(at+funcSP)); err != nil {
			return err
		}
		for i := range npc {
			if err := t.mark(used, t.u32(at+funcSize+4*i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, used := range used {
		if !used {
			t.bytes[t.pctab+i] = 0
		}
	}
	t.clear(t.units, t.pctab)
	return nil
}

// mark marks the table at an offset: pairs of numbers, up to a value that does
// not change. Offset 0 is none.
func (t *tables) mark(used []bool, offset int) error {
	if offset == 0 {
		return nil
	}
	for at, first := offset, true; ; first = false {
		if at >= len(used) {
			return errors.New("a table does not end")
		}
		if t.bytes[t.pctab+at] == 0 && !first {
			used[at] = true
			return nil
		}
		for range 2 {
			_, n := binary.Uvarint(t.bytes[t.pctab+at : t.functab])
			if n <= 0 {
				return errors.New("a table does not end")
			}
			for i := range n {
				used[at+i] = true
			}
			at += n
		}
	}
}

// shortenNames writes [...] for type arguments. The names stay where they are,
// zeros fill them up.
func (t *tables) shortenNames() {
	names := t.bytes[t.names:t.units]
	for len(names) > 0 {
		name, rest, _ := bytes.Cut(names, []byte{0})
		begin, end := bytes.IndexByte(name, '['), bytes.LastIndexByte(name, ']')
		const short = "[...]"
		if begin >= 0 && end-begin >= len(short) {
			n := begin + copy(name[begin:], short)
			n += copy(name[n:], name[end+1:])
			clear(name[n:])
		}
		names = rest
	}
}

// thinIndex lets the index lead to every 16th function only. The runtime looks
// on from there.
func (t *tables) thinIndex() error {
	for i := range t.buckets {
		at := t.index + i*bucketSize
		idx := t.u32(at)
		if idx >= t.count {
			return errors.New("the index of functions leads outside")
		}
		t.put(at, uint32(idx-idx%bucketGrain))
		t.clear(at+bucketParts, min(at+bucketSize, t.indexEnd))
	}
	return nil
}
