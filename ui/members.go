package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
	"parley/ui/locale"
)

// memberList is the dialog of who is in the room.
type memberList struct {
	app.Compo
	M      *model
	Dialog int
	Talk   int
	People int
	Prefs  int
}

// OnMount puts the keyboard into the dialog.
func (d *memberList) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(find("shade", "button")) })
}

func (d *memberList) Render() app.UI {
	l := d.M.L
	s := d.M.roomOf(d.M.talk.room)
	if s == nil {
		return html.Div()
	}
	rows := make([]app.UI, 0, len(d.M.talk.members))
	for _, one := range d.M.talk.members {
		rows = append(rows, d.row(one, s.Head.Role))
	}
	return d.M.framed(l.N(locale.MembersCount, d.M.memberCount(s.Head)),
		d.M.faultLine(),
		html.Ul().Class("scroll").OnClick(d.onClick).Body(rows...),
		html.Footer().Body(html.Button().Class("btn").Attr("type", "button").Text(l.T(locale.AddMember)).OnClick(d.onAdd)))
}

func (d *memberList) row(one chat.Member, mine string) app.UI {
	l := d.M.L
	name := one.User.Name
	if one.User.ID == d.M.me.ID {
		name += " (" + l.T(locale.You) + ")"
	}
	role := ""
	switch one.Role {
	case chat.RoleOwner:
		role = l.T(locale.RoleOwner)
	case chat.RoleModerator:
		role = l.T(locale.RoleModerator)
	}
	acts := []app.UI{}
	button := func(do, drawing string, word locale.Text) {
		acts = append(acts, iconButton(drawing, l.T(word)+": "+one.User.Name).
			DataSet("do", do).DataSet("who", strconv.FormatInt(int64(one.User.ID), 10)))
	}
	if may := mayChange(mine, one.Role, one.User.ID == d.M.me.ID); may.role {
		if one.Role == chat.RoleModerator {
			button(chat.RoleMember, iconDown, locale.MakeMember)
		} else {
			button(chat.RoleModerator, iconStar, locale.MakeModerator)
		}
	}
	if mayChange(mine, one.Role, one.User.ID == d.M.me.ID).remove {
		button("remove", iconOut, locale.RemoveMember)
	}
	here := d.M.rep.Presence(one.User.ID).Online
	return html.Li().Class("room small").Body(
		avatar(face{ID: int64(one.User.ID), Name: one.User.Name, Pic: one.User.Avatar, Here: here}, "small"),
		html.Span().Class("what").Body(bdi().Class("cut").Text(name)),
		html.Span().Class("tag").Text(role),
		html.Span().Class("acts").Body(acts...))
}

// powers are what one may do to a member.
type powers struct{ role, remove bool }

// mayChange follows the protocol: roles are set by the owner; members are
// removed by the owner, or by a moderator if they are neither.
func mayChange(mine, theirs string, self bool) powers {
	if self {
		return powers{}
	}
	owner := mine == chat.RoleOwner
	return powers{
		role:   owner && theirs != chat.RoleOwner,
		remove: owner || mine == chat.RoleModerator && theirs == chat.RoleMember,
	}
}

func (d *memberList) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-do]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	id, _ := strconv.ParseInt(data(button, "who"), 10, 64)
	if do := data(button, "do"); do == "remove" {
		d.M.removeMember(chat.AccountID(id))
	} else {
		d.M.setMember(chat.AccountID(id), do)
	}
}

func (d *memberList) onAdd(app.Context, app.Event) { d.M.openDialog(dialogAdd) }

// picker is the dialog that chooses people: for a new group, or to be added to
// the open one.
type picker struct {
	app.Compo
	M      *model
	Add    bool
	Dialog int
	Prefs  int

	asked  string
	found  []chat.User
	picked []chat.User
}

// OnMount puts the keyboard into the field.
func (p *picker) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) {
		if el := byID("group-name"); el.Truthy() {
			focus(el)
			return
		}
		focus(byID("find-people"))
	})
}

