package server

import (
	"net/http"

	"parley/server/store"
)

// healthRoutes adds what load balancers ask: healthz, whether the process
// serves at all, and readyz, whether the store answers.
func (s *Server) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeHealth(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.store.View(r.Context(), func(store.Reader) error { return nil }); err != nil {
			writeHealth(w, http.StatusServiceUnavailable, "the store does not answer")
			return
		}
		writeHealth(w, http.StatusOK, "ok")
	})
}

func writeHealth(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(word + "\n")) // the client may have gone
}
