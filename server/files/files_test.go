package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const someBlob = "0123456789abcdef0123456789abcdef"

func open(t *testing.T) *Dir {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kept receives, examines and keeps a content, and returns what is kept of it.
func kept(t *testing.T, d *Dir, content string) (Facts, []byte) {
	t.Helper()
	u, err := d.Receive(strings.NewReader(content), 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Discard()
	facts, err := u.Examine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Keep(someBlob); err != nil {
		t.Fatal(err)
	}
	data := read(t, d, false)
	if facts.Size != int64(len(data)) {
		t.Errorf("size %d of %d bytes", facts.Size, len(data))
	}
	return facts, data
}

func read(t *testing.T, d *Dir, thumb bool) []byte {
	t.Helper()
	f, err := d.Open(someBlob, thumb)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// everything lists the files of a directory.
func everything(t *testing.T, d *Dir) (all []string) {
	t.Helper()
	err := filepath.WalkDir(d.path, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// corner is a picture that is red in its first quarter and blue elsewhere.
func corner(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{0, 0, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.NRGBA{255, 0, 0, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t *testing.T, img image.Image, segments ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()[:2] + strings.Join(segments, "") + b.String()[2:]
}

func segment(marker byte, body string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))) + body
}

// exif is a block of EXIF that has an orientation and says who made it.
func exif(turn byte) string {
	return "MM\x00*\x00\x00\x00\x08\x00\x02" +
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(turn) + "\x00\x00" +
		"\x01\x3b\x00\x02\x00\x00\x00\x08\x00\x00\x00\x26" +
		"\x00\x00\x00\x00SECRET!\x00"
}

func pngOf(t *testing.T, img image.Image, chunks ...string) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	const head = 8 + 25 // IHDR is first
	return b.String()[:head] + strings.Join(chunks, "") + b.String()[head:]
}

func pngChunk(kind, body string) string {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	return string(head) + kind + body + string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(kind+body))))
}

func riff(chunks ...string) string {
	body := "WEBP" + strings.Join(chunks, "")
	return "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
}

func riffChunk(kind, body string) string {
	padding := ""
	if len(body)%2 == 1 {
		padding = "\x00"
	}
	return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body + padding
}

// pixel is the image data of a lossless WebP of one pixel.
func pixel(t *testing.T) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	return string(data[20:])
}

// vp8x is the header of an extended WebP with a canvas.
func vp8x(flags byte, w, h int) string {
	return riffChunk("VP8X", string([]byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}))
}
