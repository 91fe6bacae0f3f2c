package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestReport is the report on a program of a line.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	source, wasm := filepath.Join(dir, "main.go"), filepath.Join(dir, "main.wasm")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(17) }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-ldflags", "-w", "-o", wasm, source)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program, err := os.ReadFile(wasm)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := report(&out, program); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 5 || !strings.HasSuffix(lines[1], "  runtime") || !strings.HasSuffix(lines[len(lines)-1], "  (all)") {
		t.Fatal(out.String())
	}
	sum := 0
	for _, line := range lines[1 : len(lines)-1] {
		n, err := strconv.Atoi(strings.Fields(line)[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if all, err := strconv.Atoi(strings.Fields(lines[len(lines)-1])[1]); err != nil || sum > all || sum < all*9/10 {
		t.Errorf("the parts are %d of %d bytes (%v)", sum, all, err)
	}

	for name, program := range map[string][]byte{"nothing": nil, "another": []byte("MZ......"), "cut off": program[:len(program)/2]} {
		if err := report(&out, program); err == nil {
			t.Errorf("%s passes for a program", name)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for function, want := range map[string]string{
		"parley_ui.__side_.Render":                            "parley_ui",
		"github.com_maxence_charriere_go_app_v10_pkg_app.Div": "github.com_maxence_charriere_go_app_v10_pkg_app",
		"runtime.main":            "runtime",
		"type_.eq.parley_ui.face": "(equality and hashes of types)",
		"_rt0_wasm_js":            "(the linker)",
	} {
		if got := packageOf(function); got != want {
			t.Errorf("%s is of %s, want %s", function, got, want)
		}
	}
}
