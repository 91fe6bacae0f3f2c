// Package arch holds the house rules that a compiler does not check: which
// package may import which, that every package says what it is for, and what
// lies at the top of the repository. It has tests only; `make check` runs them.
//
// The rules of imports keep two things true. The shared packages and the UI
// stay small enough for a browser, and the server can be run on any store and
// any bus, because it knows none of them.
package arch
