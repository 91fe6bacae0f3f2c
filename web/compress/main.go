// Command compress writes FILE.br beside each FILE it is given, with brotli at
// its highest quality: the bytes go over slow lines many times and are made
// once. A FILE.br that already holds the file is left alone, since quality 11
// takes many seconds for a WebAssembly program.
//
//	go run ./web/compress web/app.wasm
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

func main() {
	for _, name := range os.Args[1:] {
		if err := compress(name); err != nil {
			fmt.Fprintln(os.Stderr, "compress:", err)
			os.Exit(1)
		}
	}
}

// compress makes name.br hold what name holds.
func compress(name string) error {
	plain, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if holds(name+".br", plain) {
		return nil
	}

	var packed bytes.Buffer
	w := brotli.NewWriterLevel(&packed, brotli.BestCompression)
	if _, err := w.Write(plain); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}

	// Written aside and renamed, so that a half-written file is never embedded.
	part := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".br.part")
	if err := os.WriteFile(part, packed.Bytes(), 0o644); err != nil {
		return err
	}
	if err := os.Rename(part, name+".br"); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d with brotli\n", name, len(plain), packed.Len())
	return nil
}

// holds tells whether the brotli file at name decompresses to plain.
func holds(name string, plain []byte) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	got, err := io.ReadAll(io.LimitReader(brotli.NewReader(f), int64(len(plain))+1))
	return err == nil && bytes.Equal(got, plain)
}
