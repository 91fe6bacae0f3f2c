//go:build !js

package blob

import (
	"context"
	"errors"
)

// Blob is the content of a file.
type Blob struct {
	data *[]byte
	kind string
}

// New makes a Blob of a media type.
func New(data []byte, kind string) Blob { return Blob{&data, kind} }

// None reports whether there is no content, not even an empty one.
func (b Blob) None() bool { return b.data == nil }

// Size is in bytes.
func (b Blob) Size() int64 {
	if b.data == nil {
		return 0
	}
	return int64(len(*b.data))
}

// Type is the media type as far as it is known, "" if not.
func (b Blob) Type() string { return b.kind }

// Bytes reads all of it.
func (b Blob) Bytes(context.Context) ([]byte, error) {
	if b.data == nil {
		return nil, errNone
	}
	return *b.data, nil
}

// Measure is the size in pixels of a picture, upright.
func (b Blob) Measure(context.Context) (width, height int, err error) {
	return 0, 0, errors.New("blob: nothing here shows pictures")
}

// URL is an address at which the page can show it, until Revoke.
func (b Blob) URL() string { return "" }

// Revoke ends an address that URL has made.
func Revoke(string) {}

// Name is what the file is called, "" for one without a name.
func (b Blob) Name() string { return "" }
