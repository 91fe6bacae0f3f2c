package link

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// State is what a Link is doing.
type State int

// The states of a Link.
const (
	Connecting State = iota + 1 // a socket is being opened
	Open                        // a socket is open
	Waiting                     // there is no connection; the next attempt is at Status.Until
	Stopped                     // there will be no other attempt
)

// Reason says why a Link stopped.
type Reason int

// The reasons for stopping.
const (
	Asked     Reason = iota + 1 // Stop was called
	NotSigned                   // 4001: not signed in, or as another account; the data stays
	SignedOut                   // 4003: signed out or revoked; the data must be wiped
	Outdated                    // 4010: the server does not speak this version
)

// Status is the state of a Link and how it came to it.
type Status struct {
	State  State
	Until  time.Time // Waiting: when the next attempt is
	Reason Reason    // Stopped: why

	// Failures is how many attempts in a row came to nothing before this one,
	// or to a connection of a few seconds.
	Failures int

	// Code and Text are the close code and reason with which the last
	// connection ended; 1006 where it had none, 0 before the first ended.
	Code int
	Text string
}

// Config says what a Link needs. Clock and Random may be nil: real time, and
// numbers in [0, 1) of package math/rand/v2.
type Config struct {
	Dialer Dialer

	// Status gets every change of state. When it becomes Open the owner sends
	// hello.
	Status func(Status)

	// Frames gets the frames of each message that came, all but pong.
	Frames func([]wire.Frame)

	Clock  Clock
	Random func() float64
}

// Refusals of Send.
var (
	ErrNotOpen = errors.New("link: the connection is not open")
	ErrHello   = errors.New("link: hello comes first, and once")
	ErrTooBig  = errors.New("link: the frame is larger than a message may be")
)

// Link keeps a client connected. See the package's documentation.
type Link struct {
	config Config
	wake   chan struct{} // holds one: there is something in notes
	done   chan struct{}

	mu       sync.Mutex
	notes    []func() // what the goroutine is to do, in order
	started  bool
	stopping bool     // Stop was called
	over     bool     // the goroutine takes no more notes
	open     bool     // frames are taken
	greeted  bool     // hello was sent on this connection
	out      [][]byte // encoded frames to be sent on this connection
	current  int      // machine.turn, for the sockets
	news     int      // messages that came on this connection
	heard    time.Time

	machine // the goroutine's
}

// New makes a Link that does nothing until Start.
func New(c Config) *Link {
	if c.Clock == nil {
		c.Clock = realClock{}
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	l := &Link{config: c, wake: make(chan struct{}, 1), done: make(chan struct{})}
	l.pace.random = c.Random
	return l
}

// Start begins to connect. It must be called at most once.
func (l *Link) Start() {
	l.mu.Lock()
	stopping := l.stopping
	l.started = true
	l.mu.Unlock()
	if stopping {
		return
	}
	l.note(l.connect)
	go l.run()
}

// Stop closes the connection, after what was sent, and ends the Link. No
// frames are delivered after it, but for a callback that is already running;
// the last callback is Status with Stopped. It may be called more than once.
func (l *Link) Stop() {
	l.mu.Lock()
	first := !l.stopping
	l.stopping = true
	started := l.started
	l.mu.Unlock()
	switch {
	case first && started:
		l.note(func() { l.stop(Asked) })
	case first:
		close(l.done)
	}
}

// Done is closed when the Link has stopped and its sockets are closed.
func (l *Link) Done() <-chan struct{} { return l.done }

// Send sends frames on the connection, all or none, in order and after what
// was sent before. It fails if the connection is not open, if hello is not the
// first frame of the connection or is not its only one, and if a frame cannot
// be encoded or is too big for a message. That it did not fail says nothing of
// the frames' arrival.
func (l *Link) Send(frames ...wire.Frame) error {
	encoded := make([][]byte, 0, len(frames))
	hellos := 0
	for _, f := range frames {
		data, err := wire.Append(nil, f)
		if err != nil {
			return fmt.Errorf("link: send: %w", err)
		}
		if len(data) > chat.MaxClientSize {
			return ErrTooBig
		}
		if _, ok := f.(*wire.Hello); ok {
			hellos++
		}
		encoded = append(encoded, data)
	}
	if len(frames) == 0 {
		return nil
	}
	_, first := frames[0].(*wire.Hello)

	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.open:
		return ErrNotOpen
	case l.greeted && hellos > 0, !l.greeted && (!first || hellos > 1):
		return ErrHello
	}
	l.greeted = true
	if len(l.out) == 0 {
		l.noteLocked(l.flush)
	}
	l.out = append(l.out, encoded...)
	return nil
}

// Wake says that something changed for the better: the browser is online
// again, or the page became visible. A Link that waits tries at once, but not
// before the time that the server gave it; one that is open makes sure that
// its connection is alive.
func (l *Link) Wake() { l.note(func() { l.nudge(false) }) }

// Retry is Wake on a person's demand: it does not wait for the server's time
// either.
func (l *Link) Retry() { l.note(func() { l.nudge(true) }) }

// note leaves something to do for the goroutine.
func (l *Link) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteLocked(f)
}

func (l *Link) noteLocked(f func()) {
	if l.over {
		return
	}
	l.notes = append(l.notes, f)
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// run does what was noted until the Link has stopped and no socket is left.
func (l *Link) run() {
	defer close(l.done)
	for {
		<-l.wake
		l.mu.Lock()
		notes := l.notes
		l.notes = nil
		l.mu.Unlock()
		for _, f := range notes {
			f()
		}
		if l.status.State == Stopped && l.sockets == 0 {
			l.mu.Lock()
			l.over, l.notes = true, nil
			l.mu.Unlock()
			return
		}
	}
}
