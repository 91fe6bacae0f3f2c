package main

import (
	"fmt"
	"testing"

	"parley/web/browsertest"
)

// divided is a script that tells before which message the unread divider is,
// and how far below the log's upper edge; "" if it is not in sight.
const divided = `(() => {
	const log = document.querySelector("#log"), line = log?.querySelector(".new")?.getBoundingClientRect(), box = log?.getBoundingClientRect();
	if (!line || line.top < box.top - 1 || line.bottom > box.bottom + 1) return "";
	const next = [...log.querySelectorAll("[data-seq]")].find(e => e.getBoundingClientRect().top > line.top);
	return (next?.dataset.seq ?? "none") + " at " + Math.round(line.top - box.top) })()`

// TestUnreadFromDisk opens a conversation that is on disk: without a server,
// where it shows what is unread and stays when that comes back, and after a
// while away, when what is unread is not on disk yet.
func TestUnreadFromDisk(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server, bo, ids := longRooms(t, data, map[string]int{"market": 20})
	posts := func(texts ...string) {
		for _, text := range texts {
			server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", ids["market"]), bo.Session, fmt.Sprintf(`{"text":%q}`, text), nil)
		}
	}
	anna := arrive(t, server.url, "/r/market", "Anna", browsertest.Options{})
	anna.shows(20)
	anna.ready()
	anna.Open(server.url + "/")
	anna.listed("market", "time")
	posts("first unread", "second unread")
	anna.Wait(`new Promise(done => indexedDB.databases().then(([db]) => {
		indexedDB.open(db.name).onsuccess = e => {
			const db = e.target.result, count = db.transaction("rows").objectStore("rows").count();
			count.onsuccess = () => { db.close(); done(count.result === 22) };
		};
	}))`)
	server.stop()
	anna.Open(server.url + "/r/market")
	anna.shows(22)
	anna.Wait(divided + `.startsWith("21 at ")`)
	at := browsertest.Eval[string](anna.Page, divided)
	anna.shoot("unread-offline")
	server = again(t, server, data)
	anna.Wait(`document.querySelector(".myself .dot")`)
	if now := browsertest.Eval[string](anna.Page, divided); now != at {
		t.Errorf("the divider was before %s, and is before %s", at, now)
	}

	has := 22
	away := func(count int) {
		t.Helper()
		anna.Wait(fmt.Sprintf(`fetch("/api/v1/rooms/%d").then(r => r.json()).then(head => head.read === %d)`, ids["market"], has)) // the server knows
		anna.Open("about:blank")
		for i := range count {
			posts(fmt.Sprintf("while away %d", i))
		}
		anna.Open(server.url + "/r/market")
		anna.Wait(fmt.Sprintf(divided+`.startsWith("%d at ")`, has+1))
		has += count
		anna.shoot(fmt.Sprintf("unread-away-%d", count))
	}
	away(2)
	anna.shows(has)
	away(40) // more than one sees: it begins at the first
	anna.Wait(divided + `.endsWith(" at 24")`)
	anna.click(".jump:not(.call)")
	anna.shows(has)
	posts("and one more")
	anna.shows(has + 1)
	anna.WantNoErrors(offlineErrors...)
}
