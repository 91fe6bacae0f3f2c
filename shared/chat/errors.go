package chat

import (
	"errors"
	"time"
)

// Code is a refusal, the same in `reject` frames and in problem+json.
type Code string

// The refusals of the protocol, section 4.
const (
	BadRequest   Code = "bad_request"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden" // only where the room is seen
	NotFound     Code = "not_found" // also for rooms that one may not see
	Conflict     Code = "conflict"
	TooLarge     Code = "too_large"
	Unsupported  Code = "unsupported"
	SlowDown     Code = "slow_down"
	Unavailable  Code = "unavailable"
	StorageFull  Code = "storage_full"
)

// Error is a refusal that is told to the client: a code for programs and a
// message for people. Retry says after how long trying again makes sense,
// where it does. Key names the post of a batch that caused it.
type Error struct {
	Code    Code
	Message string
	Retry   time.Duration
	Key     Key
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Refuse makes an Error.
func Refuse(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// ErrNotFound is the one answer for rooms that do not exist and rooms that one
// may not see (Promise 16).
var ErrNotFound = Refuse(NotFound, "there is no such room")

// CodeOf returns the code of the first *Error in err's chain, or Unavailable
// for any other error: what a client is told of a failure inside.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Unavailable
}
