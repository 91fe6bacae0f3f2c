package link

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/wire"
)

// Every close code, at both ends of its jitter.
func TestCloseCodes(t *testing.T) {
	tests := map[string]struct {
		code     int
		bye      string
		reason   Reason // of stopping
		from, to time.Duration
	}{
		"no code":              {code: noCode, from: 0, to: 500 * time.Millisecond},
		"unknown":              {code: 4999, from: 0, to: 500 * time.Millisecond},
		"normal":               {code: 1000, from: 0, to: 500 * time.Millisecond},
		"going away":           {code: 1001, from: 0, to: 5 * time.Second},
		"restart":              {code: 1012, from: 0, to: 5 * time.Second},
		"restart with a hint":  {code: 1012, bye: `{"t":"bye","code":"restart","retry":3000}`, from: 3 * time.Second, to: 3500 * time.Millisecond},
		"cut off after a bye":  {code: noCode, bye: `{"t":"bye","code":"restart","retry":3000}`, from: 3 * time.Second, to: 3500 * time.Millisecond},
		"overload":             {code: 1013, from: 5 * time.Second, to: 6250 * time.Millisecond},
		"overload with a hint": {code: 1013, bye: `{"t":"bye","code":"unavailable","retry":60000}`, from: time.Minute, to: 75 * time.Second},
		"an absurd hint":       {code: 1013, bye: `{"t":"bye","code":"unavailable","retry":9000000000}`, from: longestHint, to: longestHint * 5 / 4},
		"protocol":             {code: 1002, from: 15 * time.Second, to: 30 * time.Second},
		"binary":               {code: 1003, from: 15 * time.Second, to: 30 * time.Second},
		"UTF-8":                {code: 1007, from: 15 * time.Second, to: 30 * time.Second},
		"policy":               {code: 1008, from: 15 * time.Second, to: 30 * time.Second},
		"too big":              {code: 1009, from: 15 * time.Second, to: 30 * time.Second},
		"not signed in":        {code: 4001, reason: NotSigned},
		"signed out":           {code: 4003, reason: SignedOut},
		"signed out, cut off":  {code: noCode, bye: `{"t":"bye","code":"signed_out"}`, reason: SignedOut},
		"too slow":             {code: 4008, from: 500 * time.Millisecond, to: time.Second},
		"outdated":             {code: 4010, reason: Outdated},
		"rate":                 {code: 4029, from: 5 * time.Second, to: 6250 * time.Millisecond},
		"rate with a hint":     {code: 4029, bye: `{"t":"bye","code":"slow_down","retry":8000}`, from: 8 * time.Second, to: 10 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, random := range []float64{0, 1} {
				benched(t, func(b *bench) {
					b.random = random
					s := b.greet()
					if test.bye != "" {
						s.Message([]byte(test.bye))
					}
					s.Closed(test.code, "why")
					if test.reason != 0 {
						if got := b.now(); got.State != Stopped || got.Reason != test.reason {
							t.Errorf("status %+v, want a stop for %d", got, test.reason)
						}
						<-b.link.Done()
						b.link.Retry()
						b.pass(time.Hour)
						if b.dials() != 1 {
							t.Error("dialled again")
						}
						return
					}
					got := b.waited() // a wait of no time is over already
					want := test.from + time.Duration(random*float64(test.to-test.from))
					if wait := time.Until(got.Until); wait != want {
						t.Errorf("waits %v, want %v", wait, want)
					}
					if got.Code != test.code || got.Text != "why" || got.Failures != 1 {
						t.Errorf("status %+v", got)
					}
					if want > 0 {
						b.pass(want - 1)
						if b.dials() != 1 {
							t.Error("dialled too early")
						}
						b.pass(1)
					}
					if b.dials() != 2 {
						t.Error("did not dial")
					}
				})
			}
		})
	}
}

func TestAttemptsThatFail(t *testing.T) {
	benched(t, func(b *bench) {
		b.random = 1
		for i, want := range []time.Duration{500, 1000, 2000, 4000, 8000, 16000, 30000, 30000} {
			b.want(Connecting)
			b.last().Closed(noCode, "refused")
			got := b.now()
			if wait := time.Until(got.Until); wait != want*time.Millisecond || got.Failures != i+1 {
				t.Errorf("attempt %d: waits %v, want %v ms; failures %d", i, wait, int64(want), got.Failures)
			}
			b.pass(want * time.Millisecond)
		}
		b.greet()
		b.pass(wellAfter)
		b.last().Closed(noCode, "")
		if got := b.now(); got.Failures != 1 || time.Until(got.Until) != firstWait {
			t.Errorf("after a good connection: %+v", got)
		}
	})
}

