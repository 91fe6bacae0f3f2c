package ws

import (
	"net"
	"time"
)

// steadyPiece is how many bytes a socket must take within writeTime: a link of
// less than a kilobyte a second is no link.
const steadyPiece = 8 << 10

// steady is a socket that is ended when it takes nothing for writeTime. What
// counts is that it moves: a slow link may need longer than that for one
// message, and would need as long again after every reconnect.
type steady struct{ net.Conn }

// Write implements net.Conn.
func (c *steady) Write(p []byte) (written int, err error) {
	for written < len(p) {
		if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:min(len(p), written+steadyPiece)])
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}
