//go:build js

// Package netip takes the place of net/netip in the browser (see web/overlay).
//
// net/url has it check what stands in brackets for a host. The browser knows
// what an address is.
package netip

import (
	"errors"
	"strings"
	"syscall/js"
)

// An Addr is an address that was checked.
type Addr struct{ v4 bool }

// Is4 tells whether it is one of IPv4.
func (a Addr) Is4() bool { return a.v4 }

// ParseAddr checks an address of either kind, without a zone.
func ParseAddr(s string) (a Addr, err error) {
	host := s
	if strings.Contains(s, ":") {
		host = "[" + s + "]"
	}
	defer func() { // the browser throws what is not a URL
		if recover() != nil {
			err = errors.New("not an IP address: " + s)
		}
	}()
	if s == "" || strings.Trim(s, "0123456789abcdefABCDEF:.") != "" {
		return Addr{}, errors.New("not an IP address: " + s)
	}
	js.Global().Get("URL").New("http://" + host + "/")
	return Addr{v4: host == s}, nil
}
