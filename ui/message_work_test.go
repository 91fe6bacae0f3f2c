package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/html"
)

// The names of who reacted and who has read are told to whoever asks, but not
// who has read another's message.
func TestNames(t *testing.T) {
	own, theirs := row(anna, noon, "an answer"), row(bo, noon, "a question")
	own.Reactions = map[string][]chat.AccountID{"👍": {bo}, "🎉": {bo, anna}}
	m := screen(t, group, own, theirs)
	m.rep.Step(noon, replica.Members{Room: here, Members: []chat.Member{{User: chat.User{ID: bo, Name: "Bo"}, Read: 2}, {User: chat.User{ID: carla, Name: "Carla"}, Read: 1}}})
	head := m.rep.Room(here).Head
	html := app.HTMLString(m.names(head, m.rep.Row(here, 1)))
	wants(t, html, "🎉 2", "You", "👍 1", "Bo", "Read by 2", "Bo", "Carla")
	if m.hasNames(head, m.rep.Row(here, 2)) {
		t.Error("who has read another's message is told")
	}
	has(t, drawn(m), `data-act="names"`, "Read by 2", `title="Bo, Carla"`)
}

func TestStrip(t *testing.T) {
	head := group
	head.Pins, head.Reports, head.Role = []chat.Seq{2, 1}, 3, chat.RoleModerator
	m := screen(t, head, row(bo, noon, "the address"), row(carla, noon, "the price"))
	html := app.HTMLString(&strip{M: m, Room: here})
	has(t, html, "3 open reports", "Review", "2 pinned messages", `id="pins"`)
	wants(t, html, ">Bo</bdi>", "the address</bdi>")
	m.dialog = dialog{kind: dialogPins, room: here}
	html = app.HTMLString(&pinList{M: m})
	wants(t, html, "the address", "the price")
	has(t, html, "Unpin")
	m.rep.Step(noon, replica.Entered{Head: chat.Head{ID: here, Kind: chat.KindGroup, Rev: 2, Seq: 2, N: 2, Pins: []chat.Seq{2}, Role: chat.RoleMember, Tag: "u"}})
	html = app.HTMLString(&strip{M: m, Room: here}) + app.HTMLString(&pinList{M: m})
	has(t, html, "Pinned message", ">Carla</bdi>", "the price</bdi>")
	if strings.Contains(html, "report") || strings.Contains(html, "Unpin") {
		t.Error("a member gets what is for moderators")
	}
}

func TestMessageMenu(t *testing.T) {
	own, theirs := row(anna, noon, "an answer"), row(bo, noon, "a question")
	for _, c := range []struct {
		head    chat.Head
		seq     chat.Seq
		yes, no string
		pinned  bool
	}{
		{head: group, seq: 1, yes: "reply copy forward edit recall", no: "pin report"},
		{head: group, seq: 2, yes: "reply copy forward report", no: "edit recall pin"},
		{head: direct, seq: 2, yes: "pin report", no: "edit recall unpin"},
		{head: direct, seq: 1, yes: "unpin", no: "report", pinned: true},
	} {
		if c.pinned {
			c.head.Pins = []chat.Seq{1}
		}
		m := screen(t, c.head, own, theirs)
		tl := &timeline{M: m, Room: here, menu: menu{seq: c.seq}}
		html := app.HTMLString(tl.drawMenu(m.rep.Room(here)))
		for _, do := range strings.Fields(c.yes) {
			has(t, html, `data-do="`+do+`"`)
		}
		for _, do := range strings.Fields(c.no) {
			if strings.Contains(html, `data-do="`+do+`"`) {
				t.Errorf("%s of %d in a %s room", do, c.seq, c.head.Kind)
			}
		}
	}
}

// A queued message can be deleted until it is sent.
func TestQueuedMenu(t *testing.T) {
	m := screen(t, direct)
	m.rep.Step(noon, replica.Closed{})
	key := chat.KeyV7(noon, [10]byte{7})
	m.rep.Step(noon, replica.Compose{Room: here, Key: key, Text: "half a thought"})
	m.rep.Step(noon, replica.Stored{Keys: []chat.Key{key}})
	tl := &timeline{M: m, Room: here, menu: menu{key: key}}
	has(t, app.HTMLString(tl.drawMenu(m.rep.Room(here))), `data-do="copy"`, `data-do="delete"`)
	m.rep.Step(noon, replica.Opened{})
	m.rep.Step(noon, replica.Received{Frame: &wire.Welcome{V: 1, Epoch: "e", Me: m.me, Now: noon}})
	if e := m.rep.Entry(key); e == nil || e.State != replica.Sending {
		t.Fatalf("%+v", e)
	}
	html := app.HTMLString(tl.drawMenu(m.rep.Room(here)))
	if strings.Contains(html, `data-do="delete"`) {
		t.Error("what is on its way can be deleted")
	}
	m.rep.Step(noon, replica.Closed{})
	m.rep.Step(noon, replica.Discard{Key: key})
	if m.rep.Entry(key) == nil {
		t.Error("what may have arrived was deleted")
	}
}

