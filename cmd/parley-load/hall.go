package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// hall is one room with many readers, of the server or of the floor.
type hall struct {
	bench   *bench
	loop    *loop
	node    *node
	tally   *tally
	ledger  *ledger
	clients []*client
	posters []*poster  // of the first clients
	pattern *wire.Rows // what the floor sends; nil: this is no floor
	floored []byte
}

// openHall makes people and a room on a server, and connects everybody.
func (b *bench) openHall(l *loop, n *node, readers, posters, body int) (*hall, error) {
	b.say("making %d people and a room", readers)
	web := newAPI(n.at)
	people, err := web.guests(b, readers)
	if err != nil {
		return nil, err
	}
	head, err := web.open(b, fmt.Sprintf("hall-%d", people[0].id), people)
	if err != nil {
		return nil, err
	}
	if err := web.begin(b, people[0], &head); err != nil {
		return nil, err
	}
	h := &hall{bench: b, loop: l, node: n, tally: &tally{}}
	h.ledger = ledgerAt(&head, h.tally)
	h.ledger.crowd()
	for i, who := range people {
		c := &client{loop: l, guard: &b.guard, at: n.at[i%len(n.at)], token: who.token, account: who.id}
		c.follow(h.ledger, int64(head.Rev))
		h.clients = append(h.clients, c)
		if i < posters {
			h.posters = append(h.posters, newPoster(b.nextPoster(), c, h.ledger, body))
		}
	}
	return h, connect(l, h.clients)
}

// hallOf connects everybody of a filled database to its only room.
func (b *bench) hallOf(l *loop, n *node, c crowd) (*hall, error) {
	h := &hall{bench: b, loop: l, node: n, tally: &tally{}}
	var ledgers []*ledger
	h.clients, ledgers = b.gather(l, n, c, h.tally)
	h.ledger = ledgers[0]
	h.ledger.crowd()
	h.posters = []*poster{newPoster(b.nextPoster(), h.clients[0], h.ledger, 128)}
	return h, connect(l, h.clients)
}

// openFloor connects as many readers to the floor, and has it send what the
// server sends for a post like that of like.
func (b *bench) openFloor(l *loop, n *node, like *hall) (*hall, error) {
	h := &hall{bench: b, loop: l, node: n, tally: &tally{}}
	who := chat.AccountID(like.clients[0].account)
	rev := like.ledger.head()
	h.ledger = newLedger(like.ledger.room, rev, like.ledger.seq, like.ledger.n, h.tally)
	h.ledger.crowd()
	for range like.clients {
		c := &client{loop: l, guard: &b.guard, at: n.at[0], account: int64(who), bare: true}
		c.follow(h.ledger, rev)
		h.clients = append(h.clients, c)
	}
	h.posters = []*poster{newPoster(b.nextPoster(), h.clients[0], h.ledger, len(like.posters[0].body))}
	h.pattern = &wire.Rows{
		Room:  chat.RoomID(h.ledger.room),
		Rows:  []chat.Row{{By: who, Kind: chat.KindText}},
		Users: []chat.User{{ID: who, Name: "Guest 0", Kind: chat.KindGuest}},
	}
	return h, connect(l, h.clients)
}

// post has the first poster post once.
func (h *hall) post() error {
	if h.pattern == nil {
		return h.posters[0].post(1)
	}
	p, f := h.posters[0], h.pattern
	row := &f.Rows[0]
	f.From = chat.Rev(h.ledger.base + int64(p.sent))
	p.sent++
	f.Upto = f.From + 1
	now := time.Now().UnixMilli()
	row.Rev, row.Seq, row.N = f.Upto, chat.Seq(f.Upto), chat.Count(f.Upto)
	row.At, row.Key, row.Text = chat.Time(now), p.key(now, p.sent), string(p.text(p.sent, h.loop.now()))
	f.Keys = map[chat.AccountID][]chat.Key{row.By: {row.Key}}
	data, err := wire.Append(nil, f)
	if err != nil {
		return err
	}
	h.floored = appendServerFrame(append(h.floored[:0], 0, 0, 0, 0), data)
	binary.BigEndian.PutUint32(h.floored, uint32(len(h.floored)-4))
	return p.client.write(h.floored)
}

