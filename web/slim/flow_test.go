package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// flow goes through all that the rules rewrite: calls that come back at once and
// calls that unwind and are resumed (goroutines take turns), jumps ahead and back,
// switches, comparisons and their opposites, calls of what is only known when it
// runs, floats, and arguments on the stack.
const flow = `package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
)

type shape interface{ area(scale float64) float64 }
type square struct{ side float64 }
type circle struct{ radius float32 }

func (s square) area(scale float64) float64 { runtime.Gosched(); return s.side * s.side * scale }
func (c *circle) area(scale float64) float64 { return float64(c.radius) * 3 * scale }

func turns(n int, say func(string, ...any)) (sum int) {
	defer func() {
		if r := recover(); r != nil {
			say("recovered %v at %d", r, sum)
		}
	}()
	for i := 0; ; i++ {
		switch {
		case i%7 == 3:
			continue
		case i%5 == 4:
			runtime.Gosched()
		case i > n && sum > 10:
			var none []int
			runtime.Gosched()
			sum += none[i]
		}
		for j := i; j > 0; j /= 2 {
			if j&1 == 0 {
				runtime.Gosched()
				continue
			}
			sum += j
		}
	}
}

func compare(a, b int64) string {
	var s strings.Builder
	for _, is := range []bool{
		a < b, a <= b, a > b, a >= b, a == b, a != b,
		!(a < b), !(a >= b), uint64(a) < uint64(b), uint64(a) >= uint64(b),
		int32(a) < int32(b), uint32(a) > uint32(b), uint8(a) <= uint8(b), float64(a) < float64(b), !(float64(a) >= float64(b)),
	} {
		if is {
			s.WriteByte('1')
			continue
		}
		s.WriteByte('0')
	}
	return s.String()
}

func many(a, b, c, d, e, f, g, h string, i, j float32, k [5]int) (string, [5]int, float32) {
	runtime.Gosched()
	k[2] += len(a + b + c + d)
	return h + g + f + e + d + c + b + a, k, i / j
}

func main() {
	lines := make(chan string)
	done := make(chan bool)
	for worker := range 5 {
		go func() {
			say := func(format string, args ...any) {
				lines <- fmt.Sprint(worker, ": ") + fmt.Sprintf(format, args...)
			}
			say("%d", turns(20+worker, say))
			for i, s := range []shape{square{3}, &circle{2}, square{float64(worker)}} {
				say("%d %.2f", i, s.area(1.5))
			}
			done <- true
		}()
	}
	var all []string
	for working := 5; working > 0; {
		select {
		case line := <-lines:
			all = append(all, line)
		case <-done:
			working--
		}
	}
	sort.Strings(all)
	fmt.Println(strings.Join(all, "\n"))
	for _, a := range []int64{-1 << 63, -1, 0, 1, 200, 1 << 40} {
		for _, b := range []int64{-1 << 63, -2, 0, 1, 255, 1 << 40} {
			fmt.Println(a, b, compare(a, b))
		}
	}
	fmt.Println(many("a", "b", "c", "d", "e", "f", "g", "h", 1, 3, [5]int{1, 2, 3, 4, 5}))
}
`

// TestFlow compares what a program does with what its slim copy does.
func TestFlow(t *testing.T) {
	whole := build(t, flow)
	slim := filepath.Join(t.TempDir(), "slim.wasm")
	if err := run(whole, slim); err != nil {
		t.Fatal(err)
	}
	want, err := start(t, whole)
	if err != nil {
		t.Fatalf("%v\n%s", err, want)
	}
	got, err := start(t, slim)
	if err != nil || got != want {
		t.Errorf("%v, it says\n%s\nwant\n%s", err, got, want)
	}
	if lines := strings.Count(want, "\n"); lines != 5*5+6*6+1 {
		t.Errorf("%d lines:\n%s", lines, want)
	}
}
