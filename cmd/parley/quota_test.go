package main

import (
	"testing"

	"parley/web/browsertest"
)

// TestDeviceFull writes where the device has no room left: it is said, nothing
// is called queued that is not stored, and the text stays (Promise 6).
func TestDeviceFull(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := start(t, "--data", data)
	anna := arrive(t, server.url, "/r/42", "Anna", browsertest.Options{})
	anna.Wait(`document.querySelector("#text")`)
	anna.say("online")
	anna.sent("online")
	anna.ready()
	server.stop()
	// Chromium's own override of the quota does not bind IndexedDB here: the
	// page's storage refuses as it does when there is none left.
	browsertest.Eval[bool](anna.Page, `
		window.put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = () => { throw new DOMException("none left", "QuotaExceededError"); };
		true`)
	anna.say("no room for this")
	anna.sees("This device could not store it.")
	anna.Wait(`document.querySelector(".banners").innerText.includes("no room left")`)
	anna.shoot("device-full")
	if browsertest.Eval[int](anna.Page, clocks) != 0 {
		t.Error("it is shown as queued")
	}
	browsertest.Eval[bool](anna.Page, `IDBObjectStore.prototype.put = window.put; true`)
	anna.click(`[data-act=retry]`)
	anna.Wait(clocks + ` === 1`)
	anna.Wait(`!document.querySelector(".banners").innerText.includes("no room left")`)
	again(t, server, data)
	anna.sent("no room for this")
	anna.wants([]string{"online", "no room for this"})
}
