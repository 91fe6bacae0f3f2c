package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/server/store"
	"parley/server/store/sqlite"
	"parley/shared/chat"
	"parley/web/browsertest"
)

// longAgo is when the first message of a long room was written; each next one
// came ten minutes later.
var longAgo = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

const apart = 10 * time.Minute

// fill puts messages into a room of a server that does not run, until it has so
// many. The last one replies to the 200th, if there are more.
func fill(t *testing.T, data string, room chat.RoomID, by chat.AccountID, count int) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), data, sqlite.Options{Options: store.Options{
		Random: func(b []byte) { copy(b, "filled by a test") }, Fatal: func(err error) { t.Error(err) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for at := 0; at < count; {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			r, err := tx.Room(room)
			if err != nil {
				return err
			}
			upto := min(int(r.Seq)+5000, count)
			for i := int(r.Seq) + 1; i <= upto; i++ {
				row := longRow(i, by)
				if r.Rev++; i == count && i > 200 {
					row.Reply = 200
				}
				row.Rev = r.Rev
				r.Seq, r.N, r.At = row.Seq, row.N, row.At
				if err := tx.PutRow(room, row); err != nil {
					return err
				}
			}
			at = upto
			return tx.PutRoom(r)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func longRow(i int, by chat.AccountID) chat.Row {
	at := chat.Time(longAgo.Add(time.Duration(i-1) * apart).UnixMilli())
	text := fmt.Sprintf("number %d", i) + strings.Repeat(", and some more words", i%7)
	return chat.Row{
		Seq: chat.Seq(i), N: chat.Count(i), At: at, By: by, Kind: chat.KindText, Text: text,
		Key: chat.KeyV7(at, [10]byte{byte(i >> 16), byte(i >> 8), byte(i), byte(by)}),
	}
}

// bo writes what is in the long rooms.
type bo struct {
	Session string
	Me      chat.Account
}

// longRooms is a server with an open room of each size, named so.
func longRooms(t *testing.T, data string, sizes map[string]int) (*process, bo, map[string]chat.RoomID) {
	t.Helper()
	server := start(t, "--data", data)
	var bo bo
	server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo"}}`, &bo)
	ids := map[string]chat.RoomID{}
	for name := range sizes {
		var head chat.Head
		server.do("PUT", "/api/v1/open/"+url.PathEscape(name), bo.Session, "", &head)
		ids[name] = head.ID
	}
	server.stop()
	for name, n := range sizes {
		fill(t, data, ids[name], bo.Me.ID, n)
	}
	return again(t, server, data), bo, ids
}

// steady is a script that scrolls the log by so much, so many times, and
// returns by how many pixels a row in the middle of the screen was ever off its
// place, on any frame, and how many rows were passed.
const steady = `(async (by, times) => {
	const log = document.querySelector("#log"), box = log.getBoundingClientRect();
	const frame = () => new Promise(requestAnimationFrame);
	const middle = () => [...log.querySelectorAll("[data-seq]")].find(e => e.getBoundingClientRect().bottom > (box.top + box.bottom) / 2);
	let worst = 0, from = Number(middle().dataset.seq);
	for (let i = 0; i < times; i++) {
		const row = middle();
		const before = row.getBoundingClientRect().top, at = log.scrollTop;
		log.scrollTop = at + by;
		const want = before - (log.scrollTop - at);
		for (let f = 0; f < 5; f++) {
			await frame();
			const off = Math.abs(row.getBoundingClientRect().top - want);
			if (!row.isConnected) return {worst: 1e6, passed: 0};
			worst = Math.max(worst, off);
		}
	}
	return {worst, passed: Math.abs(from - Number(middle().dataset.seq))};
})(%d, %d)`

type steadiness struct{ Worst, Passed float64 }

// scrolls scrolls until so many rows have been passed, and nothing may jump.
func (p *person) scrolls(by, rows int) {
	p.t.Helper()
	passed := 0.0
	for i := range 500 { // a few steps at a time, since a frame can take long, but 40 at least
		got := browsertest.Eval[steadiness](p.Page, fmt.Sprintf(steady, by, 8))
		if passed += got.Passed; got.Worst > 1 {
			p.t.Fatalf("scrolling by %d a row jumped by %.1f px", by, got.Worst)
		}
		if i%5 == 4 && passed >= float64(rows) {
			return
		}
	}
	p.t.Fatalf("scrolling by %d has passed only %.0f rows", by, passed)
}

// shows waits until a message is in sight.
func (p *person) shows(seq int) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`(() => { const log = document.querySelector("#log").getBoundingClientRect();
		const row = document.querySelector('#log [data-seq="%d"]').getBoundingClientRect();
		return row.top >= log.top - 1 && row.bottom <= log.bottom + 1 })()`, seq))
}

// leads waits until a jump has led to a message: it is in sight, and has the
// keyboard.
func (p *person) leads(seq int) {
	p.t.Helper()
	p.shows(seq)
	p.Wait(fmt.Sprintf(`document.activeElement.dataset.seq === "%d"`, seq))
}

func (p *person) goesTo(do func()) {
	p.t.Helper()
	p.click("#room-menu")
	p.click("#room-items [data-do=date]")
	p.Wait(`document.querySelector("#day").value`)
	do()
}

// drawn counts the messages and the elements that the page holds.
func (p *person) drawn() (messages, elements int) {
	return browsertest.Eval[int](p.Page, `document.querySelectorAll("#log .msg").length`),
		browsertest.Eval[int](p.Page, `document.querySelectorAll("*").length`)
}

// opens clicks a conversation of the list and tells how long it takes until its
// newest message is painted.
func (p *person) opens(name string, newest int) (ms float64) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll("#list a")].some(e => e.textContent.includes(%s))`, js(name)))
	return browsertest.Eval[float64](p.Page, fmt.Sprintf(`new Promise(done => {
		const began = performance.now();
		const look = () => document.querySelector('#log .msg[data-seq="%d"]')
			? requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))) : requestAnimationFrame(look);
		[...document.querySelectorAll("#list a")].find(e => e.textContent.includes(%s)).click();
		look();
	})`, newest, js(name)))
}

// TestLongRoom is a room of 100,000 messages: it opens like one of 10, one gets
// to any place of it, and what one looks at stays where it is.
func TestLongRoom(t *testing.T) {
	t.Parallel()
	const most = 100_000
	server, _, _ := longRooms(t, t.TempDir(), map[string]int{"long": most, "short": 10})
	for name, o := range map[string]browsertest.Options{
		"desktop": {Width: 1280, Height: 800},
		"phone":   {Width: 390, Height: 844, Touch: true, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			anna := arrive(t, server.url, "/r/short", "Anna", o)
			anna.shows(10)
			anna.Open(server.url + "/r/long")
			anna.shows(most)
			anna.Open(server.url + "/")
			short := anna.opens("short", 10)
			few, fewElements := anna.drawn()
			anna.Open(server.url + "/")
			long := anna.opens("long", most)
			many, manyElements := anna.drawn()
			t.Logf("10 messages: %.0f ms, %d drawn, %d elements; %d messages: %.0f ms, %d drawn, %d elements", short, few, fewElements, most, long, many, manyElements)
			if many > 150 || manyElements-fewElements > 20*(many-few) {
				t.Errorf("%d messages are drawn in %d elements", many, manyElements)
			}

			anna.goesTo(func() { anna.press(".dialog .btn", "First message") })
			anna.leads(1)
			anna.sees("Conversation started")
			anna.shoot("first-" + name)
			anna.scrolls(350, 120)
			anna.click(".jump:not(.call)")
			anna.shows(most)

			day := longAgo.AddDate(1, 0, 0) // its first message is that after midnight
			anna.goesTo(func() {
				anna.shoot("date-" + name)
				anna.fill("#day", day.Format(time.DateOnly))
				anna.press(".dialog .btn", "Go")
			})
			midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
			anna.leads(int(midnight.Sub(longAgo)/apart) + 1)
			anna.shoot("day-" + name)
			anna.click(".jump:not(.call)")
			anna.shows(most)

			anna.Wait(fmt.Sprintf(`document.querySelector('#log [data-seq="%d"] .quote').textContent.includes("number 200")`, most)) // fetched
			anna.click(fmt.Sprintf(`#log [data-seq="%d"] .quote`, most))
			anna.leads(200)
			anna.scrolls(-350, 40) // which completes its chunk, and leaves it the keyboard
			anna.Wait(`document.activeElement.dataset.seq === "200"`)
			anna.click("#log .day") // a day's separator leads to others
			anna.Wait(`document.querySelector("#day").value.startsWith("2024-03-0")`)
			anna.Wait(`(() => { document.querySelector("#shade")?.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true})); return !document.querySelector("#day") })()`)
			anna.click(".jump:not(.call)")
			anna.shows(most)

			anna.scrolls(-450, 1500)
			many, manyElements = anna.drawn()
			t.Logf("1,500 messages back: %d drawn, %d elements", many, manyElements)
			if many > 500 {
				t.Errorf("%d messages are drawn", many)
			}
			anna.scrolls(450, 300)
			anna.WantNoErrors()
		})
	}
}

