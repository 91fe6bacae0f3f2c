package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// origin is where a page is from, in the form in which two are compared.
type origin struct {
	scheme, host, port string
}

// parseOrigin reads scheme://host[:port]. A trailing slash is fine, anything
// else behind it is not.
func parseOrigin(s string) (origin, error) {
	u, err := url.Parse(s)
	if err != nil {
		return origin{}, fmt.Errorf("server: %q is not an origin: %w", s, err)
	}
	o := origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.scheme != "http" && o.scheme != "https" || o.host == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return origin{}, fmt.Errorf("server: %q is not an origin: it must be http(s)://host[:port]", s)
	}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[o.scheme]
	}
	return o, nil
}

// origins are the good ones: the server's own, if it is given, and further
// ones of other pages.
type origins struct {
	own     *origin // nil: what the request was made to
	further []origin
	proxy   bool // whether to believe a proxy's headers
}

// newOrigins reads what Config says of origins.
func newOrigins(cfg Config) (*origins, error) {
	o := &origins{proxy: cfg.TrustProxy}
	if cfg.URL != "" {
		own, err := parseOrigin(cfg.URL)
		if err != nil {
			return nil, err
		}
		o.own = &own
	}
	for _, s := range cfg.Origins {
		further, err := parseOrigin(s)
		if err != nil {
			return nil, err
		}
		o.further = append(o.further, further)
	}
	return o, nil
}

// self returns the server's own origin as far as r is concerned.
func (o *origins) self(r *http.Request) (origin, bool) {
	if o.own != nil {
		return *o.own, true
	}
	scheme := "http"
	if o.secure(r) {
		scheme = "https"
	}
	own, err := parseOrigin(scheme + "://" + r.Host)
	return own, err == nil
}

// secure reports whether the browser reached us by https.
func (o *origins) secure(r *http.Request) bool {
	switch {
	case o.own != nil:
		return o.own.scheme == "https"
	case o.proxy && r.Header.Get("X-Forwarded-Proto") != "":
		return strings.EqualFold(lastHop(r.Header.Values("X-Forwarded-Proto")), "https")
	}
	return r.TLS != nil
}

// originOf returns the Origin of r, if it names exactly one.
func originOf(r *http.Request) (origin, bool) {
	named := r.Header.Values("Origin")
	if len(named) != 1 || strings.HasSuffix(named[0], "/") {
		return origin{}, false
	}
	from, err := parseOrigin(named[0])
	return from, err == nil
}

// ours reports whether r comes from a page of our own.
func (o *origins) ours(r *http.Request) bool {
	from, named := originOf(r)
	own, known := o.self(r)
	return named && known && from == own
}

// good reports whether r comes from a page of our own or from a listed one.
func (o *origins) good(r *http.Request) bool {
	from, named := originOf(r)
	return named && slices.Contains(o.further, from) || o.ours(r)
}

// knownHost reports whether r was made to a name that is ours. A page of
// another site that had its name point to us (DNS rebinding) would pass for our
// own, so without Config.URL only localhost and addresses are known.
func (o *origins) knownHost(r *http.Request) bool {
	u, err := url.Parse("//" + r.Host)
	if err != nil || u.Host != r.Host {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if o.own != nil && host == o.own.host {
		return true
	}
	for _, f := range o.further {
		if host == f.host {
			return true
		}
	}
	return false
}

// address returns the client's address, an IPv6 one as its /64 network, since
// that is what one customer has. With a trusted proxy it is the last hop that
// X-Forwarded-For names, the one that the proxy itself saw.
func (o *origins) address(r *http.Request) netip.Addr {
	if o.proxy {
		if a, ok := parseAddress(lastHop(r.Header.Values("X-Forwarded-For"))); ok {
			return a
		}
	}
	a, _ := parseAddress(r.RemoteAddr)
	return a
}

func parseAddress(s string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}, false
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		network, _ := a.Prefix(64) // cannot fail: 64 bits fit, and there is no zone
		a = network.Addr()
	}
	return a, true
}

// lastHop returns the last element of a list that is spread over headers.
func lastHop(headers []string) string {
	if len(headers) == 0 {
		return ""
	}
	last := headers[len(headers)-1]
	if i := strings.LastIndexByte(last, ','); i >= 0 {
		last = last[i+1:]
	}
	return strings.TrimSpace(last)
}

// goodOrigin reports whether r names an Origin, and a good one.
func (s *Server) goodOrigin(r *http.Request) bool { return s.origins.good(r) }

// goodHost reports whether r was made to a name of ours; else it is 421.
func (s *Server) goodHost(r *http.Request) bool { return s.origins.knownHost(r) }

// address returns the address to which limits of r apply.
func (s *Server) address(r *http.Request) netip.Addr { return s.origins.address(r) }
