// Package godebug takes the place of internal/godebug in the browser (see
// web/overlay).
//
// The standard library asks it for the settings of the variable GODEBUG, which
// a browser does not have: all of them are at their defaults. The real one also
// counts what deviates, and links the runtime's metrics for that.
package godebug

// A Setting is one of GODEBUG's, at its default.
type Setting struct{ name string }

// New returns the setting of a name; "#" before it marks one that is not
// documented.
func New(name string) *Setting { return &Setting{name} }

// Value is empty: nothing was set.
func (s *Setting) Value() string { return "" }

// IncNonDefault would count a use of what was set.
func (s *Setting) IncNonDefault() {}
