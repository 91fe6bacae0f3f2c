package ui

import (
	"strings"
	"testing"
	"unicode"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/locale"
)

// has reports which words are not in html, in whatever order.
func has(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(html, w) {
			t.Errorf("no %q in\n%s", w, html)
		}
	}
}

func TestGate(t *testing.T) {
	m := newModel()
	m.L = locale.New("en", nil)
	has(t, app.HTMLString(&gate{M: m}), "Welcome to Parley", "Type your name and start talking.", `id="name"`, "Start chatting", "简体中文")
	has(t, app.HTMLString(&gate{M: m, Open: "42"}), "Type your name to enter room 42.")
	html := app.HTMLString(&gate{M: m, way: wayLogin, open: true})
	has(t, html, `id="username"`, `id="password"`, `autocomplete="current-password"`)
	if strings.Contains(html, `id="name"`) {
		t.Error("a member is asked for a name")
	}
	has(t, app.HTMLString(&gate{M: m, way: wayJoin, open: true}), `id="name"`, `id="username"`, `autocomplete="new-password"`)
	html = app.HTMLString(&gate{M: m, Inside: true})
	has(t, html, "Your conversations stay.", `autocomplete="new-password"`)
	if strings.Contains(html, `id="name"`) {
		t.Error("a guest has a name already")
	}
	m.fault = "That went wrong."
	has(t, app.HTMLString(&gate{M: m}), `role="alert"`, "That went wrong.")
}

func TestSide(t *testing.T) {
	m := screen(t, direct, row(bo, noon, "hello Anna"))
	m.welcomed = true
	m.here = []chat.User{{ID: bo, Name: "Bo", Kind: chat.KindGuest}, {ID: carla, Name: "Carla", Kind: chat.KindMember}}
	html := app.HTMLString(&side{M: m})
	has(t, html, "Anna", "Bo", "hello Anna", "Who is here", "Carla", `aria-current="page"`)
	if strings.Count(html, ">Bo<") != 1 {
		t.Error("whom one talks to is offered again")
	}
	m.found = search{text: "car", asked: "car", people: m.here[1:], messages: messages{asked: "car"}}
	html = app.HTMLString(&side{M: m})
	has(t, html, "People", "Carla", "Enter the room “car”")
	if strings.Contains(html, "hello Anna") {
		t.Error("a conversation that was not searched for is shown")
	}
	m.found = search{text: "no such thing", asked: "no such thing", messages: messages{asked: "no such thing"}}
	has(t, app.HTMLString(&side{M: m}), "Nothing found for “no such thing”")
}

// Before the server has told what there is, nothing may be said to be missing.
func TestSideEmpty(t *testing.T) {
	m := screen(t, direct)
	m.rep = replica.New(replica.Config{Device: "test", As: anna})
	if html := app.HTMLString(&side{M: m}); strings.Contains(html, "No conversations yet") {
		t.Error("says that there are none before it knows")
	}
	m.banner.trouble = true
	has(t, app.HTMLString(&side{M: m}), "Not connected")
	m.welcomed = true
	has(t, app.HTMLString(&side{M: m}), "No conversations yet", "Nobody else is here yet")
}

func TestTalkStates(t *testing.T) {
	m := screen(t, group, row(bo, noon, "hello"))
	has(t, app.HTMLString(&talk{M: m, Room: here}), "To:", "Orders", "3 members", "hello", `id="text"`)

	m.place = place{page: pageRoom, room: 99}
	m.talk.room = 99
	has(t, app.HTMLString(&talk{M: m, Room: 99}), "This conversation is not yours, or it does not exist.")
	m.place = place{page: pageOpen, name: "a b"}
	m.missing["a b"] = chat.BadRequest
	has(t, app.HTMLString(&talk{M: m}), "There is no such room")
	m.place = place{page: pageOpen, name: "42"}
	if html := app.HTMLString(&talk{M: m}); strings.Contains(html, "There is no") || strings.Contains(html, "not yours") {
		t.Error("a room that is being entered is said to be missing")
	}
	m.banner.trouble = true
	has(t, app.HTMLString(&talk{M: m}), "Not connected")
}

