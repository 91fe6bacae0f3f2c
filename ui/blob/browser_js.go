package blob

import (
	"context"
	"syscall/js"
)

// Blob is the content of a file: a Blob or File of the browser.
type Blob struct{ v js.Value }

// Of is a Blob or File of the browser; anything else is none.
func Of(v js.Value) Blob {
	if made := js.Global().Get("Blob"); v.Type() != js.TypeObject || !v.InstanceOf(made) {
		return Blob{}
	}
	return Blob{v}
}

// New makes a Blob of a media type.
func New(data []byte, kind string) Blob {
	bytes := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(bytes, data)
	return Blob{js.Global().Get("Blob").New([]any{bytes}, map[string]any{"type": kind})}
}

// JS is the browser's Blob.
func (b Blob) JS() js.Value { return b.v }

// None reports whether there is no content, not even an empty one.
func (b Blob) None() bool { return b.v.IsUndefined() }

// Size is in bytes.
func (b Blob) Size() int64 {
	if b.None() {
		return 0
	}
	return int64(b.v.Get("size").Float())
}

// Type is the media type as far as it is known, "" if not.
func (b Blob) Type() string {
	if b.None() {
		return ""
	}
	return b.v.Get("type").String()
}

// Name is what the file is called, "" for one without a name.
func (b Blob) Name() string {
	if b.None() || b.v.Get("name").Type() != js.TypeString {
		return ""
	}
	return b.v.Get("name").String()
}

// Bytes reads all of it.
func (b Blob) Bytes(ctx context.Context) ([]byte, error) {
	if b.None() {
		return nil, errNone
	}
	buffer, err := Await(ctx, b.v.Call("arrayBuffer"))
	if err != nil {
		return nil, err
	}
	bytes := js.Global().Get("Uint8Array").New(buffer)
	data := make([]byte, bytes.Length())
	js.CopyBytesToGo(data, bytes)
	return data, nil
}

// Measure is the size in pixels of a picture, upright. It fails for what the
// browser cannot show.
func (b Blob) Measure(ctx context.Context) (width, height int, err error) {
	if b.None() {
		return 0, 0, errNone
	}
	picture, err := Await(ctx, js.Global().Call("createImageBitmap", b.v))
	if err != nil {
		return 0, 0, err
	}
	width, height = picture.Get("width").Int(), picture.Get("height").Int()
	picture.Call("close")
	return width, height, nil
}

// URL is an address at which the page can show it, until Revoke.
func (b Blob) URL() string {
	if b.None() {
		return ""
	}
	return js.Global().Get("URL").Call("createObjectURL", b.v).String()
}

// Revoke ends an address that URL has made.
func Revoke(url string) {
	if url != "" {
		js.Global().Get("URL").Call("revokeObjectURL", url)
	}
}

// Await waits for a promise; what it is refused with is a js.Error. What comes of it after the context has ended is
// left to itself.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	type end struct {
		value js.Value
		err   error
	}
	done := make(chan end, 1)
	var kept, broken js.Func
	settled := func(e end) {
		done <- e
		kept.Release()
		broken.Release()
	}
	kept = js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled(end{value: args[0]})
		return nil
	})
	broken = js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled(end{err: js.Error{Value: args[0]}})
		return nil
	})
	promise.Call("then", kept, broken)
	select {
	case e := <-done:
		return e.value, e.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}
