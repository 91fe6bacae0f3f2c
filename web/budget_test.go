package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What somebody loads who opens Parley for the first time, over a line on which
// brotli is spoken.
const (
	budgetProgram  = 1_000_000 // bytes of app.wasm
	budgetPage     = 1_030_000 // bytes of all that the page and its program are made of
	budgetRequests = 12        // for it, the page among them
)

var linkedFile = regexp.MustCompile(`(?:src|href)="(/[^"]+)"`)

// TestBudget fails when the first page has become too large. `make size` shows
// what of the program is whose.
func TestBudget(t *testing.T) {
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	if plain := ask(h, "GET", "/"); plain.StatusCode != http.StatusOK {
		t.Fatalf("%s: this test needs the program: make wasm", plain.Status)
	}
	paths := map[string]bool{"/": true}
	for _, match := range linkedFile.FindAllStringSubmatch(body(t, ask(h, "GET", "/")), -1) {
		paths[match[1]] = true
	}
	all := 0
	for path := range paths {
		answer := ask(h, "GET", path, "Accept-Encoding: gzip, deflate, br")
		n := len(body(t, answer))
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
		if all += n; strings.HasPrefix(path, wasmPath) {
			t.Logf("app.wasm: %d bytes", n)
			if n > budgetProgram {
				t.Errorf("app.wasm is %d bytes larger than its budget", n-budgetProgram)
			}
		}
	}
	t.Logf("the first page: %d bytes in %d requests", all, len(paths))
	if all > budgetPage || len(paths) > budgetRequests {
		t.Errorf("the budget is %d bytes in %d requests", budgetPage, budgetRequests)
	}
}
