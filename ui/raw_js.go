package ui

import (
	"syscall/js"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
)

// raw is what go-app wraps: it gives out no way to it but through JavaScript.
func raw(v app.Value) (out js.Value) {
	take := js.FuncOf(func(_ js.Value, args []js.Value) any {
		out = args[0]
		return nil
	})
	defer take.Release()
	app.Window().Get("Reflect").Call("apply", take, nil, []any{v})
	return out
}

// blobsOf are the files of a FileList.
func blobsOf(list app.Value) []blob.Blob {
	if !list.Truthy() {
		return nil
	}
	files := raw(list)
	blobs := make([]blob.Blob, 0, files.Length())
	for i := range files.Length() {
		if b := blob.Of(files.Index(i)); !b.None() {
			blobs = append(blobs, b)
		}
	}
	return blobs
}
