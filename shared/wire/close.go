package wire

// Close codes of the protocol, section 4.
const (
	CloseGoingAway  = 1001
	CloseProtocol   = 1002
	CloseBadData    = 1003 // a binary message
	CloseBadUTF8    = 1007
	ClosePolicy     = 1008 // no hello, or too many bad frames
	CloseTooBig     = 1009
	CloseRestart    = 1012
	CloseOverload   = 1013
	CloseNotSigned  = 4001 // not signed in, expired, or another account
	CloseSignedOut  = 4003 // signed out or revoked: the client wipes
	CloseTooSlow    = 4008
	CloseOutdated   = 4010
	CloseRate       = 4029
	CodeRestart     = "restart"    // bye: the server stops
	CodeSignedOut   = "signed_out" // bye: the session was ended
	Subprotocol     = "parley.v1"
	Version         = 1
	MaxDepth        = 32 // nesting of JSON, in frames and in HTTP bodies
	MaxBadFrames    = 10 // the tenth closes
	HelloWithinSecs = 5
)
