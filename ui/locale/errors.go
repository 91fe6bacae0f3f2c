package locale

import (
	"parley/shared/chat"
	"parley/shared/replica"
)

// Refusal writes a refusal of the server for people. The server's own message
// is English, so it is shown only where it says more than the code does.
func (l *Locale) Refusal(code chat.Code, message string) string {
	switch code {
	case chat.BadRequest:
		return l.T(ErrBadRequest, message)
	case chat.Unauthorized:
		return l.T(ErrUnauthorized)
	case chat.Forbidden:
		return l.T(ErrForbidden)
	case chat.NotFound:
		return l.T(ErrNotFound)
	case chat.Conflict:
		return l.T(ErrConflict)
	case chat.TooLarge:
		return l.T(ErrTooLarge)
	case chat.Unsupported:
		return l.T(ErrUnsupported)
	case chat.SlowDown:
		return l.T(ErrSlowDown)
	case replica.NotStored:
		return l.T(ErrNotStored)
	case replica.FileLost:
		return l.T(ErrFileLost)
	case chat.StorageFull:
		return l.T(ErrStorageFull)
	}
	return l.T(ErrUnavailable)
}
