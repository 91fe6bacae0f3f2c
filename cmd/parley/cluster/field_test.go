package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/server/bus/nats/natstest"
	"parley/shared/chat"
	"parley/shared/wire"
)

// patience is how long anything may take that must come in the end.
const patience = 60 * time.Second

// field is a cluster with its people.
type field struct {
	t       *testing.T
	nats    *natstest.Server
	nodes   []*node
	people  []*person
	rooms   []chat.RoomID
	stop    context.CancelFunc // of everything that goes on
	posting atomic.Bool
	work    sync.WaitGroup

	mu     sync.Mutex
	home   chan struct{} // closed when people are to go home
	rows   map[chat.RoomID]map[chat.Seq]sighting
	acked  map[chat.Key]post
	at     map[*person]map[chat.RoomID]chat.Seq
	goes   map[*person]time.Time // when somebody was told that a room is gone
	online map[*person]map[chat.AccountID]bool
	ends   map[*person][]string
	worst  time.Duration // from the first sight of a row until somebody is told
	late   []time.Duration
	failed int
}

// sighting is when a row was first told to anybody, and as what.
type sighting struct {
	key chat.Key
	at  time.Time
}

// newField starts nodes, which tell each other what happens by NATS or not at
// all, and ends them with the test.
func newField(t *testing.T, nodes int, bus bool) *field {
	f := &field{
		t: t, nats: natstest.Start(t), rows: make(map[chat.RoomID]map[chat.Seq]sighting), acked: make(map[chat.Key]post),
		at: make(map[*person]map[chat.RoomID]chat.Seq), goes: make(map[*person]time.Time),
		online: make(map[*person]map[chat.AccountID]bool),
		ends:   make(map[*person][]string),
		home:   make(chan struct{}),
	}
	database := engine.Database(t)
	name := database[len(engine.URL("")):]
	data := t.TempDir()
	for place := range nodes {
		n := &node{
			t: t, place: place, addr: freeAddr(t), log: &lockedBuffer{},
			bus: newProxy(t, f.nats.Addr()), store: newProxy(t, fmt.Sprintf("127.0.0.1:%d", engine.Port())),
		}
		n.args = []string{
			"--admin-listen=", "--rate=0", "--drain=2s", "--data=" + data,
			"--store=postgres://parley@" + n.store.addr() + "/" + name,
		}
		if bus {
			n.args = append(n.args, "--bus=nats://"+n.bus.addr())
		}
		f.nodes = append(f.nodes, n)
	}
	var starting sync.WaitGroup
	for _, n := range f.nodes {
		t.Cleanup(n.end)
		starting.Go(n.start) // together: one of them makes the tables
	}
	starting.Wait()
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	for _, n := range f.nodes {
		f.work.Go(func() { f.watch(ctx, n) })
	}
	f.posting.Store(true)
	t.Cleanup(func() {
		stop()
		f.work.Wait()
		if t.Failed() {
			for _, n := range f.nodes {
				t.Logf("node %d said\n%s", n.place, n.log)
			}
		}
	})
	f.eventually("every node is ready", func() bool { return !slices.ContainsFunc(f.nodes, func(n *node) bool { return !n.ready.Load() }) })
	f.people = f.settle(ctx)
	return f
}

// watch is the balancer: it asks a node whether it is ready.
func (f *field) watch(ctx context.Context, n *node) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		n.ready.Store(n.isReady(ctx))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// homeward is closed when people are to go home.
func (f *field) homeward() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.home
}

// pick is where the balancer sends somebody: home, or to the next node that is
// ready.
func (f *field) pick(p *person) *node {
	if p.stays {
		return f.nodes[p.home]
	}
	for i := range f.nodes {
		if n := f.nodes[(p.home+i)%len(f.nodes)]; n.ready.Load() {
			return n
		}
	}
	return f.nodes[p.home]
}

const (
	crowd = 12 // people, a third at home on each node
	rooms = 4  // groups of all of them
	pace  = 120 * time.Millisecond
)

