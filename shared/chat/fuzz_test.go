package chat_test

import (
	"strings"
	"testing"

	"parley/shared/chat"
)

// FuzzParseKey: what is taken is written as it was, in lower case.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"", "01923f5a-7c11-7001-8002-030405060701", "01923F5A-7C11-7001-8002-030405060701", "{01923f5a}", strings.Repeat("-", 36)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := chat.ParseKey(s)
		if err == nil && key.String() != s {
			t.Errorf("%q was taken for %s", s, key)
		}
	})
}
