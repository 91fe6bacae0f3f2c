package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"

	"golang.org/x/image/webp"
)

// Each of the eight orientations comes to stand upright, without its metadata.
func TestTurned(t *testing.T) {
	turns := map[byte]func(w, h, x, y int) (int, int){ // where upright pixels are in the stored picture
		1: func(w, h, x, y int) (int, int) { return x, y },
		2: func(w, h, x, y int) (int, int) { return w - 1 - x, y },
		3: func(w, h, x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(w, h, x, y int) (int, int) { return x, h - 1 - y },
		5: func(w, h, x, y int) (int, int) { return y, x },
		6: func(w, h, x, y int) (int, int) { return y, w - 1 - x },
		7: func(w, h, x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(w, h, x, y int) (int, int) { return h - 1 - y, x },
	}
	const w, h = 64, 32 // upright
	upright := corner(w, h)
	for turn, at := range turns {
		stored := image.NewNRGBA(image.Rect(0, 0, w, h))
		if turn >= 5 {
			stored = image.NewNRGBA(image.Rect(0, 0, h, w))
		}
		for y := range h {
			for x := range w {
				sx, sy := at(w, h, x, y)
				stored.Set(sx, sy, upright.At(x, y))
			}
		}
		for kind, content := range map[string]string{
			"jpeg": jpegOf(t, stored, segment(0xe1, "Exif\x00\x00"+exif(turn)), segment(0xfe, "SECRET too")),
			"png":  pngOf(t, stored, pngChunk("eXIf", exif(turn)), pngChunk("tEXt", "Author\x00SECRET")),
		} {
			d := open(t)
			facts, data := kept(t, d, content+"SECRET tail")
			img, _, err := image.Decode(bytes.NewReader(data))
			if err != nil || facts.Width != w || facts.Height != h || img.Bounds() != upright.Bounds() {
				t.Fatalf("%s %d: %+v, %v", kind, turn, facts, err)
			}
			for _, p := range []image.Point{{4, 4}, {w - 4, 4}, {4, h - 4}, {w - 4, h - 4}} {
				r, _, b, _ := img.At(p.X, p.Y).RGBA()
				wr, _, wb, _ := upright.At(p.X, p.Y).RGBA()
				if (r > 0x8000) != (wr > 0x8000) || (b > 0x8000) != (wb > 0x8000) {
					t.Errorf("%s %d: %v is %x %x", kind, turn, p, r, b)
				}
			}
			if bytes.Contains(data, []byte("SECRET")) {
				t.Errorf("%s %d keeps its metadata", kind, turn)
			}
		}
	}
}

// What stands upright keeps every byte that makes its looks.
func TestStrippedWithoutLoss(t *testing.T) {
	icc := segment(0xe2, "ICC_PROFILE\x00\x01\x01profile")
	plain, chunk := jpegOf(t, corner(16, 16)), pngChunk("gAMA", "\x00\x00\xb1\x8f")
	for name, c := range map[string]struct{ content, want string }{
		"jpeg": {jpegOf(t, corner(16, 16), icc, segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00SECRET"), segment(0xed, "SECRET")), plain[:2] + icc + plain[2:]},
		"png":  {pngOf(t, corner(16, 16), chunk, pngChunk("iTXt", "SECRET"), pngChunk("tIME", "1234567")) + "tail", pngOf(t, corner(16, 16), chunk)},
		"webp": {riff(vp8x(webpEXIF|webpXMP, 1, 1), riffChunk("VP8L", pixel(t)), riffChunk("EXIF", "SECRET!"), riffChunk("XMP ", "SECRET")) + "tail",
			riff(vp8x(0, 1, 1), riffChunk("VP8L", pixel(t)))},
	} {
		facts, data := kept(t, open(t), c.content)
		if string(data) != c.want {
			t.Errorf("%s: %+v\n%q, want\n%q", name, facts, data, c.want)
		}
		if facts.Type != "image/"+name || facts.Thumb != "" {
			t.Errorf("%s: %+v", name, facts)
		}
	}
}

// A turned JPEG keeps its colour profile.
func TestProfileStays(t *testing.T) {
	icc := segment(0xe2, "ICC_PROFILE\x00\x01\x01profile")
	facts, data := kept(t, open(t), jpegOf(t, corner(900, 16), icc, segment(0xe1, "Exif\x00\x00"+exif(6))))
	if facts.Width != 16 || facts.Height != 900 || !bytes.HasPrefix(data[2:], []byte(icc)) {
		t.Errorf("%+v %q", facts, data[:60])
	}
	if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
		t.Error(err)
	}
}

func TestThumbnails(t *testing.T) {
	glass := corner(1280, 10)
	glass.SetNRGBA(0, 0, color.NRGBA{1, 2, 3, 4})
	for name, c := range map[string]struct {
		content string
		kind    string
		w, h    int
	}{
		"jpeg":  {jpegOf(t, corner(1280, 960)), "image/jpeg", 640, 480},
		"png":   {pngOf(t, corner(100, 1000)), "image/jpeg", 64, 640},
		"glass": {pngOf(t, glass), "image/png", 640, 5},
		"line":  {pngOf(t, corner(4000, 1)), "image/jpeg", 640, 1},
	} {
		d := open(t)
		facts, _ := kept(t, d, c.content)
		data := read(t, d, true)
		config, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || facts.Thumb != c.kind || config.Width != c.w || config.Height != c.h || facts.ThumbSize != int64(len(data)) {
			t.Errorf("%s: %+v %+v %v", name, facts, config, err)
		}
	}
}

func TestAnimations(t *testing.T) {
	small := image.NewPaletted(image.Rect(1, 1, 3, 3), color.Palette{color.Black, color.White})
	whole := image.NewPaletted(image.Rect(0, 0, 4, 6), small.Palette)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{whole, small}, Delay: []int{1, 1}, LoopCount: 3}); err != nil {
		t.Fatal(err)
	}
	moving := b.String()
	noted := moving[:len(moving)-1] + "\x21\xfe\x06SECRET\x00" + "\x21\xff\x0bXMP DataXMP\x06SECRET\x00" + "\x3b<script>"
	d := open(t)
	facts, data := kept(t, d, noted)
	if string(data) != moving || facts.Type != "image/gif" || facts.Width != 4 || facts.Height != 6 || facts.Thumb == "" {
		t.Errorf("%+v\n%q, want\n%q", facts, data, moving)
	}
	frames := riff(vp8x(2, 300, 200), riffChunk("ANIM", "\x00\x00\x00\x00\x00\x00"), riffChunk("ANMF", strings.Repeat("\x00", 16)+riffChunk("VP8L", pixel(t))), riffChunk("EXIF", "SECRET"))
	facts, data = kept(t, open(t), frames)
	if facts.Type != "image/webp" || facts.Width != 300 || facts.Height != 200 || facts.Thumb != "" || bytes.Contains(data, []byte("SECRET")) {
		t.Errorf("%+v %q", facts, data)
	}
}

// Whatever only looks like a picture, or is too large to be looked at, is kept
// byte for byte, and is nothing in particular.
func TestNoPictures(t *testing.T) {
	huge := func(w, h uint32) string {
		s := pngOf(t, corner(1, 1))
		head := string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)) + s[24:29]
		return s[:8] + pngChunk("IHDR", head) + s[33:]
	}
	inner := riffChunk("VP8L", "\x2f\xff\xff\xff\x0f"+strings.Repeat("\x00", 20)) // 16,384 x 16,384
	for name, content := range map[string]string{
		"60,000 x 60,000":          huge(60000, 60000),
		"8,000 x 8,000":            huge(8000, 8000),
		"a line of 70,000":         huge(70000, 1),
		"none at all":              huge(0, 0),
		"cut":                      pngOf(t, corner(50, 50))[:100],
		"cut JPEG":                 jpegOf(t, corner(50, 50))[:400],
		"GIF without pictures":     "GIF89a\x01\x00\x01\x00\x00\x00\x00;",
		"polyglot":                 "GIF89a/*\x00\x00\x00\x00*/=1;alert(1)//",
		"WebP larger than canvas":  riff(vp8x(0, 1, 1), inner),
		"WebP of a chunk too long": riff("VP8L\xff\xff\xff\x00"),
	} {
		facts, data := kept(t, open(t), content)
		if facts != (Facts{Type: Plain, Size: int64(len(content))}) || string(data) != content {
			t.Errorf("%s: %+v", name, facts)
		}
	}
	if _, err := webp.Decode(strings.NewReader(riff(riffChunk("VP8L", pixel(t))))); err != nil {
		t.Errorf("the sound WebP of these tests: %v", err)
	}
}

