package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: slim FROM TO")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "slim:", err)
		os.Exit(1)
	}
}

// run makes to the slim copy of from. A file that holds it already is left
// alone, and its time with it.
func run(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	whole := bytes.Clone(program)
	err = known()
	if err == nil {
		err = slim(program)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "slim: %s is not made smaller: %v (see web/slim/doc.go)\n", from, err)
		program = whole
	}
	if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, program) {
		return nil
	}
	part := filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+".part")
	if err := os.WriteFile(part, program, 0o644); err != nil {
		return err
	}
	return os.Rename(part, to)
}

// slim drops from a program, in place, what doc.go says. On an error the
// program is broken.
func slim(program []byte) error {
	m, err := load(program)
	if err != nil {
		return err
	}
	t, err := find(m)
	if err != nil {
		return err
	}
	if err := t.dropLines(); err != nil {
		return err
	}
	t.shortenNames()
	if err := t.thinIndex(); err != nil {
		return err
	}
	return m.store(program)
}
