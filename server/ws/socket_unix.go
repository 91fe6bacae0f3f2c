//go:build unix

package ws

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// raw is a socket of the kernel's, which can be asked not to wait.
type raw struct{ syscall.RawConn }

// rawOf returns the kernel's socket, and false where there is none that carries
// the bytes as they are: behind TLS, or a pipe.
func rawOf(socket net.Conn) (raw, bool) {
	direct, ok := socket.(syscall.Conn)
	if !ok {
		return raw{}, false
	}
	conn, err := direct.SyscallConn()
	return raw{conn}, err == nil
}

// attempt is one write to a socket. They are kept, since the closure would be
// made anew for each.
type attempt struct {
	data []byte
	n    int
	err  error
	wait bool // until the socket takes something
	do   func(fd uintptr) bool
}

var attempts = sync.Pool{New: func() any {
	a := new(attempt)
	a.do = a.write
	return a
}}

// write reports whether the attempt is over.
func (a *attempt) write(fd uintptr) bool {
	a.n, a.err = syscall.Write(int(fd), a.data)
	for a.err == syscall.EINTR {
		a.n, a.err = syscall.Write(int(fd), a.data)
	}
	if a.err == syscall.EAGAIN {
		a.n, a.err = 0, nil
		return !a.wait
	}
	return true
}

// write writes what the socket takes at once. That may be nothing, unless it is
// to wait until the socket takes something.
func (r raw) write(p []byte, wait bool) (int, error) {
	a := attempts.Get().(*attempt)
	a.data, a.n, a.err, a.wait = p, 0, nil, wait
	err := r.Write(a.do)
	if err == nil {
		err = a.err
	}
	n := max(0, a.n)
	a.data = nil
	attempts.Put(a)
	return n, err
}

// arrival is a wait for something to come.
type arrival struct {
	buffer *buffer
	n      int
	err    error
}

// read reports whether something came, and takes a buffer only for that.
func (a *arrival) read(fd uintptr) bool {
	b := buffers.Get().(*buffer)
	a.n, a.err = syscall.Read(int(fd), b[:])
	for a.err == syscall.EINTR {
		a.n, a.err = syscall.Read(int(fd), b[:])
	}
	if a.n <= 0 {
		buffers.Put(b)
		return a.err != syscall.EAGAIN
	}
	a.buffer = b
	return true
}

// await waits until something comes, and returns it, in a buffer that is the
// caller's.
func (r raw) await() (*buffer, int, error) {
	var a arrival
	if err := r.Read(a.read); err != nil {
		return nil, 0, err
	}
	if a.err != nil {
		return nil, 0, os.NewSyscallError("read", a.err)
	}
	if a.n == 0 {
		return nil, 0, io.EOF
	}
	return a.buffer, a.n, nil
}
