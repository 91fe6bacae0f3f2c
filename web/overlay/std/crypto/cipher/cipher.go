// Package cipher takes the place of crypto/cipher in the browser (see
// web/overlay and crypto/aes in there).
package cipher

import "errors"

// A Block would be a block cipher.
type Block any

// An AEAD would seal and open messages.
type AEAD interface {
	NonceSize() int
	Seal(dst, nonce, plaintext, additionalData []byte) []byte
	Open(dst, nonce, ciphertext, additionalData []byte) ([]byte, error)
}

// NewGCM fails: there is no cipher here.
func NewGCM(Block) (AEAD, error) {
	return nil, errors.New("crypto/cipher is not in this program")
}
