package main

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// hello measures the welcome of somebody with many rooms and no cursors.
type hello struct {
	Rooms  int `default:"500" help:"How many rooms the account has, half of them one-to-one."`
	Rounds int `default:"200" help:"How many times it connects."`
}

// scenario implements scenario.
func (s *hello) scenario(b *bench) error {
	c := crowd{Accounts: s.Rooms/2 + 1, Rooms: s.Rooms, Members: 2, Rows: 20, Host: true, Direct: true}
	dir, err := b.copied(c)
	if err != nil {
		return err
	}
	return b.on(dir, func(l *loop, n *node) error {
		who := c.account(0)
		me := &client{loop: l, guard: &b.guard, at: n.at[0], token: who.token, account: who.id, mute: true}
		var took []float64
		var cpu time.Duration
		var size int
		for i := range s.Rounds + 20 {
			var ms float64
			cost, err := n.cpu(func() (err error) { ms, size, err = s.once(l, me, size); return err })
			if err != nil {
				return err
			}
			if i >= 20 { // the first are to warm up
				took, cpu = append(took, ms), cpu+cost
			}
		}
		name := group(int64(s.Rooms)) + " rooms: "
		b.tell("ms", took, "%sp50", name)
		b.tell("ms", []float64{cpu.Seconds() * 1000 / float64(s.Rounds)}, "%sserver CPU each", name)
		return nil
	})
}

// once connects, says hello, and returns how many ms later all heads had come,
// and how many bytes they are. To look at them takes the generator 0.8 ms, which
// is not the server's: as much as is known to come is looked at when it is there.
func (s *hello) once(l *loop, c *client, known int) (ms float64, size int, err error) {
	defer c.hangUp()
	if err := c.dial(); err != nil {
		return 0, 0, err
	}
	if err := l.until(time.Minute, "the connection", func() bool { return c.phase == ready }); err != nil {
		return 0, 0, err
	}
	heads := 0
	c.on = func(kind string, data []byte) {
		if size += len(data); kind == "head" {
			heads++
		} else if kind == "welcome" {
			heads += bytes.Count(data, []byte(`,"tag":"`)) // which no text of ours holds
		}
	}
	c.phase, c.await = waiting, known
	began := time.Now()
	if err := c.hello(); err != nil {
		return 0, 0, err
	}
	if err := l.until(time.Minute, "the heads", func() bool { return heads >= s.Rooms }); err != nil {
		return 0, 0, errors.Join(err, fmt.Errorf("%d heads came", heads))
	}
	took := l.came.Sub(began)
	if heads != s.Rooms {
		c.fail(fmt.Errorf("%d heads of %d rooms came", heads, s.Rooms))
	}
	return float64(took) / 1e6, size, nil
}
