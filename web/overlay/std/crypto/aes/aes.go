// Package aes takes the place of crypto/aes in the browser (see web/overlay).
//
// go-app can encrypt what it puts into the browser's storage. Nobody here asks
// it to, and it would get an error.
package aes

import (
	"crypto/cipher"
	"errors"
)

// NewCipher fails: there is no cipher here.
func NewCipher([]byte) (cipher.Block, error) {
	return nil, errors.New("crypto/aes is not in this program")
}
