package link

import (
	"time"

	"parley/shared/wire"
)

// The pace of reconnecting. Each is a window in which a random moment is
// taken, so that clients that lost their server together do not come back
// together.
const (
	firstWait   = 500 * time.Millisecond // full jitter: in (0, firstWait << failures]
	longestWait = 30 * time.Second
	restartWait = 5 * time.Second // after a restart without a hint, at least this window
	busyWait    = 5 * time.Second // after 1013 and 4029 without a hint
	longestBusy = time.Minute
	slowWait    = time.Second // after 4008, doubling
	longestSlow = time.Minute
	bugWait     = 30 * time.Second // after a protocol error, doubling
	longestBug  = 5 * time.Minute
	longestHint = 10 * time.Minute // no server's hint is obeyed beyond

	// A connection that lasted this long was no failure; one that lasted
	// steady leaves trouble behind.
	wellAfter   = 10 * time.Second
	steadyAfter = time.Minute
)

// pace decides when to dial again.
type pace struct {
	random   func() float64 // in [0, 1)
	failures int            // attempts in a row that came to nothing
	troubles int            // closes for slowness or protocol errors, without a steady time between
}

// verdict is what to do after a connection: stop, or dial after delay. Nothing
// but a person's demand may dial before hold has passed.
type verdict struct {
	stop  Reason
	delay time.Duration
	hold  time.Duration
}

// settle forgets what a connection that has lasted so long makes up for.
func (p *pace) settle(lasted time.Duration) {
	if lasted >= wellAfter {
		p.failures = 0
	}
	if lasted >= steadyAfter {
		p.troubles = 0
	}
}

// after judges a close code. retry is the server's hint (0: none); lasted is
// how long the connection was open, 0 if nothing ever came through it.
func (p *pace) after(code int, retry, lasted time.Duration) verdict {
	p.settle(lasted)
	retry = min(max(retry, 0), longestHint)
	switch code {
	case wire.CloseNotSigned:
		return verdict{stop: NotSigned}
	case wire.CloseSignedOut:
		return verdict{stop: SignedOut}
	case wire.CloseOutdated:
		return verdict{stop: Outdated}
	case wire.CloseOverload, wire.CloseRate:
		if retry == 0 {
			retry = doubled(busyWait, p.failures, longestBusy)
		}
		p.failures++
		return verdict{delay: retry + p.upTo(retry/4), hold: retry}
	case wire.CloseTooSlow:
		return p.trouble(doubled(slowWait, p.troubles, longestSlow), retry)
	case wire.CloseProtocol, wire.CloseBadData, wire.CloseBadUTF8, wire.ClosePolicy, wire.CloseTooBig:
		return p.trouble(doubled(bugWait, p.troubles, longestBug), retry)
	}
	window := doubled(firstWait, p.failures, longestWait)
	if restart := code == wire.CloseGoingAway || code == wire.CloseRestart; restart && retry == 0 {
		window = max(window, restartWait)
	}
	p.failures++
	return verdict{delay: retry + p.upTo(window), hold: retry}
}

// trouble waits between half of a window and all of it.
func (p *pace) trouble(window, retry time.Duration) verdict {
	p.failures++
	p.troubles++
	d := max(window/2, retry)
	return verdict{delay: d + p.upTo(window/2), hold: d}
}

func (p *pace) upTo(d time.Duration) time.Duration { return time.Duration(p.random() * float64(d)) }

// doubled is d doubled n times, but at most most.
func doubled(d time.Duration, n int, most time.Duration) time.Duration {
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}
