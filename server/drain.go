package server

import (
	"context"
	"time"

	"parley/server/ws"
	"parley/shared/wire"
)

// moveWithin is how soon who is moved to another node comes back.
const moveWithin = time.Second / 2

// Drain gets the node ready to stop, where others take over. Readiness is off
// from now on, and new WebSockets are sent elsewhere. For half of the time nothing
// else happens, so that whoever sends people here notices; in the other half the connections are told to come back,
// one after the other, and find another node. All else goes on until Shutdown.
// It returns when that is done, or ctx ends.
func (s *Server) Drain(ctx context.Context, over time.Duration) {
	s.draining.Store(true)
	if over <= 0 || !pause(ctx, over/2) {
		return
	}
	leaving := s.hub.connected()
	for _, sess := range leaving {
		sess.move()
		if !pause(ctx, over/2/time.Duration(len(leaving))) {
			return
		}
	}
}

// pause waits. It reports false if ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// move tells a connection to come back at once, to another node.
func (s *session) move() {
	if !s.bare {
		retry := time.Duration(s.server.random16()) * moveWithin >> 16
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: wire.CodeRestart, Retry: 1 + retry.Milliseconds()})})
	}
	s.conn.Close(wire.CloseRestart, "the server restarts")
}
