package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// mask is the key that all our frames are masked with. Any will do: it protects
// proxies from pages, and there is neither here.
var mask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// appendFrame appends a masked frame.
func appendFrame(dst []byte, op byte, payload []byte) []byte {
	dst = append(dst, 0x80|op)
	switch size := len(payload); {
	case size < 126:
		dst = append(dst, 0x80|byte(size))
	case size < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(size))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(size))
	}
	dst = append(dst, mask[:]...)
	at := len(dst)
	dst = append(dst, payload...)
	masked := dst[at:]
	word := uint64(binary.LittleEndian.Uint32(mask[:]))
	word |= word << 32
	for len(masked) >= 8 {
		binary.LittleEndian.PutUint64(masked, binary.LittleEndian.Uint64(masked)^word)
		masked = masked[8:]
	}
	for i := range masked {
		masked[i] ^= mask[i%4]
	}
	return dst
}

// appendServerFrame appends a frame as a server writes it, for the floor.
func appendServerFrame(dst, payload []byte) []byte {
	dst = append(dst, 0x80|opText)
	switch size := len(payload); {
	case size < 126:
		dst = append(dst, byte(size))
	case size < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(size))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(size))
	}
	return append(dst, payload...)
}

var (
	errMasked  = errors.New("a frame of the server is masked")
	errBits    = errors.New("a frame has reserved bits set")
	errLength  = errors.New("a frame's length is not written in the shortest way, or too much")
	errControl = errors.New("a control frame is cut or too long")
)

// frame is a WebSocket frame. Its payload lies in what it was parsed from.
type frame struct {
	op      byte
	fin     bool
	payload []byte
}

// parseFrame reads the frame at the beginning of data, and says how many bytes
// it took: 0 if it has not come whole. It is as strict as RFC 6455 is, since
// what it reads was put together by hand.
func parseFrame(data []byte) (f frame, n int, err error) {
	if len(data) < 2 {
		return f, 0, nil
	}
	if data[0]&0x70 != 0 {
		return f, 0, errBits
	}
	if data[1]&0x80 != 0 {
		return f, 0, errMasked
	}
	f.op, f.fin = data[0]&0x0f, data[0]&0x80 != 0
	size, n := uint64(data[1]), 2
	switch size {
	case 126:
		if len(data) < 4 {
			return f, 0, nil
		}
		if size, n = uint64(binary.BigEndian.Uint16(data[2:])), 4; size < 126 {
			return f, 0, errLength
		}
	case 127:
		if len(data) < 10 {
			return f, 0, nil
		}
		if size, n = binary.BigEndian.Uint64(data[2:]), 10; size < 1<<16 || size > maxMessage {
			return f, 0, errLength
		}
	}
	switch f.op {
	case opContinuation, opText, opBinary:
	case opClose, opPing, opPong:
		if !f.fin || size > 125 {
			return f, 0, errControl
		}
	default:
		return f, 0, fmt.Errorf("a frame has the unknown opcode %#x", f.op)
	}
	if uint64(len(data)-n) < size {
		return f, 0, nil
	}
	f.payload = data[n : n+int(size)]
	return f, n + int(size), nil
}
