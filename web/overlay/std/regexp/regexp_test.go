//go:build js

package regexp

import "testing"

func TestMatchString(t *testing.T) {
	r := MustCompile(`^/[cr]/[^/]+$`)
	for path, want := range map[string]bool{
		"/c/17": true, "/r/市场": true, "/r/a%20b": true, "/": false, "/c/": false, "/c/17/18": false, "/x/17": false,
	} {
		for range 2 { // a browser's expression can carry state from match to match
			if r.MatchString(path) != want {
				t.Errorf("%s: want %v", path, want)
			}
		}
	}
}

func TestMustCompile(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a broken pattern compiles")
		}
	}()
	MustCompile(`[`)
}
