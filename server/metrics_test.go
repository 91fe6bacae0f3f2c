package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	s := newSite(t)
	p := s.guest("A")
	s.want(200, ask{method: "GET", path: "/api/v1/me", as: p.token})
	s.want(401, ask{method: "POST", path: "/api/v1/session", body: `{"login":{"username":"nobody","password":"correct horse"}}`})
	s.want(404, ask{method: "GET", path: "/api/v1/made/up/by/somebody"})
	w := httptest.NewRecorder()
	s.server.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`parley_http_requests_total{route="GET /api/v1/me",status="200"} 1`,
		`parley_http_requests_total{route="none",status="404"} 1`,
		`parley_sign_ins_total{kind="guest",result="ok"} 1`,
		`parley_sign_ins_total{kind="member",result="unauthorized"} 1`,
		`parley_http_request_seconds_count{route="GET /api/v1/me"} 1`,
		`parley_text_connections 0`,
		"go_goroutines",
	} {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("%s is missing from\n%s", line, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "somebody") {
		t.Error("a client can make up labels")
	}
	w = httptest.NewRecorder()
	s.server.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/pprof/allocs", nil))
	if w.Code != http.StatusOK || w.Body.Len() == 0 {
		t.Errorf("a profile is %d, %d bytes", w.Code, w.Body.Len())
	}
	for _, path := range []string{"/metrics", "/debug/pprof/allocs"} {
		s.want(404, ask{method: "GET", path: path}) // not on the public listener
	}
}
