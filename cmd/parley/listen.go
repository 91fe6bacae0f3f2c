package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"parley/server"
)

const (
	stopWithin = 8 * time.Second  // the process is gone within 10 s of a signal
	headTime   = 10 * time.Second // for a request's header to arrive
	readTime   = 30 * time.Second // for all of it
	writeTime  = 5 * time.Minute  // for the program over a poor line
	idleTime   = 2 * time.Minute
	maxHeader  = 32 << 10
)

// sockets are what the server listens on.
type sockets struct {
	public net.Listener
	admin  net.Listener // nil: none
}

// listen opens the sockets; no admin address means none.
func listen(public, admin string) (sockets, error) {
	var s sockets
	var err error
	if s.public, err = net.Listen("tcp", public); err != nil {
		return s, fmt.Errorf("listen on %s: %w", public, err)
	}
	if admin == "" {
		return s, nil
	}
	if s.admin, err = net.Listen("tcp", admin); err != nil {
		return s, errors.Join(fmt.Errorf("listen on %s for the operator: %w", admin, err), s.public.Close())
	}
	return s, nil
}

// serve serves node until ctx ends or a listener fails, drains it for a while
// in the first case, and stops it.
func (s sockets) serve(asked context.Context, node *server.Server, drain time.Duration, log *slog.Logger) error {
	group, ctx := errgroup.WithContext(context.WithoutCancel(asked))
	servers := []*http.Server{newHTTP(node.Handler(), log)}
	group.Go(func() error { return serveHTTP(servers[0], s.public) })
	log.Info("listening", "address", s.public.Addr().String())
	if s.admin != nil {
		servers = append(servers, newHTTP(node.AdminHandler(), log))
		group.Go(func() error { return serveHTTP(servers[1], s.admin) })
		log.Info("listening for the operator", "address", s.admin.Addr().String())
	}
	group.Go(func() error {
		select {
		case <-asked.Done():
			log.Info("draining", "for", drain)
			node.Drain(ctx, drain)
		case <-ctx.Done(): // a listener failed
		}
		log.Info("stopping")
		return stop(node, servers)
	})
	return group.Wait()
}

func newHTTP(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func serveHTTP(h *http.Server, on net.Listener) error {
	if err := h.Serve(on); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", on.Addr(), err)
	}
	return nil
}

// stop ends everything side by side: the node says goodbye to the sockets that
// it has taken over, the HTTP servers wait for plain requests. What has not
// ended in time is cut off; that is no failure, since clients know how to come
// back.
func stop(node *server.Server, servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var group errgroup.Group
	group.Go(func() error { return node.Shutdown(ctx) })
	for _, h := range servers {
		group.Go(func() error {
			if h.Shutdown(ctx) != nil {
				return h.Close()
			}
			return nil
		})
	}
	return group.Wait()
}
