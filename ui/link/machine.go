package link

import (
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// Durations of the protocol, section 2 (ping), and of our choice.
const (
	dialFor    = 20 * time.Second // an attempt takes at most this long
	redial     = 3 * time.Second  // Wake begins an attempt older than this anew
	pingAfter  = 20 * time.Second // of silence
	answerFor  = 20 * time.Second // then it is dead: 40 s in all
	probeAfter = 5 * time.Second  // Wake does not doubt what was heard since
	probeFor   = 10 * time.Second // an answer to Wake's ping takes at most this long
	lateBy     = 5 * time.Second  // a timer later than this was held up
	maxGraces  = 2                // late timers in a row that condemn nothing
)

// machine is the part of a Link that only its goroutine touches.
type machine struct {
	status  Status
	pace    pace
	socket  Socket    // of this connection or attempt
	turn    int       // numbers the attempts; what older ones still say is ignored
	sockets int       // that have not reported Closed
	since   time.Time // when the attempt began, or the connection was opened
	hold    time.Time // the server does not want us before
	bye     *wire.Bye // what the server said before closing

	stopTimer func()
	alarm     int       // numbers the timers; older ones are ignored
	due       time.Time // when the timer should fire

	asked    bool // a ping waits for an answer
	askedAt  int  // Link.news when it was sent
	buffered int  // Socket.Buffered when it was sent
	graces   int  // late timers in a row
}

// handler passes what happens to the socket of one turn on to the goroutine.
type handler struct {
	l    *Link
	turn int
}

func (h handler) Open() { h.l.note(func() { h.l.opened(h.turn) }) }

// Message counts as life when it comes, not when the goroutine gets to it: the
// owner may hold that up.
func (h handler) Message(text []byte) {
	l := h.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.turn == l.current {
		l.news++
		l.heard = l.config.Clock.Now()
	}
	l.noteLocked(func() { l.message(h.turn, text) })
}

func (h handler) Closed(code int, reason string) {
	h.l.note(func() {
		h.l.sockets--
		if h.turn == h.l.turn && h.l.socket != nil {
			h.l.lost(code, reason)
		}
	})
}

// set changes the state and tells the owner.
func (l *Link) set(s Status) {
	l.status = s
	l.config.Status(s)
}

// connect begins an attempt.
func (l *Link) connect() {
	if l.status.State == Stopped {
		return
	}
	l.turn++
	l.sockets++
	l.since = l.config.Clock.Now()
	l.bye = nil
	l.mu.Lock()
	l.current, l.news = l.turn, 0
	l.mu.Unlock()
	l.arm(dialFor)
	l.socket = l.config.Dialer.Dial(handler{l, l.turn})
	s := l.status
	s.State, s.Until = Connecting, time.Time{}
	l.set(s)
}

func (l *Link) opened(turn int) {
	if turn != l.turn || l.socket == nil {
		return
	}
	now := l.config.Clock.Now()
	l.since = now
	l.asked, l.graces = false, 0
	l.mu.Lock()
	l.open, l.greeted, l.out, l.heard = true, false, nil, now
	l.mu.Unlock()
	l.arm(pingAfter)
	s := l.status
	s.State = Open
	l.set(s)
}

// message delivers the frames of a message. One that cannot be read is a bug
// somewhere: going on without it could hide a change for good, so the
// connection is given up and what is missing is asked for on the next.
func (l *Link) message(turn int, text []byte) {
	if turn != l.turn || l.socket == nil || l.isStopping() {
		return
	}
	var frames []wire.Frame
	for line := range wire.Split(text) {
		f, err := wire.DecodeServer(line)
		if err != nil {
			l.socket.Close(wire.CloseProtocol, "bad frame")
			l.lost(wire.CloseProtocol, err.Error())
			return
		}
		switch f := f.(type) {
		case nil, *wire.Pong:
			continue
		case *wire.Bye:
			l.bye = f
		}
		frames = append(frames, f)
	}
	if len(frames) > 0 {
		l.config.Frames(frames)
	}
}

// lost ends a connection or an attempt, whoever ended it, and decides when to
// try again.
func (l *Link) lost(code int, reason string) {
	now := l.config.Clock.Now()
	l.mu.Lock()
	spoke := l.open && l.news > 0
	l.open, l.out = false, nil
	stopping := l.stopping
	l.mu.Unlock()
	var lasted time.Duration
	if spoke {
		lasted = now.Sub(l.since)
	}
	var retry time.Duration
	if l.bye != nil {
		retry = time.Duration(l.bye.Retry) * time.Millisecond
		if code == noCode && l.bye.Code == wire.CodeSignedOut {
			code = wire.CloseSignedOut // what closed us did not pass the code on
		}
	}
	l.socket = nil
	l.status.Code, l.status.Text = code, reason
	if stopping {
		l.stop(Asked)
		return
	}
	if code == wire.ClosePolicy && !spoke {
		// Hello did not come in time: a busy page or network is slow, and no
		// bug. What is wrong with a hello is told before the close.
		code = noCode
	}
	v := l.pace.after(code, retry, lasted)
	if v.stop != 0 {
		l.stop(v.stop)
		return
	}
	l.hold = now.Add(v.hold)
	l.arm(v.delay)
	s := l.status
	s.State, s.Until, s.Failures = Waiting, now.Add(v.delay), l.pace.failures
	l.set(s)
}

// stop ends the Link: run returns when the sockets are closed.
func (l *Link) stop(why Reason) {
	if l.status.State == Stopped {
		return
	}
	l.disarm()
	l.mu.Lock()
	l.open, l.out = false, nil
	l.mu.Unlock()
	if l.socket != nil {
		l.socket.Close(1000, "")
		l.socket = nil
	}
	s := l.status
	s.State, s.Until, s.Reason = Stopped, time.Time{}, why
	l.set(s)
}

func (l *Link) isStopping() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopping
}

// nudge is Wake, or Retry if forced.
func (l *Link) nudge(forced bool) {
	now := l.config.Clock.Now()
	switch l.status.State {
	case Waiting:
		if forced || !now.Before(l.hold) {
			l.pace.failures = 0
			l.connect()
		}
	case Connecting:
		if now.Sub(l.since) > redial {
			l.socket.Close(1000, "")
			l.pace.failures = 0
			l.connect()
		}
	case Open:
		l.mu.Lock()
		quiet := now.Sub(l.heard)
		l.mu.Unlock()
		if quiet > probeAfter {
			l.ask(probeFor)
		}
	}
}

// flush sends the frames that wait, joined into as few messages as the sizes
// allow.
func (l *Link) flush() {
	l.mu.Lock()
	out := l.out
	l.out = nil
	l.mu.Unlock()
	if l.socket == nil {
		return
	}
	var message []byte
	for _, frame := range out {
		if len(message) > 0 && len(message)+1+len(frame) > chat.BatchAim {
			l.socket.Send(message)
			message = nil
		}
		if len(message) > 0 {
			message = append(message, '\n')
		}
		message = append(message, frame...)
	}
	if len(message) > 0 {
		l.socket.Send(message)
	}
}
