package main

import (
	"time"
)

// storm measures how soon everybody is back after all connections were cut at
// once. While they were away there were posts in every room, which they are
// told when they resume from their cursors; and posting goes on.
type storm struct {
	Clients []int `default:"1000,10000" help:"How many clients; a list of such numbers."`
	Rounds  int   `default:"3" help:"How many storms of each."`
	Missed  int   `default:"3" help:"How many posts there are in every room meanwhile."`
}

// The rooms of a storm have ten members and the host, who stays, and posts.
const stormRoom = 10

func stormCrowd(clients int) crowd {
	return crowd{Accounts: clients + 1, Rooms: clients / stormRoom, Members: stormRoom, Rows: 20, Host: true}
}

// scenario implements scenario.
func (s *storm) scenario(b *bench) error {
	for _, clients := range s.Clients {
		c := stormCrowd(clients)
		dir, err := b.copied(c)
		if err != nil {
			return err
		}
		err = b.on(dir, func(l *loop, n *node) error { return s.blow(b, l, n, c) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *storm) blow(b *bench, l *loop, n *node, c crowd) error {
	crew, err := b.openCrowd(l, n, c, 0, 0)
	if err != nil {
		return err
	}
	host := crew.clients[0]
	for _, ledger := range crew.ledgers {
		newPoster(b.nextPoster(), host, ledger, 128)
	}
	for _, c := range crew.clients[1:] {
		c.may = true // who is closed on comes again, as clients do
	}
	var took, costs, again []float64
	for range s.Rounds {
		for _, c := range crew.clients[1:] {
			c.hangUp()
		}
		if err := s.meanwhile(l, host); err != nil {
			return err
		}
		d, cpu, tries, err := s.back(l, n, crew)
		if err != nil {
			return err
		}
		took, costs, again = append(took, d.Seconds()), append(costs, cpu.Seconds()), append(again, float64(tries))
		// Everybody is back, but perhaps not told of what was posted meanwhile.
		if err := l.until(time.Minute, "everybody to be told of everything", crew.settled); err != nil {
			return err
		}
	}
	who := group(int64(c.Accounts-1)) + " clients: "
	b.tell("s", took, "%sall resumed", who)
	b.tell("s", costs, "%sserver CPU", who)
	b.tell("", again, "%sconnections that took a second try", who)
	crew.leave()
	return nil
}

// meanwhile has the host post in every room, and lets the server notice who has
// gone.
func (s *storm) meanwhile(l *loop, host *client) error {
	for _, p := range host.posters {
		if err := p.post(s.Missed); err != nil {
			return err
		}
	}
	err := l.until(time.Minute, "the host to be told of its posts", func() bool {
		for _, p := range host.posters {
			if p.echoed != p.sent {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return l.run(time.Now().Add(500 * time.Millisecond))
}

// back lets everybody connect at once, and returns how long it took until all
// were told what they had missed, and how many connections were closed and tried
// again.
func (s *storm) back(l *loop, n *node, crew *crew) (took, cpu time.Duration, tries int, err error) {
	began := time.Now()
	cpu, err = n.cpu(func() error {
		for i, c := range crew.clients[1:] {
			if err := c.dial(); err != nil {
				return err
			}
			if i%64 == 0 { // what is ready is not left waiting
				if err := l.step(0); err != nil {
					return err
				}
			}
		}
		if err := crew.clients[0].posters[0].post(1); err != nil { // in the middle of it
			return err
		}
		return l.until(2*time.Minute, "all clients to be back", func() bool {
			all := true
			for _, c := range crew.clients[1:] {
				if c.phase == away {
					tries++
					c.fail(c.dial())
				}
				all = all && c.resumed()
			}
			return all
		})
	})
	return time.Since(began), cpu, tries, err
}

// resumed reports whether a client is connected and has all that there is.
func (c *client) resumed() bool {
	if c.phase != ready {
		return false
	}
	for _, r := range c.rooms {
		if r.missing() != nil {
			return false
		}
	}
	return true
}
