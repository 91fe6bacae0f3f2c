package ui

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/locale"
)

// goTo takes a change of the address.
func (m *model) goTo(path string) {
	at := placeOf(path)
	if at != m.place {
		if at.page == pageHome {
			m.returnToList(m.place.room)
		}
		m.place = at
		m.fault, m.busy = "", false
		m.revs.list++
		m.revs.status++
	}
	if at.page == pageSignIn && m.phase == inside && m.me.Kind == chat.KindMember {
		m.ctx.Navigate("/")
		return
	}
	m.openPlace()
}

// openPlace opens the room of the address, as soon as one is signed in.
func (m *model) openPlace() {
	if m.phase != inside {
		return
	}
	if m.place.page == pageOpen && m.place.room == 0 {
		m.place.room = m.openByName(m.place.name)
	}
	m.look(m.place.room)
}

// enterAgain is how long to wait before trying again to enter an open room.
const enterAgain = 3 * time.Second

// openByName is the open room of that name, 0 while it is being entered. One
// that was taken from us counts when it cannot be entered: there may be posts
// that it refused.
func (m *model) openByName(name string) chat.RoomID {
	var taken chat.RoomID
	for _, s := range m.rep.AllRooms() {
		if s.Head.Kind == chat.KindOpen && s.Head.Name == name {
			if !s.Gone {
				return s.Head.ID
			}
			taken = s.Head.ID
		}
	}
	if chat.ValidOpenName(name) != nil {
		m.missing[name] = chat.BadRequest
	}
	if m.missing[name] != "" {
		return taken
	}
	if m.entering[name] {
		return 0
	}
	m.entering[name] = true
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.Open(ctx, name) }, func(h chat.Head, err error) {
		delete(m.entering, name)
		m.revs.talk++
		switch code := chat.CodeOf(err); {
		case err == nil:
			m.step(replica.Entered{Head: h})
			m.openPlace()
		case code == chat.BadRequest, code == chat.NotFound, code == chat.Forbidden:
			m.missing[name] = code
			m.openPlace()
		default:
			m.after(enterAgain, m.openPlace)
		}
	})
	return 0
}

// look makes a room the open one.
func (m *model) look(id chat.RoomID) {
	if m.talk.room == id || m.rep == nil {
		return
	}
	if m.talk.room != 0 {
		m.step(replica.CloseRoom{Room: m.talk.room})
	}
	m.talk = talkState{room: id}
	m.player.end()
	if m.rec.state != recordIdle {
		m.endRecording(false)
	}
	m.reachGoal()
	m.revs.list++
	m.revs.talk++
	switch {
	case id == 0:
	case m.disk.queue == nil || m.rep.Timeline(id).Ready:
		m.openTalk(id)
	default: // what is stored comes first, so that only what is new is asked for
		m.readRoom(id, func() {
			if m.talk.room == id {
				m.openTalk(id)
			}
		})
	}
}

func (m *model) openTalk(id chat.RoomID) {
	m.step(replica.OpenRoom{Room: id})
	if m.talk.room == id && m.talk.want != 0 {
		m.jump(m.talk.want)
	}
	m.beginTalk()
	m.fetchMembers(id)
}

// go opens a room's page.
func (m *model) show(h *chat.Head) { m.ctx.Navigate(hrefOf(h)) }

// openRoomNamed goes to the page of an open room, which enters it.
func (m *model) openRoomNamed(name string) bool {
	name = strings.TrimSpace(name)
	if chat.ValidOpenName(name) != nil {
		m.complain(locale.RoomMissingHint)
		return false
	}
	m.ctx.Navigate("/r/" + url.PathEscape(name))
	return true
}

// writeTo opens the one-to-one conversation with somebody.
func (m *model) writeTo(who chat.AccountID) {
	for _, s := range m.rep.AllRooms() {
		if s.Head.Kind == chat.KindDirect && s.Head.Peer == who {
			m.show(s.Head)
			return
		}
	}
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.Direct(ctx, who) }, m.arrived)
}

// makeGroup makes a group and opens it.
func (m *model) makeGroup(name string, members []chat.AccountID) {
	name = strings.TrimSpace(name)
	if chat.ValidGroupName(name) != nil {
		m.complain(locale.GroupNameRule)
		return
	}
	m.working()
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.Group(ctx, name, members) }, func(h chat.Head, err error) {
		if m.done(err) {
			m.closeDialog()
		}
		m.arrived(h, err)
	})
}

// arrived shows the room that a request brought.
func (m *model) arrived(h chat.Head, err error) {
	if err != nil {
		m.fault = m.explain(err)
		m.revs.list++
		return
	}
	m.step(replica.Entered{Head: h, Users: m.known(h.Peer)})
	m.endSearch()
	m.show(&h)
}

// known is what the lists of people told of somebody.
func (m *model) known(id chat.AccountID) []chat.User {
	for _, users := range [][]chat.User{m.here, m.found.people} {
		for _, u := range users {
			if u.ID == id {
				return []chat.User{u}
			}
		}
	}
	return nil
}

// lookEvery is how often those without conversations are told who came.
const lookEvery = 15 * time.Second

// keepLooking asks again while the list shows who is here, or an open room is
// open.
func (m *model) keepLooking() {
	m.after(lookEvery, func() {
		if m.phase == inside && watched() && m.rep.Live() {
			if len(m.rep.Rooms()) < fewRooms {
				m.lookAround()
			}
			m.recount()
		}
		m.keepLooking()
	})
}

