package link

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/wire"
)

// bench is a Link over fake sockets, in the virtual time of synctest.
type bench struct {
	t    *testing.T
	link *Link

	mu       sync.Mutex
	sockets  []*fakeSocket
	statuses []Status
	frames   []wire.Frame
	late     time.Duration // by which timers are held up
	onFrames func()        // called in the Frames callback
	random   float64
}

// benched runs body with a started Link and stops it afterwards.
func benched(t *testing.T, body func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, random: 0.5}
		b.link = New(Config{Dialer: b, Status: b.status, Frames: b.took, Clock: b, Random: func() float64 { return b.random }})
		b.link.Start()
		defer func() {
			b.link.Stop()
			<-b.link.Done()
		}()
		synctest.Wait()
		body(b)
	})
}

func (b *bench) Dial(h Handler) Socket {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &fakeSocket{Handler: h}
	b.sockets = append(b.sockets, s)
	return s
}

func (b *bench) status(s Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.statuses = append(b.statuses, s)
}

func (b *bench) took(frames []wire.Frame) {
	b.mu.Lock()
	b.frames = append(b.frames, frames...)
	f := b.onFrames
	b.mu.Unlock()
	if f != nil {
		f()
	}
}

func (b *bench) Now() time.Time { return time.Now() }

func (b *bench) After(d time.Duration, f func()) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	return realClock{}.After(d+b.late, f)
}

func (b *bench) holdTimersUp(by time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = by
}

// pass lets virtual time pass, and everything that is due with it.
func (b *bench) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// now is the last status.
func (b *bench) now() Status {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.statuses[len(b.statuses)-1]
}

// waited is the last status of waiting.
func (b *bench) waited() Status {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range slices.Backward(b.statuses) {
		if s.State == Waiting {
			return s
		}
	}
	b.t.Fatal("it never waited")
	return Status{}
}

func (b *bench) want(s State) {
	b.t.Helper()
	if got := b.now(); got.State != s {
		b.t.Fatalf("state is %d, want %d (%+v)", got.State, s, got)
	}
}

// stall holds the Link's goroutine up in a callback until free is called.
func (b *bench) stall() (free func()) {
	gate := make(chan struct{})
	b.mu.Lock()
	b.onFrames = func() { <-gate }
	b.mu.Unlock()
	b.last().Message([]byte(`{"t":"gone","room":1}`))
	synctest.Wait()
	return func() {
		close(gate)
		synctest.Wait()
	}
}

// last is the newest socket, dials how many there were.
func (b *bench) last() *fakeSocket {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sockets[len(b.sockets)-1]
}

func (b *bench) dials() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sockets)
}

func (b *bench) send(frames ...wire.Frame) {
	b.t.Helper()
	if err := b.link.Send(frames...); err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
}

// greet opens the newest socket, says hello and is welcomed.
func (b *bench) greet() *fakeSocket {
	b.t.Helper()
	s := b.last()
	s.Open()
	b.want(Open)
	b.send(&wire.Hello{V: 1, Device: "d"})
	s.Message([]byte(`{"t":"welcome","v":1,"epoch":"e"}`))
	synctest.Wait()
	return s
}

// fakeSocket is driven by the test through its Handler.
type fakeSocket struct {
	Handler

	mu       sync.Mutex
	sent     []string
	buffered int
	closed   int  // the code of Close
	lingers  bool // Closed comes from the test
}

func (s *fakeSocket) Send(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, string(message))
}

func (s *fakeSocket) Buffered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffered
}

func (s *fakeSocket) buffer(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffered = n
}

func (s *fakeSocket) Close(code int, reason string) {
	s.mu.Lock()
	s.closed = code
	lingers := s.lingers
	s.mu.Unlock()
	if !lingers {
		s.Closed(code, reason)
	}
}

func (s *fakeSocket) linger() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lingers = true
}

func (s *fakeSocket) closedWith() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *fakeSocket) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}

// pings counts the pings that were sent.
func (s *fakeSocket) pings() int {
	return strings.Count(strings.Join(s.messages(), "\n"), `{"t":"ping"}`)
}
