package api

import (
	"context"
	"fmt"
	"syscall/js"
)

// fetch is the Transport of the browser.
type fetch struct{}

var _ Transport = fetch{}

func platform() Transport { return fetch{} }

// answer is what a fetch came to.
type answer struct {
	response Response
	err      error
}

// Do implements Transport. The callbacks of the promises only fill a channel,
// since they run on the event loop and must not block it.
func (fetch) Do(ctx context.Context, r Request) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	if r.Form != nil {
		return upload(ctx, r)
	}
	abort := js.Global().Get("AbortController").New()
	done := make(chan answer, 1)
	release := begin(r, abort.Get("signal"), done)
	select {
	case a := <-done:
		release()
		return a.response, a.err
	case <-ctx.Done():
		abort.Call("abort")
		go func() { // the promise still settles, and must find its functions
			<-done
			release()
		}()
		return Response{}, ctx.Err()
	}
}

// begin starts the fetch. Exactly one answer goes to done, after which release
// may be called.
func begin(r Request, signal js.Value, done chan<- answer) (release func()) {
	var response Response
	failed := js.FuncOf(func(_ js.Value, args []js.Value) any {
		why := "fetch failed"
		if len(args) > 0 && args[0].Type() == js.TypeObject {
			why = args[0].Get("message").String()
		}
		done <- answer{err: fmt.Errorf("%w: %s", ErrOffline, why)}
		return nil
	})
	body := js.FuncOf(func(_ js.Value, args []js.Value) any {
		response.Body = []byte(args[0].String())
		done <- answer{response: response}
		return nil
	})
	head := js.FuncOf(func(_ js.Value, args []js.Value) any {
		res := args[0]
		response.Status = res.Get("status").Int()
		response.Type = header(res, "Content-Type")
		response.RetryAfter = header(res, "Retry-After")
		return res.Call("text")
	})
	js.Global().Call("fetch", r.URL, options(r, signal)).Call("then", head).Call("then", body, failed)
	return func() {
		head.Release()
		body.Release()
		failed.Release()
	}
}

// options lets the browser's cache answer only where that is allowed, and does not follow
// redirects: the API has none, so one comes from a network's sign-in page.
func options(r Request, signal js.Value) map[string]any {
	headers := map[string]any{"Accept": "application/json, application/problem+json"}
	if r.Bearer != "" {
		headers["Authorization"] = "Bearer " + r.Bearer
	}
	o := map[string]any{
		"method":      r.Method,
		"credentials": "same-origin",
		"cache":       "no-store",
		"redirect":    "manual",
		"signal":      signal,
		"headers":     headers,
	}
	if r.Kept {
		o["cache"] = "default"
	}
	if r.Body != nil {
		headers["Content-Type"] = "application/json"
		o["body"] = string(r.Body)
	}
	return o
}

func header(res js.Value, name string) string {
	v := res.Get("headers").Call("get", name)
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}