// lookAround asks who else is here.
func (m *model) lookAround() {
	ask(m, func(ctx context.Context) (api.People, error) { return m.api.People(ctx, "", "") }, func(p api.People, err error) {
		if err == nil {
			here := m.others(p.Items)
			if slices.Equal(here, m.here) {
				return
			}
			m.here = here
			m.step(replica.People{Users: p.Items})
			m.revs.list++
			m.revs.dialog++
		}
	})
}

// findPeople asks the server for people by name. Those of that name whom this
// device knows have to do where there is no answer.
func (m *model) findPeople(q string, then func([]chat.User)) {
	if q == "" {
		then(m.here)
		return
	}
	ask(m, func(ctx context.Context) (api.People, error) { return m.api.People(ctx, q, "") }, func(p api.People, err error) {
		if err != nil {
			then(m.others(m.peopleCalled(q, nil)))
			return
		}
		m.step(replica.People{Users: p.Items})
		then(m.others(p.Items))
	})
}

// others leaves oneself out.
func (m *model) others(users []chat.User) []chat.User {
	return slices.DeleteFunc(slices.Clone(users), func(u chat.User) bool { return u.ID == m.me.ID })
}

// fetchMembers asks who is in a group or an open room: for their marks, and
// for the dialog.
func (m *model) fetchMembers(id chat.RoomID) {
	s := m.rep.Room(id)
	if s == nil || s.Head.Kind == chat.KindDirect {
		return
	}
	ask(m, func(ctx context.Context) (api.Members, error) { return m.allMembers(ctx, id) }, func(list api.Members, err error) {
		if err == nil && m.talk.room == id {
			m.talk.members = list.Items
			m.step(replica.Members{Room: id, Members: list.Items})
			m.revs.talk++
			m.revs.dialog++
		}
	})
}

// meet asks again who is in the open room when somebody new speaks: nothing
// tells of coming and going in open rooms.
func (m *model) meet() {
	t := m.rep.Timeline(m.talk.room)
	last := lastRow(&t)
	if m.talk.members == nil || last == nil || last.By == m.talk.met {
		return
	}
	m.talk.met = last.By
	if !slices.ContainsFunc(m.talk.members, func(one chat.Member) bool { return one.User.ID == last.By }) {
		m.fetchMembers(m.talk.room)
	}
}

// recount asks how many are in an open room that is open, for the same reason.
func (m *model) recount() {
	id := m.talk.room
	if s := m.roomOf(id); s == nil || s.Head.Kind != chat.KindOpen || m.talk.members == nil {
		return
	}
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.Room(ctx, id) }, func(h chat.Head, err error) {
		if err == nil && m.talk.room == id && h.Members != len(m.talk.members) {
			m.fetchMembers(id)
		}
	})
}

// memberCount is how many are in the open room, as far as is known.
func (m *model) memberCount(h *chat.Head) int {
	if h.Kind == chat.KindOpen && m.talk.room == h.ID && m.talk.members != nil {
		return len(m.talk.members)
	}
	return h.Members
}

// allMembers joins the parts of a list of members.
func (m *model) allMembers(ctx context.Context, id chat.RoomID) (api.Members, error) {
	var all api.Members
	for {
		part, err := m.api.Members(ctx, id, all.Next)
		if err != nil {
			return all, err
		}
		all.Items = append(all.Items, part.Items...)
		if all.Next = part.Next; all.Next == "" {
			return all, nil
		}
	}
}

// addMembers adds people to the open room, as far as that goes.
func (m *model) addMembers(people []chat.AccountID) {
	m.onMembers(func(ctx context.Context, id chat.RoomID) error {
		for _, who := range people {
			if err := m.api.PutMember(ctx, id, who, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// setMember gives somebody of the open room a role.
func (m *model) setMember(who chat.AccountID, role string) {
	m.onMembers(func(ctx context.Context, id chat.RoomID) error { return m.api.PutMember(ctx, id, who, role) })
}

// removeMember removes somebody from the open room.
func (m *model) removeMember(who chat.AccountID) {
	m.onMembers(func(ctx context.Context, id chat.RoomID) error { return m.api.RemoveMember(ctx, id, who) })
}

func (m *model) onMembers(call func(context.Context, chat.RoomID) error) {
	id := m.talk.room
	m.working()
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, call(ctx, id) }, func(_ struct{}, err error) {
		m.done(err)
		if m.rep != nil {
			m.fetchMembers(id)
		}
	})
}

// leaveRoom leaves a room.
func (m *model) leaveRoom(id chat.RoomID) {
	me := m.me.ID
	m.working()
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.api.RemoveMember(ctx, id, me) }, func(_ struct{}, err error) {
		if m.done(err) {
			m.closeDialog()
			if m.talk.room == id {
				m.ctx.Navigate("/")
			}
			m.returnToList(id)
		}
	})
}

// changeRoom takes a change of a room from a dialog.
func (m *model) changeRoom(id chat.RoomID, change api.RoomChange) {
	if change.Name != nil && chat.ValidGroupName(*change.Name) != nil {
		m.complain(locale.GroupNameRule)
		return
	}
	m.working()
	ask(m, func(ctx context.Context) (chat.Head, error) { return m.api.ChangeRoom(ctx, id, change) }, func(h chat.Head, err error) {
		if m.done(err) {
			m.step(replica.Entered{Head: h})
			m.closeDialog()
		}
	})
}
