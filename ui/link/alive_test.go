package link

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/wire"
)

var pong = []byte(`{"t":"pong"}`)

func TestSilenceIsDeath(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.pass(pingAfter - 1)
		if s.pings() != 0 {
			t.Error("asked too early")
		}
		b.pass(1)
		if s.pings() != 1 {
			t.Errorf("%d pings after 20 s", s.pings())
		}
		b.pass(answerFor - 1)
		b.want(Open)
		b.pass(1)
		b.want(Waiting)
		if s.closedWith() == 0 || b.now().Code != noCode {
			t.Errorf("closed with %d, status %+v", s.closedWith(), b.now())
		}
	})
}

func TestAnythingHeardIsLife(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		for range 50 {
			b.pass(39 * time.Second)
			s.Message(pong)
			synctest.Wait()
		}
		b.want(Open)
		pings := s.pings()
		for range 100 {
			b.pass(15 * time.Second)
			s.Message([]byte(`{"t":"gone","room":1}`))
			synctest.Wait()
		}
		b.want(Open)
		if s.pings() != pings {
			t.Errorf("%d needless pings", s.pings()-pings)
		}
	})
}

// A silent connection on which nobody said hello does not live for ever.
func TestSilenceWithoutHello(t *testing.T) {
	benched(t, func(b *bench) {
		b.last().Open()
		b.want(Open)
		b.pass(40 * time.Second)
		b.want(Waiting)
		if got := b.sockets[0].messages(); len(got) != 0 {
			t.Errorf("sent %q before hello", got)
		}
	})
}

// The timer of a hidden page fires a minute late, of a sleeping machine much
// later, and the answers wait behind it.
func TestLateTimersCondemnNothing(t *testing.T) {
	for _, late := range []time.Duration{time.Minute, 8 * time.Hour} {
		t.Run(late.String(), func(t *testing.T) {
			benched(t, func(b *bench) {
				b.holdTimersUp(late)
				s := b.greet() // its timer is a late one
				for range 20 {
					pings := s.pings()
					b.pass(late + pingAfter + answerFor)
					if s.pings() == pings {
						t.Fatal("did not ask")
					}
					s.Message(pong)
					synctest.Wait()
					b.want(Open)
				}
			})
		})
	}
}

func TestASecondLateTimerAsksAgain(t *testing.T) {
	benched(t, func(b *bench) {
		b.holdTimersUp(time.Minute)
		s := b.greet()
		for want := 1; want <= 1+maxGraces; want++ {
			b.pass(time.Minute + 20*time.Second)
			b.want(Open)
			if s.pings() != want {
				t.Fatalf("%d pings, want %d", s.pings(), want)
			}
		}
		b.pass(time.Minute + 20*time.Second)
		b.want(Waiting) // though every timer is late
	})
}

func TestSilenceDoesNotCountWhileDataMovesOut(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		s.buffer(60_000)
		b.pass(pingAfter)
		for left := 50_000; left > 0; left -= 10_000 {
			s.buffer(left)
			b.pass(answerFor)
			b.want(Open)
		}
		b.pass(answerFor)
		b.want(Waiting)
	})
}

func TestWakeProbesAnOpenConnection(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.link.Wake()
		synctest.Wait()
		if s.pings() != 0 {
			t.Error("doubted what was just heard")
		}
		b.pass(probeAfter + 1)
		b.link.Wake()
		synctest.Wait()
		if s.pings() != 1 {
			t.Errorf("%d pings", s.pings())
		}
		s.Message(pong)
		b.pass(probeFor)
		b.want(Open)
		b.pass(probeAfter + 1)
		b.link.Wake()
		b.pass(probeFor)
		b.want(Waiting)
		if b.now().Text != "silent" {
			t.Errorf("status %+v", b.now())
		}
	})
}

// Slowness doubles the wait however well each connection began.
func TestTooSlowDoubles(t *testing.T) {
	benched(t, func(b *bench) {
		b.random = 1
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			s := b.greet()
			b.pass(15 * time.Second)
			s.Closed(wire.CloseTooSlow, "")
			if wait := time.Until(b.now().Until); wait != want*time.Second {
				t.Errorf("waits %v, want %d s", wait, want)
			}
			b.pass(want * time.Second)
		}
		s := b.greet()
		for range 6 {
			b.pass(10 * time.Second)
			s.Message(pong)
		}
		s.Closed(wire.CloseTooSlow, "")
		if wait := time.Until(b.now().Until); wait != time.Second {
			t.Errorf("after a steady minute: waits %v", wait)
		}
	})
}
