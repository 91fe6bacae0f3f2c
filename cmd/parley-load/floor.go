package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// floorCommand is the bare process that a server is held against: it listens,
// reads every connection in a goroutine, and writes what one of them sends to
// all of them, one write each. There is no protocol, no log, no checking.
type floorCommand struct{}

// floorHall is everybody who is connected.
type floorHall struct {
	mu  sync.Mutex
	all []net.Conn
}

// Run listens until ctx ends.
func (*floorCommand) Run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	fmt.Println("floor at", listener.Addr())
	hall := &floorHall{}
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		hall.mu.Lock()
		hall.all = append(hall.all, conn)
		hall.mu.Unlock()
		_, _ = conn.Write(appendServerFrame(nil, nil)) // from now on it is told what is sent
		go hall.serve(conn)                            // ends with its connection, or the process
	}
}

// serve reads what a connection sends: messages with their length before them.
func (h *floorHall) serve(conn net.Conn) {
	defer h.leave(conn)
	r := bufio.NewReaderSize(conn, 16) // messages larger than that are read past it
	for {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		h.mu.Lock()
		for _, other := range h.all {
			_, _ = other.Write(message) // its own reader notices that it is gone
		}
		h.mu.Unlock()
	}
}

func (h *floorHall) leave(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, other := range h.all {
		if other == conn {
			h.all[i] = h.all[len(h.all)-1]
			h.all = h.all[:len(h.all)-1]
			break
		}
	}
	_ = conn.Close()
}
