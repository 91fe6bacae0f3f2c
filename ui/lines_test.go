package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/html"
	"parley/ui/locale"
)

const (
	anna  chat.AccountID = 1
	bo    chat.AccountID = 2
	carla chat.AccountID = 3
	here  chat.RoomID    = 10
	noon  chat.Time      = 1_800_000_000_000
)

// screen is Anna's model with one open room that holds rows.
func screen(t testing.TB, head chat.Head, rows ...chat.Row) *model {
	t.Helper()
	m := newModel()
	m.L = locale.New("en", nil)
	m.now = func() chat.Time { return noon }
	m.phase, m.me = inside, chat.Account{ID: anna, Name: "Anna", Kind: chat.KindGuest}
	m.rep = replica.New(replica.Config{Device: "test", As: anna})
	for i := range rows {
		rows[i].Seq, rows[i].Rev = chat.Seq(i+1), chat.Rev(i+1)
		if rows[i].Kind == "" {
			rows[i].Kind = chat.KindText
		}
		if rows[i].Key.IsZero() {
			rows[i].Key = chat.KeyV7(noon, [10]byte{byte(i), byte(i >> 8), 1})
		}
	}
	head.ID, head.Seq, head.Rev, head.N, head.Tag = here, chat.Seq(len(rows)), chat.Rev(len(rows)), chat.Count(len(rows)), "t"
	if len(rows) > 0 {
		head.Last = &rows[len(rows)-1]
	}
	users := []chat.User{{ID: anna, Name: "Anna"}, {ID: bo, Name: "Bo"}, {ID: carla, Name: "Carla"}}
	for _, in := range []replica.Input{
		replica.Opened{},
		replica.Received{Frame: &wire.Welcome{V: 1, Epoch: "e", Me: m.me, Now: noon, Rooms: []chat.Head{head}, Users: users}},
		replica.OpenRoom{Room: here},
		replica.Received{Frame: &wire.Rows{Room: here, Upto: head.Rev, Rows: rows, Users: users, Reset: true}},
	} {
		m.rep.Step(noon, in)
	}
	m.talk = talkState{room: here}
	if got := len(m.rep.Timeline(here).Rows); got != len(rows) {
		t.Fatalf("the room holds %d rows", got)
	}
	return m
}

var group = chat.Head{Kind: chat.KindGroup, Name: "Orders", Role: chat.RoleMember, Members: 3}
var direct = chat.Head{Kind: chat.KindDirect, Peer: bo, Role: chat.RoleMember, Members: 2}

// drawn is what the open room's rows look like.
func drawn(m *model) string {
	return app.HTMLString(html.Div().Body(m.lines(m.rep.Room(here).Head, nil, m.rep.Timeline(here).Rows)...))
}

func row(by chat.AccountID, at chat.Time, text string) chat.Row {
	return chat.Row{By: by, At: at, Text: text}
}

// wants reports which of the words are not in html, in that order.
func wants(t *testing.T, html string, words ...string) {
	t.Helper()
	rest := html
	for _, w := range words {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Fatalf("%q is not there, or not after what comes before it, in\n%s", w, html)
		}
		rest = after
	}
}

func TestGroups(t *testing.T) {
	const minute = 60_000
	m := screen(t, group,
		row(bo, noon, "one"),
		row(bo, noon+5*minute, "two"),
		row(bo, noon+10*minute+1, "three"),
		row(carla, noon+10*minute+2, "four"),
		row(anna, noon+10*minute+3, "five"),
	)
	html := drawn(m)
	wants(t, html, "msg you first", ">Bo<", "one", "msg you", "two", "msg you first", ">Bo<", "three", "msg you first", ">Carla<", "four", "msg me first", "five")
	if strings.Count(html, "author cut") != 3 {
		t.Error("an author is named where a group goes on, or on one's own")
	}
}

func TestDays(t *testing.T) {
	const day = 86_400_000
	m := screen(t, direct, row(bo, noon-2*day, "one"), row(bo, noon-day, "two"), row(anna, noon, "three"))
	html := drawn(m)
	wants(t, html, "one", `class="day"`, "Yesterday", "two", `class="day"`, "Today", "three")
	if strings.Count(html, `class="day"`) != 2 {
		t.Error("the first row has the beginning above it, and needs no day")
	}
}

func TestUnreadDivider(t *testing.T) {
	head := direct
	head.Read, head.ReadN = 1, 1
	m := screen(t, head, row(bo, noon, "one"), row(bo, noon, "two"), row(bo, noon, "three"))
	m.talk.divider = dividerAt(m.rep.Timeline(here).Rows, m.rep.Room(here).Head, anna)
	wants(t, drawn(m), "one", `class="new"`, "two", "three")

	m = screen(t, head, row(bo, noon, "one"), row(anna, noon, "two"))
	if d := dividerAt(m.rep.Timeline(here).Rows, m.rep.Room(here).Head, anna); d != 0 {
		t.Errorf("own messages are not unread: divider at %d", d)
	}
	h := *m.rep.Room(here).Head // more has come than is loaded
	h.Seq, h.N = 9, 9
	if d := dividerAt(m.rep.Timeline(here).Rows, &h, anna); d != 2 {
		t.Errorf("rows behind the head: divider at %d", d)
	}
}

