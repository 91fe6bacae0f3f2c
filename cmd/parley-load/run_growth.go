package main

import "errors"

// growth measures whether a delivery and a post cost the same where there is
// more of everything: two servers, a small and a large one, in turns.
type growth struct {
	Rounds int    `default:"4" help:"How many rounds of each."`
	Only   string `enum:"all,connections,rooms,rows" default:"all" help:"Measure only that: ${enum}."`
}

// scenario implements scenario.
func (s *growth) scenario(b *bench) error {
	const accounts, members, body = 256, 4, 128
	if s.Only == "all" || s.Only == "connections" {
		if err := s.deliveries(b, 1_000, 10_000); err != nil {
			return err
		}
		err := s.compare(b, "1,000 to 10,000 connections: CPU per post", stormCrowd(1_000), stormCrowd(10_000), 100)
		if err != nil {
			return err
		}
	}
	if s.Only == "all" || s.Only == "rooms" {
		small := crowd{Accounts: accounts, Rooms: 1_000, Members: members, Rows: 100}
		large := crowd{Accounts: accounts, Rooms: 100_000, Members: members, Rows: 1}
		if err := s.compare(b, "1,000 to 100,000 rooms: CPU per post", small, large, 0); err != nil {
			return err
		}
	}
	if s.Only == "all" || s.Only == "rows" {
		small, large := archive(1_000_000), archive(1_000_000)
		small.Rows = 10
		return s.compare(b, "10,000 to 1,000,000 rows: CPU per post", small, large, 0)
	}
	return nil
}

// compare lets the same senders post into a small crowd and into a large one; in
// so many rooms, 0 for all.
func (s *growth) compare(b *bench, name string, small, large crowd, rooms int) error {
	return s.both(b, small, large, func(l *loop, nodes [2]*node) error {
		var crews [2]*crew
		for i, c := range []crowd{small, large} {
			in := rooms
			if in == 0 {
				in = c.Rooms
			}
			var err error
			if crews[i], err = b.openCrowd(l, nodes[i], c, in, 128); err != nil {
				return err
			}
		}
		var costs [2][]float64
		for round := range s.Rounds + 1 {
			for i, crew := range crews {
				r, err := crew.round(b.Round)
				if err != nil {
					return err
				}
				if round > 0 { // the first is to warm up
					costs[i] = append(costs[i], r.cpuPerMillion())
				}
			}
		}
		_ = s.tell(b, name, costs, "million posts")
		for _, crew := range crews {
			crew.leave()
		}
		return nil
	})
}

func (s *growth) tell(b *bench, name string, costs [2][]float64, unit string) (grown []float64) {
	b.tell("s", costs[0], "%s, small: per %s", name, unit)
	b.tell("s", costs[1], "%s, large: per %s", name, unit)
	grown = make([]float64, len(costs[0]))
	for i := range grown {
		grown[i] = costs[1][i] / costs[0][i]
	}
	b.tell("", grown, "%s", name)
	return grown
}

// deliveries measures one room of so many readers, and of so many, and then bare
// writes to as many sockets: those grow dearer by themselves, as what the kernel
// holds of a socket is in no cache any more.
func (s *growth) deliveries(b *bench, few, many int) error {
	hallOf := func(n int) crowd { return crowd{Accounts: n, Rooms: 1, Members: n} }
	return s.both(b, hallOf(few), hallOf(many), func(l *loop, nodes [2]*node) (err error) {
		var halls, floors [2]*hall
		for i, n := range []int{few, many} {
			if halls[i], err = b.hallOf(l, nodes[i], hallOf(n)); err != nil {
				return err
			}
		}
		name := group(int64(few)) + " to " + group(int64(many)) + " connections: CPU per "
		ours, err := s.halls(b, name+"delivery", halls, "million deliveries")
		if err != nil {
			return err
		}
		for i := range floors { // not before: a process may not have as many sockets
			bare, err := b.floor()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, bare.stop()) }()
			if floors[i], err = b.openFloor(l, bare, halls[i]); err != nil {
				return err
			}
		}
		bare, err := s.halls(b, name+"bare write", floors, "million writes")
		if err != nil {
			return err
		}
		beyond := make([]float64, len(ours))
		for i := range beyond {
			beyond[i] = ours[i] / bare[i]
		}
		b.tell("", beyond, "%sdelivery, against that of a bare write", name)
		return nil
	})
}

// halls measures two halls in turns, and returns how much the cost grows.
func (s *growth) halls(b *bench, name string, halls [2]*hall, unit string) ([]float64, error) {
	var costs [2][]float64
	for round := range s.Rounds + 1 {
		for i, h := range halls {
			r, err := h.one(b.Round)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first is to warm up
				costs[i] = append(costs[i], r.cpuPerMillion())
			}
		}
	}
	for _, h := range halls {
		h.leave()
	}
	return s.tell(b, name, costs, unit), nil
}

// both runs two servers side by side.
func (s *growth) both(b *bench, small, large crowd, fn func(l *loop, nodes [2]*node) error) (err error) {
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	var nodes [2]*node
	for i, c := range []crowd{small, large} {
		dir, err := b.copied(c)
		if err != nil {
			return err
		}
		n, err := b.serve(dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.stop()) }()
		nodes[i] = n
	}
	return fn(l, nodes)
}
