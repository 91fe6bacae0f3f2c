package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/shared/words"
	"parley/ui/api"
)

// searched makes the search box hold q, and finds on this device.
func searched(m *model, q string) string {
	m.found = search{turn: m.found.turn + 1, text: q, asked: q, room: m.found.room}
	m.found.people = m.peopleCalled(q, nil)
	m.findHere(words.Parse(q))
	return app.HTMLString(&side{M: m})
}

func TestSearchHere(t *testing.T) {
	m := screen(t, group, row(bo, noon, "请开发票 <b>"), row(anna, noon, "Hello, World"), row(carla, noon, "发 票"))
	html := searched(m, "发票")
	has(t, html, "Messages", "<mark>发票</mark>", "&lt;b&gt;", "Bo", `data-hit="`+fmt.Sprint(int64(here))+`/1"`, "Orders", "1 message found", "Offline: only what is on this device")
	if strings.Count(html, "data-hit") != 1 {
		t.Errorf("more than one hit:\n%s", html)
	}
	wants(t, html, "data-hit", "Enter the room “发票”")
	has(t, searched(m, "票"), `/3"`, `/1"`, "2 messages found")
	has(t, searched(m, "hello wor"), "<mark>Hello</mark>", "<mark>World</mark>", "You")
	has(t, searched(m, `"world hello"`), "Nothing found")
	has(t, searched(m, `" OR *`), "Nothing found")

	html = searched(m, "ｃａｒ") // of full width
	has(t, html, "People", "Carla")
	html = searched(m, "ORD")
	wants(t, html, "Rooms", "Orders", "Enter the room “ORD”")
	wants(t, searched(m, "nowhere"), "Nothing found", "Enter the room “nowhere”")
	for _, unknown := range []search{{asked: "nowhere"}, {messages: messages{asked: "nowhere"}}} {
		unknown.text = "nowhere"
		m.found = unknown
		if html = app.HTMLString(&side{M: m}); strings.Contains(html, "Enter the room") {
			t.Errorf("Enter enters a room before it is known what there is: %+v", unknown)
		}
	}

	m.found.room = here
	html = searched(m, "carla")
	has(t, html, "Messages in Orders", "Search everywhere", "Nothing found for “carla”")
	if strings.Contains(html, "People") || strings.Contains(html, "Enter the room") {
		t.Error("a search in one room finds more than messages")
	}
}

// TestSearchFound draws what the server has found, and takes a message away
// that is recalled meanwhile.
func TestSearchFound(t *testing.T) {
	m := screen(t, direct, row(bo, noon, "the price is 5"), row(anna, noon, "what price?"))
	rows := m.rep.Timeline(here).Rows
	m.found = search{turn: 1, text: "price", asked: "price"}
	items := []api.FoundRow{{Room: here, Row: *rows[1], Ranges: []words.Range{{5, 10}}}, {Room: here, Row: *rows[0], Ranges: []words.Range{{4, 9}}}}
	m.foundMessages(messages{asked: "price", hits: hitsOf(items), next: "n"})
	html := app.HTMLString(&side{M: m})
	has(t, html, "<mark>price</mark>", "what", "is 5", "More messages")
	if strings.Contains(html, "Offline") {
		t.Error("what the server found is said to be of this device")
	}
	recalled := *rows[0]
	recalled.Text, recalled.Recalled, recalled.Rev = "", noon, 3
	m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, From: 2, Upto: 3, Rows: []chat.Row{recalled}}})
	if html = app.HTMLString(&side{M: m}); strings.Contains(html, "is 5") || !strings.Contains(html, "what") {
		t.Errorf("what was recalled is shown:\n%s", html)
	}
	m.found = search{text: "price"}
	if html = app.HTMLString(&side{M: m}); strings.Contains(html, "Nothing found") {
		t.Error("says that there is nothing before it knows")
	}
}

// TestPeopleCalled puts known people before those whom the server has found.
func TestPeopleCalled(t *testing.T) {
	m := screen(t, group)
	other := chat.User{ID: 99, Name: "Robert"}
	var names []string
	for _, u := range m.peopleCalled("bo", []chat.User{{ID: bo, Name: "Bo"}, other}) {
		names = append(names, u.Name)
	}
	if got := strings.Join(names, " "); got != "Bo Robert" {
		t.Errorf("got %s", got)
	}
	for q, want := range map[string]bool{"ÁNNA": true, "ann": true, "x": false} {
		if holds("Anna Müller", q) != want {
			t.Errorf("%q in Anna Müller: not %v", q, want)
		}
	}
}
