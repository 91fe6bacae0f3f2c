package ui

import "math"

// finger is a pointer that is down: where it came down, and where it is.
type finger struct{ fromX, fromY, x, y float64 }

// fingers are those that are down, by the browser's numbers of them.
type fingers map[int]finger

// middle is the point between them.
func (f fingers) middle() (x, y float64) {
	n := float64(len(f))
	for _, one := range f {
		x, y = x+one.x/n, y+one.y/n
	}
	return x, y
}

// spread is how far they are from their middle in all: the distance of two, 0
// of one.
func (f fingers) spread() (far float64) {
	x, y := f.middle()
	for _, one := range f {
		far += math.Sqrt((one.x-x)*(one.x-x) + (one.y-y)*(one.y-y))
	}
	return far
}
