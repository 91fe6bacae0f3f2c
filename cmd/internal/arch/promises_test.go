package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// promises is how many Parley makes.
const promises = 16

// shown is a line of the table of promises: a package's tests of one of them.
type shown struct {
	promise int
	pkg     string
	tests   []string
}

// readTable reads the table of promises in the documentation of package server.
func readTable(doc string) (table []shown) {
	_, doc, _ = strings.Cut(doc, "# Promises")
	doc, _, _ = strings.Cut(doc, "\n// # ")
	promise := 0
	for line := range strings.Lines(doc) {
		line, inTable := strings.CutPrefix(line, "//\t")
		fields := strings.Fields(line)
		switch {
		case !inTable || len(fields) < 2:
		case strings.HasPrefix(line, "\t"):
			table = append(table, shown{promise, fields[0], fields[1:]})
		default:
			promise, _ = strconv.Atoi(fields[0]) // 0 is no promise
		}
	}
	return table
}

var (
	named   = regexp.MustCompile(`Promises?((?:,| and| to|\s|\d)+)`)
	numbers = regexp.MustCompile(`\d+`)
)

// names tells whether a comment names a promise.
func names(comment string, promise int) bool {
	for _, list := range named.FindAllStringSubmatch(comment, -1) {
		if slices.Contains(numbers.FindAllString(list[1], -1), strconv.Itoa(promise)) {
			return true
		}
	}
	return false
}

// comments returns the comments of the tests of a package, by name.
func comments(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				found[f.Name.Name] = f.Doc.Text()
			}
		}
	}
	return found
}

// TestPromises holds the table of promises: each has a test, and each test that
// it lists exists and names its promise.
func TestPromises(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root(t), "server", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	has := make(map[int]bool)
	for _, line := range readTable(string(doc)) {
		tests := comments(t, filepath.Join(root(t), line.pkg))
		for _, name := range line.tests {
			comment, exists := tests[name]
			switch {
			case !exists:
				t.Errorf("promise %d: there is no %s in %s", line.promise, name, line.pkg)
			case !names(comment, line.promise):
				t.Errorf("promise %d: the comment of %s in %s does not name it", line.promise, name, line.pkg)
			default:
				has[line.promise] = true
			}
		}
	}
	for promise := 1; promise <= promises; promise++ {
		if !has[promise] {
			t.Errorf("promise %d is shown by no test", promise)
		}
	}
}

func TestNames(t *testing.T) {
	for comment, want := range map[string]bool{
		"Promise 3: a key":              true,
		"It. Promises 1, 2 and 3, on":   true,
		"Promises 1 and\n3 hold":        true,
		"Promise 13, and 30 of them":    false,
		"Promise 1: 3 are lost":         false,
		"the third promise, number 3":   false,
		"Promise 1.\nAnd (Promise 3).":  true,
		"no promise at all":             false,
		"Promise 2 of three. 3 others.": false,
	} {
		if names(comment, 3) != want {
			t.Errorf("%q: %v", comment, !want)
		}
	}
}
