package main

import (
	"errors"
	"time"
)

// fanout measures deliveries: one room, many readers.
type fanout struct {
	Readers int     `default:"1000" help:"How many read."`
	Posters int     `default:"64" help:"How many of them post while posts wait."`
	Window  int     `default:"4" help:"How many posts of each are under way then. All of them together should be less than may wait for a connection, 256 KiB."`
	Body    int     `default:"128" help:"Bytes of a post."`
	Rate    float64 `default:"20" help:"Posts per second where they are paced."`
	Rounds  int     `default:"5" help:"How many rounds of each."`
	Only    string  `enum:"all,one,paced,waiting" default:"all" help:"Measure only that: ${enum}."`
}

// scenario implements scenario.
func (s *fanout) scenario(b *bench) (err error) {
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	n, err := b.serve("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	h, err := b.openHall(l, n, s.Readers, min(s.Readers, s.Posters), s.Body)
	if err != nil {
		return err
	}
	if s.Only == "all" || s.Only == "one" || s.Only == "paced" {
		if err := s.against(b, l, h); err != nil {
			return err
		}
	}
	if s.Only == "all" || s.Only == "waiting" {
		if err := s.waiting(b, h); err != nil {
			return err
		}
	}
	h.leave()
	return nil
}

// against measures what is held against the floor, in turns with it.
func (s *fanout) against(b *bench, l *loop, h *hall) (err error) {
	if _, err := h.one(b.Round / 3); err != nil { // warms up, too
		return err
	}
	bare, err := b.floor()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	f, err := b.openFloor(l, bare, h)
	if err != nil {
		return err
	}
	defer f.leave()
	if _, err := f.one(b.Round / 3); err != nil {
		return err
	}
	if s.Only != "paced" {
		if err := s.one(b, h, f); err != nil {
			return err
		}
	}
	if s.Only == "one" {
		return nil
	}
	return s.paced(b, h, f)
}

// turns measures rounds of the server and of the floor in turns.
func (s *fanout) turns(h, f *hall, fn func(*hall) (round, error)) (ours, floors []round, err error) {
	for range s.Rounds {
		r, err := fn(h)
		if err != nil {
			return nil, nil, err
		}
		ours = append(ours, r)
		if r, err = fn(f); err != nil {
			return nil, nil, err
		}
		floors = append(floors, r)
	}
	return ours, floors, nil
}

func (s *fanout) one(b *bench, h, f *hall) error {
	ours, floors, err := s.turns(h, f, func(h *hall) (round, error) { return h.one(b.Round) })
	if err != nil {
		return err
	}
	who := group(int64(s.Readers)) + " readers, one post in flight: "
	b.tell("/s", of(ours, round.perSecond), "%sdeliveries/s", who)
	b.tell("/s", of(floors, round.perSecond), "%sdeliveries/s of the floor", who)
	if !h.node.measured() {
		return nil
	}
	b.tell("s", of(ours, round.cpuPerMillion), "%sserver CPU per million deliveries", who)
	b.tell("s", of(floors, round.cpuPerMillion), "%sCPU per million deliveries of the floor", who)
	b.tell("", ratios(ours, floors, round.cpuPerMillion), "%sserver CPU per delivery, against the floor", who)
	return nil
}

func (s *fanout) paced(b *bench, h, f *hall) error {
	ours, floors, err := s.turns(h, f, func(h *hall) (round, error) { return h.paced(2*b.Round, s.Rate) })
	if err != nil {
		return err
	}
	who := group(int64(s.Readers)) + " readers, " + digit(s.Rate) + " posts/s: "
	p50, p99 := func(r round) float64 { return r.p50 }, func(r round) float64 { return r.p99 }
	b.tell("ms", of(ours, p50), "%sp50", who)
	b.tell("ms", of(ours, p99), "%sp99", who)
	b.tell("ms", of(floors, p50), "%sp50 of the floor", who)
	b.tell("ms", of(floors, p99), "%sp99 of the floor", who)
	b.tell("", ratios(ours, floors, p50), "%sp50, against the floor", who)
	b.tell("", ratios(ours, floors, p99), "%sp99, against the floor", who)
	return nil
}

// waiting measures how much goes through where posts wait to be delivered.
func (s *fanout) waiting(b *bench, h *hall) error {
	h.flood(s.Window)
	var rounds []round
	for i := range s.Rounds + 1 {
		r, err := h.measure(func() error { return h.loop.run(time.Now().Add(b.Round)) })
		if err != nil {
			return err
		}
		if i > 0 { // the first is to warm up
			rounds = append(rounds, r)
		}
	}
	if err := h.ebb(); err != nil {
		return err
	}
	who := group(int64(s.Readers)) + " readers, posts waiting: "
	b.tell("/s", of(rounds, round.perSecond), "%sdeliveries/s", who)
	b.tell("/s", of(rounds, func(r round) float64 { return float64(r.posts) / r.took.Seconds() }), "%sdurable posts/s", who)
	b.tell("ms", of(rounds, func(r round) float64 { return r.p50 }), "%sp50", who)
	if h.node.measured() {
		b.tell("s", of(rounds, round.cpuPerMillion), "%sserver CPU per million deliveries", who)
	}
	b.tell("", of(rounds, round.ownShare), "%sshare of its CPU that the generator used", who)
	return nil
}

// of is a figure of each round.
func of[R any](rounds []R, figure func(R) float64) (all []float64) {
	for _, r := range rounds {
		all = append(all, figure(r))
	}
	return all
}

// ratios are those of rounds next to each other.
func ratios(ours, floors []round, figure func(round) float64) (all []float64) {
	for i := range ours {
		all = append(all, figure(ours[i])/figure(floors[i]))
	}
	return all
}
