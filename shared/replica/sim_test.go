package replica_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

var (
	seeds    = flag.Int("seeds", 300, "how many seeds TestModel tries")
	onlySeed = flag.Uint64("seed", 0, "the only seed that TestModel tries, with its trace")
)

// sim is a replica, its disk, the network, and a server, all of which fail.
type sim struct {
	testing.TB
	rand *rand.Rand
	seed uint64
	m    *model
	r    *replica.Replica
	d    *disk
	now  chat.Time
	up   bool
	next int

	storing   []chat.Key // written, not acknowledged
	composed  map[chat.Key]chat.RoomID
	discarded map[chat.Key]bool
	retried   map[chat.Key]bool
	order     map[chat.RoomID][]chat.Key
	versions  map[chat.RoomID]uint64
}

// TestModel: Promise 3, 4 and 6. What the replica shows and stores of a room is
// always what the log held at its cursor, and every post is stored exactly once
// and in order, through lost, doubled and swapped frames, refusals, reconnects,
// kills, and restored backups.
func TestModel(t *testing.T) {
	if *onlySeed != 0 {
		simulate(t, *onlySeed)
		return
	}
	for n := range *seeds {
		simulate(t, uint64(n+1))
	}
}

func simulate(t *testing.T, seed uint64) {
	s := &sim{TB: t, rand: rand.New(rand.NewPCG(seed, 2)), seed: seed, m: newModel(), r: replica.New(replica.Config{Device: "d"}),
		d: newDisk(), now: 1_000_000, composed: map[chat.Key]chat.RoomID{}, discarded: map[chat.Key]bool{},
		order: map[chat.RoomID][]chat.Key{}, retried: map[chat.Key]bool{}, versions: map[chat.RoomID]uint64{}}
	acts := []struct {
		name   string
		weight int
		do     func()
	}{
		{"flow", 20, s.flow}, {"deliver", 20, s.deliver}, {"serve", 20, s.serve}, {"connect", 6, s.connect},
		{"store", 10, s.store}, {"wait", 6, func() { s.wait(chat.Time(s.between(1, 8000))) }},
		{"compose", 14, s.compose}, {"change", 8, s.change}, {"retry", 4, s.retry}, {"read", 4, s.read},
		{"look", 6, s.look}, {"older", 6, s.older}, {"others", 24, s.others}, {"membership", 1, s.membership},
		{"lose", 3, s.lose}, {"double", 2, s.double}, {"swap", 2, s.swap}, {"double up", 2, s.doubleUp},
		{"cut", 2, s.cut}, {"kill", 1, s.kill}, {"backup", 1, s.backup}, {"busy", 2, func() { s.m.busy = s.between(0, 3) }},
	}
	total := 0
	for _, act := range acts {
		total += act.weight
	}
	for range 200 {
		at := s.between(0, total-1)
		for _, act := range acts {
			if at -= act.weight; at < 0 {
				if seed == *onlySeed {
					t.Log(act.name)
				}
				act.do()
				break
			}
		}
		s.safe()
	}
	s.heal()
}

func (s *sim) Fatalf(format string, args ...any) {
	s.Helper()
	s.TB.Fatalf(fmt.Sprintf("seed %d: ", s.seed)+format, args...)
}

func (s *sim) between(least, most int) int { return least + s.rand.IntN(most-least+1) }

func choose[T any](s *sim, from []T) T { return from[s.between(0, len(from)-1)] }

// flow lets everything through that is on its way.
func (s *sim) flow() {
	for len(s.m.up) > 0 || len(s.m.down) > 0 {
		s.serve()
		s.deliver()
	}
}

// step gives the replica an input and does what it says.
func (s *sim) step(in replica.Input) {
	for _, e := range s.r.Step(s.now, in) {
		s.d.save(e)
		switch e := e.(type) {
		case replica.Transmit:
			s.transmitted(e.Frame)
		case replica.SaveOutbox:
			for _, entry := range e.Entries {
				if entry.State == replica.Storing {
					s.storing = append(s.storing, entry.Key)
				}
			}
		case replica.Refused:
			s.Fatalf("refused: %+v", e)
		case replica.Hangup:
			s.Fatalf("hung up: %+v", e)
		}
	}
}

