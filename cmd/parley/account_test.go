package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// allow lets the pages of a site notify, as if the person had agreed.
func (p *person) allow() {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: p.url,
		})
		return err
	}))
}

// push has the browser hand the worker a message, as a push service does.
func (p *person) push(payload map[string]any) {
	p.t.Helper()
	data, err := json.Marshal(payload)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		found := make(chan serviceworker.RegistrationID, 1)
		err := chromedp.Listen(ctx, func(event any) {
			e, ok := event.(*serviceworker.EventWorkerRegistrationUpdated)
			if !ok {
				return
			}
			for _, r := range e.Registrations {
				select {
				case found <- r.RegistrationID:
				default:
				}
			}
		})
		if err != nil {
			return err
		}
		for _, turn := range []cdp.Command[cdp.Empty, cdp.Empty]{serviceworker.Disable, serviceworker.Enable} { // which tells the registrations again
			if _, err := cdp.Call(ctx, target, turn, cdp.Empty{}); err != nil {
				return err
			}
		}
		select {
		case id := <-found:
			_, err = cdp.Call(ctx, target, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
				Origin: p.url, RegistrationID: id, Data: string(data),
			})
		case <-time.After(20 * time.Second):
			err = context.DeadlineExceeded
		}
		return err
	}))
}

// shown is what the browser notifies of: title, text and room, a line each.
const shown = `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => [n.title, n.body, n.tag].join(" | ")).join("\n"))`

// TestPush delivers push messages to the worker: they are shown with their
// room's tag, replace one another, and are not where one looks at that room.
func TestPush(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	anna.allow()
	anna.Reload()
	anna.Wait(`navigator.serviceWorker.ready.then(r => r.active.state === "activated" && navigator.serviceWorker.controller)`)
	anna.press("#list button", "Bo")
	path := anna.path("/c/")
	anna.say("Are you there?")
	tag := "room-" + strings.TrimPrefix(path, "/c/")
	news := func(body string) map[string]any {
		return map[string]any{"title": "Bo", "body": body, "tag": tag, "path": path, "badge": 2}
	}
	anna.push(news("seen already"))
	anna.Open(server.url + "/settings")
	anna.push(news("first"))
	anna.Wait(shown + `.then(s => s === "Bo | first | ` + tag + `")`)
	anna.push(news("second"))
	anna.Wait(shown + `.then(s => s === "Bo | second | ` + tag + `")`)
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// TestAccount is what one does with one's account: a picture that others see,
// the list of sign-ins, the export, and the end, after which others see a
// former member.
func TestAccount(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	anna.press("#list button", "Bo")
	anna.path("/c/")
	anna.say("Keep this")
	anna.sent("Keep this")
	anna.Wait(`document.querySelector("#notify-yes") || Notification.permission !== "default"`)
	bo.press("#list a, #list button", "Anna")
	bo.sees("Keep this")

	anna.Open(server.url + "/settings")
	anna.Wait(`document.querySelector(".settings .devices li")`)
	if list := browsertest.Eval[string](anna.Page, `document.querySelector(".settings .devices").innerText`); !strings.Contains(list, "Chrome on") || !strings.Contains(list, "This device") {
		t.Errorf("signed in on %q", list)
	}
	anna.shoot("settings")
	anna.Wait(`(() => { const canvas = document.createElement("canvas"); canvas.width = 400; canvas.height = 300;
		canvas.getContext("2d").fillStyle = "#c03"; canvas.getContext("2d").fillRect(0, 0, 400, 300);
		return new Promise(done => canvas.toBlob(blob => {
			const files = new DataTransfer(); files.items.add(new File([blob], "me.png", {type: "image/png"}));
			const input = document.querySelector("#picture"); input.files = files.files;
			input.dispatchEvent(new Event("change", {bubbles: true})); done(true) })) })()`)
	anna.focused("#crop")
	anna.click("#do")
	const loaded = `[...document.querySelectorAll("%s")].some(i => i.complete && i.naturalWidth === 256)`
	anna.Wait(fmt.Sprintf(loaded, ".settings .face .av img"))
	bo.Wait(fmt.Sprintf(loaded, "#list .av img"))
	anna.shoot("picture")

	export := browsertest.Eval[string](anna.Page, `fetch(document.querySelector(".settings a[download]").href).then(r => r.text())`)
	var kept struct {
		Account struct{ Name, Avatar string }
		Rooms   []struct{ Messages []struct{ Text string } }
	}
	if err := json.Unmarshal([]byte(export), &kept); err != nil || kept.Account.Name != "Anna" || kept.Account.Avatar == "" ||
		len(kept.Rooms) != 1 || len(kept.Rooms[0].Messages) != 1 || kept.Rooms[0].Messages[0].Text != "Keep this" {
		t.Errorf("exported %s, %v", export, err)
	}

	anna.click("#delete-me")
	anna.Wait(`document.querySelector(".dialog")`)
	anna.shoot("delete")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector("main.gate")`)
	bo.Wait(`document.querySelector(".bar h1").innerText.includes("Former member")`)
	bo.sees("Keep this")
	bo.Wait(`!document.querySelector("#text")`)
	bo.shoot("former")
	if left := browsertest.Eval[int](anna.Page, `Object.keys(localStorage).filter(k => k === "parley.me").length`); left != 0 {
		t.Error("the account is still known there")
	}
	anna.WantNoErrors("401")
	bo.WantNoErrors()
}
