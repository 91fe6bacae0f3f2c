package link

import (
	"fmt"
	"strings"
	"syscall/js"

	"parley/shared/wire"
)

// browser dials with the browser's WebSocket, whose handshake carries the
// page's cookies.
type browser struct{ url string }

var _ Dialer = browser{}

// WebSocket makes the platform's Dialer to a URL. One that begins with a slash
// is on the page's own origin.
func WebSocket(url string) Dialer { return browser{url} }

// Dial implements Dialer.
func (b browser) Dial(h Handler) Socket {
	s := &tab{handler: h}
	ws, err := construct(absolute(b.url))
	if err != nil {
		go h.Closed(noCode, err.Error())
		return s
	}
	s.ws = ws
	s.on("open", func(js.Value) { h.Open() })
	s.on("message", s.message)
	s.on("close", s.closed)
	return s
}

// absolute resolves a path against the page: older browsers take only absolute
// ws and wss URLs.
func absolute(url string) string {
	if !strings.HasPrefix(url, "/") {
		return url
	}
	location := js.Global().Get("location")
	scheme := "ws://"
	if location.Get("protocol").String() == "https:" {
		scheme = "wss://"
	}
	return scheme + location.Get("host").String() + url
}

// construct turns what the constructor throws, for a URL that the page's
// policy forbids for one, into an error.
func construct(url string) (ws js.Value, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("link: dial: %v", thrown)
		}
	}()
	return js.Global().Get("WebSocket").New(url, wire.Subprotocol), nil
}

// tab is a browser's WebSocket. The zero ws is one that was never made.
type tab struct {
	ws       js.Value
	handler  Handler
	funcs    []js.Func // released when the browser is done with them
	reported bool      // Closed was called
}

var _ Socket = (*tab)(nil)

func (s *tab) on(event string, f func(event js.Value)) {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
	s.funcs = append(s.funcs, fn)
	s.ws.Set("on"+event, fn)
}

func (s *tab) message(event js.Value) {
	data := event.Get("data")
	if data.Type() != js.TypeString {
		s.ws.Call("close", 1000, "text only")
		s.report(wire.CloseBadData, "a binary message")
		return
	}
	if !s.reported {
		s.handler.Message([]byte(data.String()))
	}
}

// closed is the browser's last event of a socket, so the functions can go.
func (s *tab) closed(event js.Value) {
	for _, name := range []string{"onopen", "onmessage", "onclose"} {
		s.ws.Set(name, js.Null())
	}
	for _, fn := range s.funcs {
		fn.Release()
	}
	s.funcs = nil
	s.report(event.Get("code").Int(), event.Get("reason").String())
}

func (s *tab) report(code int, reason string) {
	if !s.reported {
		s.reported = true
		s.handler.Closed(code, reason)
	}
}

// Values of WebSocket.readyState.
const isOpen = 1

// Send implements Socket.
func (s *tab) Send(message []byte) {
	if s.ws.Truthy() && s.ws.Get("readyState").Int() == isOpen {
		s.ws.Call("send", string(message))
	}
}

// Buffered implements Socket.
func (s *tab) Buffered() int {
	if !s.ws.Truthy() {
		return 0
	}
	return s.ws.Get("bufferedAmount").Int()
}

// Close implements Socket. A page may close with 1000 and 3000 to 4999 only.
func (s *tab) Close(code int, reason string) {
	if !s.ws.Truthy() {
		return
	}
	if code < 3000 || code > 4999 {
		code = 1000
	}
	s.ws.Call("close", code, reason)
}