func TestTicks(t *testing.T) {
	head := direct
	head.OthersRead, head.OthersGot = 1, 2
	m := screen(t, head, row(anna, noon, "one"), row(anna, noon, "two"), row(anna, noon, "three"), row(bo, noon, "four"))
	html := drawn(m)
	wants(t, html, "one", `title="Read"`, "two", `title="Delivered"`, "three", `title="Sent"`, "four")
	if strings.Count(html, `role="img"`) != 3 {
		t.Errorf("ticks on others' messages: %s", html)
	}
}

func TestEntries(t *testing.T) {
	m := screen(t, direct, row(bo, noon, "one"))
	key := chat.KeyV7(noon, [10]byte{9})
	m.rep.Step(noon, replica.Compose{Room: here, Key: key, Text: "mine", Reply: 1})
	head := m.rep.Room(here).Head
	bubbleOf := func() string {
		return app.HTMLString(m.entryBubble(head, m.rep.Timeline(here).Pending[0]).draw(m.L))
	}
	// Promise 6: it is not called queued before it is on disk.
	if strings.Contains(bubbleOf(), "Queued on this device") {
		t.Error("an entry that is being stored has the clock")
	}
	m.rep.Step(noon, replica.Stored{Keys: []chat.Key{key}})
	wants(t, bubbleOf(), fmt.Sprintf("data-key=%q", key), "Bo", "one", "mine", `title="Queued on this device"`)
	m.rep.Step(noon, replica.Received{Frame: &wire.Reject{Code: chat.Forbidden, Room: here, Key: key}})
	if e := m.rep.Entry(key); e == nil || e.State != replica.Failed {
		t.Fatalf("a refused entry is %+v", e)
	}
	html := bubbleOf()
	for _, want := range []string{"bad", "Not sent: they take no messages in this conversation.", `data-act="retry"`, `data-act="keep"`, `data-act="drop"`} {
		wants(t, html, want)
	}
}

func TestRecalled(t *testing.T) {
	gone := chat.Row{By: bo, At: noon, Recalled: noon}
	own := chat.Row{By: anna, At: noon, Recalled: noon}
	m := screen(t, direct, gone, own)
	html := drawn(m)
	wants(t, html, "bubble gone", "Bo recalled a message", "bubble gone", "You recalled a message")
	if strings.Contains(html, "Edit again") {
		t.Error("there is no text to edit again")
	}
	m.again = map[chat.Key]string{m.rep.Row(here, 2).Key: "what it was"}
	wants(t, drawn(m), "You recalled a message", `data-act="again"`, "Edit again")
}

func TestReactions(t *testing.T) {
	r := row(bo, noon, "one")
	r.Reactions = map[string][]chat.AccountID{"👍": {bo, anna}, "🎉": {carla}}
	m := screen(t, group, r)
	chips := m.speaker().chips(m.rep.Row(here, 1).Reactions)
	if len(chips) != 2 || chips[0].Emoji != "👍" || chips[0].Count != 2 || !chips[0].Mine || chips[1].Mine {
		t.Errorf("%+v", chips)
	}
	if chips[0].Who != "👍 2: Bo, You" {
		t.Errorf("%q", chips[0].Who)
	}
	m.L = locale.New("zh-CN", nil)
	if who := m.speaker().chips(m.rep.Row(here, 1).Reactions)[0].Who; who != "👍 2：Bo、你" {
		t.Errorf("%q", who)
	}
}

func TestSystem(t *testing.T) {
	event := func(by chat.AccountID, s chat.System) chat.Row {
		return chat.Row{By: by, At: noon, Kind: chat.KindSystem, System: &s}
	}
	m := screen(t, group,
		event(bo, chat.System{Event: chat.EventMade}),
		event(bo, chat.System{Event: chat.EventJoined, Account: anna}),
		event(carla, chat.System{Event: chat.EventJoined, Account: carla}),
		event(bo, chat.System{Event: chat.EventRenamed, Text: "Spring"}),
		event(bo, chat.System{Event: chat.EventRole, Account: carla, Text: chat.RoleModerator}),
		event(bo, chat.System{Event: chat.EventRemoved, Account: carla}),
		event(bo, chat.System{Event: chat.EventLeft, Account: bo}),
	)
	wants(t, drawn(m), "Bo made the group", "Bo added you", "Carla joined", "Bo named it “Spring”",
		"Bo made Carla a moderator", "Bo removed Carla", "Bo left")
}
