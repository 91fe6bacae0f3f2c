package disk

import (
	"encoding/json"
	"syscall/js"

	"parley/shared/chat"
)

// Tabs are the other tabs of an account: a BroadcastChannel, and a Web Lock
// for the right to send the outbox. Its methods belong to one goroutine.
type Tabs struct {
	name    string
	channel js.Value // undefined where the browser has none
	heard   js.Func
	locks   js.Value // undefined where there are none: on http
	turn    int      // counts requests for the lock
	let     func()   // gives up the lock, or the request for it
}

// NewTabs makes the Tabs of an account. heard is called for what others tell.
func NewTabs(account chat.AccountID, heard func(News)) *Tabs {
	t := &Tabs{name: name(account)}
	if made := js.Global().Get("BroadcastChannel"); made.Truthy() {
		t.channel = made.New(t.name)
		t.heard = handle(func(event js.Value) {
			var news News
			if json.Unmarshal([]byte(text(event.Get("data"))), &news) == nil {
				heard(news)
			}
		})
		t.channel.Set("onmessage", t.heard)
	}
	t.locks = js.Global().Get("navigator").Get("locks")
	return t
}

// Alone reports whether this tab need not ask before it sends: without locks
// all may, and keys make doubles harmless.
func (t *Tabs) Alone() bool { return !t.locks.Truthy() }

// Tell tells the others.
func (t *Tabs) Tell(news News) {
	if !t.channel.Truthy() {
		return
	}
	if message, err := json.Marshal(news); err == nil {
		t.channel.Call("postMessage", string(message))
	}
}

// Hold asks for the right to send the outbox; granted is called when it is
// this tab's, until Release. It goes to another when this tab is closed or
// killed.
func (t *Tabs) Hold(granted func()) {
	if t.Alone() || t.let != nil {
		return
	}
	t.turn++
	turn := t.turn
	var give js.Value // resolves the promise that holds the lock
	held := false
	executor := js.FuncOf(func(_ js.Value, args []js.Value) any {
		give = args[0]
		return nil
	})
	var callback js.Func
	callback = js.FuncOf(func(js.Value, []js.Value) any {
		callback.Release()
		promise := js.Global().Get("Promise").New(executor)
		executor.Release()
		held = true
		if turn != t.turn || t.let == nil {
			give.Invoke()
		} else {
			granted()
		}
		return promise
	})
	t.let = func() {
		if held {
			give.Invoke()
		}
	}
	t.locks.Call("request", t.name, callback)
}

// Release gives the right back, or no longer waits for it.
func (t *Tabs) Release() {
	t.turn++
	if t.let != nil {
		t.let()
		t.let = nil
	}
}

// Close leaves.
func (t *Tabs) Close() {
	t.Release()
	if t.channel.Truthy() {
		t.channel.Set("onmessage", js.Null())
		t.channel.Call("close")
		t.heard.Release()
	}
}
