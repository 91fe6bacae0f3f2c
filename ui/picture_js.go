package ui

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
	"parley/ui/locale"
)

var errHuge = errors.New("ui: the picture has too many pixels")

// readPicture reads a file that is to be one's picture, and opens the cropper on
// it, or says that it cannot be used.
func (m *model) readPicture(file app.Value) {
	content := blob.Of(raw(file))
	m.working()
	m.ctx.Async(func() {
		picture, err := decode(m.ctx, content)
		m.later(func() {
			m.done(nil)
			if err != nil {
				m.complain(locale.PictureBad)
				return
			}
			width, height := picture.Get("width").Float(), picture.Get("height").Float()
			w, h := workSize(width, height)
			m.openCropper(painted(w, h, app.ValueOf(picture), 0, 0, width, height), w, h)
			picture.Call("close")
		})
	})
}

// decode makes an ImageBitmap of a picture, upright; of one that moves, its
// first frame. The size is looked at first, which takes no decoding: a picture
// of a few bytes can ask for more memory than the page has.
func decode(ctx context.Context, content blob.Blob) (js.Value, error) {
	image := js.Global().Get("Image").New()
	loading := js.FuncOf(func(_ js.Value, args []js.Value) any {
		image.Set("onload", args[0])
		image.Set("onerror", args[1])
		return nil
	})
	loaded := js.Global().Get("Promise").New(loading)
	loading.Release() // the promise has called it
	address := content.URL()
	image.Set("src", address)
	_, err := blob.Await(ctx, loaded)
	blob.Revoke(address)
	if err != nil {
		return js.Value{}, err
	}
	if image.Get("width").Float()*image.Get("height").Float() > picturePixels {
		return js.Value{}, errHuge
	}
	return blob.Await(ctx, js.Global().Call("createImageBitmap", content.JS()))
}

// encode gives a canvas as a file to then, on the UI goroutine; none where that
// cannot be.
func (m *model) encode(canvas app.Value, then func(blob.Blob)) {
	var made app.Func
	made = app.FuncOf(func(_ app.Value, args []app.Value) any {
		content := blob.Of(raw(args[0]))
		m.later(func() {
			made.Release()
			then(content)
		})
		return nil
	})
	canvas.Call("toBlob", made, "image/jpeg", 0.9)
}
