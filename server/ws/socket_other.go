//go:build !unix

package ws

import (
	"errors"
	"net"
)

// raw is a socket of the kernel's. There is none here: whatever is written
// waits in a goroutine of its own, and whoever waits holds a buffer.
type raw struct{}

func rawOf(net.Conn) (raw, bool) { return raw{}, false }

func (raw) shut() {}

func (raw) try([]byte) (int, error) { return 0, nil }

func (raw) write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (raw) await() (*buffer, int, error) { return nil, 0, errors.ErrUnsupported }
