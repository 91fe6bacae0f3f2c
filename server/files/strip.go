package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"io"
	"math"
	"os"
)

var pngBegin = []byte("\x89PNG\r\n\x1a\n")

// stripPNG copies the chunks of a PNG that matter for its looks, up to its end.
// https://www.w3.org/TR/png-3/
func stripPNG(w io.Writer, f *os.File) error {
	r, out := start(f), bufio.NewWriter(w)
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || !bytes.Equal(head[:], pngBegin) {
		return errForm
	}
	_, _ = out.Write(head[:]) // Flush tells of errors
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return errForm
		}
		kind := string(head[4:])
		size := int64(binary.BigEndian.Uint32(head[:4])) + 4 // with its checksum
		to := io.Discard
		if looksPNG(kind) {
			_, _ = out.Write(head[:])
			to = out
		}
		switch _, err := io.CopyN(to, r, size); {
		case err == io.EOF:
			return errForm
		case err != nil:
			return err
		}
		if kind == "IEND" {
			return out.Flush()
		}
	}
}

func looksPNG(kind string) bool {
	switch kind {
	case "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "bKGD", "hIST", "pHYs",
		"acTL", "fcTL", "fdAT":
		return true
	}
	return false
}

// stripGIF copies a GIF without comments, texts and applications' data, but for
// how often it repeats. https://www.w3.org/Graphics/GIF/spec-gif89a.txt
func stripGIF(w io.Writer, f *os.File) error {
	g := &gifCopy{r: bufio.NewReader(start(f)), w: bufio.NewWriter(w)}
	screen, err := g.take(13)
	if err != nil {
		return errForm
	}
	g.put(screen)
	if err := g.table(screen[10]); err != nil {
		return errForm
	}
	for {
		b, err := g.r.ReadByte()
		if err == io.EOF && g.pictures > 0 { // many lack their end
			b, err = 0x3b, nil
		}
		if err != nil {
			return errForm
		}
		switch b {
		case 0x21:
			err = g.extension()
		case 0x2c:
			err = g.picture()
		case 0x3b:
			g.put([]byte{b})
			return g.w.Flush()
		default:
			err = errForm
		}
		if err != nil {
			return errForm
		}
	}
}

type gifCopy struct {
	r        *bufio.Reader
	w        *bufio.Writer
	pictures int
}

func (g *gifCopy) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(g.r, b)
	return b, err
}

func (g *gifCopy) put(b []byte) { _, _ = g.w.Write(b) } // Flush tells of errors

// table copies a table of colours, if flags say that there is one.
func (g *gifCopy) table(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	b, err := g.take(3 << (flags&7 + 1))
	g.put(b)
	return err
}

// extension copies an extension, if it matters for the looks.
func (g *gifCopy) extension() error {
	label, err := g.r.ReadByte()
	if err != nil {
		return err
	}
	begin, err := g.block()
	if err != nil {
		return err
	}
	keep := label == 0xf9
	if label == 0xff {
		name := string(begin[1:])
		keep = name == "NETSCAPE2.0" || name == "ANIMEXTS1.0"
	}
	if keep {
		g.put([]byte{0x21, label})
		g.put(begin)
	}
	if len(begin) == 1 {
		return nil
	}
	return g.blocks(keep)
}

// block reads a block of data, its length before it.
func (g *gifCopy) block() ([]byte, error) {
	n, err := g.r.Peek(1)
	if err != nil {
		return nil, err
	}
	return g.take(int(n[0]) + 1)
}

// blocks reads, and may keep, blocks up to the empty one.
func (g *gifCopy) blocks(keep bool) error {
	for {
		b, err := g.block()
		if err != nil {
			return err
		}
		if keep {
			g.put(b)
		}
		if len(b) == 1 {
			return nil
		}
	}
}

func (g *gifCopy) picture() error {
	g.pictures++
	b, err := g.take(9)
	if err != nil {
		return err
	}
	g.put([]byte{0x2c})
	g.put(b)
	if err := g.table(b[8]); err != nil {
		return err
	}
	if b, err = g.take(1); err != nil { // the first code's width
		return err
	}
	g.put(b)
	return g.blocks(true)
}

// chunk is a part of a WebP: https://developers.google.com/speed/webp/docs/riff_container
type chunk struct {
	kind     string
	at, size int64 // of its data
}

// chunksOf lists the chunks of a WebP.
func chunksOf(f *os.File) ([]chunk, error) {
	var head [12]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" {
		return nil, errForm
	}
	end := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	var chunks []chunk
	for at := int64(12); at+8 <= end; {
		if _, err := f.ReadAt(head[:8], at); err != nil || len(chunks) > 1<<16 {
			return nil, errForm
		}
		c := chunk{string(head[:4]), at + 8, int64(binary.LittleEndian.Uint32(head[4:]))}
		if c.at+c.size > end {
			return nil, errForm
		}
		chunks = append(chunks, c)
		at = c.at + c.size + c.size&1
	}
	return chunks, nil
}

// checkWebP makes sure that a WebP holds no picture larger than its canvas, and
// reports whether it is an animation.
func checkWebP(f *os.File, canvas image.Config) (moves bool, err error) {
	chunks, err := chunksOf(f)
	if err != nil {
		return false, err
	}
	for _, c := range chunks {
		var w, h int
		var b [10]byte
		switch c.kind {
		case "ANIM", "ANMF":
			moves = true
			continue
		case "VP8 ":
			if _, err := f.ReadAt(b[:], c.at); err != nil {
				return false, errForm
			}
			w, h = int(binary.LittleEndian.Uint16(b[6:]))&0x3fff, int(binary.LittleEndian.Uint16(b[8:]))&0x3fff
		case "VP8L":
			if _, err := f.ReadAt(b[:5], c.at); err != nil {
				return false, errForm
			}
			bits := binary.LittleEndian.Uint32(b[1:])
			w, h = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		}
		if w > canvas.Width || h > canvas.Height {
			return false, errForm
		}
	}
	return moves, nil
}

// stripWebP copies the chunks of a WebP that matter for its looks.
func stripWebP(w io.Writer, f *os.File) error {
	chunks, err := chunksOf(f)
	if err != nil {
		return err
	}
	var kept []chunk
	size := int64(4)
	for _, c := range chunks {
		switch c.kind {
		case "VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP":
			kept = append(kept, c)
			size += 8 + c.size + c.size&1
		}
	}
	if len(kept) == 0 || size > math.MaxUint32 {
		return errForm
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size)), "WEBP"...)) // Flush tells of errors
	for _, c := range kept {
		_, _ = out.Write(binary.LittleEndian.AppendUint32([]byte(c.kind), uint32(c.size)))
		var body io.Reader = io.NewSectionReader(f, c.at, c.size)
		if c.kind == "VP8X" && c.size > 0 {
			var flags [1]byte
			if _, err := io.ReadFull(body, flags[:]); err != nil {
				return errForm
			}
			_ = out.WriteByte(flags[0] &^ (webpEXIF | webpXMP))
		}
		if _, err := io.Copy(out, body); err != nil {
			return err
		}
		if c.size&1 == 1 {
			_ = out.WriteByte(0)
		}
	}
	return out.Flush()
}

// The flags of what a WebP does not have any more.
const (
	webpEXIF = 0x08
	webpXMP  = 0x04
)
