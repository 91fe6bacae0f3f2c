//go:build js

package netip

import "testing"

func TestParseAddr(t *testing.T) {
	for s, want := range map[string]string{
		"::1": "6", "2001:db8::17": "6", "::ffff:10.0.0.1": "6", "10.0.0.1": "4",
		"": "", "1::2::3": "", "::1]/x[": "", "parley.example": "", "10.0.0.1.5": "", "g::1": "",
	} {
		addr, err := ParseAddr(s)
		got := ""
		switch {
		case err == nil && addr.Is4():
			got = "4"
		case err == nil:
			got = "6"
		}
		if got != want {
			t.Errorf("%q is of %q, want %q (%v)", s, got, want, err)
		}
	}
}
