package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	maxMessage = 4 << 20 // of the server; it promises 1 MiB
	readSize   = maxMessage + 64<<10
	perSource  = 8000 // connections from one loopback address, so that ports do not run out
)

// user is who a socket belongs to. Its methods are called by the loop alone.
type user interface {
	// connected says that data can be sent.
	connected()
	// data takes what has come, from the first byte that was not used before,
	// and returns how many bytes it has used.
	data(p []byte) (used int, err error)
	// over says that the connection has ended, and why: io.EOF if the other
	// side has closed it. It is not called after socket.close.
	over(err error)
}

// loop waits for sockets and reads them. It belongs to one goroutine, and so
// does everything that it calls.
type loop struct {
	poller  *poller
	sockets map[int]*socket
	buf     []byte
	dialed  int
	began   time.Time
	came    time.Time // when the last read had ended
	lost    error     // of a connection that should not have ended: nothing that follows would mean anything
}

func newLoop() (*loop, error) {
	p, err := newPoller()
	if err != nil {
		return nil, err
	}
	return &loop{poller: p, sockets: make(map[int]*socket), buf: make([]byte, readSize), began: time.Now()}, nil
}

// close ends all connections.
func (l *loop) close() {
	for _, s := range l.sockets {
		s.close()
	}
	l.poller.close()
}

// now is the time since the loop began: never 0, never going back.
func (l *loop) now() int64 { return int64(time.Since(l.began)) + 1 }

// socket is a TCP connection.
type socket struct {
	loop   *loop
	user   user
	fd     int // -1: closed
	up     bool
	deaf   bool   // is not read, see stall
	rest   []byte // came, and was not used yet
	out    []byte // was not taken yet
	queued bool   // writing is waited for
}

// dial begins a connection. receive bounds what the kernel keeps of what came,
// 0 leaves that to it.
func (l *loop) dial(to netip.AddrPort, u user, receive int) (*socket, error) {
	var from [4]byte
	if to.Addr().IsLoopback() {
		n := l.dialed / perSource
		from = [4]byte{127, 0, byte(n / 250 % 250), byte(1 + n%250)}
	}
	l.dialed++
	fd, err := newSocket(from)
	if err != nil {
		return nil, err
	}
	if receive > 0 {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receive)
	}
	s := &socket{loop: l, user: u, fd: fd, queued: true}
	err = unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
	if err != nil && !errors.Is(err, unix.EINPROGRESS) {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("connect", err)
	}
	if err := l.poller.add(fd, true, true); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	l.sockets[fd] = s
	return s, nil
}

// close ends the connection at once, as a cut cable would: the other side is
// told by a reset, and the port is free.
func (s *socket) close() {
	if s.fd < 0 {
		return
	}
	_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	delete(s.loop.sockets, s.fd)
	_ = unix.Close(s.fd)
	s.fd, s.rest, s.out = -1, nil, nil
}

// stall stops reading, or begins again.
func (s *socket) stall(deaf bool) error {
	s.deaf = deaf
	return s.loop.poller.change(s.fd, !deaf, s.queued)
}

// write sends data, or keeps it until the socket takes it.
func (s *socket) write(data []byte) error {
	if s.fd < 0 {
		return nil // over has told, or will not
	}
	if len(s.out) > 0 {
		s.out = append(s.out, data...)
		return nil
	}
	n, err := unix.Write(s.fd, data)
	if err != nil {
		if !again(err) {
			return nil // reading tells why: the close frame may lie there
		}
		n = 0
	}
	if n == len(data) {
		return nil
	}
	s.out = append(s.out, data[n:]...)
	s.queued = true
	return s.loop.poller.change(s.fd, !s.deaf, true)
}

func again(err error) bool { return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) }

// writable goes on with what was kept.
func (s *socket) writable() error {
	if !s.up {
		code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		if err != nil {
			return os.NewSyscallError("connect", err)
		}
		s.up = true
		s.user.connected()
	}
	if s.fd < 0 {
		return nil
	}
	if len(s.out) > 0 {
		n, err := unix.Write(s.fd, s.out)
		if err != nil && !again(err) {
			n = len(s.out) // as in write
		}
		s.out = s.out[:copy(s.out, s.out[max(n, 0):])]
	}
	if len(s.out) == 0 && s.queued {
		s.queued = false
		return s.loop.poller.change(s.fd, !s.deaf, false)
	}
	return nil
}

// readable reads once. What is left is told of by the next wait.
func (s *socket) readable() error {
	buf := s.loop.buf
	kept := copy(buf, s.rest)
	n, err := unix.Read(s.fd, buf[kept:])
	s.loop.came = time.Now()
	switch {
	case err != nil && again(err):
		return nil
	case err != nil:
		return os.NewSyscallError("read", err)
	case n == 0:
		return io.EOF
	}
	data := buf[:kept+n]
	used, err := s.user.data(data)
	if err != nil || s.fd < 0 {
		return err
	}
	if used == len(data) {
		if s.rest = s.rest[:0]; cap(s.rest) > 256<<10 {
			s.rest = nil
		}
		return nil
	}
	s.rest = append(s.rest[:0], data[used:]...)
	return nil
}

// step waits for sockets for at most so long, and serves those that are ready.
func (l *loop) step(most time.Duration) error {
	return l.poller.wait(most, func(fd int, read, write bool) {
		s := l.sockets[fd]
		if s == nil {
			return // closed by one before it
		}
		var err error
		if write && (s.queued || !s.up) {
			err = s.writable()
		}
		if err == nil && read && s.fd >= 0 && !s.deaf {
			err = s.readable()
		}
		if err != nil && s.fd >= 0 {
			s.close()
			s.user.over(err)
		}
	})
}

const tick = 20 * time.Millisecond // how often a condition is looked at when nothing comes

// until runs the loop until done reports true; what it is for is told when that
// takes longer than most.
func (l *loop) until(most time.Duration, what string, done func() bool) error {
	deadline := time.Now().Add(most)
	for !done() {
		if err := errors.Join(l.step(tick), l.lost); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if time.Now().After(deadline) && !done() {
			return fmt.Errorf("waited %v in vain for %s", most, what)
		}
	}
	return nil
}

// run runs the loop until a time, to the microsecond.
func (l *loop) run(until time.Time) error {
	for {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		if err := errors.Join(l.step(min(left, tick)), l.lost); err != nil {
			return err
		}
	}
}
