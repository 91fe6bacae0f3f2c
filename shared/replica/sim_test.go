package replica_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
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

// simAway bounds the rows elsewhere.
const simAway = 6

// small is a replica that a short history brings to its bounds.
func small() *replica.Replica {
	r := replica.New(replica.Config{Device: "d"})
	r.Bound(4, 12, simAway, 4)
	return r
}

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
	uploads   []replica.Upload
	durable   map[chat.Key]bool
	ids       map[chat.Key]string // of files, as far as they are known to be on disk
	composed  map[chat.Key]chat.RoomID
	discarded map[chat.Key]bool
	retried   map[chat.Key]bool
	order     map[chat.RoomID][]chat.Key
	versions  map[chat.RoomID]uint64
	cursors   map[chat.RoomID]chat.Rev  // of windows on the screen: they only grow
	heads     map[chat.RoomID]chat.Head // so do these and their marks
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
	s := &sim{TB: t, rand: rand.New(rand.NewPCG(seed, 2)), seed: seed, m: newModel(), r: small(),
		d: newDisk(), now: 1_000_000, composed: map[chat.Key]chat.RoomID{}, discarded: map[chat.Key]bool{},
		order: map[chat.RoomID][]chat.Key{}, retried: map[chat.Key]bool{}, versions: map[chat.RoomID]uint64{},
		durable: map[chat.Key]bool{}, ids: map[chat.Key]string{}, cursors: map[chat.RoomID]chat.Rev{}, heads: map[chat.RoomID]chat.Head{}}
	acts := []struct {
		name   string
		weight int
		do     func()
	}{
		{"flow", 20, s.flow}, {"deliver", 20, s.deliver}, {"serve", 20, s.serve}, {"connect", 6, s.connect},
		{"store", 10, s.store}, {"wait", 6, func() { s.wait(chat.Time(s.between(1, 8000))) }},
		{"compose", 14, s.compose}, {"upload", 10, s.upload}, {"sweep", 1, s.m.sweep}, {"change", 8, s.change}, {"retry", 4, s.retry}, {"read", 4, s.read},
		{"look", 6, s.look}, {"older", 6, s.older}, {"jump", 6, s.jump}, {"newer", 6, s.newer}, {"latest", 2, s.latest}, {"others", 24, s.others}, {"membership", 1, s.membership},
		{"lose", 3, s.lose}, {"double", 2, s.double}, {"swap", 2, s.swap}, {"double up", 2, s.doubleUp},
		{"delay", 4, s.delay}, {"lag", 2, func() { s.m.lag = s.between(0, 2) }}, {"cut", 2, s.cut}, {"spell", 2, s.spell}, {"kill", 1, s.kill}, {"backup", 1, s.backup}, {"busy", 2, func() { s.m.busy = s.between(0, 3) }},
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
		case replica.Upload:
			s.begun(e)
		case replica.StopUpload:
			if n := len(s.uploads); len(s.without(e.Key, e.N)) != n-1 {
				s.Fatalf("%s is not being uploaded", e.Key)
			}
			s.uploads = s.without(e.Key, e.N)
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
			if !s.durable[p.Key] || s.ids[p.Key] != fmt.Sprint(p.Files) {
				s.Fatalf("%s with %v was sent before it was stored, with %s", p.Key, p.Files, s.ids[p.Key])
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

// spell is a time without a connection in which so much happens that a reset
// is answered.
func (s *sim) spell() {
	s.cut()
	for range 2 * modelFar {
		s.others()
	}
	s.connect()
	s.flow()
}

// kill ends the client and starts it from its disk.
func (s *sim) kill() {
	s.cut()
	s.storing, s.uploads = nil, nil
	for key := range s.d.outbox {
		s.flushed(key)
	}
	failed := s.failed()
	s.r = small()
	clear(s.versions)
	clear(s.cursors)
	s.step(s.d.restore())
	if again := s.failed(); !slices.Equal(failed, again) {
		s.Fatalf("failed before the restart: %v, after: %v", failed, again)
	}
}

// failed are the refused posts, as shown.
func (s *sim) failed() []chat.Key {
	var keys []chat.Key
	for _, id := range []chat.RoomID{direct, group} {
		for _, e := range s.r.Timeline(id).Pending {
			if e.State == replica.Failed {
				keys = append(keys, e.Key)
			}
		}
	}
	return keys
}

func (s *sim) store() {
	keys := s.storing
	s.storing = nil
	for _, key := range keys {
		s.flushed(key)
	}
	s.step(replica.Stored{Keys: keys})
}

// flushed notes what of an entry is on disk.
func (s *sim) flushed(key chat.Key) {
	ids := []string{}
	for _, a := range s.d.outbox[key].Files {
		ids = append(ids, a.ID)
	}
	s.durable[key], s.ids[key] = true, fmt.Sprint(ids)
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
	if s.between(0, 3) == 0 {
		in.Files = make([]replica.Attachment, s.between(1, 3))
		for n := range in.Files {
			in.Files[n] = replica.Attachment{File: chat.File{Name: "photo.jpg"}, Blob: true}
		}
		in.Text = choose(s, []string{"", "a", "refuse me"})
	}
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
				delete(s.ids, e.Key)
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

// jump leads to any row, mostly to one that there is.
func (s *sim) jump() {
	id := s.room()
	s.step(replica.JumpTo{Room: id, Seq: chat.Seq(s.between(0, int(s.m.logs[id].head.Seq)+1))})
}

func (s *sim) newer() { s.step(replica.LoadNewer{Room: s.room()}) }

func (s *sim) latest() { s.step(replica.JumpLatest{Room: s.room()}) }

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
		s.m.send(&wire.Head{Room: l.current(), Users: modelUsers()}, 0, false)
	} else {
		s.m.send(&wire.Gone{Room: group}, 0, false)
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
	if at := s.r.Wake(); at != 0 && at <= s.now {
		s.Fatalf("woken at %d, to be woken at %d", s.now, at)
	}
}
