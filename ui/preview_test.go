package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/locale"
)

func TestPreview(t *testing.T) {
	names := map[chat.AccountID]string{bo: "Bo", carla: "Carla"}
	en := speaker{L: locale.New("en", nil), Me: anna, Name: func(id chat.AccountID) string { return names[id] }}
	zh := en
	zh.L = locale.New("zh", nil)
	text := func(by chat.AccountID, text string) *chat.Row {
		return &chat.Row{By: by, Kind: chat.KindText, Text: text}
	}
	for _, c := range []struct {
		s    speaker
		kind string
		row  *chat.Row
		want string
	}{
		{en, chat.KindDirect, nil, ""},
		{en, chat.KindDirect, text(bo, "hello\n  there"), "hello there"},
		{en, chat.KindDirect, text(anna, "hello"), "You: hello"},
		{zh, chat.KindDirect, text(anna, "你好"), "我：你好"},
		{en, chat.KindGroup, text(bo, "hello"), "Bo: hello"},
		{zh, chat.KindOpen, text(bo, "你好"), "Bo：你好"},
		{en, chat.KindGroup, &chat.Row{By: bo, Kind: chat.KindText, Recalled: 1}, "Bo recalled a message"},
		{zh, chat.KindGroup, &chat.Row{By: anna, Kind: chat.KindText, Recalled: 1}, "你撤回了一条消息"},
		{en, chat.KindGroup, &chat.Row{By: bo, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventMade}}, "Bo made the group"},
		{en, chat.KindDirect, &chat.Row{By: bo, Kind: chat.KindFile, Files: []chat.File{{Name: "offer.pdf"}}}, "[File] offer.pdf"},
		{en, chat.KindDirect, &chat.Row{By: bo, Kind: chat.KindFile, Text: "the roof", Files: []chat.File{{Type: "image/png", Width: 3, Height: 2}, {Type: "image/png", Width: 3, Height: 2}}}, "[Image] ×2 the roof"},
		{en, chat.KindDirect, &chat.Row{By: bo, Kind: chat.KindFile, Files: []chat.File{{Type: "image/png", Width: 3, Height: 2}, {}}}, "[File] ×2"},
		{zh, chat.KindDirect, &chat.Row{By: bo, Kind: chat.KindFile, Files: []chat.File{{Type: "audio/webm"}}}, "[语音]"},
		{en, chat.KindDirect, &chat.Row{By: bo, Kind: chat.KindFile}, "[File]"},
	} {
		if got := c.s.preview(c.kind, c.row); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestEntry(t *testing.T) {
	m := newModel()
	m.L = locale.New("en", nil)
	for _, c := range []struct {
		line        listLine
		want, never []string
	}{
		{listLine{Title: "Bo", Preview: said{text: "hello"}, Time: "12:00", Href: "/c/1"},
			[]string{`href="/c/1"`, "Bo", "12:00", "hello"}, []string{"badge", "aria-current", "draft"}},
		{listLine{Title: "Bo", Preview: said{text: "hello"}, Draft: "half a", Unread: 3}, []string{"Draft:", "half a", "badge", ">3<", "3 unread messages"}, []string{"hello"}},
		{listLine{Title: "Bo", Draft: "half a", Typing: "Bo"}, []string{`class="led typing"`, ">Bo</bdi>"}, []string{"Draft:"}},
		{listLine{Title: "Bo", Unread: 120, Muted: true}, []string{"badge quiet", "99+"}, nil},
		{listLine{Title: "Bo", Current: true}, []string{`aria-current="page"`}, nil},
		{listLine{Title: "Bo", Muted: true, Called: true, Unread: 3, Preview: said{text: "see this"}, Draft: "half a"}, []string{"[Mentioned you]", "see this", `"badge"`}, []string{"quiet", "half a"}},
		{listLine{Title: "Bo", Marked: true, Top: true, Blocked: true}, []string{"room fresh top", "badge dotted", "Marked as unread", "Pinned to the top", "Blocked"}, nil},
		{listLine{Title: "<i>"}, []string{"&lt;i&gt;"}, []string{"<i>"}},
	} {
		html := app.HTMLString(&entry{M: m, Line: c.line})
		for _, w := range c.want {
			if !strings.Contains(html, w) {
				t.Errorf("no %q in %s", w, html)
			}
		}
		for _, w := range c.never {
			if strings.Contains(html, w) {
				t.Errorf("%q in %s", w, html)
			}
		}
	}
}

// 草稿： brings its own space.
func TestDraftChinese(t *testing.T) {
	m := newModel()
	for lang, want := range map[string][]string{"en": {">Draft: <", ">明天<"}, "zh": {">草稿：<", ">明天<"}} {
		m.L = locale.New(lang, nil)
		wants(t, app.HTMLString(&entry{M: m, Line: listLine{Title: "Bo", Draft: "明天"}}), want...)
	}
}

// A name and a text that are written from right to left each keep to
// themselves: their line begins with the name in any case.
func TestPreviewDirections(t *testing.T) {
	head := group
	m := screen(t, head, row(carla, noon, "שלום, 500 יחידות"))
	m.step(replica.People{Users: []chat.User{{ID: carla, Name: "דוד"}}})
	line := m.lineOf(m.rep.Room(here))
	html := app.HTMLString(&entry{M: m, Line: line})
	has(t, html, `<bdi>`, "דוד", ": ", "שלום, 500 יחידות", `class="said cut led"`)
	if strings.Contains(html, `dir="auto"`) {
		t.Error("the line takes the direction of what is in it")
	}
	if got := strings.Count(html, "<bdi"); got != 3 { // and the room's name
		t.Errorf("%d isolated parts", got)
	}
	line.Typing = "דוד"
	html = app.HTMLString(&entry{M: m, Line: line})
	wants(t, html, `class="led typing"`, "<bdi>", "דוד", "</bdi>")
	line.Typing, line.Draft = "", "שלום"
	wants(t, app.HTMLString(&entry{M: m, Line: line}), "Draft:", "<bdi>", "שלום", "</bdi>")
}

// What comes while one looks at the newest message is read in a moment: neither
// the list nor the title tell it before.
func TestUnreadInSight(t *testing.T) {
	m := screen(t, group, row(bo, noon, "hi"))
	told := func() [2]int64 { return [2]int64{m.lineOf(m.rep.Room(here)).Unread, m.unread()} }
	if got := told(); got != [2]int64{1, 1} {
		t.Errorf("%d before one looks", got)
	}
	m.talk.seeing = true
	if got := told(); got != [2]int64{} {
		t.Errorf("%d while one looks", got)
	}
	if s := m.rep.Room(here); s.Unread != 1 {
		t.Errorf("%d are unread", s.Unread)
	}
	m.talk.room = 0
	if got := told(); got != [2]int64{1, 1} {
		t.Errorf("%d in another room", got)
	}
}

// A mark of one's own changes the list, and nothing of what is drawn of the
// room.
func TestOwnMarkDrawsNoRow(t *testing.T) {
	m := screen(t, group, row(bo, noon, "hi"))
	m.talk.members, m.talk.met = []chat.Member{}, bo // they were asked for
	before := m.revs
	m.seen(1)
	if after := m.revs; after.list == before.list || after.rows != before.rows || after.talk != before.talk {
		t.Errorf("%+v, then %+v", before, after)
	}
	before = m.revs
	m.step(replica.Received{Frame: &wire.Marks{Room: here, Marks: []chat.Mark{{User: anna, Read: 1, ReadN: 1}}}})
	if m.revs != before {
		t.Errorf("the answer: %+v, then %+v", before, m.revs)
	}
	m.step(replica.Received{Frame: &wire.Marks{Room: here, Marks: []chat.Mark{{User: bo, Read: 1, ReadN: 1}}}})
	if m.revs.rows == before.rows {
		t.Error("the other's mark is not drawn")
	}
}
