package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// painted is a picture as a File of the page, in a promise.
func painted(name string, width, height int) string {
	return fmt.Sprintf(`new Promise(done => { const c = document.createElement("canvas"); c.width = %[2]d; c.height = %[3]d;
		const g = c.getContext("2d"), f = g.createLinearGradient(0, 0, %[2]d, %[3]d);
		f.addColorStop(0, "#0277bd"); f.addColorStop(.5, "#fdd835"); f.addColorStop(1, "#c62828");
		g.fillStyle = f; g.fillRect(0, 0, %[2]d, %[3]d);
		g.fillStyle = "#fff"; g.beginPath(); g.arc(%[2]d / 2, %[3]d / 2, Math.min(%[2]d, %[3]d) / 4, 0, 7); g.fill();
		c.toBlob(b => done(new File([b], %[1]s, {type: "image/png"})), "image/png") })`, js(name), width, height)
}

// paste puts files into the composer as the clipboard does.
func (p *person) paste(files ...string) {
	p.t.Helper()
	p.Wait(`document.querySelector("#text")`)
	for _, file := range files {
		p.Wait(fmt.Sprintf(`(async () => { const d = new DataTransfer(); d.items.add(await %s);
			document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", {clipboardData: d, bubbles: true, cancelable: true})); return true })()`, file))
	}
	p.Wait(fmt.Sprintf(`document.querySelectorAll(".tray li").length === %d`, len(files)))
}

// drop drags files over the conversation and lets them go.
func (p *person) drop(files ...string) {
	p.t.Helper()
	for _, event := range []string{"dragover", "drop"} {
		for _, file := range files {
			p.Wait(fmt.Sprintf(`(async () => { const d = new DataTransfer(); d.items.add(await %s);
				document.querySelector(".log").dispatchEvent(new DragEvent(%s, {dataTransfer: d, bubbles: true, cancelable: true})); return true })()`, file, js(event)))
		}
		if event == "dragover" {
			p.Wait(`document.querySelector(".drop")`)
			p.shoot("drop")
		}
	}
	p.Wait(`!document.querySelector(".drop")`)
}

// text is a File of the page with this text.
func text(name, content string) string {
	return fmt.Sprintf(`new File([%s], %s, {type: "text/plain"})`, js(content), js(name))
}

// measuring has the page note, for each picture of a message, how large its box
// is when it appears, before the picture has come.
const measuring = `(() => { window.boxes = []; new MutationObserver(() => {
	for (const img of document.querySelectorAll("[role=log] .pic img:not([data-noted])")) {
		img.dataset.noted = 1; const box = img.getBoundingClientRect();
		boxes.push({img, come: img.complete && img.naturalWidth > 0, width: box.width, height: box.height});
	} }).observe(document, {childList: true, subtree: true}); return true })()`

