package ui

import (
	"testing"

	"parley/ui/locale"
)

func TestDeviceName(t *testing.T) {
	l := locale.New("en", nil)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1":   "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36":                                  "Chrome on Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0":                                                "Firefox on Linux",
		"till/1.0": "till/1.0",
		"":         "Unknown program",
	} {
		if got := deviceName(l, agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