// A connection that is accepted and thrown out again is a failure too.
func TestShortConnectionsBackOff(t *testing.T) {
	benched(t, func(b *bench) {
		b.random = 1
		for range 4 {
			b.greet().Closed(noCode, "")
			b.pass(time.Until(b.now().Until))
		}
		b.greet().Closed(noCode, "")
		if wait := time.Until(b.now().Until); wait != 8*time.Second {
			t.Errorf("waits %v", wait)
		}
	})
}

// A page that is too busy to say hello in time has no bug for which to wait
// half a minute, whether its hello was on the way or not.
func TestALateHelloIsTriedAgainSoon(t *testing.T) {
	for name, said := range map[string]bool{"not said": false, "on the way": true} {
		t.Run(name, func(t *testing.T) {
			benched(t, func(b *bench) {
				b.random = 1
				s := b.last()
				s.Open()
				b.want(Open)
				if said {
					b.send(&wire.Hello{V: 1, Device: "d"})
				}
				s.Closed(wire.ClosePolicy, "no hello came")
				if got := b.waited(); time.Until(got.Until) != firstWait || got.Failures != 1 || got.Code != wire.ClosePolicy {
					t.Errorf("status %+v", got)
				}
			})
		})
	}
}

func TestAttemptWithoutAnAnswerIsGivenUp(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.last()
		b.pass(dialFor)
		b.want(Waiting)
		if s.closedWith() == 0 {
			t.Error("the socket was left")
		}
		b.pass(time.Second)
		b.want(Connecting)
		s.Open() // too late
		s.Closed(1000, "")
		b.want(Connecting)
		b.greet()
		b.want(Open)
	})
}

func TestOldSocketsAreNotListenedTo(t *testing.T) {
	benched(t, func(b *bench) {
		old := b.greet()
		old.Closed(noCode, "")
		b.want(Waiting)
		b.pass(time.Second)
		b.greet()
		b.frames = nil
		old.Message([]byte(`{"t":"gone","room":1}`))
		synctest.Wait()
		if len(b.frames) != 0 {
			t.Error("a frame of an old socket was delivered")
		}
		b.pass(pingAfter - time.Second)
		old.Message([]byte(`{"t":"pong"}`))
		b.pass(time.Second)
		if b.last().pings() != 1 {
			t.Error("a message of an old socket counted as life")
		}
	})
}

func TestAByeIsForItsOwnConnection(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		s.Message([]byte(`{"t":"bye","code":"restart","retry":60000}`))
		s.Closed(wire.CloseRestart, "")
		b.pass(61 * time.Second)
		b.greet().Closed(noCode, "")
		if wait := time.Until(b.now().Until); wait > 2*firstWait {
			t.Errorf("waits %v", wait)
		}
	})
}

// A timer that fires while its reason goes away does nothing.
func TestATimerThatIsOvertaken(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		free := b.stall()
		s.Closed(wire.CloseOverload, "")
		b.pass(pingAfter)
		free()
		b.want(Waiting)
	})
}

func TestWakeAndRetry(t *testing.T) {
	t.Run("waiting", func(t *testing.T) {
		for name, nudge := range map[string]func(*Link){"wake": (*Link).Wake, "retry": (*Link).Retry} {
			t.Run(name, func(t *testing.T) {
				benched(t, func(b *bench) {
					b.random = 1
					for range 7 {
						b.last().Closed(noCode, "")
						b.pass(time.Until(b.now().Until))
					}
					b.last().Closed(noCode, "")
					b.want(Waiting)
					nudge(b.link)
					b.want(Connecting)
					b.last().Closed(noCode, "")
					if got := b.now(); time.Until(got.Until) != firstWait {
						t.Errorf("the pace was not begun anew: %+v", got)
					}
				})
			})
		}
	})
	t.Run("the server's time is kept but for a person", func(t *testing.T) {
		benched(t, func(b *bench) {
			s := b.greet()
			s.Message([]byte(`{"t":"bye","code":"slow_down","retry":8000}`))
			s.Closed(wire.CloseRate, "")
			b.want(Waiting)
			b.link.Wake()
			b.want(Waiting)
			b.pass(8 * time.Second)
			b.want(Waiting) // jitter
			b.link.Wake()
			b.want(Connecting)
			b.greet().Closed(wire.CloseRate, "")
			b.want(Waiting)
			b.link.Retry()
			b.want(Connecting)
		})
	})
	t.Run("connecting", func(t *testing.T) {
		benched(t, func(b *bench) {
			b.link.Wake()
			synctest.Wait()
			if b.dials() != 1 {
				t.Error("a fresh attempt was given up")
			}
			b.pass(redial + 1)
			b.link.Wake()
			synctest.Wait()
			if b.dials() != 2 || b.sockets[0].closedWith() == 0 {
				t.Error("an old attempt was not begun anew")
			}
			b.want(Connecting)
		})
	})
}
