package main

// pairs measures one-to-one rooms in which both post all the time.
type pairs struct {
	Rooms  int `default:"500" help:"How many rooms of two."`
	Body   int `default:"128" help:"Bytes of a post."`
	Rounds int `default:"4" help:"How many rounds."`
}

// scenario implements scenario.
func (s *pairs) scenario(b *bench) error {
	return b.on("", func(l *loop, n *node) error {
		crew, err := b.openPairs(l, n, s.Rooms, s.Body)
		if err != nil {
			return err
		}
		rounds, err := crew.rounds(s.Rounds, b.Round)
		if err != nil {
			return err
		}
		b.posts(n, rounds, group(int64(s.Rooms))+" rooms of two")
		crew.leave()
		return nil
	})
}
