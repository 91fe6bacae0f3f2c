package server

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/replica"
)

var (
	simSeeds = flag.Int("sim.seeds", simSeedsDefault, "how many seeds TestSim tries")
	simSeed  = flag.Uint64("sim.seed", 0, "the only seed that TestSim tries")
)

const simSteps = 200

// plan is what kind of a story a seed tells.
type plan struct {
	faults   bool // connections and clients fail
	frail    bool // nodes and the database fail, too
	restores bool // backups are restored
	lossy    bool // the bus loses, doubles and reorders
	heavy    bool // messages are long: answers come in parts
	long     bool // rooms are long: windows do not hold them whole
	nodes    int
	pending  int // bytes that may wait for a connection

	database, storage time.Duration // what a read or a write takes, on the server and on a device
}

// rules are what a mutant breaks.
type rules struct {
	noDedupe, memoryDedupe, ackEarly, publishEarly, resumeFromMemory bool
}

func draw(seed uint64, r *rand.Rand) plan {
	one := func(n int) bool { return r.IntN(n) == 0 }
	p := plan{faults: seed%5 != 0, heavy: seed%16 == 3, long: one(3), nodes: 1, pending: pendingMost}
	if one(2) {
		p.nodes = 2 + r.IntN(3)
	}
	p.database = []time.Duration{time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond}[r.IntN(4)]
	p.storage = []time.Duration{3 * time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond}[r.IntN(3)]
	if p.faults {
		p.frail = !one(4)
		p.restores, p.lossy = one(4), p.nodes > 1 && one(2)
		if one(3) {
			p.pending = 2<<10 + r.IntN(6<<10)
		}
	}
	return p
}

// slow draws how long a connection takes for a message.
func (w *world) slow() time.Duration {
	switch {
	case w.healing || !w.one(3):
		return 0
	case w.plan.faults && w.one(2):
		return w.within(20*time.Millisecond, time.Second)
	}
	return w.within(20*time.Millisecond, 150*time.Millisecond)
}

// simulate tells the story of a seed, and says what was wrong with it.
func simulate(seed uint64, broken rules) *world {
	w := &world{seed: seed, rand: rand.New(rand.NewPCG(seed, 20260101)), rules: broken, names: map[chat.RoomID]string{}, metrics: countRepairs()}
	w.plan = draw(seed, w.rand)
	w.db = &database{w: w, mem: memory.Open(store.Options{Random: w.fill}), books: map[chat.RoomID]*book{}}
	w.found()
	for range simSteps {
		w.act()
		pace := 150 * time.Millisecond
		if w.one(20) {
			pace = 10 * time.Second
		}
		if w.run(w.within(0, pace)); w.err != nil {
			break
		}
	}
	if w.err == nil {
		w.heal()
	}
	for _, n := range w.nodes {
		n.crash() // ends its tasks
	}
	if n := w.repairs(); n > 0 && w.sound() { // or else repairs would hide what is wrong
		w.fail("%d repairs, though nothing was lost", n)
	}
	return w
}

// sound reports whether no event of the bus can have been lost.
func (w *world) sound() bool { return !w.plan.lossy && !w.plan.frail }

// found makes the people and their rooms.
func (w *world) found() {
	w.nodes = make([]*simNode, w.plan.nodes)
	for place := range w.nodes {
		w.boot(place)
	}
	s, ctx := w.nodes[0].srv, context.Background()
	var tokens []string
	for i := range 3 + w.rand.IntN(2) {
		in, err := s.signInGuest(ctx, fmt.Sprint("Guest ", i), "")
		w.must(err)
		w.accounts, tokens = append(w.accounts, in.me.ID), append(tokens, in.token)
	}
	for _, peer := range w.accounts[1:3] {
		head, _, err := s.directRoom(ctx, w.accounts[0], peer)
		w.must(err)
		w.rooms = append(w.rooms, head.ID)
	}
	for i, members := range [][]chat.AccountID{w.accounts, w.accounts[1:]} {
		head, err := s.makeGroup(ctx, members[0], fmt.Sprint("group ", i), members)
		w.must(err)
		w.rooms, w.names[head.ID] = append(w.rooms, head.ID), head.Name
	}
	for _, room := range w.rooms {
		w.fillRoom(s, room)
	}
	for i, account := range append(w.accounts, w.accounts[0]) {
		c := &simClient{
			w: w, id: i, account: account, token: tokens[i%len(tokens)], r: replica.New(replica.Config{Device: "d", As: account}),
			disk: newDevice(), looks: map[chat.RoomID]bool{}, target: map[chat.Key]chat.RoomID{}, durable: map[chat.Key]bool{},
			dropped: map[chat.Key]bool{}, acked: map[chat.Key]int{}, good: map[*chat.Row]chat.Rev{}, heads: map[chat.RoomID]chat.Head{},
		}
		w.clients = append(w.clients, c)
		c.dial()
	}
}

