//go:build race

package server

// The detector has little to find in one goroutine, and makes it ten times
// slower.
const simSeedsDefault = 50
