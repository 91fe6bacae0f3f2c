// Package sha1 takes the place of crypto/sha1 in the browser (see web/overlay).
//
// go-app's half for servers names its version with it, and the package of UUIDs
// has a kind made of it. Neither is called here, nor could it be: what hashes
// must not hash to nothing.
package sha1

import "hash"

// Size is how many bytes a sum has.
const Size = 20

// New panics.
func New() hash.Hash { panic("crypto/sha1 is not in this program") }

// Sum panics.
func Sum([]byte) [Size]byte { panic("crypto/sha1 is not in this program") }
