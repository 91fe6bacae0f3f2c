package main

import (
	"fmt"
	"time"
)

// slow measures what it does to the others when some readers read nothing any
// more, and whether those come back with all that there was. Two rooms of one
// server are compared, in turns: in one of them as many as a tenth of the
// readers were added, who then stopped reading.
type slow struct {
	Readers int     `default:"1000" help:"How many read in each room, beside those who stop."`
	Rate    float64 `default:"20" help:"Posts per second while it is measured."`
	Rounds  int     `default:"4" help:"How many rounds of each room."`
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
		calm, err := b.openHall(l, n, s.Readers, 1, 128)
		if err != nil {
			return err
		}
		all, err := b.openHall(l, n, s.Readers+s.Readers/10, 1, 128)
		if err != nil {
			return err
		}
		stalled := all.clients[s.Readers:]
		if err := s.stall(l, stalled); err != nil {
			return err
		}
		awake := *all
		awake.clients = all.clients[:s.Readers]
		b.say("filling what waits for the stalled")
		if err := s.fill(b, &awake); err != nil {
			return err
		}
		if err := s.compare(b, calm, &awake); err != nil {
			return err
		}
		calm.leave()
		return s.wake(b, all, stalled)
	})
}

// stall has readers come back with small buffers, and read nothing more.
func (s *slow) stall(l *loop, readers []*client) error {
	for _, c := range readers {
		c.hangUp()
		c.receive = slowReceive
		c.may = true // the server may give them up
	}
	if err := connect(l, readers); err != nil {
		return err
	}
	for _, c := range readers {
		if err := c.socket.stall(true); err != nil {
			return err
		}
	}
	return nil
}

// fill posts so much that nothing takes anything more for the stalled.
func (s *slow) fill(b *bench, h *hall) error {
	big := newPoster(b.nextPoster(), h.clients[1], h.ledger, slowBody)
	h.posters = append(h.posters, big)
	left := slowFlood / slowBody
	big.after = func(p *poster) {
		if left--; left > 0 {
			p.client.fail(p.post(1))
		}
	}
	for range slowWindow {
		if err := big.post(1); err != nil {
			return err
		}
	}
	return h.drain()
}

func (s *slow) compare(b *bench, calm, awake *hall) error {
	var was, is, shift []float64
	for i := range s.Rounds + 1 {
		var p99 [2]float64
		for j, h := range []*hall{calm, awake} {
			r, err := h.paced(b.Round, s.Rate)
			if err != nil {
				return err
			}
			p99[j] = r.p99
		}
		if i > 0 { // the first is to warm up
			was, is, shift = append(was, p99[0]), append(is, p99[1]), append(shift, p99[1]-p99[0])
		}
	}
	b.tell("ms", was, "none stalled: p99")
	b.tell("ms", is, "a tenth stalled: the others' p99")
	b.tell("ms", shift, "a tenth stalled: shift of the others' p99")
	return nil
}

// wake lets the stalled read again. Whom the server has given up comes back and
// resumes: in the end all must have what the others have.
func (s *slow) wake(b *bench, h *hall, stalled []*client) error {
	pulls, back := h.tally.pulls, 0
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
				back++
				c.fail(c.dial())
			}
			all = all && c.resumed()
		}
		return all
	})
	if err != nil {
		return err
	}
	who := fmt.Sprintf("of %d stalled, ", len(stalled))
	b.tell("", []float64{float64(back)}, "%sgiven up by the server and back", who)
	b.tell("", []float64{float64(h.tally.pulls - pulls)}, "%spulls until they had everything", who)
	h.leave()
	return nil
}
