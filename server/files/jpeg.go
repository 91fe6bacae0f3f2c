package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"os"
)

// errForm says that a picture is not built as its format says.
var errForm = errors.New("files: the picture's form is broken")

// Markers of JPEG, ITU-T T.81, table B.1.
const (
	jpegSOF2 = 0xc2 // the frame of a progressive picture
	jpegRST0 = 0xd0
	jpegRST7 = 0xd7
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP0 = 0xe0
	jpegAPPF = 0xef
	jpegCOM  = 0xfe
)

var (
	iccBegin   = []byte("ICC_PROFILE\x00")
	jfifBegin  = []byte("JFIF\x00")
	adobeBegin = []byte("Adobe")
)

// walkJPEG calls visit for each segment of a JPEG, with its marker and what
// follows its length, until visit or the picture says that it is over. After the
// segment that begins a scan, scan gets the scan's data. The last one is EOI.
func walkJPEG(f *os.File, visit func(marker byte, body []byte) (more bool, err error), scan func([]byte) error) error {
	r := bufio.NewReader(start(f))
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || head != [2]byte{0xff, jpegSOI} {
		return errForm
	}
	marker, err := nextMarker(r)
	for err == nil && marker != jpegEOI {
		var body []byte
		if body, err = jpegSegment(r); err != nil {
			return err
		}
		more, failed := visit(marker, body)
		if failed != nil || !more {
			return failed
		}
		if marker == jpegSOS {
			marker, err = scanData(r, scan)
		} else {
			marker, err = nextMarker(r)
		}
	}
	if err != nil {
		return err
	}
	_, err = visit(jpegEOI, nil)
	return err
}

// nextMarker reads a marker, with the bytes that may fill up before it.
func nextMarker(r *bufio.Reader) (byte, error) {
	b, err := r.ReadByte()
	if err != nil || b != 0xff {
		return 0, errForm
	}
	for b == 0xff {
		if b, err = r.ReadByte(); err != nil {
			return 0, errForm
		}
	}
	if b < 0xc0 || b >= jpegRST0 && b <= jpegSOI {
		return 0, errForm
	}
	return b, nil
}

func jpegSegment(r *bufio.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, errForm
	}
	n := int(binary.BigEndian.Uint16(size[:]))
	if n < 2 {
		return nil, errForm
	}
	body := make([]byte, n-2)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, errForm
	}
	return body, nil
}

// scanData gives the data of a scan to scan, and returns the marker after it.
func scanData(r *bufio.Reader, scan func([]byte) error) (byte, error) {
	for {
		data, err := r.ReadSlice(0xff)
		if err == bufio.ErrBufferFull {
			if err := scan(data); err != nil {
				return 0, err
			}
			continue
		}
		if err != nil {
			return 0, errForm
		}
		if err := scan(data[:len(data)-1]); err != nil {
			return 0, err
		}
		b, err := r.ReadByte()
		for err == nil && b == 0xff { // filling
			b, err = r.ReadByte()
		}
		switch {
		case err != nil:
			return 0, errForm
		case b != 0 && (b < jpegRST0 || b > jpegRST7):
			return b, nil
		}
		if err := scan([]byte{0xff, b}); err != nil {
			return 0, err
		}
	}
}

func progressive(f *os.File) bool {
	found := false
	err := walkJPEG(f, func(marker byte, _ []byte) (bool, error) {
		found = marker == jpegSOF2
		return !found && marker != jpegSOS, nil
	}, nil)
	return found || err != nil // what cannot be told counts as the dearer
}

// stripJPEG copies a JPEG without comments, thumbnails and metadata, up to its
// end.
func stripJPEG(w io.Writer, f *os.File) error {
	out := bufio.NewWriter(w)
	_, _ = out.Write([]byte{0xff, jpegSOI}) // Flush tells of errors
	err := walkJPEG(f, func(marker byte, body []byte) (bool, error) {
		switch {
		case marker == jpegEOI:
			_, err := out.Write([]byte{0xff, jpegEOI})
			return false, err
		case marker == jpegCOM, marker >= jpegAPP0 && marker <= jpegAPPF && !looksJPEG(marker, body):
			return true, nil
		}
		return true, writeSegment(out, marker, body)
	}, func(data []byte) error {
		_, err := out.Write(data)
		return err
	})
	return errors.Join(err, out.Flush())
}

// looksJPEG reports whether an application's segment matters for the looks of
// the picture.
func looksJPEG(marker byte, body []byte) bool {
	switch marker {
	case jpegAPP0:
		return bytes.HasPrefix(body, jfifBegin) && len(body) == 14 // longer with a thumbnail
	case jpegAPP0 + 2:
		return bytes.HasPrefix(body, iccBegin)
	case jpegAPP0 + 14:
		return bytes.HasPrefix(body, adobeBegin)
	}
	return false
}

func writeSegment(w io.Writer, marker byte, body []byte) error {
	head := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	_, err := w.Write(append(head, body...))
	return err
}

// profileOf returns the segments of the colour profile of a JPEG, if it also
// fits the picture when it is encoded anew: nil otherwise.
func profileOf(kind string, f *os.File, img image.Image) []byte {
	if _, ok := img.(*image.YCbCr); !ok || kind != "image/jpeg" {
		return nil
	}
	var profile bytes.Buffer
	err := walkJPEG(f, func(marker byte, body []byte) (bool, error) {
		if marker == jpegAPP0+2 && bytes.HasPrefix(body, iccBegin) {
			return true, writeSegment(&profile, marker, body)
		}
		return marker != jpegSOS, nil
	}, nil)
	if err != nil {
		return nil
	}
	return profile.Bytes()
}

// encodeJPEG writes a JPEG with a colour profile.
func encodeJPEG(w io.Writer, img image.Image, profile []byte, quality int) error {
	out := bufio.NewWriter(&inserting{Writer: w, at: 2, what: profile})
	if err := jpeg.Encode(out, img, &jpeg.Options{Quality: quality}); err != nil {
		return err
	}
	return out.Flush()
}

// inserting is a Writer that puts something in after the first bytes.
type inserting struct {
	io.Writer
	at   int
	what []byte
}

// Write implements io.Writer.
func (i *inserting) Write(b []byte) (int, error) {
	if i.at == 0 || len(b) < i.at {
		i.at -= min(i.at, len(b))
		return i.Writer.Write(b)
	}
	n, err := i.Writer.Write(b[:i.at])
	if err != nil {
		return n, err
	}
	i.at = 0
	if _, err := i.Writer.Write(i.what); err != nil {
		return n, err
	}
	rest, err := i.Writer.Write(b[n:])
	return n + rest, err
}
