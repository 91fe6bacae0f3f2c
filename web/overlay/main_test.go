package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLinked lists what is linked into app.wasm: our packages in the place of
// the standard library's, and nothing of what those would bring.
func TestLinked(t *testing.T) {
	var out, said bytes.Buffer
	if err := run(&out, &said, "go", "list", "-deps", "-f", "{{.ImportPath}} {{len .GoFiles}}", "parley/cmd/parley-web"); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	files := map[string]string{}
	for line := range strings.Lines(out.String()) {
		path, count, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = count
	}
	std, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	packages, err := replaced(std)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(packages, "net/http") || !slices.Contains(packages, "crypto/rand") {
		t.Fatalf("only %q are replaced", packages)
	}
	for _, p := range packages {
		switch files[p] {
		case "1":
		case "":
			t.Errorf("nothing in app.wasm imports %s any more: delete it here", p)
		default:
			t.Errorf("%s has %s files where ours is one", p, files[p])
		}
	}
	for path := range files {
		for _, heavy := range []string{"net", "net/textproto", "crypto/tls", "crypto/x509", "crypto/internal", "mime", "compress", "regexp/syntax", "text/template", "log"} {
			if path == heavy || strings.HasPrefix(path, heavy+"/") && heavy != "net" {
				t.Errorf("%s is in app.wasm", path)
			}
		}
	}
}

// TestHidesAll compares what is hidden with what lies in GOROOT.
func TestHidesAll(t *testing.T) {
	std, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	o, err := makeOverlay(std, []string{"net/http"})
	if err != nil {
		t.Fatal(err)
	}
	hidden, shown := 0, 0
	for file, by := range o.Replace {
		_, err := os.Stat(file)
		switch {
		case by == "" && err == nil:
			hidden++
		case by == filepath.Join(std, "net", "http", "http.go") && os.IsNotExist(err):
			shown++
		default:
			t.Errorf("%s becomes %q (%v)", file, by, err)
		}
	}
	if hidden < 20 || shown != 1 {
		t.Errorf("%d files are hidden, %d shown", hidden, shown)
	}
}

// TestMissing is a program that wants what the browser's net/http does not have.
func TestMissing(t *testing.T) {
	program := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(program, []byte("package main\n\nimport \"net/http\"\n\nfunc main() { http.ListenAndServe(\"\", nil) }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	err := run(&out, &said, "go", "build", "-o", os.DevNull, program)
	if err == nil {
		t.Fatal("it builds")
	}
	for _, want := range []string{"undefined: http.ListenAndServe", "web/overlay/std/net/http takes the place of net/http"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("nobody says %q:\n%s", want, &said)
		}
	}
}

// TestNotStandard is a folder that is named like nothing in the standard
// library.
func TestNotStandard(t *testing.T) {
	std := t.TempDir()
	folder := filepath.Join(std, "github.com", "google", "uuid")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "uuid.go"), []byte("package uuid\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	packages, err := replaced(std)
	if err != nil || !slices.Equal(packages, []string{"github.com/google/uuid"}) {
		t.Fatal(packages, err)
	}
	if _, err := makeOverlay(std, packages); err == nil || !strings.Contains(err.Error(), "not of the standard library") {
		t.Errorf("got %v", err)
	}
	if _, err := replaced(t.TempDir()); err == nil {
		t.Error("an empty folder passes")
	}
}
