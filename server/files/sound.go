package files

import (
	"encoding/binary"
	"io"
	"os"
)

// maxParts bounds how many elements or boxes are looked at: recordings have
// what is looked for among the first ones.
const maxParts = 1000

// mp4Sound reports whether an MP4 has sound and nothing to see: what its tracks
// are handled by says so. ISO/IEC 14496-12, sections 4.2 and 8.4.3.
func mp4Sound(f *os.File, size int64) bool {
	var sounds, others, parts int
	var walk func(at, end int64, path string)
	walk = func(at, end int64, path string) {
		for at+8 <= end && parts < maxParts {
			parts++
			var b [16]byte
			if _, err := f.ReadAt(b[:8], at); err != nil {
				return
			}
			head, length := int64(8), int64(binary.BigEndian.Uint32(b[:]))
			kind := string(b[4:8])
			switch length {
			case 0:
				length = end - at
			case 1:
				if _, err := f.ReadAt(b[:16], at); err != nil {
					return
				}
				head, length = 16, int64(binary.BigEndian.Uint64(b[8:]))
			}
			if length < head || length > end-at {
				return
			}
			switch inner := path + "/" + kind; inner {
			case "/moov", "/moov/trak", "/moov/trak/mdia":
				walk(at+head, at+length, inner)
			case "/moov/trak/mdia/hdlr":
				if _, err := f.ReadAt(b[:12], at+head); err != nil {
					return
				}
				if string(b[8:12]) == "soun" {
					sounds++
				} else {
					others++
				}
			}
			at += length
		}
	}
	walk(0, size, "")
	return sounds > 0 && others == 0
}

// Elements of WebM: RFC 8794 and RFC 9559.
const (
	webmSegment   = 0x18538067
	webmCluster   = 0x1f43b675
	webmTracks    = 0x1654ae6b
	webmEntry     = 0xae
	webmTrackType = 0x83

	webmIsSound = 2
)

// webmSound reports whether a WebM has sound and nothing to see.
func webmSound(f *os.File) bool {
	var sounds, others int
	end := int64(1) << 62
	at := int64(0)
	for range maxParts {
		id, size, head, err := element(f, at)
		if err != nil || at >= end {
			break
		}
		at += head
		switch id {
		case webmSegment, webmTracks, webmEntry: // step inside
			continue
		case webmTrackType:
			var b [1]byte
			if _, err := f.ReadAt(b[:], at+size-1); err != nil {
				return false
			}
			if b[0] == webmIsSound {
				sounds++
			} else {
				others++
			}
		case webmCluster: // the tracks are told before
			end = at
		}
		at += size
	}
	return sounds > 0 && others == 0
}

// element reads the id and size of an element and how long both are.
func element(r io.ReaderAt, at int64) (id uint32, size, head int64, err error) {
	var b [12]byte
	n, _ := r.ReadAt(b[:], at) // less at the end
	if n < 2 {
		return 0, 0, 0, io.ErrUnexpectedEOF
	}
	idLen := lengthOf(b[0])
	if idLen > 4 || idLen >= n {
		return 0, 0, 0, errForm
	}
	for _, c := range b[:idLen] {
		id = id<<8 | uint32(c)
	}
	sizeLen := lengthOf(b[idLen])
	if sizeLen > 8 || idLen+sizeLen > n {
		return 0, 0, 0, errForm
	}
	size = int64(b[idLen]) & (1<<(8-sizeLen) - 1)
	for _, c := range b[idLen+1 : idLen+sizeLen] {
		size = size<<8 | int64(c)
	}
	if size > 1<<50 && id != webmSegment { // of unknown size, or absurd
		return 0, 0, 0, errForm
	}
	return id, size, int64(idLen + sizeLen), nil
}

// lengthOf says how many bytes a number has that begins with b; 9 for none.
func lengthOf(b byte) int {
	for n := 1; n <= 8; n++ {
		if b&(0x80>>(n-1)) != 0 {
			return n
		}
	}
	return 9
}
