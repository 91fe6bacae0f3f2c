package main

import (
	"os"
	"time"
)

// post measures durable posts: everybody posts, and goes on when the echo of the
// last post has come, which says that it is on the disk.
type post struct {
	Senders []int `default:"1,16,256,1024" help:"How many send at once; a list of such numbers."`
	Rooms   []int `default:"2000,1" help:"In how many rooms, of each of which one is told; 1 is one room that tells all. A list, too."`
	Body    int   `default:"128" help:"Bytes of a post."`
	Rounds  int   `default:"3" help:"How many rounds of each."`
}

// tellAll is how many senders a room may have that tells all of them: the posts
// of more, all under way at once, are more than may wait for a connection
// (256 KiB), and whoever is slow would be closed on, as the protocol says.
const tellAll = 400

// scenario implements scenario.
func (s *post) scenario(b *bench) error {
	for _, senders := range s.Senders {
		if senders == 1 {
			if err := s.alone(b); err != nil {
				return err
			}
			continue
		}
		for _, rooms := range s.Rooms {
			if rooms == 1 && senders > tellAll {
				b.say("%d senders in one room that tells all: left out", senders)
				continue
			}
			if err := s.together(b, senders, rooms); err != nil {
				return err
			}
		}
	}
	return nil
}

// alone holds a lone sender against a bare loop of append and fdatasync.
func (s *post) alone(b *bench) error {
	return b.on("", func(l *loop, n *node) error {
		crew, err := b.openCrew(l, n, 1, 1, s.Body)
		if err != nil {
			return err
		}
		bare, err := os.CreateTemp(b.temp, "append")
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(bare.Name()); _ = bare.Close() }()
		var ours, late, floors, ratio []float64
		for i := range s.Rounds + 2 {
			r, err := crew.round(b.Round)
			if err != nil {
				return err
			}
			ns, err := syncs(bare, b.Round, s.Body)
			if err != nil {
				return err
			}
			if i == 0 {
				continue // to warm up
			}
			floor := quantile(ns, 0.5)
			ours, late, floors, ratio = append(ours, r.p50), append(late, r.p99), append(floors, floor), append(ratio, r.p50/floor)
		}
		b.tell("ms", ours, "one sender: p50 of post to own echo")
		b.tell("ms", late, "one sender: p99 of post to own echo")
		b.tell("ms", floors, "one sender: p50 of append and fdatasync")
		b.tell("", ratio, "one sender: p50 of post to own echo, against append and fdatasync")
		crew.leave()
		return nil
	})
}

// syncs appends so many bytes to a file and syncs them, over and over, and
// returns how long each took.
func syncs(f *os.File, most time.Duration, size int) (ns []int64, err error) {
	data := make([]byte, size)
	for began := time.Now(); time.Since(began) < most; {
		at := time.Now()
		if _, err := f.Write(data); err != nil {
			return nil, err
		}
		if err := fdatasync(f); err != nil {
			return nil, err
		}
		ns = append(ns, int64(time.Since(at)))
	}
	return ns, nil
}

// together measures many senders.
func (s *post) together(b *bench, senders, rooms int) error {
	return b.on("", func(l *loop, n *node) error {
		crew, where, err := s.crew(b, l, n, senders, rooms)
		if err != nil {
			return err
		}
		rounds, err := crew.rounds(s.Rounds, b.Round)
		if err != nil {
			return err
		}
		b.posts(n, rounds, group(int64(senders))+" senders, "+where)
		crew.leave()
		return nil
	})
}

func (s *post) crew(b *bench, l *loop, n *node, senders, rooms int) (crew *crew, where string, err error) {
	switch rooms {
	case 0:
		where = "one room, through HTTP"
		crew, err = b.openCallers(l, n, senders, s.Body)
	case 1:
		where = "one room that tells all"
		crew, err = b.openCrew(l, n, senders, rooms, s.Body)
	default:
		where = group(int64(rooms)) + " rooms"
		crew, err = b.openCrew(l, n, senders, rooms, s.Body)
	}
	return crew, where, err
}

// posts tells what rounds of posting have shown.
func (b *bench) posts(n *node, rounds []posting, who string) {
	b.tell("/s", of(rounds, posting.perSecond), "%s: posts/s", who)
	b.tell("ms", of(rounds, func(r posting) float64 { return r.p50 }), "%s: p50 of post to own echo", who)
	b.tell("ms", of(rounds, func(r posting) float64 { return r.p99 }), "%s: p99 of post to own echo", who)
	if n.measured() {
		b.tell("s", of(rounds, posting.cpuPerMillion), "%s: server CPU per million posts", who)
	}
	for i, p := range n.beside {
		b.tell("s", of(rounds, func(r posting) float64 { return r.beside[i].Seconds() / float64(r.posts) * 1e6 }),
			"%s: %s CPU per million posts", who, p.name)
	}
}
