package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// smallHeap is how large the heap may grow before it is collected, where twice
// what is alive is less. With a thousand connections some 20 MiB are alive, and
// to collect whenever as much has been allocated costs a tenth of the time at
// ten thousand posts a second.
const smallHeap = 64 << 20

// letHeapGrow lets small heaps grow to smallHeap, from now on. Larger ones are
// collected as always, so that a server with many connections takes no more
// memory for it. GOGC, if the operator has set it, is obeyed.
func letHeapGrow() {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	set := 100
	var tune func(struct{})
	tune = func(struct{}) { // behind each collection
		metrics.Read(live)
		if percent := heapPercent(live[0].Value.Uint64()); percent < set || percent > set+set/10 {
			set = percent
			debug.SetGCPercent(percent)
		}
		runtime.AddCleanup(new(*byte), tune, struct{}{})
	}
	tune(struct{}{})
}

// heapPercent is by how much of itself a heap may grow.
func heapPercent(live uint64) int {
	live = max(live, 4<<20) // what is alive at first is little, and little of it measured
	return max(100, int(smallHeap*100/live)-100)
}