// TestPictures pastes pictures, which the other sees in boxes that were there
// before them, and looks at them in the gallery by keyboard.
func TestPictures(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{Width: 390, Height: 844, Touch: true, Dark: true, Lang: "zh-CN"})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{})
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	bo.press("#list a, #list button", "Anna")
	bo.path(direct)
	bo.Wait(measuring)

	anna.paste(painted("roof.png", 900, 600))
	anna.fill("#text", "the roof")
	anna.shoot("tray")
	anna.click(".write .go:not([hidden])")
	bo.sees("the roof")
	bo.Wait(`document.querySelector("[role=log] .pic img").naturalWidth > 0`)
	bo.Wait(`boxes.length === 1 && !boxes[0].come && boxes[0].height > 100`)
	bo.Wait(`(() => { const box = boxes[0].img.getBoundingClientRect(); return box.width === boxes[0].width && box.height === boxes[0].height })()`)
	anna.Wait(`document.querySelector(".msg.me[data-seq] .pic img").naturalWidth > 0`)
	anna.Wait(`document.querySelectorAll(".tray li").length === 0`)

	anna.paste(painted("1.png", 300, 700), painted("2.png", 700, 300), painted("3.png", 500, 500), text("报价单 offer.txt", "seven"))
	anna.click(".tray li:nth-child(3) button")
	anna.Wait(`document.querySelectorAll(".tray li").length === 3`)
	anna.click(".write .go:not([hidden])")
	bo.Wait(`document.querySelectorAll("[role=log] .pics.many .pic").length === 2`)
	bo.Wait(`document.querySelector("[role=log] a.doc[download]").textContent.includes("offer.txt")`)
	bo.Wait(`fetch(document.querySelector("[role=log] a.doc").href).then(r => r.text()).then(t => t === "seven")`)
	bo.Wait(`boxes.length === 3`)
	bo.shoot("pictures-phone")
	anna.drop(text("notes.txt", "eight"))
	anna.Wait(`document.querySelectorAll(".tray li").length === 1`)
	anna.click(".tray li button")
	anna.Wait(`[...document.querySelectorAll("#list a")].some(e => e.textContent.includes("[File]"))`)
	anna.shoot("pictures")

	anna.gallery()
	bo.click("[role=log] .pic")
	bo.Wait(`document.querySelector(".gallery img:last-child").naturalWidth === 900`)
	bo.shoot("gallery-phone")
	bo.click(".gallery header button:last-child")
	bo.click("#attach")
	bo.Wait(`document.activeElement.matches("#attach-items button") && document.querySelectorAll("#attach-items button").length === 3`)
	bo.shoot("attach-phone")
	bo.click(".clip .veil")
	bo.Wait(`!document.querySelector("#attach-items")`)
	anna.traysOutliveReload()
	anna.Wait(`document.querySelector(".msg.me .pic img").naturalWidth > 0`)
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// traysOutliveReload chooses files without sending them: they are still chosen
// after a reload, but for one that was removed, and gone when they were sent.
func (p *person) traysOutliveReload() {
	p.t.Helper()
	p.paste(painted("kept.png", 300, 200), text("removed.txt", "nine"))
	p.Wait(blobsKept + `.then(n => n === 2)`) // a page that goes before takes the rest with it
	p.Reload()
	p.Wait(`document.querySelectorAll(".tray li").length === 2 && document.querySelector(".tray img").naturalWidth === 300`)
	p.click(".tray li:nth-child(2) button")
	p.Wait(`document.querySelectorAll(".tray li").length === 1`)
	p.Reload()
	p.Wait(`document.querySelectorAll(".tray li").length === 1 && document.querySelector(".tray li").title === "kept.png"`)
	p.shoot("tray-reloaded")
	p.click(".write .go:not([hidden])")
	p.Wait(`document.querySelectorAll(".msg.me[data-seq] .pic img").length === 4`)
	p.Reload()
	p.Wait(`document.querySelectorAll(".msg.me[data-seq] .pic img").length === 4 && document.querySelectorAll(".tray li").length === 0`)
	p.Wait(blobsKept + `.then(n => n === 0)`)
}

// blobsKept is how many contents of files this device holds.
const blobsKept = `new Promise(done => indexedDB.databases().then(([db]) => {
	indexedDB.open(db.name).onsuccess = e => {
		const db = e.target.result, count = db.transaction("blobs").objectStore("blobs").count();
		count.onsuccess = () => { db.close(); done(count.result) };
	};
}))`

// gallery walks through three pictures by keyboard, and back to where it began.
func (p *person) gallery() {
	p.t.Helper()
	key := func(name string) {
		p.Wait(fmt.Sprintf(`(() => { document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: %s, bubbles: true, cancelable: true})); return true })()`, js(name)))
	}
	p.Wait(`(() => { const b = document.querySelector("[role=log] button.pic"); b.focus(); b.click(); return true })()`)
	p.Wait(`document.querySelector(".gallery") && document.activeElement.closest(".gallery")`)
	p.Wait(`document.querySelector(".gallery .count").textContent === "1 / 3"`)
	p.Wait(`document.querySelector(".gallery img:last-child").naturalWidth === 900`)
	key("ArrowRight")
	p.Wait(`document.querySelector(".gallery .count").textContent === "2 / 3"`)
	p.Wait(`document.querySelector(".gallery img:last-child").naturalWidth === 300`)
	p.shoot("gallery")
	key("+")
	p.Wait(`document.querySelector("#picture").style.transform.includes("scale(1.5)")`)
	key("-")
	key("ArrowLeft")
	p.Wait(`document.querySelector(".gallery .count").textContent === "1 / 3"`)
	key("Tab")
	p.Wait(`document.activeElement.closest(".gallery")`)
	key("Escape")
	p.Wait(`!document.querySelector(".gallery") && document.activeElement.matches("button.pic")`)
}

