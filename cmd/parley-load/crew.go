package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/shared/chat"
)

// crew are senders, each with one send in flight, which go through their rooms
// in turns.
type crew struct {
	bench   *bench
	loop    *loop
	node    *node
	tally   *tally
	ledgers []*ledger
	clients []*client
	burst   int // posts in one send
	posting bool
}

// openCrew makes people and rooms. In one room all are members and are told of
// everything; of several, each has one member, who is told of their own posts.
func (b *bench) openCrew(l *loop, n *node, senders, rooms, body int) (*crew, error) {
	if rooms == 1 {
		return b.openCircles(l, n, senders, 1, senders, body)
	}
	return b.openCircles(l, n, senders, rooms, 1, body)
}

// many members make a room a crowd.
const many = 10

// openCircles makes people and rooms of so many of them, one after the other,
// who are told of everything there. On several nodes neighbours are on
// different ones.
func (b *bench) openCircles(l *loop, n *node, senders, rooms, members, body int) (*crew, error) {
	b.say("making %d people and %d rooms", senders, rooms)
	w := &crew{bench: b, loop: l, node: n, tally: &tally{}, burst: 1}
	web := newAPI(n.at)
	people, err := web.guests(b, senders)
	if err != nil {
		return nil, err
	}
	for i, who := range people {
		w.clients = append(w.clients, &client{loop: l, guard: &b.guard, at: n.at[i%len(n.at)], token: who.token, account: who.id})
	}
	heads := make([]chat.Head, rooms)
	err = each(b, rooms, func(ctx context.Context, i int) (err error) {
		circle := make([]account, members)
		for j := range circle {
			circle[j] = people[(i+j)%senders]
		}
		if heads[i], err = web.open(ctx, fmt.Sprintf("crew-%d-%d", people[0].id, i), circle); err != nil {
			return err
		}
		return web.begin(ctx, circle[0], &heads[i])
	})
	if err != nil {
		return nil, err
	}
	for i := range heads {
		l := ledgerAt(&heads[i], w.tally)
		if members >= many {
			l.crowd()
		}
		w.ledgers = append(w.ledgers, l)
		for j := range members {
			w.join(w.clients[(i+j)%senders], l, body)
		}
	}
	return w, connect(l, w.clients)
}

// join has a client read and post in a room.
func (w *crew) join(c *client, l *ledger, body int) {
	if c.reader(l.room) == nil {
		c.follow(l, l.base)
	}
	w.poster(c, l, body)
}

// poster has a client post in a room, and after the echo in its next room.
func (w *crew) poster(c *client, l *ledger, body int) *poster {
	at := len(c.posters)
	p := newPoster(w.bench.nextPoster(), c, l, body)
	p.after = func(*poster) {
		if w.posting && p.echoed == p.sent {
			w.send(c.posters[(at+1)%len(c.posters)])
		}
	}
	return p
}

// send has somebody post, when it may be and if it is still wanted then.
func (w *crew) send(p *poster) {
	p.ledger.pace.when(w.burst, func() {
		if w.posting {
			p.client.fail(p.post(w.burst))
		} else {
			p.ledger.pace.sent -= int64(w.burst)
		}
	})
}

// openCallers makes people who post in one room through the API.
func (b *bench) openCallers(l *loop, n *node, senders, body int) (*crew, error) {
	b.say("making %d people and a room", senders)
	w := &crew{bench: b, loop: l, node: n, tally: &tally{}, burst: 1}
	web := newAPI(n.at)
	people, err := web.guests(b, senders)
	if err != nil {
		return nil, err
	}
	head, err := web.open(b, fmt.Sprintf("callers-%d", people[0].id), people)
	if err != nil {
		return nil, err
	}
	w.ledgers = []*ledger{ledgerAt(&head, w.tally)}
	callers := make([]*caller, senders)
	for i, who := range people {
		c := &client{loop: l, guard: &b.guard, at: n.at[i%len(n.at)], token: who.token, account: who.id}
		w.clients = append(w.clients, c)
		if callers[i], err = newCaller(l, &b.guard, c.at, who.token, w.poster(c, w.ledgers[0], body)); err != nil {
			return nil, err
		}
	}
	return w, l.until(time.Minute, "the senders to be connected", func() bool {
		return !slices.ContainsFunc(callers, func(c *caller) bool { return !c.up })
	})
}