func (p *picker) Render() app.UI {
	l := p.M.L
	title, do := l.T(locale.NewGroup), l.T(locale.MakeGroup)
	var name app.UI
	if p.Add {
		title, do = l.T(locale.AddMember), l.T(locale.DoneWith)
	} else {
		name = field("group-name", l.T(locale.GroupName), "", html.Input().Attr("type", "text").Attr("autocomplete", "off").Attr("maxlength", chat.MaxGroupName))
	}
	chips := make([]app.UI, 0, len(p.picked))
	for _, u := range p.picked {
		chips = append(chips, html.Button().Attr("type", "button").DataSet("who", strconv.FormatInt(int64(u.ID), 10)).
			Body(bdi().Class("cut").Text(u.Name), icon(iconClose)))
	}
	return p.M.framed(title,
		html.Div().Class("pad").OnClick(p.onPick).Body(name,
			field("find-people", l.T(locale.ChooseMembers), "", html.Input().Attr("type", "search").Attr("placeholder", l.T(locale.Search)).
				Attr("autocomplete", "off").OnInput(p.onFind)),
			html.Div().Class("picks").Body(chips...), p.M.faultLine()),
		html.Div().Class("scroll").Role("group").Aria("label", l.T(locale.People)).OnClick(p.onPick).Body(p.rows()...),
		html.Footer().Body(html.Button().Class("btn").Attr("type", "button").Attr("disabled", p.M.busy || len(p.picked) == 0).Text(do).OnClick(p.onDo)))
}

// candidates are the people to choose from: without those who are in already.
func (p *picker) candidates() []chat.User {
	from := p.M.here
	if p.asked != "" {
		from = p.found
	}
	return slices.DeleteFunc(slices.Clone(from), func(u chat.User) bool {
		return p.Add && slices.ContainsFunc(p.M.talk.members, func(one chat.Member) bool { return one.User.ID == u.ID })
	})
}

func (p *picker) rows() []app.UI {
	rows := []app.UI{}
	for _, u := range p.candidates() {
		rows = append(rows, checkable(face{ID: int64(u.ID), Name: u.Name, Pic: u.Avatar}, u.Name, p.has(u.ID)).
			DataSet("who", strconv.FormatInt(int64(u.ID), 10)))
	}
	if len(rows) == 0 {
		text := p.M.L.T(locale.NoOneYet)
		if p.asked != "" {
			text = p.M.L.T(locale.NothingFound, p.asked)
		}
		rows = append(rows, html.Div().Class("none").Text(text))
	}
	return rows
}

// checkable is a line of a list in which several can be chosen.
func checkable(of face, name string, chosen bool) app.HTMLElem {
	return html.Button().Class("room small").Attr("type", "button").Role("checkbox").Aria("checked", word(chosen)).Body(
		avatar(of, "small"),
		html.Span().Class("what").Body(bdi().Class("cut").Text(name)),
		html.Span().Class("pick").Body(icon(iconTick)))
}

func (p *picker) has(id chat.AccountID) bool {
	return slices.ContainsFunc(p.picked, func(u chat.User) bool { return u.ID == id })
}

func (p *picker) onFind(ctx app.Context, _ app.Event) {
	q := strings.TrimSpace(valueOf("find-people"))
	p.asked = q
	p.M.findPeople(q, func(found []chat.User) {
		if p.asked == q {
			p.found = found
			p.M.revs.dialog++
		}
	})
}

func (p *picker) onPick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "[data-who]")
	if !button.Truthy() {
		ctx.PreventUpdate()
		return
	}
	id, _ := strconv.ParseInt(data(button, "who"), 10, 64)
	who := chat.AccountID(id)
	if p.has(who) {
		p.picked = slices.DeleteFunc(p.picked, func(u chat.User) bool { return u.ID == who })
		return
	}
	for _, u := range p.candidates() {
		if u.ID == who {
			p.picked = append(p.picked, u)
		}
	}
}

func (p *picker) onDo(app.Context, app.Event) {
	ids := make([]chat.AccountID, 0, len(p.picked))
	for _, u := range p.picked {
		ids = append(ids, u.ID)
	}
	if !p.Add {
		p.M.makeGroup(valueOf("group-name"), ids)
		return
	}
	p.M.openDialog(dialogMembers)
	p.M.addMembers(ids)
}