// TestUploadOffline chooses files without a server. They wait on this device,
// over the end of the browser, and are sent once and in order (Promise 6).
func TestUploadOffline(t *testing.T) {
	t.Parallel()
	data, profile := t.TempDir(), t.TempDir()
	server := start(t, "--data", data)
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{Profile: profile})
	anna.Wait(`document.querySelector("#text")`)
	anna.say("online")
	anna.sent("online")
	anna.ready()
	anna.Quit() // Chromium takes its time to write cookies and localStorage
	anna = &person{Page: browsertest.New(t, browsertest.Options{Profile: profile}), t: t, name: "Anna", url: server.url}
	anna.Open(server.url + "/r/42")
	anna.sent("online")
	server.stop()
	anna.paste(painted("roof.png", 900, 600), text("notes.txt", "seven"))
	anna.fill("#text", "the roof")
	anna.click(".write .go:not([hidden])")
	anna.say("after it")
	anna.Wait(clocks + ` === 2`)
	anna.Wait(`document.querySelector(".msg.me .up").textContent.includes("Waiting")`)
	anna.shoot("upload-offline")
	anna.Kill()

	anna = &person{Page: browsertest.New(t, browsertest.Options{Profile: profile}), t: t, name: "Anna", url: server.url}
	anna.Open(server.url + "/r/42")
	anna.Wait(clocks + ` === 2`)
	anna.Wait(`document.querySelector(".msg.me .pic img").naturalWidth === 900`) // from the disk
	again(t, server, data)
	anna.Wait(clocks + ` === 0`)
	anna.sent("after it")
	anna.wants([]string{"online", "the roof", "after it"})
	bo := arrive(t, server.url, "/r/42", "Bo", browsertest.Options{})
	bo.wants([]string{"online", "the roof", "after it"})
	bo.Wait(`document.querySelector("[role=log] .pic img").naturalWidth > 0`)
	bo.Wait(`fetch(document.querySelector("[role=log] a.doc").href).then(r => r.text()).then(t => t === "seven")`)
	bo.Wait(`document.querySelectorAll("[role=log] .msg[data-seq]").length === 3`)
	anna.Wait(blobsKept + `.then(n => n === 0)`)
}

// TestVoice records a voice message, which the other plays.
func TestVoice(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	bo := arrive(t, server.url, "/", "Bo", browsertest.Options{Dark: true})
	anna := arrive(t, server.url, "/", "Anna", browsertest.Options{Microphone: true, Width: 390, Height: 844, Touch: true, Lang: "zh-CN"})
	anna.press("#list button", "Bo")
	direct := anna.path("/c/")
	bo.press("#list a, #list button", "Anna")
	bo.path(direct)

	anna.click("#mic:not([hidden])")
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`)
	anna.shoot("recording")
	anna.click("#rec-drop")
	anna.Wait(`!document.querySelector(".rec") && !document.querySelector(".voice")`)
	anna.click("#mic:not([hidden])")
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`)
	anna.click("#rec-send")
	anna.Wait(`document.querySelector(".msg.me[data-seq] .voice rect[height='26']")`) // the loudest bar
	bo.Wait(`/0:0[23]/.test(document.querySelector("[role=log] .voice .long").textContent)`)
	bo.Wait(`!document.querySelector(".voice rect[height='26']")`)
	bo.Wait(`[...document.querySelectorAll("#list a")].some(e => e.textContent.includes("[Voice]"))`)
	bo.tap(".voice .play")
	bo.Wait(`document.querySelector(".voice.on rect.heard")`)
	bo.Wait(`document.querySelector(".voice rect[height='26']")`)
	bo.shoot("voice-dark")
	bo.Wait(`!document.querySelector(".voice.on")`)
	anna.shoot("voice")
	anna.WantNoErrors()
	bo.WantNoErrors()
}

// tap clicks with the mouse: what plays a sound must come from somebody's hand.
func (p *person) tap(what string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%s)`, js(what)))
	at := browsertest.Eval[[]float64](p.Page, fmt.Sprintf(`(() => { const box = document.querySelector(%s).getBoundingClientRect();
		return [box.left + box.width / 2, box.top + box.height / 2] })()`, js(what)))
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		p.Do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: kind, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1,
			})
			return err
		}))
	}
}

// TestNoMicrophone says so, in the browser's words for refusing.
func TestNoMicrophone(t *testing.T) {
	t.Parallel()
	server := start(t, "--data", t.TempDir())
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.click("#mic:not([hidden])")
	anna.Wait(`/microphone/i.test(document.querySelector(".write .over.bad").textContent)`)
	anna.Wait(`!document.querySelector(".rec") && document.querySelector("#text")`)
}
