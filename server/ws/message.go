package ws

import "encoding/binary"

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

const (
	final       = 0x80 // the bit of a frame that ends its message
	masked      = 0x80 // the bit of a frame whose payload is masked
	headMost    = 10   // bytes of the header of a frame of ours
	controlMost = 125  // bytes of a control frame's payload
	maskSize    = 4    // bytes of the mask in the header of a peer's frame
)

// Message is a text message as it goes over the wire: one frame, its header
// included. It is made once, shared by all connections that it is sent on, and
// never changed.
type Message []byte

// Begin returns a buffer, with room for size bytes, to append a message's text
// to. Seal makes it a message.
func Begin(size int) []byte { return make([]byte, headMost, headMost+size) }

// Seal makes a message of what was appended to a buffer that Begin returned.
func Seal(buffer []byte) Message {
	var head [headMost]byte
	h := appendHead(head[:0], opText, len(buffer)-headMost)
	start := headMost - len(h)
	copy(buffer[start:], h)
	return buffer[start:]
}

// Join makes a message of texts, separated by line feeds.
func Join(texts ...[]byte) Message {
	size := max(0, len(texts)-1)
	for _, t := range texts {
		size += len(t)
	}
	buffer := Begin(size)
	for i, t := range texts {
		if i > 0 {
			buffer = append(buffer, '\n')
		}
		buffer = append(buffer, t...)
	}
	return Seal(buffer)
}

// Text returns what a message says.
func (m Message) Text() []byte {
	if len(m) == 0 {
		return nil
	}
	return m[2+extended(m[1]):]
}

// appendHead appends the header of a whole frame of ours: not masked.
func appendHead(dst []byte, op byte, size int) []byte {
	dst = append(dst, final|op)
	switch {
	case size <= controlMost:
		return append(dst, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, 127), uint64(size))
}

// control makes a control frame. Its payload is cut to what one may have.
func control(op byte, payload []byte) []byte {
	payload = payload[:min(len(payload), controlMost)]
	return append(appendHead(make([]byte, 0, 2+len(payload)), op, len(payload)), payload...)
}

// closeFrame makes a close frame; closeEmpty stands for one without a code.
func closeFrame(code int, reason string) []byte {
	if code == closeEmpty {
		return control(opClose, nil)
	}
	return control(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
}

// extended is how many bytes of a frame's header hold the size of its payload,
// beside the second byte itself.
func extended(second byte) int {
	switch second &^ masked {
	case 126:
		return 2
	case 127:
		return 8
	}
	return 0
}

// incoming follows the peer's frames through the bytes that arrive, wherever
// those are cut, to know where a message ends.
type incoming struct {
	head   [14]byte // of a frame, as far as it came
	n      uint8    // bytes in head
	within bool     // a message that was begun is not whole
	closed bool     // a close frame came
	left   uint64   // of the frame's payload
}

// between reports whether no frame and no message is under way.
func (in *incoming) between() bool { return in.n == 0 && in.left == 0 && !in.within }

// advance follows p.
func (in *incoming) advance(p []byte) {
	for len(p) > 0 {
		if in.left > 0 {
			n := min(in.left, uint64(len(p)))
			in.left -= n
			p = p[n:]
			continue
		}
		in.head[in.n] = p[0]
		in.n++
		p = p[1:]
		if in.whole() {
			in.begin()
		}
	}
}

// whole reports whether the header is.
func (in *incoming) whole() bool {
	if in.n < 2 {
		return false
	}
	size := 2 + extended(in.head[1])
	if in.head[1]&masked != 0 {
		size += maskSize
	}
	return int(in.n) == size
}

// begin takes a whole header.
func (in *incoming) begin() {
	switch n := extended(in.head[1]); n {
	case 0:
		in.left = uint64(in.head[1] &^ masked)
	default:
		var size [8]byte
		copy(size[8-n:], in.head[2:2+n])
		in.left = binary.BigEndian.Uint64(size[:])
	}
	switch op := in.head[0] & 0x0f; {
	case op == opClose:
		in.closed = true
	case op < opClose: // control frames come between the frames of a message
		in.within = in.head[0]&final == 0
	}
	in.n = 0
}
