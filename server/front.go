package server

import (
	"net/http"
	"net/http/pprof"
)

// front is what the HTTP side of a Server keeps.
type front struct {
	origins   *origins
	passwords *passwords
	api       http.Handler
}

// buildHTTP makes the front, and the handlers of both listeners, from the
// config and from what was injected. web serves pages; nil: there are none.
func (s *Server) buildHTTP(web http.Handler) error {
	origins, err := newOrigins(s.cfg)
	if err != nil {
		return err
	}
	s.front = front{
		origins:   origins,
		passwords: newPasswords(s.random),
	}
	if s.api, err = s.newAPI(); err != nil {
		return err
	}
	if web == nil {
		web = http.NotFoundHandler()
	}
	s.public, s.admin = s.publicRoutes(web), s.adminRoutes()
	return nil
}

// publicRoutes is what the world reaches.
func (s *Server) publicRoutes(web http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ws", s.ourHost(http.HandlerFunc(s.serveSocket)))
	mux.Handle("/chat/{name}", s.ourHost(http.HandlerFunc(s.serveText)))
	mux.Handle("/chat/{name}/{$}", s.ourHost(http.HandlerFunc(s.serveText)))
	mux.Handle("/", s.ourHost(web))
	s.healthRoutes(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if isAPI(r.URL.Path) { // not through this mux, which would redirect unclean paths
			s.api.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// adminRoutes is what an operator's own network reaches.
func (s *Server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // heap, allocs, goroutine, mutex, ...
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s.healthRoutes(mux)
	return mux
}

// ourHost refuses requests to names that are not ours.
func (s *Server) ourHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.goodHost(r) {
			writeProblem(w, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}
