//go:build !race

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSimKill: the simulation finds every defect of the list.
func TestSimKill(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Fatal("the mutants have to be compiled: ", err)
	}
	binary := buildMutants(t)
	count := func(name string) (found int, first string) {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		run := exec.CommandContext(ctx, binary, "-sim.hunt", name, "-sim.kill", fmt.Sprint(*simKill))
		run.Env = append(os.Environ(), mutantEnv+"="+name)
		var stderr strings.Builder
		run.Stderr = &stderr
		out, err := run.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, stderr.String())
			return 0, ""
		}
		if _, err := fmt.Sscanf(string(out), "found %d", &found); err != nil {
			t.Errorf("%s: %q: %v", name, out, err)
		}
		return found, strings.TrimSpace(stderr.String())
	}
	if found, first := count("none"); found != 0 {
		t.Fatalf("without a mutant %d seeds find something: %s", found, first)
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			found, first := count(m.name)
			t.Logf("found by %d of %d seeds, first %s", found, *simKill, first)
			if found == 0 {
				t.Error("no seed finds it")
			}
		})
	}
}

// buildMutants compiles this test with the cuttings in place.
func buildMutants(t *testing.T) string {
	dir, top := t.TempDir(), ".."
	texts := map[string]string{
		"shared/chat/mutant.go": "package chat\n\nimport \"os\"\n\nvar Mutant = os.Getenv(\"" + mutantEnv + "\")\n",
	}
	for _, m := range mutants {
		for _, c := range m.cuts {
			text, read := texts[c.file]
			if !read {
				data, err := os.ReadFile(filepath.Join(top, c.file))
				if err != nil {
					t.Fatal(err)
				}
				text = string(data)
			}
			if n := strings.Count(text, c.old); n != 1 {
				t.Fatalf("%s: %s has %d times\n%s", m.name, c.file, n, c.old)
			}
			texts[c.file] = strings.Replace(text, c.old, strings.ReplaceAll(c.new, "NAME", fmt.Sprintf("%q", m.name)), 1)
		}
	}
	replace := map[string]string{}
	for file, text := range texts {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		absolute, err := filepath.Abs(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		replace[absolute] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "mutants.test")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "test", "-c", "-overlay", list, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}
