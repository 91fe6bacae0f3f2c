package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	pendingMost = 256 << 10 // bytes that wait for a connection (Promise 10)
	helloWithin = wire.HelloWithinSecs * time.Second
)

// serveSocket is GET /ws: it decides who may open a connection from what the
// request says, and runs its session on a goroutine of its own, so that nothing
// of the request stays.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if tokenInURL(r) {
		writeProblem(w, chat.Refuse(chat.Unauthorized, "a token is never taken from an address"))
		return
	}
	token, byCookie, present := s.credential(r)
	if byCookie && !s.goodOrigin(r) {
		writeProblem(w, chat.Refuse(chat.Forbidden, "this page may not connect"))
		return
	}
	if !offers(r, wire.Subprotocol) {
		writeProblem(w, chat.Refuse(chat.BadRequest, "the subprotocol is "+wire.Subprotocol))
		return
	}
	sess := &session{server: s}
	if s.draining.Load() || !s.hub.begin() {
		writeProblem(w, &chat.Error{Code: chat.Unavailable, Message: "the server is stopping", Retry: s.retryHint()})
		return
	}
	conn, err := s.sockets.Accept(w, r, ws.Options{
		Subprotocol: wire.Subprotocol, Limit: chat.MaxClientSize, Pending: pendingMost, Drained: sess.drained,
	})
	if err != nil {
		s.hub.work.Done()
		return // answered
	}
	sess.conn = conn
	s.hub.attach(sess)
	s.spawn(func() { sess.run(context.Background(), token, present) }) // what ends it is the connection
}

// tokenInURL reports a credential where logs and histories would keep it.
func tokenInURL(r *http.Request) bool {
	q := r.URL.Query()
	return q.Has("token") || q.Has("session") || q.Has("access_token")
}

// offers reports whether a request offers a subprotocol.
func offers(r *http.Request, protocol string) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(p) == protocol {
				return true
			}
		}
	}
	return false
}
