package api

import (
	"context"
	"fmt"
	"strconv"
	"syscall/js"
)

// upload sends a form by XMLHttpRequest: fetch does not tell how far it is.
func upload(ctx context.Context, r Request) (Response, error) {
	form := js.Global().Get("FormData").New()
	if r.Form.Length > 0 {
		form.Call("append", "length", strconv.FormatInt(r.Form.Length, 10))
	}
	form.Call("append", "file", r.Form.Content.JS(), r.Form.Name)
	xhr := js.Global().Get("XMLHttpRequest").New()
	xhr.Call("open", r.Method, r.URL)
	xhr.Call("setRequestHeader", "Accept", "application/json, application/problem+json")
	if r.Bearer != "" {
		xhr.Call("setRequestHeader", "Authorization", "Bearer "+r.Bearer)
	}
	done := make(chan string, 1) // the event that ended it
	end := js.FuncOf(func(_ js.Value, args []js.Value) any {
		select {
		case done <- args[0].Get("type").String():
		default:
		}
		return nil
	})
	progress := js.FuncOf(func(_ js.Value, args []js.Value) any {
		sent, total := int64(args[0].Get("loaded").Float()), int64(args[0].Get("total").Float())
		go r.Form.Progress(sent, total) // the event loop must not wait
		return nil
	})
	for _, event := range []string{"load", "error", "abort"} {
		xhr.Set("on"+event, end)
	}
	xhr.Get("upload").Set("onprogress", progress)
	xhr.Call("send", form)
	var how string
	select {
	case how = <-done:
	case <-ctx.Done():
		xhr.Call("abort")
	}
	for _, event := range []string{"load", "error", "abort"} {
		xhr.Set("on"+event, js.Null())
	}
	xhr.Get("upload").Set("onprogress", js.Null())
	end.Release()
	progress.Release()
	switch {
	case ctx.Err() != nil:
		return Response{}, ctx.Err()
	case how != "load":
		return Response{}, fmt.Errorf("%w: the upload broke off", ErrOffline)
	}
	return Response{
		Status:     xhr.Get("status").Int(),
		Type:       headerOf(xhr, "Content-Type"),
		RetryAfter: headerOf(xhr, "Retry-After"),
		Body:       []byte(xhr.Get("responseText").String()),
	}, nil
}

func headerOf(xhr js.Value, name string) string {
	if v := xhr.Call("getResponseHeader", name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}
