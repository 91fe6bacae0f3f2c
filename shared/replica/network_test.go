package replica_test

import (
	"slices"

	"parley/shared/replica"
	"parley/shared/wire"
)

func (s *sim) deliver() {
	if len(s.m.down) == 0 {
		return
	}
	p := s.m.down[0]
	s.m.down = s.m.down[1:]
	f, err := wire.DecodeServer(p.data)
	if err != nil {
		s.Fatal(err)
	}
	s.step(replica.Received{Frame: f})
	s.safe()
}

func (s *sim) serve() {
	if len(s.m.up) > 0 {
		s.m.handle()
	}
}

// lose drops live news; a head follows, as from a server whose queue was full.
func (s *sim) lose() {
	i := s.pick(func(p packet) bool { return p.loose })
	if i < 0 {
		return
	}
	room := s.m.down[i].room
	s.m.down = slices.Delete(s.m.down, i, i+1)
	if l := s.m.logs[room]; l.ours {
		s.m.send(&wire.Head{Room: l.current(), Users: modelUsers()}, room, false)
	}
}

func (s *sim) double() {
	if i := s.pick(func(p packet) bool { return p.part == 0 && p.kind != "gone" && p.kind != "head" }); i >= 0 {
		s.m.down = append(s.m.down, s.m.down[i])
	}
}

func (s *sim) swap() {
	i := s.pick(func(p packet) bool { return p.loose })
	if i > 1 && s.m.down[i-1].part == 0 {
		s.m.down[i], s.m.down[i-1] = s.m.down[i-1], s.m.down[i]
	}
}

// delay lets an answer be overtaken by what was sent after it.
func (s *sim) delay() {
	i := s.pick(func(p packet) bool { return p.kind == "rows" || p.kind == "page" })
	if i < 0 {
		return
	}
	late := s.m.down[i]
	var all []packet
	s.m.down = slices.DeleteFunc(s.m.down, func(p packet) bool {
		moves := late.part != 0 && p.part == late.part
		if moves {
			all = append(all, p)
		}
		return moves
	})
	if len(all) == 0 { // one of its own
		s.m.down = append(slices.Delete(s.m.down, i, i+1), late)
	}
	s.m.down = append(s.m.down, all...)
}

func (s *sim) doubleUp() {
	if n := len(s.m.up); n > 0 && s.m.live {
		s.m.up = append(s.m.up, s.m.up[n-1])
	}
}

func (s *sim) pick(fits func(packet) bool) int {
	var at []int
	for i, p := range s.m.down {
		if i > 0 && fits(p) { // the first may be the welcome
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return -1
	}
	return choose(s, at)
}