// settled reports whether everybody was told everything.
func (h *hall) settled() bool {
	for _, p := range h.posters {
		if p.echoed != p.sent {
			return false
		}
	}
	head := h.ledger.head()
	for _, c := range h.clients {
		if c.rooms[0].cursor != head && !c.may {
			return false
		}
	}
	return true
}

// round is what a round of a hall has shown.
type round struct {
	posts, rows int64
	took, cpu   time.Duration
	own         time.Duration // CPU time of this process
	p50, p99    float64       // of the deliveries, in ms
	across      [2]float64    // of those to readers on other nodes
}

func (r round) perSecond() float64 { return float64(r.rows) / r.took.Seconds() }

// cpuPerMillion is the server's CPU time for a million deliveries, in seconds.
func (r round) cpuPerMillion() float64 { return r.cpu.Seconds() / float64(r.rows) * 1e6 }

// ownShare is how much of the generator's CPUs its own work took: near 1, it is
// the generator that was measured.
func (r round) ownShare() float64 {
	return r.own.Seconds() / r.took.Seconds() / float64(runtime.GOMAXPROCS(0))
}

// measure runs fn as a round.
func (h *hall) measure(fn func() error) (r round, err error) {
	h.tally.reset()
	h.tally.sampling = true
	before, began := h.ledger.head(), time.Now()
	own := &node{pids: []int{os.Getpid()}}
	r.own, err = own.cpu(func() error {
		r.cpu, err = h.node.cpu(fn)
		return err
	})
	r.took, r.posts, r.rows = time.Since(began), h.ledger.head()-before, h.tally.rows
	h.tally.sampling = false
	r.p50, r.p99 = quantile(h.tally.delivery, 0.5), quantile(h.tally.delivery, 0.99)
	r.across = [2]float64{quantile(h.tally.across, 0.5), quantile(h.tally.across, 0.99)}
	return r, err
}

// one posts for so long with one post in flight: the next when everybody was
// told.
func (h *hall) one(most time.Duration) (round, error) {
	return h.measure(func() error {
		for until := time.Now().Add(most); time.Now().Before(until); {
			want := h.tally.rows + int64(len(h.clients))
			if err := h.post(); err != nil {
				return err
			}
			err := h.loop.until(time.Minute, "everybody to be told of a post", func() bool { return h.tally.rows >= want })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// paced posts for so long at a rate.
func (h *hall) paced(most time.Duration, perSecond float64) (round, error) {
	return h.measure(func() error {
		next := time.Now()
		for until := next.Add(most); next.Before(until); next = next.Add(time.Duration(float64(time.Second) / perSecond)) {
			if err := h.loop.run(next); err != nil {
				return err
			}
			if err := h.post(); err != nil {
				return err
			}
		}
		return h.drain()
	})
}

// flood lets all posters post with so many posts in flight each, until stop.
func (h *hall) flood(window int) {
	for _, p := range h.posters {
		p.after = func(p *poster) { h.send(p) }
		for range window {
			h.send(p)
		}
	}
}

// send has somebody post, when it may be and if it is still wanted then.
func (h *hall) send(p *poster) {
	h.ledger.pace.when(1, func() {
		if p.after != nil {
			p.client.fail(p.post(1))
		} else {
			h.ledger.pace.sent--
		}
	})
}

// ebb ends a flood and waits until all of it was told.
func (h *hall) ebb() error {
	for _, p := range h.posters {
		p.after = nil
	}
	return h.drain()
}

func (h *hall) drain() error {
	return h.loop.until(time.Minute, "everybody to be told of everything", h.settled)
}

// leave checks that everything came, and closes the connections.
func (h *hall) leave() {
	h.bench.complete(h.clients, h.ledger)
	for _, c := range h.clients {
		c.hangUp()
	}
}