// settle makes the people and their rooms, and lets them live.
func (f *field) settle(ctx context.Context) (people []*person) {
	for i := range crowd {
		people = append(people, f.guest(fmt.Sprint("p", i), i%len(f.nodes)))
	}
	for i := range rooms {
		f.rooms = append(f.rooms, f.group(fmt.Sprint("g", i), people...))
	}
	for i, p := range people {
		f.enter(ctx, p)
		f.work.Go(func() { // what it posts: in all rooms by turns
			for n := 0; ; n++ {
				next := newPost(f.rooms[(i+n)%len(f.rooms)], p.name, n)
				if !f.posting.Load() {
					return
				}
				select {
				case p.posts <- next:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	return people
}

// enter lets somebody live until the field ends.
func (f *field) enter(ctx context.Context, p *person) {
	f.work.Go(func() { p.live(ctx) })
}

// guest makes somebody who is at home on a node.
func (f *field) guest(name string, home int) *person {
	f.t.Helper()
	var in struct {
		Session string
		Me      chat.Account
	}
	f.nodes[home].do("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":%q}}`, name), &in)
	return &person{
		f: f, id: in.Me.ID, token: in.Session, name: name, home: home, pace: pace,
		views: make(map[chat.RoomID]*view), posts: make(chan post),
	}
}

// group makes a group, whose owner is the first.
func (f *field) group(name string, people ...*person) chat.RoomID {
	f.t.Helper()
	ids := []chat.AccountID{}
	for _, p := range people[1:] {
		ids = append(ids, p.id)
	}
	var head chat.Head
	body := fmt.Sprintf(`{"name":%q,"members":%s}`, name, strings.ReplaceAll(fmt.Sprint(ids), " ", ","))
	f.nodes[people[0].home].do("POST", "/api/v1/rooms", people[0].token, body, &head)
	return head.ID
}

// told notes that somebody is told a row.
func (f *field) told(room chat.RoomID, row *chat.Row) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows[room] == nil {
		f.rows[room] = make(map[chat.Seq]sighting)
	}
	first, seen := f.rows[room][row.Seq]
	if !seen {
		f.rows[room][row.Seq] = sighting{row.Key, now}
		return
	}
	if first.key != row.Key {
		f.complain("row %d of a room is told as two", row.Seq)
	}
	lag := now.Sub(first.at)
	f.late = append(f.late, lag)
	f.worst = max(f.worst, lag)
}

// reached notes how far somebody has come in a room, without a gap.
func (f *field) reached(p *person, room chat.RoomID, last chat.Seq) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at[p] == nil {
		f.at[p] = make(map[chat.RoomID]chat.Seq)
	}
	f.at[p][room] = last
}

func (f *field) acknowledged(p post) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked[p.Key] = p
}

func (f *field) left(p *person) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.goes[p] = time.Now()
}

// welcomes takes who is online, of those whose presence somebody is told.
func (f *field) welcomes(p *person, who []chat.AccountID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	had := f.online[p]
	f.online[p] = make(map[chat.AccountID]bool)
	for id := range had {
		f.online[p][id] = false
	}
	for _, id := range who {
		f.online[p][id] = true
	}
}

func (f *field) presence(p *person, who chat.AccountID, online bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.online[p][who] = online
}

func (f *field) fail(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.complain(format, args...)
}

// complain says what is wrong, though not without end. f.mu is held.
func (f *field) complain(format string, args ...any) {
	if f.failed++; f.failed <= 20 {
		f.t.Errorf(format, args...)
	}
}

// eventually waits until something is so, and returns how long it took.
func (f *field) eventually(what string, is func() bool) time.Duration {
	f.t.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		if time.Since(began) > patience {
			f.t.Fatalf("not within %v: %s", patience, what)
		}
		<-tick.C
	}
	return time.Since(began)
}

// heads is how far the rooms are known to be stored.
func (f *field) heads() map[chat.RoomID]chat.Seq {
	f.mu.Lock()
	defer f.mu.Unlock()
	heads := make(map[chat.RoomID]chat.Seq)
	for _, room := range f.rooms {
		heads[room] = 0
		for seq := range f.rows[room] {
			heads[room] = max(heads[room], seq)
		}
	}
	return heads
}

// delivered waits until everybody has what is stored now, and then something
// that was stored after that, and returns how long that took.
func (f *field) delivered() time.Duration {
	f.t.Helper()
	began := time.Now()
	for range 2 {
		heads := f.heads()
		for room := range heads {
			heads[room]++
		}
		f.eventually("everybody is told everything", func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			for _, p := range f.people {
				for room, seq := range heads {
					if f.at[p][room] < seq {
						return false
					}
				}
			}
			return true
		})
	}
	return time.Since(began)
}

// lags returns the median, the 99th percentile and the greatest of what
// deliveries took since it was last asked, and how many there were.
func (f *field) lags() (median, p99, worst time.Duration, count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.Sort(f.late)
	if count = len(f.late); count > 0 {
		median, p99, worst = f.late[count/2], f.late[count*99/100], f.worst
	}
	f.late, f.worst = nil, 0
	return median, p99, worst, count
}

// check ends the posting, and compares what everybody holds with the log, and
// the log with what was acknowledged.
func (f *field) check() {
	f.t.Helper()
	f.posting.Store(false)
	logs := make(map[chat.RoomID][]chat.Row)
	f.eventually("everything is posted and told", func() bool {
		f.mu.Lock()
		before := len(f.acked)
		f.mu.Unlock()
		for _, room := range f.rooms {
			logs[room] = f.history(room)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, p := range f.people {
			for room, log := range logs {
				if f.at[p][room] != log[len(log)-1].Seq {
					return false
				}
			}
		}
		return len(f.acked) == before
	})
	f.stop()
	f.work.Wait()
	byKey := make(map[chat.Key]chat.Row)
	double := 0
	for _, log := range logs {
		for i, row := range log {
			if row.Seq != chat.Seq(i+1) {
				f.t.Fatalf("row %d of the log is %d", i+1, row.Seq)
			}
			if _, has := byKey[row.Key]; has {
				double++
			}
			byKey[row.Key] = row
		}
	}
	lost := 0
	for key, p := range f.acked {
		if row, has := byKey[key]; !has || row.Text != p.Text {
			lost++
		}
	}
	wrong := 0
	for _, p := range f.people {
		for room, log := range logs {
			v := p.views[room]
			for _, row := range log {
				if got := v.rows[row.Seq]; got.Key != row.Key || got.Text != row.Text {
					wrong++
				}
			}
			if len(v.rows) != len(log) {
				wrong++
			}
		}
	}
	f.t.Logf("%d rows, %d acknowledged: %d lost, %d doubled; %d copies of %d people, %d rows of them wrong",
		len(byKey), len(f.acked), lost, double, len(f.people)*len(logs), len(f.people), wrong)
	if lost+double+wrong > 0 {
		f.t.Error("that must not be")
	}
	f.inOrder(logs)
}

// inOrder checks that everybody's posts are in a room in the order in which
// they were made.
func (f *field) inOrder(logs map[chat.RoomID][]chat.Row) {
	f.t.Helper()
	for _, log := range logs {
		last := make(map[chat.AccountID]int)
		for _, row := range log {
			_, digits, is := strings.Cut(row.Text, "/")
			if row.Kind != chat.KindText || !is {
				continue
			}
			number, err := strconv.Atoi(digits)
			if err != nil {
				f.t.Fatal(err)
			}
			if was, any := last[row.By]; any && number != was+rooms {
				f.t.Errorf("%q follows number %d of the same person", row.Text, was)
			}
			last[row.By] = number
		}
	}
}

// history reads a whole room from the first node that answers.
func (f *field) history(room chat.RoomID) (all []chat.Row) {
	f.t.Helper()
	before := chat.Seq(0)
	for {
		var page wire.Page
		path := fmt.Sprintf("/api/v1/rooms/%d/messages?before=%d&limit=200", room, before)
		f.pick(f.people[0]).do("GET", path, f.people[0].token, "", &page)
		all = slices.Concat(page.Rows, all)
		if page.Start {
			return all
		}
		before = page.Rows[0].Seq
	}
}
