package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

const (
	pictureSide   = 256                    // pixels that an avatar is wide and high
	pictureShort  = pictureSide * zoomMost // pixels of the shorter side that the closest zoom can show
	pictureLong   = 8192                   // pixels that a canvas may have on a side, in all browsers
	picturePixels = 128 << 20              // of a picture that is decoded at all: they take four bytes each
)

// workSize is how large a picture is worked on: no larger than the closest zoom
// can show.
func workSize(w, h float64) (float64, float64) {
	scale := min(1, pictureShort/min(w, h), pictureLong/max(w, h))
	return max(float64(int(w*scale)), 1), max(float64(int(h*scale)), 1)
}

// painted draws a part of a picture or canvas to a new canvas. An avatar has no
// transparency: it is a JPEG, so the ground is white.
func painted(width, height float64, from app.Value, x, y, w, h float64) app.Value {
	canvas := document().Call("createElement", "canvas")
	canvas.Set("width", max(width, 1))
	canvas.Set("height", max(height, 1))
	to := canvas.Call("getContext", "2d")
	to.Set("imageSmoothingQuality", "high")
	to.Set("fillStyle", "#fff")
	to.Call("fillRect", 0, 0, pictureLong, pictureLong)
	to.Call("drawImage", from, x, y, w, h, 0, 0, width, height)
	return canvas
}
