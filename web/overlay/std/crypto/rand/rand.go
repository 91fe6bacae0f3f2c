//go:build js

// Package rand takes the place of crypto/rand in the browser (see web/overlay).
//
// Both ask the browser's crypto.getRandomValues; that one also links the hashes
// and ciphers with which a server would meet FIPS 140.
package rand

import (
	"io"
	"syscall/js"
)

// Reader reads random bytes that nobody can guess. It never fails.
var Reader io.Reader = reader{}

// most is how many bytes the browser gives at once.
const most = 65536

type reader struct{}

func (reader) Read(b []byte) (int, error) {
	for at := 0; at < len(b); at += most {
		part := b[at:min(at+most, len(b))]
		random := js.Global().Get("Uint8Array").New(len(part))
		js.Global().Get("crypto").Call("getRandomValues", random)
		js.CopyBytesToGo(part, random)
	}
	return len(b), nil
}

// Read fills b from Reader. It never fails.
func Read(b []byte) (int, error) { return Reader.Read(b) }