// TestWhileElsewhere is what goes on while one looks at what is far back: one
// stays there when somebody writes, is told of it, and comes back by an own
// message; without a connection one is told what is missing, and gets it later.
// It begins at the first of more unread messages than are loaded.
func TestWhileElsewhere(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server, bo, ids := longRooms(t, data, map[string]int{"market": 20})
	anna := arrive(t, server.url, "/r/market", "Anna", browsertest.Options{})
	anna.shows(20)
	anna.Open(server.url + "/")
	server.stop()
	fill(t, data, ids["market"], bo.Me.ID, 1020)
	server = again(t, server, data)

	anna.Wait(`document.querySelector("#list").textContent.includes("number 1020")`) // what is unread is fixed when the room is opened
	anna.opens("market", 1020)
	anna.Wait(`document.querySelector(".jump.unread").innerText.includes("1000 unread messages")`)
	anna.shoot("unread")
	anna.click(".jump.unread")
	anna.leads(21)
	anna.sees("Unread")
	anna.Wait(`!document.querySelector(".jump.unread")`)
	anna.shoot("unread-first")
	anna.scrolls(300, 60)

	// Something above grows, as a picture without a size does.
	moved := browsertest.Eval[float64](anna.Page, `(async () => {
		const log = document.querySelector("#log"), box = log.getBoundingClientRect(), rows = [...log.querySelectorAll(".msg")];
		const row = rows.find(e => e.getBoundingClientRect().top > box.top), before = row.getBoundingClientRect().top;
		rows[rows.indexOf(row) - 5].style.paddingTop = "157px";
		await new Promise(requestAnimationFrame);
		await new Promise(requestAnimationFrame);
		return row.getBoundingClientRect().top - before;
	})()`)
	if moved > 1 || moved < -1 {
		t.Errorf("what one looks at moved by %v px", moved)
	}

	// Somebody writes.
	top := `document.querySelector("#log").scrollTop`
	at := browsertest.Eval[float64](anna.Page, top)
	server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", ids["market"]), bo.Session, `{"text":"Is anybody here?"}`, nil)
	anna.Wait(`document.querySelector(".jump:not(.call)").innerText.includes("1 new message")`)
	if now := browsertest.Eval[float64](anna.Page, top); now != at {
		t.Errorf("scrolled from %v to %v", at, now)
	}
	anna.say("I am.")
	anna.sent("I am.")
	anna.sees("Is anybody here?")
	anna.Wait(`!document.querySelector(".jump:not(.call)")`)

	// Without a connection.
	server.stop()
	anna.Wait(`document.querySelector(".banner")`)
	anna.goesTo(func() { anna.press(".dialog .btn", "First message") })
	anna.sees("These messages are not on this device")
	anna.shoot("elsewhere-offline")
	again(t, server, data)
	anna.leads(1)
	anna.click(".jump:not(.call)")
	anna.sees("I am.")
	anna.WantNoErrors(offlineErrors...)
}