func TestComposer(t *testing.T) {
	m := screen(t, direct, row(bo, noon, "a question"), row(anna, noon, "an answer"))
	draw := func() string { return app.HTMLString(&composer{M: m, Room: here, text: m.draftOf().text}) }
	if has(t, draw(), `aria-label="Write a message"`); !disabled(draw()) {
		t.Error("nothing can be sent")
	}
	m.replyTo(1)
	has(t, draw(), "Replying to Bo", "a question")
	m.editRow(2)
	if d := m.draftOf(); d.edit != 2 || d.reply != 0 || d.text != "an answer" {
		t.Errorf("%+v", d)
	}
	has(t, draw(), "Editing a message", "an answer", "Save the change")
	m.giveUp()
	if d := m.draftOf(); d != (draft{}) {
		t.Errorf("after the edit: %+v", d)
	}
	m.editRow(1)
	if d := m.draftOf(); d.edit != 0 {
		t.Error("another's message can be edited")
	}
	m.setDraft(draft{text: strings.Repeat("x", chat.MaxText+1)})
	has(t, draw(), "1 byte too long")
	if m.submit(m.draftOf().text) || m.draftOf().text == "" {
		t.Error("a text that is too long was taken, or lost")
	}
}

// What was being written comes back when an edit is over.
func TestDraftKeptOverEdit(t *testing.T) {
	m := screen(t, direct, row(anna, noon, "an answer"))
	m.setDraft(draft{text: "half a thought"})
	if !m.editLast() {
		t.Fatal("there is nothing to edit")
	}
	m.giveUp()
	if d := m.draftOf(); d.text != "half a thought" {
		t.Errorf("%+v", d)
	}
}

// Chinese is complete: no screen shows English words.
func TestChinese(t *testing.T) {
	m := screen(t, chat.Head{Kind: chat.KindGroup, Name: "订单", Pins: []chat.Seq{1}, Reports: 2, Role: chat.RoleOwner, Members: 2}, row(bo, noon, "你好"))
	m.L = locale.New("zh-CN", nil)
	m.me.Name, m.welcomed = "小安", true
	m.talk.members = []chat.Member{{User: chat.User{ID: carla, Name: "卡拉"}, Role: chat.RoleMember}}
	m.banner.trouble, m.waiting = true, true
	m.dialog, m.talk.mention, m.talk.menu = dialog{room: here, seq: 1}, 1, true
	for name, c := range map[string]app.Composer{
		"gate":     &gate{M: m},
		"settings": &settings{M: m},
		"side":     &side{M: m, open: true},
		"bar":      &roomBar{M: m, Room: here},
		"composer": &composer{M: m, Room: here, emojis: true},
		"members":  &memberList{M: m},
		"picker":   &picker{M: m},
		"open":     &asker{M: m, Kind: dialogOpenRoom},
		"leave":    &sure{M: m, Kind: dialogLeave},
		"block":    &sure{M: m, Kind: dialogBlock},
		"forward":  &forwarder{M: m},
		"report":   &reporter{M: m},
		"reports":  &reportList{M: m},
		"pins":     &pinList{M: m},
		"strip":    &strip{M: m, Room: here},
		"barred":   &barred{M: m, Room: here},
		"timeline": &timeline{M: m, Room: here, menu: menu{seq: 1}},
		"sign out": &sure{M: m, Kind: dialogSignOut},
		"banners":  &banners{M: m},
	} {
		for _, text := range texts(app.HTMLString(c)) {
			switch text {
			case "English", "Bo", "B", "Enter", "Ctrl+Enter": // names of a language, of a person, of keys
				continue
			}
			if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) >= 0 &&
				strings.IndexFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) < 0 {
				t.Errorf("%s shows %q", name, text)
			}
		}
	}
}

// texts are the pieces of text between the tags.
func texts(html string) []string {
	var out []string
	for html != "" {
		before, rest, _ := strings.Cut(html, "<")
		if text := strings.TrimSpace(before); text != "" {
			out = append(out, text)
		}
		_, html, _ = strings.Cut(rest, ">")
	}
	return out
}
