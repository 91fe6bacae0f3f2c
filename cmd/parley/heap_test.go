package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// TestHeapGrows: a small heap may grow to smallHeap, a large one by itself, and
// that is set anew when what is alive changes.
func TestHeapGrows(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 1500}, {4 << 20, 1500}, {16 << 20, 300}, {32 << 20, 100}, {1 << 30, 100}} {
		if got := heapPercent(c.live); got != c.want {
			t.Errorf("%d MiB alive: %d %%, want %d", c.live>>20, got, c.want)
		}
	}
	t.Setenv("GOGC", "")
	letHeapGrow()
	collected := func(want func(percent uint64) bool) {
		t.Helper()
		percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		for deadline := time.Now().Add(time.Minute); ; {
			runtime.GC()
			if metrics.Read(percent); want(percent[0].Value.Uint64()) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("it is at %d %%", percent[0].Value.Uint64())
			}
		}
	}
	held := make([]byte, 2*smallHeap)
	collected(func(percent uint64) bool { return percent == 100 })
	runtime.KeepAlive(held)
	held = nil
	collected(func(percent uint64) bool { return percent > 100 })
}
