package server

import (
	"context"
	"net/http"
	"time"

	"parley/server/store"
	"parley/shared/chat"
)

// readyTime is how long the store and the bus have to answer who asks whether
// the node is ready.
const readyTime = 2 * time.Second

// healthRoutes adds what load balancers ask: healthz, whether the process
// serves at all, and readyz, whether people should be sent here.
func (s *Server) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeHealth(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if why := s.unready(r.Context()); why != "" {
			writeHealth(w, http.StatusServiceUnavailable, why)
			return
		}
		writeHealth(w, http.StatusOK, "ok")
	})
}

// unready says why nobody should be sent here, or "". The store and the bus are
// asked something that only they can answer. Who is here stays: a node without
// its bus still tells everything, though late.
func (s *Server) unready(ctx context.Context) string {
	if s.draining.Load() {
		return "stopping"
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	if err := s.store.View(ctx, func(r store.Reader) error {
		_, err := r.RoomRevs([]chat.RoomID{1})
		return err
	}); err != nil {
		return "the store does not answer"
	}
	if err := s.bus.Sync(ctx); err != nil {
		return "the bus does not answer"
	}
	return ""
}

func writeHealth(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(word + "\n")) // the client may have gone
}