func TestRoomMenu(t *testing.T) {
	items := func(head chat.Head, open bool) string {
		m := screen(t, head, row(bo, noon, "hello"))
		return app.HTMLString(html.Div().Body(m.roomItems(m.rep.Room(here), open)...))
	}
	html := items(direct, false)
	has(t, html, "Pin to the top", "Mark as read", "Mute", "Hide from the list", "Block")
	if strings.Contains(html, "Leave") {
		t.Error("a direct room can be left")
	}
	held := direct
	held.Blocked, held.Top, held.Muted, held.ReadN, held.Read = true, true, true, 1, 1
	has(t, items(held, true), "Unpin from the top", "Mark as unread", "Unmute", "Unblock")
	html = items(group, true)
	has(t, html, "Members", "Leave")
	if strings.Contains(html, "Block") || strings.Contains(html, "Rename") {
		t.Error("a member may block or rename a group")
	}
	m := screen(t, held, row(bo, noon, "hello"))
	html = app.HTMLString(&talk{M: m, Room: here})
	has(t, html, "You have blocked Bo.", "Unblock")
	if strings.Contains(html, `id="text"`) {
		t.Error("one can write to whom one has blocked")
	}
}

// What was not stored when its page went comes back as it was; what names a
// message does not under another epoch.
func TestAgain(t *testing.T) {
	key := chat.KeyV7(noon, [10]byte{1})
	edit := &replica.Entry{Op: replica.OpEdit, Room: here, Key: key, Seq: 4, Text: "x", Epoch: "e"}
	if in, is := again(edit, "e").(replica.Edit); !is || in != (replica.Edit{Room: here, Seq: 4, Key: key, Text: "x"}) {
		t.Errorf("%+v", in)
	}
	for _, op := range []replica.Op{replica.OpEdit, replica.OpRecall, replica.OpReact} {
		e := &replica.Entry{Op: op, Room: here, Key: key, Seq: 4, Emoji: "👍", Epoch: "e"}
		if again(e, "e") == nil || again(e, "f") != nil {
			t.Errorf("%s: %v, and under another epoch %v", op, again(e, "e"), again(e, "f"))
		}
	}
	post := &replica.Entry{Room: here, Key: key, Text: "@Bo x", Reply: 3, Mentions: []chat.AccountID{bo}, Epoch: "e"}
	if in, is := again(post, "f").(replica.Compose); !is || in.Reply != 0 || in.Text != "@Bo x" || len(in.Mentions) != 1 {
		t.Errorf("%+v", in)
	}
	if again(&replica.Entry{Op: replica.OpPost, Files: []replica.Attachment{{Blob: true}}}, "e") != nil {
		t.Error("a message of nothing is queued")
	}
}

// A message goes on with its files, by their ids, but calls nobody there.
func TestForwarded(t *testing.T) {
	theirs := row(bo, noon, "@Anna the plan")
	theirs.Kind, theirs.Files, theirs.Mentions = chat.KindFile, []chat.File{{ID: "f1", Name: "plan.pdf", Type: "application/pdf", Size: 9}}, []chat.AccountID{anna}
	m := screen(t, group, theirs)
	m.dialog = dialog{kind: dialogForward, room: here, seq: 1}
	m.rep.Step(noon, replica.Closed{}) // offline too
	m.talk = talkState{}               // from the list: nothing of an open room is asked for
	m.forwardTo(m.rep.Row(here, 1), []chat.RoomID{here})
	pending := m.rep.Timeline(here).Pending
	if len(pending) != 1 {
		t.Fatalf("%d messages wait", len(pending))
	}
	e := pending[0]
	if e.Text != "@Anna the plan" || len(e.Files) != 1 || e.Files[0].ID != "f1" || e.Files[0].Blob || len(e.Mentions) != 0 || e.Uploads() {
		t.Errorf("%+v", e)
	}
	if m.dialog.kind != dialogNone || m.toast.text != "Forwarded" {
		t.Errorf("dialog %v, told %q", m.dialog.kind, m.toast.text)
	}
}
