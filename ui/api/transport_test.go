package api

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
)

// server is what the conformance of transports is tested against. Each
// platform has its own, with the same behaviour:
//
//	/echo      200, JSON {method, type, authorization, body}
//	/refuse    429, Retry-After: 7, problem+json {"code":"slow_down"}
//	/redirect  302 to /echo
//	/cut       announces more than it sends, then closes
//	/hang      tells arrived, then never answers
type server struct {
	base    string
	arrived <-chan struct{} // a request for /hang is there
	dead    string          // where nobody listens
}

func TestTransport(t *testing.T) {
	s := start(t)
	tr := New("").Transport
	t.Run("echo", func(t *testing.T) {
		for _, body := range []string{"", `{"name":"洽谈 😀"}`} {
			r := Request{Method: "PUT", URL: s.base + "/echo", Bearer: "s"}
			if body != "" {
				r.Body = []byte(body)
			}
			res, err := tr.Do(context.Background(), r)
			if err != nil || res.Status != 200 || res.Type != "application/json" {
				t.Fatalf("%+v, %v", res, err)
			}
			var echo struct{ Method, Type, Authorization, Body string }
			if err := json.Unmarshal(res.Body, &echo); err != nil {
				t.Fatal(err)
			}
			if echo.Method != "PUT" || echo.Authorization != "Bearer s" || echo.Body != body || (echo.Type == "application/json") != (body != "") {
				t.Errorf("the server saw %+v", echo)
			}
		}
	})
	t.Run("refuse", func(t *testing.T) {
		res, err := tr.Do(context.Background(), Request{Method: "GET", URL: s.base + "/refuse"})
		if err != nil || res.Status != 429 || res.RetryAfter != "7" || res.Type != "application/problem+json" {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("redirect", func(t *testing.T) {
		res, err := tr.Do(context.Background(), Request{Method: "GET", URL: s.base + "/redirect"})
		if err != nil || res.Status >= 200 && res.Status <= 299 {
			t.Errorf("%+v, %v", res, err)
		}
	})
	t.Run("offline", func(t *testing.T) {
		for _, url := range []string{s.dead, s.base + "/cut"} {
			if _, err := tr.Do(context.Background(), Request{Method: "GET", URL: url}); !errors.Is(err, ErrOffline) {
				t.Errorf("%s: %v, want %v", url, err, ErrOffline)
			}
		}
		if _, err := New(s.dead).Me(context.Background()); !errors.Is(err, ErrOffline) {
			t.Errorf("Me: %v, want %v", err, ErrOffline)
		}
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			<-s.arrived
			cancel()
		}()
		if _, err := tr.Do(ctx, Request{Method: "GET", URL: s.base + "/hang"}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrOffline) {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
		if _, err := tr.Do(ctx, Request{Method: "GET", URL: s.base + "/echo"}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
	})
}
