package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCompress(t *testing.T) {
	name := filepath.Join(t.TempDir(), "app.wasm")
	plain := bytes.Repeat([]byte("parley "), 1000)
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packed := func() os.FileInfo {
		t.Helper()
		if err := compress(name); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name + ".br")
		if err != nil {
			t.Fatal(err)
		}
		return info
	}

	write(name, plain)
	first := packed()
	if !holds(name+".br", plain) {
		t.Error("the compressed file does not hold the file")
	}
	if first.Size() >= int64(len(plain)) {
		t.Errorf("%d bytes became %d", len(plain), first.Size())
	}

	if again := packed(); !os.SameFile(first, again) {
		t.Error("an unchanged file was compressed again")
	}

	plain = append(plain, "and more"...)
	write(name, plain)
	if holds(name+".br", plain) {
		t.Error("a stale file passes for fresh")
	}
	packed()
	if !holds(name+".br", plain) {
		t.Error("a changed file was not compressed again")
	}

	write(name+".br", []byte("broken"))
	packed()
	if !holds(name+".br", plain) {
		t.Error("a broken file was kept")
	}
}

func TestCompressMissingFile(t *testing.T) {
	if err := compress(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no error for a file that is not there")
	}
}
