//go:build js

// Package regexp takes the place of regexp in the browser (see web/overlay).
//
// go-app matches the addresses of its routes with it. The browser has regular
// expressions itself; the few patterns of our routes mean the same in both.
package regexp

import "syscall/js"

// A Regexp is a compiled regular expression of the browser.
type Regexp struct{ compiled js.Value }

// MustCompile compiles a pattern, or panics with the browser's error.
func MustCompile(pattern string) *Regexp {
	return &Regexp{js.Global().Get("RegExp").New(pattern, "u")}
}

// MatchString tells whether s has a match.
func (r *Regexp) MatchString(s string) bool { return r.compiled.Call("test", s).Bool() }
