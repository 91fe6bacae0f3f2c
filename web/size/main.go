// Command size says what of a WebAssembly program of Go comes from where.
//
//	go run ./web/size .cache/app-named-slim.wasm
//
// The program must have its names (linked without -s). A line is a package:
// how many functions and bytes of code it has, and what they come to in brotli
// when they are compressed alone, which is more than in the whole, where
// packages share patterns. What is not code (types, strings, the runtime's
// tables) is one line, since the linker does not tell whose it is.
package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// quality is fast, and near enough to tell what is large.
const quality = 6

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: size PROGRAM")
		os.Exit(2)
	}
	program, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = report(os.Stdout, program)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

// A part is what a package has of the program.
type part struct {
	name      string
	functions int
	code      []byte
}

// report writes the table.
func report(w io.Writer, program []byte) error {
	p, err := parse(program)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%9s %9s %9s  package\n", "functions", "bytes", "brotli")
	for _, part := range p.packages() {
		if err := line(w, part.functions, part.code, part.name); err != nil {
			return err
		}
	}
	if err := line(w, 0, p.data, "(data: types, strings, tables)"); err != nil {
		return err
	}
	return line(w, len(p.bodies), program[:p.end], "(all)")
}

func line(w io.Writer, functions int, content []byte, name string) error {
	var packed bytes.Buffer
	b := brotli.NewWriterLevel(&packed, quality)
	// Writes to a buffer do not fail.
	_, _ = b.Write(content)
	_ = b.Close()
	_, err := fmt.Fprintf(w, "%9d %9d %9d  %s\n", functions, len(content), packed.Len(), name)
	return err
}

// A parsed program has its functions, in order, and their names.
type parsed struct {
	imported int // functions that the host brings, which come first
	bodies   [][]byte
	names    map[int]string
	data     []byte
	end      int // of what a browser runs: names come behind
}

// packages gathers the functions by package, the largest first.
func (p *parsed) packages() []*part {
	by := map[string]*part{}
	for i, body := range p.bodies {
		name := packageOf(p.names[p.imported+i])
		if by[name] == nil {
			by[name] = &part{name: name}
		}
		by[name].functions++
		by[name].code = append(by[name].code, body...)
	}
	var all []*part
	for _, part := range by {
		all = append(all, part)
	}
	slices.SortFunc(all, func(a, b *part) int {
		return cmp.Or(len(b.code)-len(a.code), strings.Compare(a.name, b.name))
	})
	return all
}

// packageOf returns the package of a function. The linker writes _ for what is
// neither a letter nor a digit nor a dot, so parley/shared/wire is
// parley_shared_wire.
func packageOf(function string) string {
	host, rest, dotted := strings.Cut(function, ".")
	switch {
	case !dotted:
		return "(the linker)"
	case host == "type_":
		return "(equality and hashes of types)"
	}
	if path, _, found := strings.Cut(rest, "."); found && strings.HasPrefix(path, "com_") {
		return host + "." + path
	}
	return host
}

// The sections of a WebAssembly program that are looked at.
const (
	custom  = 0
	imports = 2
	code    = 10
	data    = 11
)

// parse reads a program that has its names.
func parse(program []byte) (*parsed, error) {
	if len(program) < 8 || string(program[:4]) != "\x00asm" {
		return nil, errors.New("not WebAssembly")
	}
	p := &parsed{names: map[int]string{}}
	for r := (reader{rest: program[8:]}); len(r.rest) > 0; {
		start := len(program) - len(r.rest)
		id := r.byte()
		section := reader{rest: r.bytes(r.uint())}
		if r.failed {
			return nil, errors.New("the file is cut off")
		}
		switch id {
		case imports:
			p.imported = section.uint() // Go imports functions only
		case code:
			for range section.uint() {
				p.bodies = append(p.bodies, section.bytes(section.uint()))
			}
		case data:
			p.data = section.rest
		case custom:
			if string(section.bytes(section.uint())) == "name" {
				p.end = start
				p.readNames(&section)
			}
		}
		if section.failed {
			return nil, errors.New("a section is cut off")
		}
	}
	if len(p.bodies) == 0 || len(p.names) == 0 {
		return nil, errors.New("the program has no names: link it without -s")
	}
	return p, nil
}

func (p *parsed) readNames(section *reader) {
	const functions = 1
	for len(section.rest) > 0 && !section.failed {
		id := section.byte()
		part := reader{rest: section.bytes(section.uint())}
		if id != functions {
			continue
		}
		for range part.uint() {
			i := part.uint()
			p.names[i] = string(part.bytes(part.uint()))
		}
		section.failed = section.failed || part.failed
	}
}

// A reader reads a part of the file from its front.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) uint() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > 1<<31 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}