func (s *sim) transmitted(f wire.Frame) {
	if !s.up {
		s.Fatalf("%s sent without a connection", f.Type())
	}
	data, err := wire.Append(nil, f)
	if err != nil {
		s.Fatal(err)
	}
	if send, ok := f.(*wire.Send); ok {
		if len(data) > chat.BatchAim || len(send.Posts) > chat.MaxPosts {
			s.Fatalf("a batch of %d posts, %d bytes", len(send.Posts), len(data))
		}
		for _, p := range send.Posts {
			if slices.Contains(s.storing, p.Key) {
				s.Fatalf("%s was sent before it was stored", p.Key)
			}
		}
	}
	if s.m.open {
		s.m.up = append(s.m.up, data)
	}
}

func (s *sim) connect() {
	if !s.up {
		s.up, s.m.open = true, true
		s.step(replica.Opened{})
	}
}

func (s *sim) cut() {
	if s.up {
		s.up = false
		s.m.close()
		s.step(replica.Closed{})
	}
}

// kill ends the client and starts it from its disk.
func (s *sim) kill() {
	s.cut()
	s.storing = nil
	s.r = replica.New(replica.Config{Device: "d"})
	clear(s.versions)
	s.step(s.d.restore())
}

func (s *sim) deliver() {
	if len(s.m.down) == 0 {
		return
	}
	p := s.m.down[0]
	s.m.down = s.m.down[1:]
	f, err := wire.DecodeServer(p.data)
	if err != nil {
		s.Fatal(err)
	}
	s.step(replica.Received{Frame: f})
	s.safe()
}

func (s *sim) serve() {
	if len(s.m.up) > 0 {
		s.m.handle()
	}
}

// lose drops live news; a head follows, as from a server whose queue was full.
func (s *sim) lose() {
	i := s.pick(func(p packet) bool { return p.loose })
	if i < 0 {
		return
	}
	room := s.m.down[i].room
	s.m.down = slices.Delete(s.m.down, i, i+1)
	s.m.send(&wire.Head{Room: s.m.logs[room].current(), Users: modelUsers()}, room, false, false)
}

func (s *sim) double() {
	if i := s.pick(func(p packet) bool { return !p.part }); i >= 0 {
		s.m.down = append(s.m.down, s.m.down[i])
	}
}

func (s *sim) swap() {
	i := s.pick(func(p packet) bool { return p.loose })
	if i > 1 && !s.m.down[i-1].part {
		s.m.down[i], s.m.down[i-1] = s.m.down[i-1], s.m.down[i]
	}
}

func (s *sim) doubleUp() {
	if n := len(s.m.up); n > 0 && s.m.live {
		s.m.up = append(s.m.up, s.m.up[n-1])
	}
}

func (s *sim) pick(fits func(packet) bool) int {
	var at []int
	for i, p := range s.m.down {
		if i > 0 && fits(p) { // the first may be the welcome
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return -1
	}
	return choose(s, at)
}

func (s *sim) store() {
	keys := s.storing
	s.storing = nil
	s.step(replica.Stored{Keys: keys})
}

func (s *sim) key() chat.Key {
	s.next++
	return chat.Key{1, 14: byte(s.next >> 8), 15: byte(s.next)}
}

func (s *sim) room() chat.RoomID {
	return choose(s, []chat.RoomID{direct, direct, group})
}

func (s *sim) compose() {
	id := s.room()
	if sum := s.r.Room(id); sum == nil || sum.Gone {
		return
	}
	in := replica.Compose{Room: id, Key: s.key(), Text: choose(s, []string{"a", "b", "refuse me"})}
	if tl := s.r.Timeline(id); len(tl.Rows) > 0 && s.between(0, 5) == 0 {
		in.Reply = tl.Rows[0].Seq
	}
	s.composed[in.Key] = id
	s.order[id] = append(s.order[id], in.Key)
	s.step(in)
}

// change edits, recalls or reacts to a row on the screen.
func (s *sim) change() {
	id := s.room()
	rows := s.r.Timeline(id).Rows
	if len(rows) == 0 {
		return
	}
	row := choose(s, rows)
	switch s.between(0, 3) {
	case 0:
		s.step(replica.Edit{Room: id, Seq: row.Seq, Key: s.key(), Text: "edited"})
	case 1:
		s.step(replica.Recall{Room: id, Seq: row.Seq, Key: s.key()})
	default:
		s.step(replica.React{Room: id, Seq: row.Seq, Key: s.key(), Emoji: "👍", On: s.between(0, 1) == 1})
	}
}

func (s *sim) retry() {
	for _, id := range []chat.RoomID{direct, group} {
		for _, e := range slices.Clone(s.r.Timeline(id).Pending) {
			if e.State != replica.Failed {
				continue
			}
			if s.between(0, 1) == 1 {
				s.retried[e.Key] = true
				s.step(replica.Retry{Key: e.Key})
			} else {
				s.discarded[e.Key] = true
				s.step(replica.Discard{Key: e.Key})
			}
			return
		}
	}
}

// others write, edit, react and join.
func (s *sim) others() {
	l := s.m.logs[s.room()]
	by := choose(s, []chat.AccountID{friend, third})
	what := s.between(0, 6)
	if what > 2 && len(l.rows) == 0 {
		return
	}
	var row chat.Row
	switch what {
	case 0, 1, 2:
		row = chat.Row{Key: s.m.modelKey(), By: by, Kind: chat.KindText, Text: "from others"}
	case 3:
		row = chat.Row{Key: s.m.modelKey(), By: by, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventJoined, Account: third}}
		l.head.Members++
	default:
		row = choose(s, l.rows)
		if row.Recalled != 0 || row.Kind == chat.KindSystem {
			return
		}
		if row.Text, row.Edited = fmt.Sprint("edit ", l.head.Rev), 1; what == 6 {
			row = reacted(row, "👍", me, len(row.Reactions["👍"]) == 0) // from another device
		}
	}
	s.m.news(l, []chat.Row{l.put(row)})
}

