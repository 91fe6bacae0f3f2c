// Package natstest runs NATS servers inside of tests. Who starts one ends it:
// with the test, at the latest.
package natstest

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const startWithin = 10 * time.Second

// Server is a NATS server that can be stopped and started again, on one port
// of this machine.
type Server struct {
	tb   testing.TB
	port int
	now  *server.Server // nil while it is stopped
}

// Start starts a server on a free port.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{tb: tb, port: server.RANDOM_PORT}
	s.Start()
	tb.Cleanup(s.Stop)
	return s
}

// Start starts the server again where it was.
func (s *Server) Start() {
	s.tb.Helper()
	now, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: s.port, NoLog: true, NoSigs: true})
	if err != nil {
		s.tb.Fatalf("start NATS: %v", err)
	}
	go now.Start() // which returns when it is stopped; Stop waits
	if !now.ReadyForConnections(startWithin) {
		s.tb.Fatal("NATS does not start")
	}
	s.now, s.port = now, now.Addr().(*net.TCPAddr).Port
}

// Stop stops the server, and waits until it has ended.
func (s *Server) Stop() {
	if s.now != nil {
		s.now.Shutdown()
		s.now.WaitForShutdown()
		s.now = nil
	}
}

// Addr is its host and port.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL is what a client connects to.
func (s *Server) URL() string { return "nats://" + s.Addr() }
