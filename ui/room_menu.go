package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
)

// What one makes of a conversation, from its own menu and from its place in
// the list.

// roomItems are the entries of a conversation's menu. Some need it to be open.
func (m *model) roomItems(s *replica.Summary, open bool) []app.UI {
	l, h := m.L, s.Head
	var out []app.UI
	add := func(may bool, do, drawing, class string, word locale.Text) {
		if may {
			out = append(out, item(do, drawing, class, l.T(word)))
		}
	}
	unread := s.Unread > 0 || s.Marked
	several := h.Kind != chat.KindDirect
	add(!h.Top, "top", iconTop, "", locale.ToTop)
	add(h.Top, "untop", iconTop, "", locale.FromTop)
	add(!unread, "unread", iconUnread, "", locale.MarkUnread)
	add(unread, "read", iconEye, "", locale.MarkRead)
	add(!h.Muted, "mute", iconBellOff, "", locale.Mute)
	add(h.Muted, "unmute", iconBell, "", locale.Unmute)
	if open {
		out = append(out, html.Hr())
		add(true, "search", iconSearch, "", locale.SearchRoom)
		add(true, "date", iconDate, "", locale.GoToDate)
	}
	if open && several {
		add(true, "members", iconPeople, "", locale.Members)
		add(h.Kind == chat.KindOpen, "link", iconLink, "", locale.CopyLink)
		add(h.Kind == chat.KindGroup && h.Role != chat.RoleMember, "rename", iconPencil, "", locale.Rename)
	}
	out = append(out, html.Hr())
	add(true, "hide", iconHide, "", locale.Hide)
	add(!several && !h.Blocked, "block", iconBlock, "danger", locale.Block)
	add(!several && h.Blocked, "unblock", iconBlock, "", locale.Unblock)
	add(several, "leave", iconLeave, "danger", locale.Leave)
	return out
}

// doRoom does what was chosen. The keyboard goes back to from when a dialog
// that opens is closed.
func (m *model) doRoom(id chat.RoomID, do string, from app.Value) {
	s := m.roomOf(id)
	if s == nil {
		return
	}
	yes, no := true, false
	switch do {
	case "top":
		m.setRoom(id, api.RoomChange{Top: &yes})
	case "untop":
		m.setRoom(id, api.RoomChange{Top: &no})
	case "mute":
		m.setRoom(id, api.RoomChange{Muted: &yes})
	case "unmute":
		m.setRoom(id, api.RoomChange{Muted: &no})
	case "unread":
		m.setRoom(id, api.RoomChange{Unread: &yes})
	case "read":
		m.markRead(s)
	case "search":
		m.searchIn(id)
	case "date":
		m.openDate(0, from)
	case "hide":
		m.hideRoom(id)
	case "unblock":
		m.setRoom(id, api.RoomChange{Blocked: &no})
	case "block":
		m.openDialogOn(dialogBlock, id, 0, from)
	case "leave":
		m.openDialogOn(dialogLeave, id, 0, from)
	case "members":
		m.openDialogOn(dialogMembers, id, 0, from)
	case "rename":
		m.openDialogOn(dialogRename, id, 0, from)
	case "link":
		copyText(app.Window().Get("location").Get("origin").String() + hrefOf(s.Head))
		m.tell(m.L.T(locale.Copied))
	}
}

// setRoom changes what a room is to oneself.
func (m *model) setRoom(id chat.RoomID, change api.RoomChange) {
	m.thenSetRoom(id, change, func() {})
}

func (m *model) thenSetRoom(id chat.RoomID, change api.RoomChange, then func()) {
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.ChangeRoom(ctx, id, change) }, func(h chat.Head, err error) {
		if err != nil {
			m.tell(m.explain(err))
			return
		}
		m.step(replica.Entered{Head: h})
		m.revs.list++
		m.revs.talk++
		then()
	})
}

// markRead takes everything of a room for read.
func (m *model) markRead(s *replica.Summary) {
	if s.Unread > 0 {
		m.step(replica.Read{Room: s.Head.ID, Seq: s.Head.Seq})
		return
	}
	no := false
	m.setRoom(s.Head.ID, api.RoomChange{Unread: &no})
}

// hideRoom takes a room out of the list, until something new comes.
func (m *model) hideRoom(id chat.RoomID) {
	yes := true
	m.thenSetRoom(id, api.RoomChange{Hidden: &yes}, func() {
		if m.talk.room == id {
			m.ctx.Navigate("/")
		}
		m.returnToList(id)
		m.tell(m.L.T(locale.HiddenNow))
	})
}

// barred is what takes the composer's place while one has blocked the other.
type barred struct {
	app.Compo
	M     *model
	Room  chat.RoomID
	List  int
	Prefs int
}

func (b *barred) Render() app.UI {
	s := b.M.roomOf(b.Room)
	if s == nil {
		return html.Div()
	}
	return html.Div().Class("barred").Role("group").Aria("label", b.M.L.T(locale.Blocked)).Body(
		icon(iconBlock),
		html.Span().Dir("auto").Text(b.M.L.T(locale.BlockedBar, s.Title)),
		html.Button().Class("btn plain").ID("unblock").Attr("type", "button").Text(b.M.L.T(locale.Unblock)).OnClick(b.onUnblock))
}

func (b *barred) onUnblock(app.Context, app.Event) { b.M.doRoom(b.Room, "unblock", nil) }
