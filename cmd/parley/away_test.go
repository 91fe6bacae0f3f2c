package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// lifecycle freezes or thaws the tab, as browsers do with tabs that nobody
// looks at.
func (p *person) lifecycle(state page.SetWebLifecycleStateState) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		return err
	}))
}

// A tab that was frozen for a minute has missed nothing when it wakes up.
func TestFrozenTab(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/r/quay", "Bo", browsertest.Options{})
	anna.say("before")
	bo.sees("before")
	anna.lifecycle(page.SetWebLifecycleStateStateFrozen)
	for i := range 5 {
		bo.say(fmt.Sprintf("while you slept %d", i))
	}
	<-time.After(time.Minute) // the promise is about this time; nothing shows when it is over
	anna.lifecycle(page.SetWebLifecycleStateStateActive)
	bo.say("good morning")
	anna.sees("good morning")
	for i := range 5 {
		anna.sees(fmt.Sprintf("while you slept %d", i))
	}
	anna.say("thank you")
	bo.sees("thank you")
}

// The server restarts while both write: nothing is lost, nothing comes twice,
// and the order is kept.
func TestRestartMidConversation(t *testing.T) {
	data := t.TempDir()
	server := start(t, "--data", data)
	port := strings.TrimPrefix(server.url, "http://")
	anna := arrive(t, server.url, "/r/quay", "Anna", browsertest.Options{})
	bo := arrive(t, server.url, "/r/quay", "Bo", browsertest.Options{})
	anna.say("one")
	bo.sees("one")
	server.stop()
	for _, text := range []string{"two", "three", "four"} {
		anna.say(text)
	}
	bo.say("hello?")
	anna.Wait(`/offline|reconnect/i.test(document.querySelector(".banner").textContent)`)
	server = start(t, "--data", data, "--listen", port)
	bo.sees("four")
	anna.sees("hello?")
	anna.Wait(`!document.querySelector(".tick.clock, .msg.waiting")`)
	for _, p := range []*person{anna, bo} {
		all := browsertest.Eval[string](p.Page, `document.querySelector("[role=log]").innerText`)
		for _, text := range []string{"one", "two", "three", "four", "hello?"} {
			if n := strings.Count(all, text); n != 1 {
				t.Errorf("%s sees %q %d times:\n%s", p.name, text, n, all)
			}
		}
		if two, four := strings.Index(all, "two"), strings.Index(all, "four"); two > four {
			t.Errorf("%s sees another order:\n%s", p.name, all)
		}
	}
	server.stop()
}
