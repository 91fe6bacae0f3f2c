package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"parley/server/bus/nats/natstest"
	"parley/shared/chat"
	"parley/web/browsertest"
)

// tab is somebody in front of a browser, and what the server has told it.
type tab struct {
	*browsertest.Page
	mu     sync.Mutex
	frames []string
}

func newTab(t *testing.T) *tab {
	p := &tab{Page: browsertest.New(t, browsertest.Options{})}
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}))
	err := chromedp.Listen(p.Context(), func(event any) {
		if e, is := event.(*network.EventWebSocketFrameReceived); is {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.frames = append(p.frames, string(e.Response.PayloadData))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// forget begins the count of told anew.
func (p *tab) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frames = nil
}

// told counts the messages of the server that hold a text.
func (p *tab) told(text string) (count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		if strings.Contains(f, text) {
			count++
		}
	}
	return count
}

func js(s string) string { b, _ := json.Marshal(s); return string(b) }

// fill types into a field and presses Enter, as far as the page can tell.
func (p *tab) fill(field, text string) {
	p.Wait(fmt.Sprintf(`(() => { const f = document.querySelector(%s); f.focus(); f.value = %s;
		f.dispatchEvent(new Event("input", {bubbles: true}));
		f.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", code: "Enter", keyCode: 13, bubbles: true, cancelable: true}));
		return true })()`, js(field), js(text)))
}

// sees waits for a message in the open conversation.
func (p *tab) sees(text string) {
	p.Wait(fmt.Sprintf(`document.querySelector("[role=log]").textContent.includes(%s)`, js(text)))
}

// TestMoveInBrowser is TestMove for a page that stays open all the time: it goes
// on by itself when nodes answer where the one program did.
func TestMoveInBrowser(t *testing.T) {
	data, addr := t.TempDir(), freeAddr(t)
	one := single(t, addr, "--data="+data)
	one.start()
	ben := newDevice(t, one, "Ben")
	var room chat.Head
	one.do("PUT", "/api/v1/open/42", ben.token, "", &room)
	p := newTab(t)
	p.Open(one.url() + "/r/42")
	p.fill("main.gate form input", "Dora")
	p.Wait(`(() => { document.querySelector("main.gate form button[type=submit]").click(); return true })()`)
	p.Wait(`document.querySelector("#text")`)
	for i := range 60 { // more than a screen
		one.post(room.ID, ben.token, newKey(), fmt.Sprint("before ", i))
	}
	p.sees("before 59")
	p.fill("#text", "I am here")
	p.sees("I am here")
	p.Wait(`!document.querySelector('[role=log] .msg .tick[title^="Queued"]')`)

	one.stop()
	p.forget()
	p.fill("#text", "queued in the browser")
	p.Wait(`document.querySelector('[role=log] .msg .tick[title^="Queued"]')`)
	store := engine.Database(t)
	if said, code := command(t, "copy", "--from=sqlite:"+data, "--to="+store); code != 0 {
		t.Fatal(said)
	}
	bus := natstest.Start(t)
	args := []string{"--store=" + store, "--bus=nats://" + bus.Addr(), "--files=" + filepath.Join(data, "files")}
	a, b := single(t, addr, args...), single(t, freeAddr(t), args...)
	b.start()
	b.post(room.ID, ben.token, newKey(), "after, before the page is back")
	a.start()
	p.sees("after, before the page is back")
	p.Wait(`!document.querySelector('[role=log] .msg .tick[title^="Queued"]')`)
	b.post(room.ID, ben.token, newKey(), "after, on the other node")
	p.sees("after, on the other node")
	once(t, b.reads(room.ID, ben.token), "I am here", "queued in the browser", "after, before the page is back")
	if resets, again := p.told(`"reset":true`), p.told("before 30"); resets+again > 0 || p.told(`"t":"welcome"`) == 0 {
		t.Errorf("the page was told %d resets, and %d times what it had:\n%s", resets, again, strings.Join(p.frames, "\n"))
	}
	p.WantNoErrors("WebSocket", "Failed to load resource", "net::ERR")
}
