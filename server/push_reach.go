package server

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"parley/shared/chat"
)

// maxEndpoint is how long the address of a push service may be.
const maxEndpoint = 1024

var errReach = errors.New("server: a push service must have a public address")

// publicClient calls push services and nothing else: anybody who is signed in
// names the address, and must not reach through us what only we can reach. The
// check is made of the address that is dialled, whatever the name resolves to.
// No redirect is followed, no proxy asked.
func publicClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !publicAddress(at.Addr()) {
			return errReach
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second, IdleConnTimeout: time.Minute, MaxIdleConns: 4 * pushWorkers,
			MaxConnsPerHost: pushWorkers, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       pushTime,
	}
}

// inside are blocks that netip does not know to be somebody's own, or that lead
// to such.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // a carrier's own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 behind translation and tunnels
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

func publicAddress(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Zone() != "" {
		return false
	}
	for _, p := range inside {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// validEndpoint checks what can be checked of a push service's address without
// asking anybody.
func (p *pusher) validEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || len(endpoint) > maxEndpoint || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return chat.Refuse(chat.BadRequest, "endpoint is an https address of at most 1024 bytes")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !p.anywhere && !publicAddress(a) {
		return chat.Refuse(chat.BadRequest, "endpoint is not a public address")
	}
	return nil
}

// validPushKeys checks a browser's keys, and returns them without padding.
func validPushKeys(p256dh, auth string) (string, string, error) {
	key, err := decodeKey(p256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(key)
	}
	secret, other := decodeKey(auth)
	if err != nil || other != nil || len(secret) != 16 {
		return "", "", chat.Refuse(chat.BadRequest, "p256dh and auth are a browser's keys in base64url")
	}
	return base64.RawURLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(secret), nil
}

func decodeKey(s string) ([]byte, error) {
	if len(s) > 0 && s[len(s)-1] == '=' {
		return base64.URLEncoding.DecodeString(s)
	}
	return base64.RawURLEncoding.DecodeString(s)
}
