package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// noting stands in for what a browser without a desktop has not: its pages note
// the sounds that they make and the badge, over all tabs, look away where
// test.away says so, and have a push service where test.push is not empty.
const noting = `(() => {
	const at = localStorage, away = () => at["test.away"] === "yes";
	const none = () => {}, param = { setValueAtTime: none, exponentialRampToValueAtTime: none };
	window.AudioContext = class {
		state = "running"; currentTime = 0; destination = {};
		createGain() { return { connect: none, gain: param } }
		createOscillator() { return { connect: none, frequency: param, stop: none, start() { at["test.sound." + Math.random()] = 1 } } }
		close() {}
	};
	navigator.setAppBadge = async n => { at["test.badge"] = n };
	navigator.clearAppBadge = async () => { at["test.badge"] = 0 };
	document.hasFocus = () => !away();
	Object.defineProperty(document, "visibilityState", { get: () => away() ? "hidden" : "visible" });
	const subscription = {
		toJSON: () => ({ endpoint: "https://push.invalid/anna", keys: { p256dh: %q, auth: "AAAAAAAAAAAAAAAAAAAAAA" } }),
		async unsubscribe() { at["test.push"] = "dropped"; return true },
	};
	PushManager.prototype.getSubscription = async () => at["test.push"] === "subscribed" ? subscription : null;
	PushManager.prototype.subscribe = async () => {
		if (at["test.push"] !== "there") throw new Error("no push service");
		at["test.push"] = "subscribed";
		return subscription;
	};
})()`

// notes has every page that the tab opens from now on note.
func (p *person) notes() {
	p.t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	source := fmt.Sprintf(noting, base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()))
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return err
	}))
}

// rang waits until nothing sounds any more, and returns how often it did.
func (p *person) rang() int {
	p.t.Helper()
	p.Wait(`navigator.locks.query().then(q => !q.held.some(l => l.name === "parley-ring"))`)
	return browsertest.Eval[int](p.Page, `Object.keys(localStorage).filter(k => k.startsWith("test.sound.")).length`)
}

// inWorker evaluates an expression in the service worker.
func (p *person) inWorker(expression string) {
	p.t.Helper()
	workers := p.targets("service_worker")
	if len(workers) != 1 {
		p.t.Fatalf("%d workers", len(workers))
	}
	ctx, cancel := chromedp.NewContext(p.Context(), chromedp.WithTargetID(workers[0]))
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise)); err != nil {
		p.t.Fatal(err)
	}
}

// targets are the windows or workers of the person's browser.
func (p *person) targets(kind string) []target.ID {
	p.t.Helper()
	var found []target.ID
	p.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		all, err := chromedp.CallBrowser(ctx, target.GetTargets, target.GetTargetsParams{})
		for _, info := range all.TargetInfos {
			if info.Type == kind {
				found = append(found, info.TargetID)
			}
		}
		return err
	}))
	return found
}

// TestAttention is how somebody with two tabs is told of what is new: nothing
// of a room that is open and looked at; of another, the number in the title, a
// dot on the page's icon, a badge on the app's, and one sound for a burst, in
// one tab; a notification while nobody looks, which leads to its room in a
// window that is there. Signing out drops the push subscription, without the
// server too (Promise 14).
func TestAttention(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	anna := &person{Page: browsertest.New(t, browsertest.Options{}), t: t, name: "Anna", url: server.url}
	anna.notes()
	anna.Open(server.url + "/")
	anna.fill(`main.gate form input`, "Anna")
	anna.click(`main.gate form button[type=submit]`)
	anna.Wait(`document.querySelector("nav.side .self")`)
	anna.allow()
	anna.Wait(`navigator.serviceWorker.ready.then(r => r.active.state === "activated" && navigator.serviceWorker.controller)`)
	var bo struct{ Session string }
	server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo"}}`, &bo)
	var room struct{ ID int64 }
	server.do("PUT", fmt.Sprintf("/api/v1/direct/%d", anna.me()), bo.Session, "", &room)
	say := func(text string) {
		server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID), bo.Session, `{"text":"`+text+`"}`, nil)
	}
	path := fmt.Sprintf("/c/%d", room.ID)

	anna.Open(server.url + path)
	anna.Wait(`document.querySelector("#text")`)
	say("you are looking at it")
	anna.sees("you are looking at it")
	say("and at this")
	anna.sees("and at this")
	if n := anna.rang(); n != 0 {
		t.Errorf("%d sounds for a room that is looked at", n)
	}
	anna.Wait(`!document.title.startsWith("(") && localStorage["test.badge"] === "0"`)

	anna.Open(server.url + "/settings")
	anna.click("#notify-on:not(:checked)")
	anna.Wait(`document.querySelector("#notify-on").checked`)
	other := &person{Page: anna.Tab(), t: t, name: "Anna", url: server.url}
	other.notes()
	other.Open(server.url + "/")
	other.listed("Bo", ".name")
	for _, text := range []string{"one", "two", "three"} {
		say(text)
	}
	const dot = `document.querySelector('link[rel=icon][type="image/svg+xml"]').href.endsWith("/web/icon-dot.svg")`
	for _, tab := range []*person{anna, other} {
		tab.Wait(`document.title.startsWith("(3) ") && ` + dot + ` && localStorage["test.badge"] === "3"`)
	}
	other.Wait(`Object.keys(localStorage).some(k => k.startsWith("test.sound."))`)
	if n := other.rang(); n != 1 {
		t.Errorf("%d sounds for a burst", n)
	}
	if n := browsertest.Eval[string](anna.Page, shown); n != "" {
		t.Errorf("notified of %s while somebody looks at the page", n)
	}

	anna.Wait(`(localStorage["test.away"] = "yes")`)
	say("are you there?")
	tag := fmt.Sprintf("room-%d", room.ID)
	anna.Wait(shown + `.then(s => s === "Bo | New message | ` + tag + `")`)
	anna.Wait(`Object.keys(localStorage).filter(k => k.startsWith("test.sound.")).length > 1`)
	if n := anna.rang(); n != 2 {
		t.Errorf("%d sounds for two bursts", n)
	}

	// The click, without the hand that alone may bring a window to the front.
	other.Do(chromedp.Navigate("about:blank"))
	anna.inWorker(`self.registration.getNotifications().then(([n]) => self.dispatchEvent(new NotificationEvent("notificationclick", {notification: n})))`)
	anna.path(path)
	anna.sees("are you there?")
	anna.Wait(shown + `.then(s => s === "")`)
	if n := len(anna.targets("page")); n != 2 {
		t.Errorf("%d windows, though there was one to go to the room", n)
	}

	anna.Wait(`(localStorage["test.push"] = "there") && (localStorage.removeItem("test.away"), true)`)
	anna.Wait(`(localStorage["test.push"] = "there")`)
	anna.Open(server.url + "/settings")
	anna.Wait(`localStorage["test.push"] === "subscribed" && performance.getEntriesByName(location.origin + "/api/v1/push").some(e => e.responseStatus === 204)`)
	server.stop()
	anna.press(".settings button", "Sign out")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector("main.gate")`)
	anna.Wait(`localStorage["test.push"] === "dropped"`)
	anna.WantNoErrors(append(offlineErrors, "no answer")...)
}
