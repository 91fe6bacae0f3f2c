package server

import (
	"bytes"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/shared/chat"
	"parley/shared/wire"
)

const (
	maxBody  = 64 << 10
	bodyTime = 10 * time.Second // for a body to arrive
)

// Routes that treat callers or bodies in their own way.
const (
	routeSignIn   = "POST " + apiVersion + "/session"
	routeAccounts = "POST " + apiVersion + "/accounts"
	routeUpload   = "POST " + apiVersion + "/files"
	routeOpenAPI  = "GET " + openAPIPath
)

// gate is what every request to the API passes: headers, the host's name, the
// route, the Origin, the caller, the body, in this order. What passes has a
// caller in its context, if its route needs one, and a body that is one JSON
// value with nothing doubtful in it, but for uploads, which read their own.
func (s *Server) gate(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, route := s.clock(), "none"
		answer := &answer{ResponseWriter: w}
		defer func() {
			s.recovered(answer, recover())
			s.metrics.request(route, answer.status, s.clock().Sub(began))
		}()
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if !s.goodHost(r) {
			writeProblem(answer, errHost)
			return
		}
		pattern, err := routed(mux, r, h)
		if err != nil {
			writeProblem(answer, err)
			return
		}
		route = pattern
		r, err = s.pass(pattern, answer, r)
		if err != nil {
			writeProblem(answer, err)
			return
		}
		mux.ServeHTTP(answer, r)
	})
}

// routed returns the pattern of the route that r takes. If only the method is
// wrong, it names the right ones in h.
func routed(mux *http.ServeMux, r *http.Request, h http.Header) (string, error) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		return "", errRoute // which the mux would redirect
	}
	if _, pattern := mux.Handler(r); pattern != "" {
		return pattern, nil
	}
	var allowed []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		return "", errRoute
	}
	h.Set("Allow", strings.Join(allowed, ", "))
	return "", errMethod
}

// pass finds the caller and reads the body.
func (s *Server) pass(pattern string, w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	c := &caller{request: r, socket: http.NewResponseController(w)}
	token, byCookie, present := s.credential(r)
	if changes(r) && !s.fromUs(r, byCookie, present) {
		return r, errOrigin
	}
	switch {
	case pattern == routeSignIn: // a new session, whatever came along
	case present:
		w, err := s.signedInFor(w, r, token, byCookie)
		if err != nil {
			return r, err
		}
		c.who, c.token, c.byCookie = w, token, byCookie
	case pattern != routeAccounts && pattern != routeOpenAPI:
		return r, errUnauthorized
	}
	if pattern != routeUpload {
		if err := readBody(w, r); err != nil {
			return r, err
		}
	}
	return withCaller(r, c), nil
}

func changes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// fromUs decides whether a request that changes something may be made from
// where it comes. A bearer token proves that no other site's page is behind
// it. Else a cookie needs a good Origin, and so does whoever names one: a page
// of another site must not even sign its reader in.
func (s *Server) fromUs(r *http.Request, byCookie, present bool) bool {
	if present && !byCookie {
		return true
	}
	return s.goodOrigin(r) || !byCookie && len(r.Header.Values("Origin")) == 0
}

// signedInFor finds whose token this is. A cookie that is worth nothing is
// taken away, or else the browser would carry it into every later request.
func (s *Server) signedInFor(w http.ResponseWriter, r *http.Request, token string, byCookie bool) (who, error) {
	found, err := s.signedIn(r.Context(), token)
	if byCookie && chat.CodeOf(err) == chat.Unauthorized && err != nil {
		http.SetCookie(w, s.sessionCookie(r, ""))
	}
	return found, err
}

// readBody reads the whole body, so that no handler meets half of one, and
// checks what encoding/json lets pass.
func readBody(w http.ResponseWriter, r *http.Request) error {
	socket := http.NewResponseController(w)
	_ = socket.SetReadDeadline(time.Now().Add(bodyTime)) // unsupported in tests without a socket
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	_ = socket.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errBody
	case err != nil:
		return errNoBody
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return nil
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return errMedia
	}
	return checkBody(body)
}

func isJSON(types []string) bool {
	if len(types) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	charset, named := params["charset"]
	return err == nil && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

// checkBody refuses bodies whose meaning is in doubt: bad UTF-8, trailing
// data, doubled fields, deep nesting, and numbers that JavaScript would round.
func checkBody(body []byte) error {
	if !utf8.Valid(body) {
		return errJSON
	}
	if err := wire.CheckJSON(body, wire.MaxDepth); err != nil {
		return chat.Refuse(chat.BadRequest, "the body is refused: "+err.Error())
	}
	return checkNumbers(body)
}

// checkNumbers looks at each number of a body that is known to be JSON.
func checkNumbers(body []byte) error {
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			for i++; body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case c == '-' || '0' <= c && c <= '9':
			start := i
			for i < len(body) && strings.IndexByte("+-.eE0123456789", body[i]) >= 0 {
				i++
			}
			if f, err := strconv.ParseFloat(string(body[start:i]), 64); err != nil || f == math.Trunc(f) && math.Abs(f) > chat.MaxID {
				return errNumber
			}
			i-- // what ended it is looked at, too
		}
	}
	return nil
}

// answer remembers the status that went out.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter. Only the first call counts.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(data []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach the socket.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recovered answers for a handler that panicked: 503 unavailable, since 500
// has no code in the protocol, or a cut connection if the answer had begun.
func (s *Server) recovered(a *answer, panicked any) {
	if panicked == nil {
		return
	}
	if panicked == http.ErrAbortHandler {
		panic(panicked)
	}
	s.log.Error("a handler panicked", "panic", panicked, "stack", string(debug.Stack()))
	if a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(a, errInside)
}
