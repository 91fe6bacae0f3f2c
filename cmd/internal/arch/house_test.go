package arch

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// topLevel is all that may lie at the top of the repository beside dotfiles.
var topLevel = []string{
	"LICENSE", "Makefile", "README.md", "cmd", "docs", "go.mod", "go.sum",
	"server", "shared", "ui", "wasm_test.sh", "web",
}

// TestPackageComments fails for a package that does not say what it is for.
func TestPackageComments(t *testing.T) {
	for _, target := range []target{native, browser} {
		for _, p := range ours(t, target) {
			if broken := checkComment(p); broken != "" {
				t.Errorf("%s: %s", target, broken)
			}
		}
	}
}

// checkComment returns a sentence if p has no package comment.
func checkComment(p listed) string {
	if strings.TrimSpace(p.Doc) == "" {
		return p.ImportPath + " has no package comment"
	}
	return ""
}

func TestCheckComment(t *testing.T) {
	if checkComment(listed{ImportPath: "parley/x"}) == "" {
		t.Error("a package without a comment passes")
	}
	if got := checkComment(listed{ImportPath: "parley/x", Doc: "Package x does it."}); got != "" {
		t.Error(got)
	}
}

// TestTopLevel fails for a file or folder at the top that is not agreed on.
func TestTopLevel(t *testing.T) {
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = root(t)
	files := strings.Fields(string(output(t, cmd)))
	if len(files) == 0 {
		t.Fatal("git lists no files")
	}
	for _, stranger := range strangers(files) {
		t.Errorf("%s does not belong at the top level", stranger)
	}
}

// strangers returns the top-level entries of files that are not agreed on.
func strangers(files []string) []string {
	var found []string
	for _, file := range files {
		top, _, _ := strings.Cut(file, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(topLevel, top) && !slices.Contains(found, top) {
			found = append(found, top)
		}
	}
	return found
}

func TestStrangers(t *testing.T) {
	got := strangers([]string{"go.mod", ".ci/run", "web/embed.go", "scripts/a.sh", "scripts/b.sh", "main.go"})
	if want := []string{"scripts", "main.go"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
