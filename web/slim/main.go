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
	err = known()
	if err == nil {
		var smaller []byte
		if smaller, err = slim(program); err == nil {
			program = smaller
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "slim: %s is not made smaller: %v (see web/slim/doc.go)\n", from, err)
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

// slim returns a program without what doc.go says.
func slim(program []byte) ([]byte, error) {
	m, err := load(program)
	if err != nil {
		return nil, err
	}
	t, err := find(m)
	if err != nil {
		return nil, err
	}
	if err := t.dropLines(); err != nil {
		return nil, err
	}
	t.shortenNames()
	if err := t.thinIndex(); err != nil {
		return nil, err
	}
	return shorten(program, m)
}
