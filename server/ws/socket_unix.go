//go:build unix

package ws

import (
	"io"
	"net"
	"os"
	"syscall"
)

// raw is a socket of the kernel's, which can be asked not to wait. Its
// descriptor is written to without the poller's locks: one goroutine at a time
// writes (writer), and the socket is closed only when nobody does any more
// (Finish). Until then, shut ends it.
type raw struct {
	conn syscall.RawConn
	fd   int
}

// rawOf returns the kernel's socket, and false where there is none that carries
// the bytes as they are: behind TLS, or a pipe.
func rawOf(socket net.Conn) (r raw, ok bool) {
	direct, ok := socket.(syscall.Conn)
	if !ok {
		return raw{}, false
	}
	conn, err := direct.SyscallConn()
	if err != nil {
		return raw{}, false
	}
	r.conn = conn
	err = conn.Control(func(fd uintptr) { r.fd = int(fd) })
	return r, err == nil
}

// shut ends the socket, both ways, for whoever reads and writes.
func (r raw) shut() {
	_ = r.conn.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) })
}

// try writes what the socket takes at once, which may be nothing.
func (r raw) try(p []byte) (int, error) {
	for {
		n, err := syscall.Write(r.fd, p)
		switch err {
		case nil:
			return n, nil
		case syscall.EAGAIN:
			return 0, nil
		case syscall.EINTR:
			continue
		}
		return 0, err
	}
}

// write writes something, when the socket takes it.
func (r raw) write(p []byte) (n int, err error) {
	var failed error
	err = r.conn.Write(func(uintptr) bool {
		n, failed = r.try(p)
		return n > 0 || failed != nil
	})
	if err == nil {
		err = failed
	}
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
	if err := r.conn.Read(a.read); err != nil {
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
