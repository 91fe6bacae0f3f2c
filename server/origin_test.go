package server

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"parley/shared/chat"
)

func TestGoodOrigin(t *testing.T) {
	for name, c := range map[string]struct {
		cfg    Config
		url    string
		origin []string
		proto  string
		want   bool
	}{
		"own":               {Config{}, "http://localhost:8080", []string{"http://localhost:8080"}, "", true},
		"own, default port": {Config{}, "http://localhost:80", []string{"http://localhost"}, "", true},
		"own, https":        {Config{}, "https://localhost", []string{"https://localhost:443"}, "", true},
		"none":              {Config{}, "http://localhost:8080", nil, "", false},
		"two":               {Config{}, "http://localhost:8080", []string{"http://localhost:8080", "http://localhost:8080"}, "", false},
		"null":              {Config{}, "http://localhost:8080", []string{"null"}, "", false},
		"other scheme":      {Config{}, "http://localhost:8080", []string{"https://localhost:8080"}, "", false},
		"other host":        {Config{}, "http://localhost:8080", []string{"http://localhost.evil.com:8080"}, "", false},
		"other port":        {Config{}, "http://localhost:8080", []string{"http://localhost:8081"}, "", false},
		"with a path":       {Config{}, "http://localhost:8080", []string{"http://localhost:8080/"}, "", false},
		"url":               {Config{URL: "https://chat.example.com/"}, "http://10.0.0.1:8080", []string{"https://chat.example.com"}, "", true},
		"url, case":         {Config{URL: "https://Chat.Example.com"}, "http://10.0.0.1:8080", []string{"https://chat.example.com"}, "", true},
		"url, request's":    {Config{URL: "https://chat.example.com"}, "http://10.0.0.1:8080", []string{"http://10.0.0.1:8080"}, "", false},
		"listed":            {Config{Origins: []string{"https://shop.example"}}, "http://localhost:8080", []string{"https://shop.example"}, "", true},
		"not listed":        {Config{Origins: []string{"https://shop.example"}}, "http://localhost:8080", []string{"https://shop.example.evil"}, "", false},
		"proxy":             {Config{TrustProxy: true}, "http://10.0.0.1", []string{"https://10.0.0.1"}, "https", true},
		"proxy, last":       {Config{TrustProxy: true}, "http://10.0.0.1", []string{"https://10.0.0.1"}, "https, http", false},
		"proxy, untrusted":  {Config{}, "http://10.0.0.1", []string{"https://10.0.0.1"}, "https", false},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := newOrigins(c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodPost, c.url, nil)
			r.Header["Origin"] = c.origin
			if c.proto != "" {
				r.Header.Set("X-Forwarded-Proto", c.proto)
			}
			if r.URL.Scheme == "https" {
				r.TLS = &tls.ConnectionState{}
			}
			if got := o.good(r); got != c.want {
				t.Errorf("good = %v", got)
			}
		})
	}
}

func TestBadOriginConfig(t *testing.T) {
	for _, s := range []string{"chat.example.com", "ftp://x", "https://", "https://x/chat", "https://u@x", "*", "null", "http://x:y"} {
		if _, err := newOrigins(Config{URL: s}); err == nil {
			t.Errorf("url %q was taken", s)
		}
		if _, err := newOrigins(Config{Origins: []string{s}}); err == nil {
			t.Errorf("origin %q was taken", s)
		}
	}
}

func TestKnownHost(t *testing.T) {
	open, err := newOrigins(Config{})
	if err != nil {
		t.Fatal(err)
	}
	named, err := newOrigins(Config{URL: "https://chat.example.com", Origins: []string{"https://shop.example:444"}})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string][2]bool{ // without and with names
		"localhost":             {true, true},
		"LOCALHOST:8080":        {true, true},
		"127.0.0.1:8080":        {true, true},
		"[::1]:8080":            {true, true},
		"192.168.1.2":           {true, true},
		"chat.example.com":      {false, true},
		"Chat.example.com:8080": {false, true},
		"shop.example":          {false, true},
		"evil.example":          {false, false},
		"localhost.evil":        {false, false},
		"127.0.0.1.evil":        {false, false},
		"user@localhost":        {false, false},
		"localhost/x":           {false, false},
		"":                      {false, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if got := [2]bool{open.knownHost(r), named.knownHost(r)}; got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestAddress(t *testing.T) {
	for name, c := range map[string]struct {
		proxy   bool
		remote  string
		forward []string
		want    string
	}{
		"plain":            {false, "10.1.2.3:4", nil, "10.1.2.3"},
		"not trusted":      {false, "10.1.2.3:4", []string{"8.8.8.8"}, "10.1.2.3"},
		"trusted":          {true, "10.1.2.3:4", []string{"8.8.8.8"}, "8.8.8.8"},
		"forged by client": {true, "10.1.2.3:4", []string{"1.1.1.1, 8.8.8.8"}, "8.8.8.8"},
		"two headers":      {true, "10.1.2.3:4", []string{"1.1.1.1", "8.8.8.8"}, "8.8.8.8"},
		"with a port":      {true, "10.1.2.3:4", []string{"8.8.8.8:1234"}, "8.8.8.8"},
		"nonsense":         {true, "10.1.2.3:4", []string{"unknown"}, "10.1.2.3"},
		"none":             {true, "10.1.2.3:4", nil, "10.1.2.3"},
		"v6":               {false, "[2001:db8:1:2:3:4:5:6]:7", nil, "2001:db8:1:2::"},
		"v6, zone":         {false, "[fe80::1%eth0]:7", nil, "fe80::"},
		"v6, forwarded":    {true, "10.1.2.3:4", []string{"[2001:db8::1]"}, "2001:db8::"},
		"mapped":           {false, "[::ffff:10.1.2.3]:7", nil, "10.1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &origins{proxy: c.proxy}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forward
			if got := o.address(r).String(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestForeignHostIsMisdirected(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/", "/ws", "/chat/42/", "/api/v1/me"} {
		s.refused(http.StatusMisdirectedRequest, chat.BadRequest, ask{method: "GET", path: path, host: "rebound.evil.example"})
	}
}

func TestOriginOfChanges(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Origins = []string{"https://shop.example"} })
	p := s.guest("A")
	const good, listed, bad = "Origin: http://localhost:8080", "Origin: https://shop.example", "Origin: https://evil.example"
	cookie := "Cookie: parley_session=" + p.token
	bearer := "Authorization: Bearer " + p.token
	patch := func(status int, header ...string) {
		t.Helper()
		q := ask{method: "PATCH", path: "/api/v1/me", body: `{"locale":"en"}`, header: header}
		if status == 403 {
			s.refused(403, chat.Forbidden, q)
			return
		}
		s.want(status, q)
	}
	patch(200, cookie, good)
	patch(200, cookie, listed)
	patch(403, cookie)
	patch(403, cookie, bad)
	patch(403, cookie, "Origin: null")
	patch(200, bearer)
	patch(200, bearer, bad)
	patch(200, bearer, cookie, bad) // the bearer wins
	enter := ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"A"}}`}
	s.want(201, enter)
	enter.header = []string{bad}
	s.refused(403, chat.Forbidden, enter)
	s.want(200, ask{method: "GET", path: "/api/v1/me", header: []string{cookie, bad}})
}