// openPairs makes people and one-to-one rooms, in which both post.
func (b *bench) openPairs(l *loop, n *node, pairs, body int) (*crew, error) {
	b.say("making %d people in pairs", 2*pairs)
	w := &crew{bench: b, loop: l, node: n, tally: &tally{}, burst: 1}
	web := newAPI(n.at)
	people, err := web.guests(b, 2*pairs)
	if err != nil {
		return nil, err
	}
	heads := make([]chat.Head, pairs)
	err = each(b, pairs, func(ctx context.Context, i int) (err error) {
		heads[i], err = web.direct(ctx, i, people[2*i], people[2*i+1])
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, who := range people {
		c := &client{loop: l, guard: &b.guard, at: n.at[i%len(n.at)], token: who.token, account: who.id}
		w.clients = append(w.clients, c)
		if i%2 == 0 {
			w.ledgers = append(w.ledgers, ledgerAt(&heads[i/2], w.tally))
		}
		w.join(c, w.ledgers[i/2], body)
	}
	return w, connect(l, w.clients)
}

// openCrowd connects everybody of a filled database. The first member of each of
// the first rooms posts there.
func (b *bench) openCrowd(l *loop, n *node, c crowd, rooms, body int) (*crew, error) {
	w := &crew{bench: b, loop: l, node: n, tally: &tally{}, burst: 1}
	w.clients, w.ledgers = b.gather(l, n, c, w.tally)
	for r := range rooms {
		w.join(w.clients[c.members(r)[0]], w.ledgers[r], body)
	}
	return w, connect(l, w.clients)
}

// posting is what a round of posting has shown.
type posting struct {
	posts     int64
	took, cpu time.Duration
	beside    []time.Duration // CPU time of those beside the server
	p50, p99  float64         // ms from a post to its own echo
	across    [2]float64      // p50 and p99 to readers on other nodes
}

func (r posting) perSecond() float64     { return float64(r.posts) / r.took.Seconds() }
func (r posting) cpuPerMillion() float64 { return r.cpu.Seconds() / float64(r.posts) * 1e6 }

// rounds measures several rounds, after one to warm up.
func (w *crew) rounds(n int, each time.Duration) (all []posting, err error) {
	for i := range n + 1 {
		r, err := w.round(each)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			all = append(all, r)
		}
	}
	return all, nil
}

// round lets everybody post for so long, and waits until all was told.
func (w *crew) round(most time.Duration) (r posting, err error) {
	w.posting = true
	for _, c := range w.clients {
		if len(c.posters) == 0 {
			continue // who only reads
		}
		w.send(c.posters[0])
	}
	if err := w.loop.run(time.Now().Add(most / 10)); err != nil { // until all is in motion
		return r, err
	}
	w.tally.reset()
	w.tally.sampling = true
	began := time.Now()
	r.beside, err = w.node.besides(func() error {
		r.cpu, err = w.node.cpu(func() error { return w.loop.run(began.Add(most)) })
		return err
	})
	if err != nil {
		return r, err
	}
	r.took, r.posts = time.Since(began), int64(len(w.tally.echo))
	r.p50, r.p99 = quantile(w.tally.echo, 0.5), quantile(w.tally.echo, 0.99)
	r.across = [2]float64{quantile(w.tally.across, 0.5), quantile(w.tally.across, 0.99)}
	w.posting, w.tally.sampling = false, false
	if err = w.loop.until(time.Minute, "everybody to be told of everything", w.settled); err != nil {
		w.bench.complete(w.clients, w.ledgers...) // says what is missing
	}
	return r, err
}

func (w *crew) settled() bool {
	for _, c := range w.clients {
		for _, p := range c.posters {
			if p.echoed != p.sent {
				return false
			}
		}
		for _, r := range c.rooms {
			if r.missing() != nil {
				return false
			}
		}
	}
	return !slices.ContainsFunc(w.ledgers, func(l *ledger) bool { return l.missing() != nil })
}

// leave checks that everything came, and closes the connections.
func (w *crew) leave() {
	w.bench.complete(w.clients, w.ledgers...)
	for _, c := range w.clients {
		c.hangUp()
	}
}