// Two pictures that need all the memory are looked at one after the other, and
// whoever waits stops when its request does.
func TestDecodingIsBounded(t *testing.T) {
	d := open(t)
	if err := d.decoding.Acquire(context.Background(), decodeMemory); err != nil {
		t.Fatal(err)
	}
	u, err := d.Receive(strings.NewReader(pngOf(t, corner(2, 2))), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Discard()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := u.Examine(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	d.decoding.Release(decodeMemory)
	if facts, err := u.Examine(context.Background()); err != nil || facts.Width != 2 {
		t.Errorf("%+v %v", facts, err)
	}
}

// Whatever is uploaded, nothing panics, and what is called a picture is one.
func FuzzExamine(f *testing.F) {
	d, err := Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := errors.Join(jpeg.Encode(&b, corner(8, 8), nil), png.Encode(&b, corner(8, 8))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Add([]byte("\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("RIFF\x04\x00\x00\x00WEBPVP8X"))
	f.Fuzz(func(t *testing.T, content []byte) {
		u, err := d.Receive(bytes.NewReader(content), 1<<20)
		if err != nil {
			return // too large
		}
		defer u.Discard()
		facts, err := u.Examine(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !isPicture(facts.Type) {
			return
		}
		data, err := os.Open(u.path)
		if err != nil {
			t.Fatal(err)
		}
		defer data.Close()
		config, err := formatOf(facts.Type).config(data)
		if err != nil || config.Width != facts.Width || config.Height != facts.Height {
			t.Errorf("%+v: %+v, %v", facts, config, err)
		}
	})
}
