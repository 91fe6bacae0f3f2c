package server

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// This file is the kill list: defects that the simulation must find. Those of
// the database and of a client's storage are rules of the simulated ones. Those
// of our own code are lines that are replaced in copies, which the compiler is
// given in place of the files (go build -overlay): nothing in the code itself
// can switch a defect on, and a line that is not found fails the test. One
// binary holds all of them, each behind its name; the environment says which.

// mutant is a defect.
type mutant struct {
	name  string
	rules rules
	cuts  []cutting
}

// cutting replaces a text that a file has exactly once.
type cutting struct{ file, old, new string }

// Where a cutting stands for the mutant's name.
const isOn = "chat.Mutant == NAME"

var mutants = []mutant{
	{name: "no dedupe", rules: rules{noDedupe: true}},
	{name: "in-memory dedupe", rules: rules{memoryDedupe: true}},
	{name: "resume from memory", rules: rules{resumeFromMemory: true}},
	{name: "ack before sync", rules: rules{ackEarly: true}},
	{name: "publish before commit", rules: rules{publishEarly: true}},
	{name: "no gap check", cuts: []cutting{{
		"shared/replica/pull.go",
		"case f.Upto <= w.cursor, f.From > w.cursor:",
		"case f.Upto <= w.cursor, f.From > w.cursor && !(" + isOn + "):",
	}}},
	{name: "parallel outbox", cuts: []cutting{{
		"shared/replica/flight.go",
		"len(rm.flight) > 0 || !rm.hold.due(r.now) {",
		"len(rm.flight) > 0 && !(" + isOn + ") || !rm.hold.due(r.now) {",
	}, {
		"shared/replica/flight.go",
		"	rm.flight = rm.nextFlight()\n	if len(rm.flight) == 0 {\n",
		"	before := rm.flight\n	if " + isOn + " {\n		defer func() { rm.flight = append(before, rm.flight...) }()\n	}\n" +
			"	rm.flight = rm.nextFlight()\n	if len(rm.flight) == 0 {\n",
	}, {
		"shared/replica/flight.go",
		"		if !it.e.waiting() {\n			continue",
		"		if !it.e.waiting() || it.e.State == Sending && " + isOn + " {\n			continue",
	}}},
	{name: "subscribe after read", cuts: []cutting{{
		"server/lifetime.go",
		"	s.server.hub.pin(pinned)\n	s.server.hub.synced(ctx)\n	heads, err := s.greet(ctx, hello)\n",
		"	if !(" + isOn + ") {\n		s.server.hub.pin(pinned)\n		s.server.hub.synced(ctx)\n	}\n	heads, err := s.greet(ctx, hello)\n" +
			"	if " + isOn + " {\n		s.server.hub.pin(pinned)\n	}\n",
	}}},
	{name: "read before the bus hears", cuts: []cutting{{
		"server/repair.go",
		"	if !h.server.bus.Lossy() {\n		return\n	}\n	ctx, cancel",
		"	if !h.server.bus.Lossy() || " + isOn + " {\n		return\n	}\n	ctx, cancel",
	}}},
	{name: "cursor inside a batch", cuts: []cutting{{
		"server/sync.go",
		"		if len(parts) > 0 {\n			part.Keys = nil\n		}\n",
		"		if len(parts) > 0 {\n			part.Keys = nil\n		}\n" +
			"		if " + isOn + " && !whole.Reset && len(rows) > 0 {\n			if part.More = false; len(parts) > 0 {\n				part.From = parts[len(parts)-1].Upto\n			}\n" +
			"			part.Upto = rows[len(rows)-1].Rev\n		}\n",
	}}},
	{name: "a page merged over a newer change", cuts: []cutting{{
		"shared/replica/page.go",
		"kept != nil && kept.Rev > row.Rev {",
		"kept != nil && kept.Rev > row.Rev && !(" + isOn + ") {",
	}}},
	{name: "a partial catch-up applied in pieces", cuts: []cutting{{
		"shared/replica/pull.go",
		"	if f = rm.join(f); f == nil {\n		return\n	}\n",
		"	if !(" + isOn + ") {\n		if f = rm.join(f); f == nil {\n			return\n		}\n	}\n",
	}}},
	{name: "a frame joined across a removal", cuts: []cutting{{
		"server/room.go",
		"if row.System == nil || !membershipEvent(row.System.Event) {",
		"if row.System == nil || !membershipEvent(row.System.Event) || " + isOn + " {",
	}}},
}

var (
	simHunt = flag.String("sim.hunt", "", "the mutant to hunt instead of running tests")
	simKill = flag.Int("sim.kill", 250, "how many seeds hunt each mutant")
)

// mutantEnv says which of the cuttings are on.
const mutantEnv = "PARLEY_SIM_MUTANT"

// hunt counts the seeds that find a mutant.
func hunt(name string) int {
	var broken rules
	for _, m := range mutants {
		if m.name == name {
			broken = m.rules
		}
	}
	var next, found atomic.Uint64
	var first sync.Once
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := next.Add(1); seed <= uint64(*simKill); seed = next.Add(1) {
				if err := finds(seed, broken); err != nil {
					found.Add(1)
					first.Do(func() { fmt.Fprintf(os.Stderr, "seed %d: %.300v\n", seed, err) })
				}
			}
		})
	}
	all.Wait()
	fmt.Printf("found %d\n", found.Load())
	return 0
}

// finds runs a seed. What makes our own code panic is found, too.
func finds(seed uint64, broken rules) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return simulate(seed, broken).err
}
