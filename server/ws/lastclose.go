package ws

import "net"

// lastClose is a socket on which nothing follows a close frame.
//
// The library writes a second close frame when the peer has answered its
// first. A browser takes anything after a close frame for a broken connection
// and tells the page 1006 instead of the code (seen in Chromium 156), so a
// page would never learn that it was signed out.
//
// It must see every byte of every frame, unmasked as a server's are, and none
// of the handshake.
type lastClose struct {
	net.Conn
	head    []byte // of a frame, as far as it was written
	left    uint64 // of the frame's payload
	closing bool   // the frame is a close frame
	over    bool   // it was written
}

// Write implements net.Conn. What may not be written is passed over as if it
// had been.
func (c *lastClose) Write(p []byte) (int, error) {
	if n := c.allowed(p); n > 0 {
		if written, err := c.Conn.Write(p[:n]); err != nil {
			return written, err
		}
	}
	return len(p), nil
}

// allowed follows the frames in p and returns how much of it may be written.
func (c *lastClose) allowed(p []byte) int {
	for i := 0; i < len(p); {
		if c.over {
			return i
		}
		if c.left > 0 {
			n := min(c.left, uint64(len(p)-i))
			i += int(n)
			c.left -= n
		} else {
			c.head = append(c.head, p[i])
			i++
			size, whole := payload(c.head)
			if !whole {
				continue
			}
			c.closing = c.head[0]&0x0f == 0x8
			c.left = size
			c.head = c.head[:0]
		}
		c.over = c.closing && c.left == 0
	}
	return len(p)
}

// payload reads the size of a frame's payload from its header, if that is
// whole (RFC 6455, section 5.2).
func payload(head []byte) (size uint64, whole bool) {
	if len(head) < 2 {
		return 0, false
	}
	extended := 0
	switch size = uint64(head[1] & 0x7f); size {
	case 126:
		extended = 2
	case 127:
		extended = 8
	}
	if len(head) < 2+extended {
		return 0, false
	}
	if extended > 0 {
		size = 0
		for _, b := range head[2 : 2+extended] {
			size = size<<8 | uint64(b)
		}
	}
	return size, true
}
