package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A target is one of the two builds.
type target int

const (
	native target = iota
	browser
)

func (t target) String() string {
	if t == browser {
		return "js/wasm"
	}
	return "native"
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string // of the package itself, without its tests
}

// name is the package's path in the repository.
func (p listed) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// ours returns our packages of the build: for the browser that is the command
// and what it may build on.
func ours(t *testing.T, target target) []listed {
	t.Helper()
	packages := list(t, target, "./...")
	if target == native {
		return packages
	}
	return slices.DeleteFunc(packages, func(p listed) bool {
		name := p.name()
		return !within(name, "shared") && !within(name, "ui") && name != "cmd/parley-web"
	})
}

// list runs `go list` with args. A package with nothing for the target counts
// as an empty one, not as an error.
func list(t *testing.T, target target, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Doc,Imports"}, args...)...)
	cmd.Dir = root(t)
	if target == browser {
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(output(t, cmd))); ; {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			if len(packages) == 0 {
				t.Fatalf("%v lists nothing", cmd.Args)
			}
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// root is the folder of go.mod.
func root(t *testing.T) string {
	t.Helper()
	return filepath.Dir(strings.TrimSpace(string(output(t, exec.Command("go", "env", "GOMOD")))))
}

func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	return out
}