func (s *sim) look() {
	id := s.room()
	if s.between(0, 3) == 0 {
		s.step(replica.CloseRoom{Room: id})
	} else {
		s.step(replica.OpenRoom{Room: id})
	}
}

func (s *sim) older() { s.step(replica.LoadOlder{Room: s.room()}) }

func (s *sim) read() {
	id := s.room()
	if sum := s.r.Room(id); sum != nil {
		s.step(replica.Read{Room: id, Seq: sum.Head.Seq})
	}
}

func (s *sim) membership() {
	l := s.m.logs[group]
	l.ours = !l.ours
	if l.ours {
		s.m.send(&wire.Head{Room: l.current(), Users: modelUsers()}, 0, false, false)
	} else {
		s.m.send(&wire.Gone{Room: group}, 0, false, false)
	}
}

// backup restores the server to an earlier state under another epoch.
func (s *sim) backup() {
	s.cut()
	keep := map[chat.RoomID]chat.Rev{}
	for _, id := range []chat.RoomID{direct, group} {
		rev := s.m.logs[id].head.Rev
		keep[id] = rev - chat.Rev(s.between(0, min(3, int(rev))))
		if _, known := s.m.logs[id].held[keep[id]]; !known {
			keep[id] = rev
		}
	}
	s.m.restored(keep)
	s.order = map[chat.RoomID][]chat.Key{} // what was lost comes again, later
}

func (s *sim) wait(ms chat.Time) {
	s.now += ms
	s.step(replica.Tick{})
}

// safe holds at every step.
func (s *sim) safe() {
	for _, id := range []chat.RoomID{direct, group} {
		tl := s.r.Timeline(id)
		l := s.m.logs[id]
		current := s.d.epoch == s.m.epoch
		if tl.Ready && current {
			s.prefix("shown", id, tl.Cursor, tl.Rows)
		}
		seen := map[chat.Key]bool{}
		for _, row := range tl.Rows {
			if seen[row.Key] {
				s.Fatalf("%v: %s is shown twice", id, row.Key)
			}
			seen[row.Key] = true
		}
		sending := 0
		for _, e := range tl.Pending {
			if seen[e.Key] {
				s.Fatalf("%v: %s is shown as a row and as pending", id, e.Key)
			}
			seen[e.Key] = true
			if e.State == replica.Sending {
				sending++
			}
			if _, stored := s.d.outbox[e.Key]; !stored && e.State != replica.Storing {
				s.Fatalf("%v: %s is %s, but not on disk", id, e.Key, e.State)
			}
		}
		if version := s.versions[id]; tl.Version < version {
			s.Fatalf("%v: version %d after %d", id, tl.Version, version)
		}
		s.versions[id] = tl.Version
		if stored := s.d.rooms[id]; stored != nil && stored.Window && current {
			rows := make([]*chat.Row, 0, len(stored.Rows))
			for i := range stored.Rows {
				rows = append(rows, &stored.Rows[i])
			}
			s.prefix("stored", id, stored.Cursor, rows)
		}
		if sum := s.r.Room(id); sum != nil && current && !sum.Gone && (sum.Unread < 0 || sum.Head.Rev > l.head.Rev) {
			s.Fatalf("%v: %d unread, rev %d of %d", id, sum.Unread, sum.Head.Rev, l.head.Rev)
		}
	}
}

