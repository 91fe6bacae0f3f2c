package blob

import "errors"

// errNone says that the zero Blob was read.
var errNone = errors.New("blob: there is no content")
