package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: overlay COMMAND [ARGUMENT...], for example: overlay go build ./cmd/parley-web")
		os.Exit(2)
	}
	err := run(os.Stdout, os.Stderr, os.Args[1:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		os.Exit(exit.ExitCode()) // the command has said why
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "overlay:", err)
		os.Exit(1)
	}
}

// run runs a command whose go commands see the overlay, in the current folder.
func run(stdout, stderr io.Writer, command ...string) error {
	std, err := folder()
	if err != nil {
		return err
	}
	packages, err := replaced(std)
	if err != nil {
		return err
	}
	o, err := makeOverlay(std, packages)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "overlay")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "overlay.json")
	if err := o.write(file); err != nil {
		return err
	}

	var said bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(browser(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+file))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, io.MultiWriter(stderr, &said)
	err = cmd.Run()
	if err != nil {
		for _, hint := range hints(said.String(), packages) {
			fmt.Fprintln(stderr, "overlay:", hint)
		}
	}
	return err
}

// browser is the environment of a build for the browser.
func browser() []string { return append(os.Environ(), "GOOS=js", "GOARCH=wasm") }

// folder returns where our packages lie.
func folder() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "web", "overlay", "std"), nil
}

// replaced returns the packages that lie in std, by their import paths.
func replaced(std string) ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(std, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !ours(file) {
			return err
		}
		rel, err := filepath.Rel(std, filepath.Dir(file))
		found[filepath.ToSlash(rel)] = true
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s is empty", std)
	}
	return slices.Sorted(maps.Keys(found)), err
}

// ours tells whether a file is shown to the toolchain.
func ours(file string) bool {
	return strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
}

// overlay is what the go command reads: what to see in place of a file, or ""
// for none.
type overlay struct{ Replace map[string]string }

// makeOverlay hides the files that the toolchain has for the packages, and
// shows those in std beside them.
func makeOverlay(std string, packages []string) (overlay, error) {
	o := overlay{Replace: map[string]string{}}
	args := append([]string{"list", "-json=ImportPath,Dir,Standard,GoFiles,SFiles,HFiles"}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Env, cmd.Stderr = browser(), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return o, fmt.Errorf("go list: %w", err)
	}
	for decode := json.NewDecoder(bytes.NewReader(out)); decode.More(); {
		var p struct {
			ImportPath, Dir         string
			Standard                bool
			GoFiles, SFiles, HFiles []string
		}
		if err := decode.Decode(&p); err != nil {
			return o, fmt.Errorf("go list: %w", err)
		}
		if !p.Standard {
			return o, fmt.Errorf("%s is not of the standard library", p.ImportPath)
		}
		for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles) {
			o.Replace[filepath.Join(p.Dir, name)] = ""
		}
		folder := filepath.Join(std, filepath.FromSlash(p.ImportPath))
		files, err := os.ReadDir(folder)
		if err != nil {
			return o, err
		}
		for _, f := range files {
			if ours(f.Name()) {
				o.Replace[filepath.Join(p.Dir, "parley_"+f.Name())] = filepath.Join(folder, f.Name())
			}
		}
	}
	return o, nil
}

func (o overlay) write(file string) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// hints says where to look when a compiler misses what a replaced package does
// not have.
func hints(said string, packages []string) []string {
	var found []string
	for _, p := range packages {
		name := path.Base(p) + "."
		for line := range strings.Lines(said) {
			if strings.Contains(line, "undefined") && strings.Contains(line, name) {
				found = append(found, fmt.Sprintf("in the browser web/overlay/std/%s takes the place of %s. Add there what is missing, or do without it (web/overlay/doc.go).", p, p))
				break
			}
		}
	}
	return found
}
