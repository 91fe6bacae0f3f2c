package server

import "github.com/rivo/uniseg"

// oneGrapheme reports whether s is what a reader takes for one character,
// however many code points that are.
func oneGrapheme(s string) bool { return uniseg.GraphemeClusterCount(s) == 1 }
