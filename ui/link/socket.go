package link

import "time"

// Dialer opens sockets to one server.
type Dialer interface {
	// Dial begins to connect and returns at once. What comes of it is told to
	// h, also a failure.
	Dial(h Handler) Socket
}

// Socket is a WebSocket of text messages. Its methods never block.
type Socket interface {
	// Send queues one message, after Handler.Open. What cannot be sent any
	// more is dropped.
	Send(message []byte)

	// Buffered is how many bytes wait to be given to the network.
	Buffered() int

	// Close sends what is queued and closes the socket, or gives up connecting.
	// Where a platform does not allow the code, 1000 is sent in its place.
	Close(code int, reason string)
}

// Handler is told what happens to a socket: Open at most once, then Message
// for each text message in order, and at the end Closed, exactly once,
// whatever happens, when nothing of the socket is left running. Its methods
// never block and may be called from any goroutine, one at a time; a message
// belongs to the handler.
type Handler interface {
	Open()
	Message(text []byte)
	// Closed gets the close code and reason of the server, or noCode (1006)
	// and an explanation where there was none.
	Closed(code int, reason string)
}

// noCode is the close code of a connection that ended without one, or never
// came to be (RFC 6455, section 7.1.5).
const noCode = 1006

// Clock is what a Link knows of time.
type Clock interface {
	Now() time.Time
	// After calls f once, in its own goroutine, when d has passed, unless stop
	// is called before.
	After(d time.Duration, f func()) (stop func())
}

// realClock is the Clock of package time.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) After(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
