package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// again starts the server anew, where it was.
func again(t *testing.T, was *process, data string) *process {
	t.Helper()
	return start(t, "--data", data, "--listen", strings.TrimPrefix(was.url, "http://"))
}

// clocks counts the messages of the open conversation that are queued: that
// have the clock, and are thereby promised to be on disk.
const clocks = `document.querySelectorAll('[role=log] .msg .tick[title^="Queued"]').length`

// offlineErrors are what a page's console says without a server.
var offlineErrors = []string{"WebSocket", "Failed to load resource", "net::ERR"}

// noting has every page of the tab note when the first message can be read.
func (p *person) noting() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			new MutationObserver((_, o) => {
				if (!document.querySelector("[role=log] .msg")) return;
				o.disconnect();
				requestAnimationFrame(() => { window.readable = performance.now(); });
			}).observe(document, {childList: true, subtree: true});`})
		return err
	}))
}

// ready waits until the page can be opened without a server.
func (p *person) ready() {
	p.t.Helper()
	p.Wait(`navigator.serviceWorker.ready.then(r => r.active && r.active.state === "activated" && navigator.serviceWorker.controller)`)
}

// texts are the messages of the open conversation, in their order.
func (p *person) texts() string {
	return browsertest.Eval[string](p.Page, `[...document.querySelectorAll("[role=log] .msg .text")].map(e => e.textContent).join("|")`)
}

// TestOfflineReload shows lists and conversations from the disk at any address.
func TestOfflineReload(t *testing.T) {
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	for i := range 60 {
		anna.say(fmt.Sprintf("message %d.", i))
	}
	bo.press("#list a", "Anna")
	bo.sees("message 59.")
	bo.say("all read")
	anna.sees("all read")
	anna.fill("#text", "half a thought")
	anna.ready()
	anna.Wait(clocks + ` === 0`)
	server.stop()

	anna.noting()
	anna.Open(server.url + direct)
	anna.sees("message 0.")
	anna.sees("all read")
	anna.Wait(`document.querySelector("#text").value === "half a thought"`)
	anna.Wait(`document.querySelector("#list").textContent.includes("Bo")`)
	anna.shoot("offline-reload")
	t.Logf("a readable conversation, without a server, after %.0f ms", browsertest.Eval[float64](anna.Page, `window.readable`))
	anna.Open(server.url + "/")
	anna.press("#list a", "Bo")
	anna.sees("message 30.")
	anna.WantNoErrors(offlineErrors...)
}
