package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"time"

	"github.com/bep/imagemeta"
	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	decodeMemory = 400 << 20 // that all pictures take at a time
	thumbEdge    = 640       // pixels, the longer edge of a thumbnail at most
	jpegQuality  = 90
	thumbQuality = 80
)

// format is how a type of pictures is handled.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error) // the first picture of several
	meta   imagemeta.ImageFormat                // where the orientation is
	strip  func(io.Writer, *os.File) error      // copies without what does not belong to the looks
}

func formatOf(kind string) format {
	switch kind {
	case "image/jpeg":
		return format{jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG, stripJPEG}
	case "image/png":
		return format{png.DecodeConfig, png.Decode, imagemeta.PNG, stripPNG}
	case "image/webp":
		return format{webp.DecodeConfig, webp.Decode, imagemeta.WebP, stripWebP}
	}
	return format{gif.DecodeConfig, decodeGIF, imagemeta.ImageFormatAuto, stripGIF}
}

// decodeGIF decodes the first picture of a GIF, as it stands on the screen.
func decodeGIF(r io.Reader) (image.Image, error) {
	var whole bytes.Buffer
	config, err := gif.DecodeConfig(io.TeeReader(r, &whole))
	if err != nil {
		return nil, err
	}
	img, err := gif.Decode(io.MultiReader(&whole, r))
	if err != nil {
		return nil, err
	}
	screen := image.NewRGBA(image.Rect(0, 0, config.Width, config.Height))
	draw.Draw(screen, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return screen, nil
}

// picture is Examine for what looks like a picture.
func (u *Upload) picture(ctx context.Context, f *os.File, kind string) (Facts, error) {
	plain := Facts{Type: Plain, Size: u.Size}
	form := formatOf(kind)
	config, err := form.config(start(f))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width > math.MaxUint16 || config.Height > math.MaxUint16 {
		return plain, nil
	}
	cost := int64(config.Width) * int64(config.Height) * pixelCost(kind, f)
	if cost > decodeMemory {
		return plain, nil
	}
	if kind == "image/webp" {
		switch moves, err := checkWebP(f, config); {
		case err != nil:
			return plain, nil
		case moves:
			return u.moving(f, kind, config)
		}
	}
	if err := u.dir.decoding.Acquire(ctx, cost); err != nil {
		return plain, err
	}
	defer u.dir.decoding.Release(cost)
	img, err := form.decode(start(f))
	if err != nil || img.Bounds().Size() != image.Pt(config.Width, config.Height) {
		return plain, nil
	}
	facts := Facts{Type: kind, Size: u.Size, Width: config.Width, Height: config.Height}
	profile := profileOf(kind, f, img)
	turn := orientation(form, f)
	switch {
	case turn > 1:
		img = turned(img, turn)
		facts.Width, facts.Height = img.Bounds().Dx(), img.Bounds().Dy()
		facts.Size, facts.Type, err = u.encode(&u.path, img, profile, jpegQuality)
	default:
		facts.Size, err = u.replace(&u.path, func(w io.Writer) error { return form.strip(w, f) })
		if errors.Is(err, errForm) && kind == "image/gif" {
			return plain, nil
		}
		if errors.Is(err, errForm) { // decoded all the same
			facts.Size, facts.Type, err = u.encode(&u.path, img, profile, jpegQuality)
		}
	}
	if err != nil {
		return Facts{}, told("examine", err)
	}
	if max(facts.Width, facts.Height) <= thumbEdge && kind != "image/gif" {
		return facts, nil
	}
	facts.ThumbSize, facts.Thumb, err = u.encode(&u.thumb, reduced(img), profile, thumbQuality)
	if err != nil {
		return Facts{}, told("examine", err)
	}
	return facts, nil
}

// moving is picture for an animation that cannot be decoded here.
func (u *Upload) moving(f *os.File, kind string, config image.Config) (Facts, error) {
	size, err := u.replace(&u.path, func(w io.Writer) error { return formatOf(kind).strip(w, f) })
	if errors.Is(err, errForm) {
		return Facts{Type: Plain, Size: u.Size}, nil
	}
	if err != nil {
		return Facts{}, told("examine", err)
	}
	return Facts{Type: kind, Size: size, Width: config.Width, Height: config.Height}, nil
}

// start reads a file from its begin.
func start(f *os.File) io.Reader {
	return bufio.NewReader(io.NewSectionReader(f, 0, math.MaxInt64))
}

// pixelCost is how many bytes of memory decoding, turning and reducing a
// picture takes for each pixel, at most.
func pixelCost(kind string, f *os.File) int64 {
	switch {
	case kind != "image/jpeg":
		return 12 // 8 for 16 bits of 4 colours, 4 for the turned one
	case progressive(f):
		return 20 // the coefficients of all scans, 4 bytes each, are held until the end
	}
	return 8
}

// orientation returns how a picture is to be turned, 1 to 8, as in EXIF.
func orientation(form format, f *os.File) int {
	if form.meta == imagemeta.ImageFormatAuto {
		return 1
	}
	turn := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: io.NewSectionReader(f, 0, math.MaxInt64), ImageFormat: form.meta, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, ok := tag.Value.(uint16); ok && n >= 1 && n <= 8 {
				turn = int(n)
			}
			return imagemeta.ErrStopWalking
		},
		Timeout: 5 * time.Second,
	})
	if err != nil && turn == 1 {
		return 1 // metadata that cannot be read turns nothing
	}
	return turn
}

// turned makes an upright copy, row by row.
func turned(img image.Image, turn int) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	row := image.NewRGBA(image.Rect(0, 0, w, 1))
	for y := range h {
		draw.Draw(row, row.Rect, img, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		for x := range w {
			copy(to.Pix[place(to, turn, x, y, w, h):], row.Pix[4*x:4*x+4])
		}
	}
	return to
}

// place returns where the pixel (x, y) of a picture of w by h comes to lie.
func place(to *image.RGBA, turn, x, y, w, h int) int {
	switch turn {
	case 2:
		return to.PixOffset(w-1-x, y)
	case 3:
		return to.PixOffset(w-1-x, h-1-y)
	case 4:
		return to.PixOffset(x, h-1-y)
	case 5:
		return to.PixOffset(y, x)
	case 6:
		return to.PixOffset(h-1-y, x)
	case 7:
		return to.PixOffset(h-1-y, w-1-x)
	case 8:
		return to.PixOffset(y, w-1-x)
	}
	return to.PixOffset(x, y)
}

// reduced makes a copy that fits a thumbnail.
func reduced(img image.Image) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if longer := max(w, h); longer > thumbEdge {
		w, h = max(1, w*thumbEdge/longer), max(1, h*thumbEdge/longer)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(to, to.Rect, img, img.Bounds(), draw.Src, nil)
	return to
}

// encode writes a picture, as a JPEG if nothing shines through it, and returns
// its size and type.
func (u *Upload) encode(what *string, img image.Image, profile []byte, quality int) (size int64, kind string, err error) {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		size, err = u.replace(what, func(w io.Writer) error { return encodeJPEG(w, img, profile, quality) })
		return size, "image/jpeg", err
	}
	size, err = u.replace(what, func(w io.Writer) error { return png.Encode(w, img) })
	return size, "image/png", err
}
