package replica_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// tabs are two replicas over one disk and one server. Both may think that they
// are the sender.
type tabs struct {
	*testing.T
	rand   *rand.Rand
	m      *model
	stored map[chat.Key]replica.Entry
	known  map[chat.Key]bool   // was stored once
	posted map[chat.Key]string // by key: the ids that were posted
	each   [2]*tabOf
}

type tabOf struct {
	r       *replica.Replica
	waiting []replica.SaveOutbox // not on disk yet
	uploads []replica.Upload
}

func (ts *tabs) step(n int, in replica.Input) {
	one := ts.each[n]
	for _, e := range one.r.Step(1_000_000, in) {
		switch e := e.(type) {
		case replica.SaveOutbox:
			one.waiting = append(one.waiting, e)
		case replica.SaveRoom:
			for _, key := range e.Done {
				delete(ts.stored, key)
			}
		case replica.Upload:
			one.uploads = append(one.uploads, e)
		case replica.StopUpload:
			one.uploads = slices.DeleteFunc(one.uploads, func(u replica.Upload) bool { return u.Key == e.Key && u.N == e.N })
		case replica.Transmit:
			if send, is := e.Frame.(*wire.Send); is {
				ts.post(n, send)
			}
		}
	}
}

// post is the server: the same key with other files is a conflict.
func (ts *tabs) post(n int, send *wire.Send) {
	for _, p := range send.Posts {
		ids := fmt.Sprint(p.Files)
		if was, twice := ts.posted[p.Key]; twice && was != ids {
			ts.Fatalf("%s is posted by tab %d with %s, and was with %s", p.Key, n, ids, was)
		}
		ts.posted[p.Key] = ids
	}
}

// save puts what a tab has given out on disk, as a storage does that keeps the
// ids which are there.
func (ts *tabs) save(n int) {
	one := ts.each[n]
	if len(one.waiting) == 0 {
		return
	}
	effect := one.waiting[0]
	one.waiting = one.waiting[1:]
	var stored []chat.Key
	older := false
	for _, e := range effect.Entries {
		if _, there := ts.stored[e.Key]; !there && ts.known[e.Key] {
			older = true // it has ended
			continue
		}
		ts.known[e.Key] = true
		entry, mine := *e, true
		entry.Files = slices.Clone(e.Files)
		if was, there := ts.stored[e.Key]; there && was.Order == e.Order {
			for i, a := range was.Files {
				if a.ID != "" && a.ID != entry.Files[i].ID {
					mine = mine && entry.Files[i].ID == ""
					entry.Files[i] = a
				}
			}
		}
		if e.State == replica.Storing {
			entry.State = replica.Queued
			if mine {
				stored = append(stored, e.Key)
			}
		}
		older = older || !mine
		ts.stored[e.Key] = entry
	}
	ts.step(n, replica.Stored{Keys: stored})
	if older {
		ts.read(n)
	}
	ts.read(1 - n)
}

func (ts *tabs) read(n int) {
	var in replica.Outbox
	for _, e := range ts.stored {
		in.Entries = append(in.Entries, e)
	}
	slices.SortFunc(in.Entries, func(a, b replica.Entry) int { return int(a.Order - b.Order) })
	ts.step(n, in)
}

// act lets one thing happen.
func (ts *tabs) act() {
	n := ts.rand.IntN(2)
	one := ts.each[n]
	switch ts.rand.IntN(6) {
	case 0:
		ts.step(n, replica.Sender{On: ts.rand.IntN(3) > 0})
	case 1:
		ts.save(n)
	case 2:
		ts.read(n)
	default:
		if len(one.uploads) == 0 {
			return
		}
		u := one.uploads[ts.rand.IntN(len(one.uploads))]
		one.uploads = slices.DeleteFunc(one.uploads, func(x replica.Upload) bool { return x == u })
		ts.step(n, replica.Uploaded{Key: u.Key, N: u.N, File: ts.m.upload()})
	}
}

// Promise 3: though two tabs upload the same files, and both send, one post
// results.
func TestTabsPostOnce(t *testing.T) {
	for seed := range uint64(300) {
		ts := &tabs{T: t, rand: rand.New(rand.NewPCG(seed, 7)), m: newModel(), stored: map[chat.Key]replica.Entry{}, known: map[chat.Key]bool{}, posted: map[chat.Key]string{}}
		for n := range ts.each {
			ts.each[n] = &tabOf{r: replica.New(replica.Config{Device: "d"})}
			ts.step(n, replica.Opened{})
			ts.step(n, replica.Received{Frame: welcomeWith(directHead(0, 0))})
		}
		for i := range 3 {
			ts.step(i%2, replica.Compose{Room: direct, Key: keyOf(i + 1), Files: []replica.Attachment{photo, photo}})
			ts.save(i % 2)
		}
		for range 120 {
			ts.act()
		}
		for range 60 { // all goes well now
			for n := range ts.each {
				ts.step(n, replica.Sender{On: true})
				ts.save(n)
				for _, u := range ts.each[n].uploads {
					ts.each[n].uploads = ts.each[n].uploads[1:]
					ts.step(n, replica.Uploaded{Key: u.Key, N: u.N, File: ts.m.upload()})
				}
			}
			ts.settle()
		}
		if len(ts.posted) != 3 {
			t.Fatalf("seed %d: posted %v", seed, ts.posted)
		}
	}
}

// settle tells the tabs what was posted.
func (ts *tabs) settle() {
	for key := range ts.posted {
		for n := range ts.each {
			ts.step(n, replica.Received{Frame: &wire.Rows{Room: direct, Keys: map[chat.AccountID][]chat.Key{me: {key}}}})
		}
	}
}
