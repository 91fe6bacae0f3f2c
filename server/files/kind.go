package files

import (
	"context"
	"os"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Plain is the type of a content that is nothing in particular.
const Plain = "application/octet-stream"

// Facts are what a content is found to be.
type Facts struct {
	Type          string // a media type without parameters
	Size          int64  // of what is kept
	Width, Height int    // of pictures, in pixels, upright
	Thumb         string // the thumbnail's type; "" for none
	ThumbSize     int64
}

// Safe reports whether a content of that type may be shown or played in a page.
// Everything else is for downloading only.
func Safe(kind string) bool { return isPicture(kind) || Sound(kind) }

func isPicture(kind string) bool {
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return true
	}
	return false
}

// Sound reports whether a type is of a recording that a page may play.
func Sound(kind string) bool {
	switch kind {
	case "audio/mpeg", "audio/wav", "audio/ogg", "audio/webm", "audio/mp4":
		return true
	}
	return false
}

// Examine finds out what the content is. A picture is changed as the package
// comment says, and gets a thumbnail if it is larger than one, or moves. It
// waits until there is memory for it.
//
// Errors: ErrFull; ctx's; the system's.
func (u *Upload) Examine(ctx context.Context) (Facts, error) {
	f, err := os.Open(u.path)
	if err != nil {
		return Facts{}, told("examine", err)
	}
	defer f.Close()
	found, err := mimetype.DetectReader(f)
	if err != nil {
		return Facts{}, told("examine", err)
	}
	kind, _, _ := strings.Cut(found.String(), ";")
	facts := Facts{Type: kind, Size: u.Size}
	switch {
	case isPicture(kind):
		return u.picture(ctx, f, kind)
	case kind == "image/vnd.mozilla.apng":
		return u.picture(ctx, f, "image/png")
	case kind == "video/webm" && webmSound(f):
		facts.Type = "audio/webm"
	case kind == "audio/x-m4a", kind == "audio/mp4", kind == "video/mp4":
		facts.Type = "video/mp4"
		if mp4Sound(f, u.Size) {
			facts.Type = "audio/mp4"
		}
	case kind == "application/ogg":
		facts.Type = Plain
	}
	return facts, nil
}
