package main

import (
	"errors"
	"fmt"
	"time"

	"parley/shared/chat"
)

// cluster measures several servers on one PostgreSQL and one NATS: durable
// posts in a hot room and in many rooms, and deliveries across nodes.
type cluster struct {
	Nodes   int     `default:"3" help:"How many servers."`
	Hot     int     `default:"12" help:"How many post in the hot room, and are told of everything there."`
	Burst   int     `default:"32" help:"How many posts each of them sends at once."`
	Senders int     `default:"1000" help:"How many post in many rooms, each with one post in flight."`
	Rooms   int     `default:"1000" help:"In how many rooms, each with a member on each node."`
	Readers int     `default:"300" help:"How many read in a room in which one posts."`
	Rate    float64 `default:"20" help:"Posts per second there."`
	Body    int     `default:"128" help:"Bytes of a post."`
	Rounds  int     `default:"4" help:"How many rounds of each."`
	Only    string  `enum:"all,hot,rooms,fanout" default:"all" help:"Measure only that: ${enum}."`
}

// scenario implements scenario.
func (s *cluster) scenario(b *bench) (err error) {
	if len(b.hosts) > 0 {
		return errAlone
	}
	b.say("starting PostgreSQL, NATS and %d servers", s.Nodes)
	c, err := b.startNodes(s.Nodes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	n := c.node()
	for _, part := range []struct {
		name    string
		measure func(b *bench, l *loop, n *node) error
	}{{"hot", s.hot}, {"rooms", s.many}, {"fanout", s.fanout}} {
		if s.Only != "all" && s.Only != part.name {
			continue
		}
		if err := part.measure(b, l, n); err != nil {
			return err
		}
	}
	return nil
}

// unreset is how many posts of a room are under way at most: who is further
// behind, because their node lags, is told to begin anew (chat.ResetBehind), and
// not every row is seen and checked.
const unreset = chat.ResetBehind

// hot measures posts into one room.
func (s *cluster) hot(b *bench, l *loop, n *node) error {
	w, err := b.openCircles(l, n, s.Hot, 1, s.Hot, s.Body)
	if err != nil {
		return err
	}
	w.burst = s.Burst
	w.ledgers[0].limit(unreset, w.clients)
	return s.posting(b, w, fmt.Sprintf("one hot room, %d senders of %d posts at once", s.Hot, s.Burst))
}

// many measures posts into many rooms.
func (s *cluster) many(b *bench, l *loop, n *node) error {
	w, err := b.openCircles(l, n, s.Senders, s.Rooms, s.Nodes, s.Body)
	if err != nil {
		return err
	}
	return s.posting(b, w, fmt.Sprintf("%s rooms, %s senders", group(int64(s.Rooms)), group(int64(s.Senders))))
}

func (s *cluster) posting(b *bench, w *crew, who string) error {
	rounds, err := w.rounds(s.Rounds, b.Round)
	if err != nil {
		return err
	}
	b.posts(w.node, rounds, who)
	b.tell("ms", of(rounds, func(r posting) float64 { return r.across[0] }), "%s: p50 of post to another node's echo", who)
	b.tell("ms", of(rounds, func(r posting) float64 { return r.across[1] }), "%s: p99 of post to another node's echo", who)
	w.leave()
	return nil
}

// fanout measures deliveries in a room whose readers are on all nodes.
func (s *cluster) fanout(b *bench, l *loop, n *node) error {
	h, err := b.openHall(l, n, s.Readers, min(s.Readers, 64), s.Body)
	if err != nil {
		return err
	}
	who := group(int64(s.Readers)) + " readers"
	var rounds []round
	for range s.Rounds {
		r, err := h.paced(b.Round, s.Rate)
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
	}
	b.tell("ms", of(rounds, func(r round) float64 { return r.across[0] }), "%s, %s posts/s: p50 of post to another node's readers", who, digit(s.Rate))
	b.tell("ms", of(rounds, func(r round) float64 { return r.across[1] }), "%s, %s posts/s: p99 of post to another node's readers", who, digit(s.Rate))
	h.ledger.limit(unreset, h.clients)
	h.flood(4)
	rounds = nil
	for range s.Rounds {
		r, err := h.measure(func() error { return h.loop.run(time.Now().Add(b.Round)) })
		if err != nil {
			return err
		}
		rounds = append(rounds, r)
	}
	if err := h.ebb(); err != nil {
		return err
	}
	b.tell("/s", of(rounds, round.perSecond), "%s, posts waiting: deliveries/s", who)
	b.tell("s", of(rounds, round.cpuPerMillion), "%s, posts waiting: server CPU per million deliveries", who)
	h.leave()
	return nil
}
