package link

import (
	"strings"
	"syscall/js"
	"testing"
	"time"

	"parley/shared/wire"
)

// page is a browser as far as a Dialer sees it: it takes the place of the
// global WebSocket and keeps those that were made.
const page = `
globalThis.made = [];
globalThis.location ??= { protocol: "https:", host: "shop.test:8443" };
globalThis.WebSocket = class {
  constructor(url, protocol) {
    if (url.includes("forbidden")) throw new DOMException("not by this policy", "SecurityError");
    Object.assign(this, { url, protocol, readyState: 0, bufferedAmount: 0, sent: [], closedWith: [] });
    made.push(this);
  }
  send(text) {
    if (this.readyState === 0) throw new Error("InvalidStateError");
    this.sent.push(text);
    this.bufferedAmount += text.length;
  }
  close(code, reason) {
    if (code !== 1000 && (code < 3000 || code > 4999)) throw new Error("InvalidAccessError " + code);
    this.closedWith.push(code);
    this.readyState = 2;
    setTimeout(() => this.end(code, reason), 0);
  }
  open() { this.readyState = 1; this.onopen({}); }
  say(data) { this.onmessage?.({ data }); }
  end(code, reason) { this.readyState = 3; this.onclose?.({ code, reason }); }
};
`

type event struct {
	kind string
	code int
	text string
}

// events is a Handler.
type events chan event

func (e events) Open()                          { e <- event{kind: "open"} }
func (e events) Message(text []byte)            { e <- event{kind: "message", text: string(text)} }
func (e events) Closed(code int, reason string) { e <- event{kind: "closed", code: code, text: reason} }
func (e events) next(t *testing.T, want event)  { t.Helper(); equal(t, <-e, want) }

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// dialled makes a socket in a fresh page.
func dialled(t *testing.T, url string) (*tab, js.Value, events) {
	t.Helper()
	js.Global().Call("eval", page)
	e := make(events, 100)
	s, ok := WebSocket(url).Dial(e).(*tab)
	if !ok {
		t.Fatal("not a browser's socket")
	}
	return s, js.Global().Get("made").Index(0), e
}

func TestBrowserSocket(t *testing.T) {
	s, ws, e := dialled(t, "/ws")
	equal(t, ws.Get("url").String(), "wss://shop.test:8443/ws")
	equal(t, ws.Get("protocol").String(), wire.Subprotocol)
	s.Send([]byte("too early")) // dropped, not thrown
	ws.Call("open")
	e.next(t, event{kind: "open"})
	s.Send([]byte("a 漢 😀"))
	s.Send([]byte("b"))
	if got := ws.Get("sent"); got.Length() != 2 || got.Index(0).String() != "a 漢 😀" || got.Index(1).String() != "b" {
		t.Errorf("sent %v", got)
	}
	equal(t, s.Buffered(), ws.Get("bufferedAmount").Int())
	ws.Call("say", "one 洽谈")
	ws.Call("say", "two")
	e.next(t, event{kind: "message", text: "one 洽谈"})
	e.next(t, event{kind: "message", text: "two"})
	ws.Call("end", 4003, "signed out")
	e.next(t, event{kind: "closed", code: 4003, text: "signed out"})
	if len(s.funcs) != 0 || !ws.Get("onmessage").IsNull() {
		t.Error("functions were not released")
	}
	s.Send([]byte("too late"))
	equal(t, ws.Get("sent").Length(), 2)
	equal(t, len(e), 0)
}

func TestBrowserCloseUsesAnAllowedCode(t *testing.T) {
	for code, want := range map[int]int{1000: 1000, 1001: 1000, 1002: 1000, 1008: 1000, 2999: 1000, 3000: 3000, 4999: 4999, 5000: 1000} {
		s, ws, e := dialled(t, "wss://other.test/ws")
		equal(t, ws.Get("url").String(), "wss://other.test/ws")
		ws.Call("open")
		e.next(t, event{kind: "open"})
		s.Close(code, "why")
		equal(t, ws.Get("closedWith").Index(0).Int(), want)
		e.next(t, event{kind: "closed", code: want, text: "why"})
	}
}

func TestBrowserBinaryMessage(t *testing.T) {
	s, ws, e := dialled(t, "/ws")
	ws.Call("open")
	e.next(t, event{kind: "open"})
	ws.Call("say", js.Global().Get("Uint8Array").New(3))
	e.next(t, event{kind: "closed", code: wire.CloseBadData, text: "a binary message"})
	ws.Call("say", "after it")
	for len(s.funcs) > 0 { // until the browser closed it
		<-time.After(time.Millisecond)
	}
	equal(t, len(e), 0)
}

func TestBrowserConstructorThrows(t *testing.T) {
	s, _, e := dialled(t, "wss://forbidden.test/ws")
	closed := <-e
	if closed.kind != "closed" || closed.code != noCode || !strings.Contains(closed.text, "not by this policy") {
		t.Errorf("event %+v", closed)
	}
	s.Send([]byte("x"))
	s.Close(1000, "")
	equal(t, s.Buffered(), 0)
	equal(t, len(e), 0)
}

// A Link lives on the browser's callbacks: none of them may block.
func TestBrowserLink(t *testing.T) {
	js.Global().Call("eval", page)
	states := make(chan State, 100)
	frames := make(chan wire.Frame, 100)
	var l *Link
	l = New(Config{
		Dialer: WebSocket("/ws"),
		Status: func(s Status) {
			states <- s.State
			if s.State == Open {
				if err := l.Send(&wire.Hello{V: 1, Device: "d"}); err != nil {
					t.Error(err)
				}
			}
		},
		Frames: func(fs []wire.Frame) { frames <- fs[0] },
		Random: func() float64 { return 0 },
	})
	l.Start()
	equal(t, <-states, Connecting)
	for turn := range 2 {
		ws := js.Global().Get("made").Index(turn)
		ws.Call("open")
		equal(t, <-states, Open)
		ws.Call("say", `{"t":"welcome","v":1}`)
		if f, ok := (<-frames).(*wire.Welcome); !ok || f.V != 1 {
			t.Errorf("frame %#v", f)
		}
		equal(t, ws.Get("sent").Index(0).String(), `{"t":"hello","v":1,"device":"d"}`)
		if turn == 0 {
			ws.Call("end", 1006, "")
			equal(t, <-states, Waiting)
			equal(t, <-states, Connecting)
		}
	}
	l.Stop()
	equal(t, <-states, Stopped)
	<-l.Done()
	if made := js.Global().Get("made"); made.Length() != 2 || made.Index(1).Get("closedWith").Index(0).Int() != 1000 {
		t.Errorf("%d sockets", made.Length())
	}
}
