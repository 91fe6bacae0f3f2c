package main

import "time"

// slow measures what it does to the others when some readers read nothing any
// more, and whether those come back with all that there was.
type slow struct {
	Readers int     `default:"1000" help:"How many read; a tenth of them stops."`
	Rate    float64 `default:"20" help:"Posts per second while it is measured."`
	Rounds  int     `default:"4" help:"How many rounds before, and while they are stalled."`
}

const (
	slowReceive = 4 << 10 // what the kernel keeps for a reader that stalls
	slowBody    = 12 << 10
	slowWindow  = 16
	slowFlood   = 6 << 20 // bytes to every reader, so that nothing takes any more for the stalled
)

// scenario implements scenario.
func (s *slow) scenario(b *bench) error {
	return b.on("", func(l *loop, n *node) error {
		h, err := b.openHall(l, n, s.Readers, 1, 128) // the first posts what is measured, the second what fills
		if err != nil {
			return err
		}
		stalled := h.clients[len(h.clients)-s.Readers/10:]
		for _, c := range stalled {
			c.hangUp()
			c.receive = slowReceive
			c.may = true // the server may close with 4008
		}
		if err := connect(l, stalled); err != nil {
			return err
		}
		big := newPoster(b.nextPoster(), h.clients[1], h.ledger, slowBody)
		h.posters = append(h.posters, big)
		if err := s.fill(h, big, slowFlood/4); err != nil { // memory that this takes of itself
			return err
		}
		before, err := s.measure(h)
		if err != nil {
			return err
		}
		for _, c := range stalled {
			if err := c.socket.stall(true); err != nil {
				return err
			}
		}
		awake := *h
		awake.clients = h.clients[:len(h.clients)-len(stalled)]
		held, err := s.held(b, &awake, big)
		if err != nil {
			return err
		}
		during, err := s.measure(&awake)
		if err != nil {
			return err
		}
		p99 := func(r round) float64 { return r.p99 }
		was, is := of(before, p99), of(during, p99)
		b.tell("ms", was, "none stalled: p99")
		b.tell("ms", is, "a tenth stalled: the others' p99")
		b.tell("ms", []float64{median(is) - median(was)}, "a tenth stalled: shift of the others' p99")
		b.tell("KiB", []float64{held / 1024 / float64(len(stalled))}, "server memory per stalled reader")
		return s.wake(b, h, stalled)
	})
}

func (s *slow) measure(h *hall) (all []round, err error) {
	for i := range s.Rounds + 1 {
		r, err := h.paced(h.bench.Round, s.Rate)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			all = append(all, r)
		}
	}
	return all, nil
}

// held fills what waits for the stalled, and returns by how much the server's
// memory has grown.
func (s *slow) held(b *bench, h *hall, big *poster) (float64, error) {
	b.say("filling what waits for the stalled")
	before, err := resident(h.node.pids)
	if err != nil {
		return 0, err
	}
	if err := s.fill(h, big, slowFlood); err != nil {
		return 0, err
	}
	after, err := resident(h.node.pids)
	return float64(after - before), err
}

// fill posts so many bytes, large posts with some of them under way.
func (s *slow) fill(h *hall, big *poster, bytes int) error {
	left := bytes / slowBody
	big.after = func(p *poster) {
		if left--; left > 0 {
			p.client.fail(p.post(1))
		}
	}
	defer func() { big.after = nil }()
	for range slowWindow {
		if err := big.post(1); err != nil {
			return err
		}
	}
	return h.drain()
}

// wake lets the stalled read again. Whom the server has closed on comes back
// and resumes.
func (s *slow) wake(b *bench, h *hall, stalled []*client) error {
	closed := 0
	for _, c := range stalled {
		if c.socket == nil {
			continue
		}
		if err := c.socket.stall(false); err != nil {
			return err
		}
	}
	err := h.loop.until(time.Minute, "the stalled to be where the others are", func() bool {
		all := true
		for _, c := range stalled {
			if c.phase == away {
				closed++
				c.fail(c.dial())
			}
			all = all && c.resumed()
		}
		return all
	})
	if err != nil {
		return err
	}
	b.tell("", []float64{float64(h.tally.pulls)}, "pulls of the stalled")
	b.tell("", []float64{float64(closed)}, "connections closed on the stalled")
	h.leave()
	return nil
}