// fillRoom gives a room a past.
func (w *world) fillRoom(s *Server, room chat.RoomID) {
	n := w.rand.IntN(6)
	if w.plan.long {
		n = 80 + w.rand.IntN(100)
	}
	if n == 0 {
		return
	}
	posts := make([]chat.Post, n)
	for i := range posts {
		posts[i] = chat.Post{Key: w.key(), Text: fmt.Sprint("past ", i)}
		if w.plan.heavy && i >= n-10 {
			posts[i].Text += strings.Repeat("~", 12<<10)
		}
	}
	for part := range slices.Chunk(posts, chat.MaxPosts) {
		_, err := s.post(context.Background(), w.accounts[1], room, part)
		if err != nil { // not theirs
			_, err = s.post(context.Background(), w.accounts[0], room, part)
		}
		w.must(err)
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.fail("at the beginning: %v", err)
	}
}

// heal ends all faults, and lets everything come to rest.
func (w *world) heal() {
	w.healing = true
	for _, n := range w.nodes {
		n.reboot()
	}
	w.plan.pending = pendingMost
	again := w.one(2) // else sound connections must do
	w.marks = again || !w.plan.lossy
	for _, c := range w.clients {
		c.offline = false
		if again {
			c.hangUp()
		} else if l := c.link; l != nil {
			l.slow = 0
		}
		c.dial()
		for _, room := range w.rooms {
			c.step(replica.OpenRoom{Room: room})
		}
	}
	w.run(3 * time.Minute)
	if w.err == nil {
		w.healed()
	}
}

// TestSim is the proof: whatever fails, what was promised holds. It covers
// Promises 2, 3, 4, 5, 6, 7, 8, 9, 12 and 13: safety at every step, and when
// nothing fails any more, everybody holds what a fresh fetch would bring, and
// every accepted post is there once.
func TestSim(t *testing.T) {
	if *simSeed != 0 {
		report(t, simulate(*simSeed, rules{}))
		return
	}
	began := time.Now()
	var next, repairs, sound, wrong atomic.Uint64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for seed := next.Add(1); seed <= uint64(*simSeeds) && wrong.Load() < 5; seed = next.Add(1) {
				w := simulate(seed, rules{})
				if report(t, w); w.err != nil {
					wrong.Add(1)
				}
				if repairs.Add(uint64(w.repairs())); w.sound() {
					sound.Add(1)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	t.Logf("%d seeds of %d steps, %.0f seeds per minute; %d repairs, none in %d seeds that lose no event",
		*simSeeds, simSteps, float64(*simSeeds)/took.Minutes(), repairs.Load(), sound.Load())
}

// TestSimCases: seeds that found a defect, each fixed since. What a seed tells
// changes with the simulation; run those of old at their commits.
func TestSimCases(t *testing.T) {
	for _, seed := range []uint64{
		381, // a role that was given while the bus lost the event that says so: the row says it, too
	} {
		report(t, simulate(seed, rules{}))
	}
}

func report(t *testing.T, w *world) {
	if w.err != nil {
		t.Errorf("seed %d (%+v): %v\nrun it alone: go test ./server -run 'TestSim$' -sim.seed=%d", w.seed, w.plan, w.err, w.seed)
	}
}

// TestSimRepeats: a seed is one history.
func TestSimRepeats(t *testing.T) {
	for seed := range uint64(20) {
		a, b := simulate(seed+1, rules{}), simulate(seed+1, rules{})
		if a.trace != b.trace || a.steps != b.steps {
			t.Errorf("seed %d: %x after %d steps, then %x after %d", seed+1, a.trace, a.steps, b.trace, b.steps)
		}
	}
}