// prefix checks Promise 4.
func (s *sim) prefix(what string, id chat.RoomID, cursor chat.Rev, rows []*chat.Row) {
	held, known := s.m.logs[id].held[cursor]
	if !known {
		s.Fatalf("%v: %s at revision %d, which never was", id, what, cursor)
	}
	if len(rows) > len(held) || len(rows) == 0 && len(held) > 0 {
		s.Fatalf("%v: %s %d rows of %d", id, what, len(rows), len(held))
	}
	for i, row := range rows {
		if want := held[len(held)-len(rows)+i]; !same(*row, want) {
			s.Fatalf("%v: %s at revision %d\n got %+v\nwant %+v", id, what, cursor, *row, want)
		}
	}
}

func same(a, b chat.Row) bool {
	if len(a.Reactions) == 0 && len(b.Reactions) == 0 {
		a.Reactions, b.Reactions = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// heal ends all faults: then everything must come to rest, complete.
func (s *sim) heal() {
	s.m.busy = 0
	s.m.logs[group].ours = true
	s.cut()
	s.connect()
	s.step(replica.OpenRoom{Room: direct})
	s.step(replica.OpenRoom{Room: group})
	for range 400 {
		s.store()
		s.flow()
		at := s.r.Wake()
		if at == 0 && len(s.storing) == 0 {
			break
		}
		s.now = max(s.now+1, at)
		s.step(replica.Tick{})
	}
	if n := s.r.Waiting(); n != 0 || !s.r.Live() {
		s.Fatalf("%d entries wait forever, live %v, wake %d at %d", n, s.r.Live(), s.r.Wake(), s.now)
	}
	for _, id := range []chat.RoomID{direct, group} {
		s.healed(id)
	}
}

func (s *sim) healed(id chat.RoomID) {
	l, tl, sum := s.m.logs[id], s.r.Timeline(id), s.r.Room(id)
	if !tl.Ready || tl.Cursor != l.head.Rev {
		s.Fatalf("%v: at %d of %d, ready %v", id, tl.Cursor, l.head.Rev, tl.Ready)
	}
	h := sum.Head
	if h.Rev != l.head.Rev || h.Seq != l.head.Seq || h.N != l.head.N || h.Read != l.head.Read || h.ReadN != l.head.ReadN {
		s.Fatalf("%v: head\n got %+v\nwant %+v", id, *h, l.head)
	}
	if last := l.current().Last; last != nil && !same(*last, *h.Last) {
		s.Fatalf("%v: last\n got %+v\nwant %+v", id, *h.Last, *last)
	}
	failed := map[chat.Key]bool{}
	for _, e := range tl.Pending {
		if e.State != replica.Failed {
			s.Fatalf("%v: %+v is left", id, e)
		}
		failed[e.Key] = true
	}
	at := map[chat.Key]int{}
	for i, row := range l.rows {
		if _, twice := at[row.Key]; twice {
			s.Fatalf("%v: %s is stored twice", id, row.Key)
		}
		at[row.Key] = i + 1
	}
	for key, room := range s.composed {
		if room == id && at[key] == 0 && !failed[key] && !s.discarded[key] && !s.lostToo(key) {
			s.Fatalf("%v: %s is lost", id, key)
		}
	}
	before := 0
	for _, key := range s.order[id] {
		if at[key] == 0 || s.retried[key] {
			continue
		}
		if at[key] < before {
			s.Fatalf("%v: %s is out of order", id, key)
		}
		before = at[key]
	}
}

// lostToo reports whether a post was acknowledged, shown, and then lost by a
// restored backup, or killed before it was stored.
func (s *sim) lostToo(key chat.Key) bool { return s.m.epoch != "e1" }
