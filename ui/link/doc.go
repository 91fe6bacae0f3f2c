// Package link keeps a client connected to a Parley server's /ws.
//
// A Link owns one connection at a time. It dials with the subprotocol
// parley.v1, hands the server's frames to its owner in the order in which they
// came, joins what its owner sends into messages, notices a connection that
// has silently died, and dials again by itself, at the pace that the protocol's
// close codes ask for. It knows nothing of rooms or accounts: hello, and what
// to send again after a new connection, are the owner's (package replica).
// Nothing that was sent is kept for the next connection.
//
// The states:
//
//	Connecting -> Open -> Waiting -> Connecting …      and from each: Stopped
//
// When a connection becomes Open its owner must send hello first, within the
// 5 s that the server grants, from inside the Status callback or later from
// any goroutine. Until then Send refuses every other frame, so that what was
// decided for the last connection cannot slip in ahead of hello.
//
// # Goroutines
//
// A Link has one goroutine, started by Start. It alone runs the callbacks, one
// at a time and in order, and changes the state. A callback may block, which
// holds up nothing but the Link, and may call every method of it. The methods
// never block and may be called from anywhere, the callbacks of JavaScript
// included: they leave a note for the goroutine and return. Sockets and timers
// do the same, so the package works on WebAssembly's single thread.
//
// The goroutine ends when the Link has stopped (Stop, or a close code after
// which trying again is useless) and every socket has reported that it is
// closed; then Done is closed. A socket outside of the browser has two
// goroutines, a reader and a writer, which its Link waits for in this way. A
// stopped Link stays stopped: to connect again, make another.
//
// # Silence
//
// After 20 s without a message a Link sends ping, and after 20 s more without
// any it takes the connection for dead. Timers cannot be trusted for that: a
// hidden page's fire once a minute, a sleeping machine's hours late, with the
// answer perhaps waiting in the queue behind them. So a timer that fires much
// too late condemns nothing: the Link asks once more and waits again, at most
// twice in a row. Nor does silence count while the data ahead of a ping is
// still moving out.
package link
