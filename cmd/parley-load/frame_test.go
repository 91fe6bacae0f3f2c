package main

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestParseFrame(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 1 << 20} {
		payload := bytes.Repeat([]byte{0x81}, size) // which looks like heads of frames
		data := append(appendServerFrame(nil, payload), 0x89, 0)
		for _, cut := range []int{0, 1, 2, 3, 4, 9, 10, len(data) - 3} {
			if f, n, err := parseFrame(data[:min(cut, len(data)-3)]); n != 0 || err != nil {
				t.Errorf("%d bytes cut at %d: %+v, %d, %v", size, cut, f.op, n, err)
			}
		}
		f, n, err := parseFrame(data)
		if err != nil || n != len(data)-2 || f.op != opText || !f.fin || !bytes.Equal(f.payload, payload) {
			t.Fatalf("%d bytes: op %d, %d of %d, %v", size, f.op, n, len(data), err)
		}
		if f, n, err = parseFrame(data[n:]); err != nil || n != 2 || f.op != opPing {
			t.Errorf("after %d bytes: op %d, %d, %v", size, f.op, n, err)
		}
	}
}

func TestParseFrameRefuses(t *testing.T) {
	for name, data := range map[string][]byte{
		"reserved bits":       {0xc1, 0},
		"a mask":              {0x81, 0x80, 0, 0, 0, 0},
		"an opcode":           {0x83, 0},
		"a long ping":         {0x89, 126, 0, 126},
		"half a ping":         {0x09, 0},
		"a length in 16 bits": {0x81, 126, 0, 125},
		"a length in 64 bits": {0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
		"a length for ever":   {0x81, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, err := parseFrame(data); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestAppendFrame(t *testing.T) {
	for _, size := range []int{0, 3, 125, 126, 300, 65535, 65536, 70001} {
		payload := []byte(strings.Repeat("0123456789a", size/11+1))[:size]
		data := appendFrame(nil, opText, payload)
		head := map[bool]int{true: 2, false: 4}[size < 126]
		if size > 65535 {
			head = 10
			if got := binary.BigEndian.Uint64(data[2:]); got != uint64(size) {
				t.Errorf("%d bytes are said to be %d", size, got)
			}
		}
		if data[0] != 0x81 || data[1]&0x80 == 0 || len(data) != head+4+size {
			t.Fatalf("%d bytes: head %x, %d in all", size, data[:2], len(data))
		}
		key, masked := data[head:head+4], bytes.Clone(data[head+4:])
		for i := range masked {
			masked[i] ^= key[i%4]
		}
		if !bytes.Equal(masked, payload) {
			t.Errorf("%d bytes are masked wrongly", size)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	f.Add([]byte{0x81, 3, 'a', 'b', 'c'})
	f.Add([]byte{0x81, 126, 1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, n, err := parseFrame(data)
		if err == nil && n != 0 && (n > len(data) || len(got.payload) > n-2) {
			t.Errorf("%d bytes of %d, %d of payload", n, len(data), len(got.payload))
		}
	})
}
