//go:build js

package rand

import (
	"bytes"
	"testing"
)

func TestRead(t *testing.T) {
	for _, size := range []int{0, 1, 16, most, most + 1, 2*most + 100} {
		a, b := make([]byte, size), make([]byte, size)
		for _, into := range [][]byte{a, b} {
			if n, err := Read(into); n != size || err != nil {
				t.Fatalf("%d of %d bytes, %v", n, size, err)
			}
		}
		if tail := a[max(0, size-16):]; size >= 16 && (bytes.Equal(a, b) || bytes.Equal(tail, make([]byte, 16))) {
			t.Errorf("%d bytes are not random to their end", size)
		}
	}
}
