package server

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/wire"
)

func FuzzPeopleCursor(f *testing.F) {
	f.Add("")
	f.Add("x")
	f.Add(encodePeople(store.PeopleCursor{Seen: 7, ID: 42}))
	f.Fuzz(func(t *testing.T, next string) {
		at, err := decodePeople(next)
		if err == nil && at != nil && encodePeople(*at) != next {
			t.Errorf("%q was taken for %+v", next, *at)
		}
	})
}

func FuzzCheckBody(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":1,"a":2}`, `[1e400]`, `{} {}`, "\"\xff\"", `[9007199254740993]`, `-0`, `{"a1\\":-1e99":[1E-5,"\\u0031"]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkBody(body) != nil {
			if wire.CheckJSON(body, wire.MaxDepth) == nil && numbersFit(body) {
				t.Errorf("%q was refused", body)
			}
			return
		}
		if !numbersFit(body) {
			t.Errorf("%q was taken", body)
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		var v any
		if err := dec.Decode(&v); err != nil || dec.More() {
			t.Errorf("%q was taken: %v", body, err)
		}
	})
}

// numbersFit asks encoding/json for the numbers of a body.
func numbersFit(body []byte) bool {
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			return true
		}
		if number, ok := token.(json.Number); ok {
			if f, err := number.Float64(); err != nil || f == math.Trunc(f) && math.Abs(f) > chat.MaxID {
				return false
			}
		}
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{"http://localhost:8080", "https://[::1]", "null", "https://a@b", "HTTP://A.B:80/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := parseOrigin(s)
		if err == nil && (o.host == "" || o.port == "" || o.scheme != "http" && o.scheme != "https") {
			t.Errorf("%q is %+v", s, o)
		}
	})
}

func FuzzPHC(f *testing.F) {
	f.Add(encodePHC(argonPHC{argonMemory, argonPasses, argonLanes, make([]byte, argonSalt), make([]byte, argonKey)}))
	f.Fuzz(func(t *testing.T, s string) {
		h, err := decodePHC(s)
		if err == nil && (len(h.key) == 0 || h.passes == 0 || h.lanes == 0) {
			t.Errorf("%q is %+v", s, h)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"", "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:443", "2001:db8::1%eth0", "::ffff:192.0.2.1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := parseAddress(s); ok && (!a.IsValid() || a.Is4In6() || a.Zone() != "") {
			t.Errorf("%q is %v", s, a)
		}
	})
}
