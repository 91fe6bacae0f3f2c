package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// program does what the runtime needs its tables for: stacks that grow and are
// walked by the garbage collector, deferred calls, a recovered panic, and at
// last one that ends it.
const program = `package main

import (
	"fmt"
	"runtime"
)

type tree struct{ left, right *tree }

func grow(depth int) *tree {
	if depth == 0 {
		runtime.GC()
		return nil
	}
	return &tree{grow(depth - 1), &tree{}}
}

func count(t *tree) int {
	if t == nil {
		return 0
	}
	return 1 + count(t.left) + count(t.right)
}

func try(f func()) (said string) {
	defer func() { said = fmt.Sprint(recover()) }()
	f()
	return "nothing"
}

func deep[T any](n int, v T) T {
	if n == 0 {
		panic(fmt.Sprintf("at the bottom with %v", v))
	}
	return deep(n-1, v)
}

func main() {
	done := make(chan int)
	for range 4 {
		go func() { done <- count(grow(2000)) }()
	}
	for range 4 {
		fmt.Println(<-done)
	}
	fmt.Println(try(func() { var m map[string]int; m["x"] = 1 }))
	fmt.Println(try(func() { deep(1000, "a string") }))
	_, file, line, _ := runtime.Caller(0)
	fmt.Println(file, line)
	deep(3, 17)
}
`

// build builds a program for js/wasm.
func build(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	source, wasm := filepath.Join(dir, "main.go"), filepath.Join(dir, "main.wasm")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", wasm, source)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return wasm
}

// TestSlim runs a slim program: it works, and its stack has names but no lines.
func TestSlim(t *testing.T) {
	whole := build(t, program)
	slim := filepath.Join(t.TempDir(), "slim.wasm")
	if err := run(whole, slim); err != nil {
		t.Fatal(err)
	}
	before, after := read(t, whole), read(t, slim)
	if b, a := packed(t, before), packed(t, after); a > b*9/10 {
		t.Errorf("%d bytes became %d", b, a)
	}
	if b, a := zeros(t, before), zeros(t, after); a-b < len(before)/20 {
		t.Errorf("only %d of %d bytes were dropped", a-b, len(before))
	}

	said, err := start(t, slim)
	if err == nil {
		t.Fatalf("it did not end by its panic:\n%s", said)
	}
	if want := strings.Repeat("4000\n", 4) + "assignment to entry in nil map\nat the bottom with a string\n? 0\npanic: at the bottom with 17\n"; !strings.HasPrefix(said, want) {
		t.Errorf("got\n%s\nwant\n%s", said, want)
	}
	for _, want := range []string{"main.deep[...]()", "main.main()", "?:0 +0x"} {
		if !strings.Contains(said, want) {
			t.Errorf("the stack has no %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "main.go") {
		t.Errorf("the stack has lines:\n%s", said)
	}

	// A second time nothing changes, and the file stays.
	info, err := os.Stat(slim)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(whole, slim); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(slim); err != nil || !os.SameFile(info, again) {
		t.Errorf("written again (%v)", err)
	}
}

// start runs a program on Node and returns what it says.
func start(t *testing.T, wasm string) (string, error) {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "go_js_wasm_exec"), wasm).CombinedOutput()
	return string(out), err
}

// TestData drops nothing that lies before or behind the tables.
func TestData(t *testing.T) {
	m, err := load(read(t, build(t, program)))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := find(m)
	if err != nil {
		t.Fatal(err)
	}
	const moduleEnd = 41 // epclntab
	module := binary.LittleEndian.AppendUint64(nil, uint64(tables.names-9*8))
	module = binary.LittleEndian.AppendUint64(module, uint64(tables.names))
	end := m.u64(bytes.Index(m.bytes, module) + 8*moduleEnd)
	if end != tables.indexEnd {
		t.Fatalf("the tables end at %#x, by the runtime at %#x", tables.indexEnd, end)
	}
	for i := range bucketSize { // what is there may be zero already
		m.bytes[end+i] = 0xff
	}
	before := bytes.Clone(m.bytes)
	if err := errors.Join(tables.dropLines(), tables.thinIndex()); err != nil {
		t.Fatal(err)
	}
	tables.shortenNames()
	if !bytes.Equal(before[:tables.names], m.bytes[:tables.names]) || !bytes.Equal(before[end:], m.bytes[end:]) {
		t.Error("something beside the tables has changed")
	}
	if bytes.Equal(before, m.bytes) {
		t.Error("nothing has changed")
	}
}

// TestUnknown copies what it does not know as it is.
func TestUnknown(t *testing.T) {
	whole := read(t, build(t, program))
	broken := bytes.Replace(whole, []byte(magic), []byte("\xf2\xff\xff\xff\x00\x00\x01\x08"), 1)
	for name, program := range map[string][]byte{
		"another magic": broken, "cut off": whole[:len(whole)/2], "not WebAssembly": []byte("MZ"), "empty": nil,
	} {
		dir := t.TempDir()
		from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
		if err := os.WriteFile(from, program, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run(from, to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(read(t, to), program) {
			t.Errorf("%s: the copy differs", name)
		}
	}
}

// TestKnown fails when the toolchain has another runtime: then look at what
// has changed in the declarations, correct tables.go, and list them anew.
func TestKnown(t *testing.T) {
	if err := known(); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// zeros counts what of a program's data is zero.
func zeros(t *testing.T, program []byte) int {
	t.Helper()
	m, err := load(program)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(m.bytes, []byte{0})
}

// packed returns how large a program is in brotli.
func packed(t *testing.T, program []byte) int {
	t.Helper()
	const quality = 6
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, quality)
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
