package ui

import (
	"syscall/js"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
)

// pictureSide is how many pixels an avatar is wide and high.
const pictureSide = 256

// square draws the middle of a picture into a square and gives that to then,
// on the UI goroutine; none where it is not a picture.
func (m *model) square(file app.Value, then func(blob.Blob)) {
	var decoded, failed, made js.Func
	over := func(b blob.Blob) {
		m.later(func() {
			decoded.Release()
			failed.Release()
			made.Release()
			then(b)
		})
	}
	made = js.FuncOf(func(_ js.Value, args []js.Value) any {
		over(blob.Of(args[0]))
		return nil
	})
	failed = js.FuncOf(func(js.Value, []js.Value) any {
		over(blob.Blob{})
		return nil
	})
	decoded = js.FuncOf(func(_ js.Value, args []js.Value) any {
		picture := args[0]
		w, h := picture.Get("width").Float(), picture.Get("height").Float()
		side := min(w, h)
		canvas := js.Global().Get("document").Call("createElement", "canvas")
		canvas.Set("width", pictureSide)
		canvas.Set("height", pictureSide)
		to := canvas.Call("getContext", "2d")
		to.Set("imageSmoothingQuality", "high")
		to.Set("fillStyle", "#fff")
		to.Call("fillRect", 0, 0, pictureSide, pictureSide)
		to.Call("drawImage", picture, (w-side)/2, (h-side)/2, side, side, 0, 0, pictureSide, pictureSide)
		picture.Call("close")
		canvas.Call("toBlob", made, "image/jpeg", 0.9)
		return nil
	})
	js.Global().Call("createImageBitmap", raw(file)).Call("then", decoded, failed)
}
