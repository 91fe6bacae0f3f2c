//go:build !race

package server

const simSeedsDefault = 1000
