package ui

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/link"
	"parley/ui/locale"
)

// What lies in localStorage: little, and nothing of conversations.
const (
	keyMe     = "parley.me"     // who was signed in here last: the screen need not wait for the server
	keyDevice = "parley.device" // this browser's name for itself
	keyPrefs  = "parley.prefs"
	keyEmoji  = "parley.emoji" // the skin tone, and which were used last

	keyLeaving = "parley.leaving" // a sign-out that is not done
	keyParked  = "parley.parked"  // messages whose page went before they were stored
	keyDrafts  = "parley.drafts"  // drafts, the same
)

// begin finds out who is signed in. Somebody who was, still is until the
// server says otherwise. Nobody is asked for where nobody was: the session's
// cookie cannot be seen from here, but it goes when this storage goes.
func (m *model) begin() {
	var mark leaving
	if err := m.ctx.LocalStorage().Get(keyLeaving, &mark); err == nil && mark != (leaving{}) {
		m.endLater()
	}
	var me chat.Account
	if err := m.ctx.LocalStorage().Get(keyMe, &me); err == nil && me.ID != 0 {
		m.enter(me)
		return
	}
	m.phase = outside
	m.revs.status++
}

// enter starts the conversation as me, with what this device holds of it.
func (m *model) enter(me chat.Account) {
	m.park() // a guest who becomes a member starts anew here, perhaps in the middle of a save
	m.parkDrafts()
	m.hang()
	m.returned(me.ID)
	m.phase, m.me, m.note, m.fault = starting, me, "", ""
	m.talk, m.welcomed = talkState{}, false
	m.devices = devices{}
	clear(m.notify.heard)
	clear(m.drafts)
	m.rememberMe(me)
	m.revs.status++
	m.openDisk()
}

// entered goes on when what is stored has been read.
func (m *model) entered() {
	m.phase = inside
	m.dial()
	m.revs.status++
	m.revs.list++
	m.lookAround()
	if m.place.page == pageSignIn && m.me.Kind == chat.KindMember {
		m.ctx.Navigate("/")
		return
	}
	m.openPlace()
}

// leave ends it, on this screen.
func (m *model) leave(note string) {
	m.hang()
	if m.rememberedMe() == m.me.ID { // not if somebody else has come in another tab
		m.ctx.LocalStorage().Del(keyMe)
	}
	m.phase, m.me, m.note = outside, chat.Account{}, note
	m.talk, m.dialog, m.found, m.here = talkState{}, dialog{}, search{turn: m.found.turn + 1}, nil
	clear(m.drafts)
	clear(m.missing)
	clear(m.again)
	m.banner = banner{}
	m.revs.status++
	m.revs.list++
	m.revs.dialog++
	m.retitle()
}

// stopped is called when the link will not try again.
func (m *model) stopped(why link.Reason) {
	switch why {
	case link.NotSigned:
		m.leave(m.L.T(locale.SessionEnded))
	case link.SignedOut:
		m.forget(false)
	}
}

func (m *model) rememberMe(me chat.Account) {
	if m.me.ID == 0 || me.ID == m.me.ID {
		m.me = me
		m.revs.status++
	}
	if !m.ready { // there is no page yet that could keep it
		return
	}
	m.setLocal(keyMe, me)
}

// device is this browser's name for itself, made once.
func (m *model) device() string {
	var name string
	if err := m.ctx.LocalStorage().Get(keyDevice, &name); err == nil && name != "" {
		return name
	}
	var random [9]byte
	_, _ = rand.Read(random[:]) // does not fail, by its contract
	name = "web-" + hex.EncodeToString(random[:])
	if err := m.ctx.LocalStorage().Set(keyDevice, name); err != nil {
		app.Log(err)
	}
	return name
}

// signInAs runs one of the calls that make a session.
// because words a refusal that means something of its own there.
func (m *model) signInAs(call func(context.Context) (api.Session, error), because func(chat.Code) (locale.Text, bool)) {
	m.working()
	m.holding = true
	first := func(ctx context.Context) (api.Session, error) {
		if err := m.endLeaving(ctx); err != nil {
			return api.Session{}, err
		}
		return call(ctx)
	}
	ask(m, first, func(s api.Session, err error) {
		m.busy, m.holding = false, false
		m.revs.status++
		if err != nil {
			m.fault = m.explain(err)
			if word, ok := because(chat.CodeOf(err)); ok {
				m.fault = m.L.T(word)
			}
			if m.phase == inside && m.conn.State == link.Stopped {
				m.dial()
			}
			return
		}
		if m.phase == inside && s.Me.ID == m.me.ID { // a guest became a member
			m.rememberMe(s.Me)
			m.step(replica.Profile{Me: s.Me})
			m.keepForGood()
			m.redial()
			m.revs.list++
			m.ctx.Navigate("/settings")
			return
		}
		m.enter(s.Me)
		if m.place.page == pageSignIn {
			m.ctx.Navigate("/")
		}
		if s.Me.Kind == chat.KindMember {
			m.keepForGood()
		}
	})
}

// redial connects with the session that the cookie now names.
func (m *model) redial() {
	if m.link != nil {
		m.link.Stop()
	}
	m.yield()
	m.step(replica.Closed{})
	m.dial()
}

func (m *model) guest(name string) {
	name = strings.TrimSpace(name)
	if chat.ValidPersonName(name) != nil {
		m.complain(locale.NameRule)
		return
	}
	m.signInAs(func(ctx context.Context) (api.Session, error) { return m.api.Guest(ctx, name) },
		func(code chat.Code) (locale.Text, bool) { return locale.NoGuests, code == chat.Forbidden })
}

func (m *model) login(username, password string) {
	username = strings.ToLower(strings.TrimSpace(username))
	m.signInAs(func(ctx context.Context) (api.Session, error) { return m.api.Login(ctx, username, password) },
		func(code chat.Code) (locale.Text, bool) {
			return locale.WrongLogin, code == chat.Unauthorized || code == chat.BadRequest
		})
}

func (m *model) register(username, password, name string) {
	username, name = strings.ToLower(strings.TrimSpace(username)), strings.TrimSpace(name)
	switch {
	case chat.ValidPersonName(name) != nil:
		m.complain(locale.NameRule)
	case chat.ValidUsername(username) != nil:
		m.complain(locale.UsernameRule)
	case chat.ValidPassword(password) != nil:
		m.complain(locale.PasswordRule)
	default:
		m.signInAs(func(ctx context.Context) (api.Session, error) { return m.api.Register(ctx, username, password, name) },
			func(code chat.Code) (locale.Text, bool) { return locale.UsernameTaken, code == chat.Conflict })
	}
}

// renameMe changes one's own name.
func (m *model) renameMe(name string, then func()) {
	name = strings.TrimSpace(name)
	if chat.ValidPersonName(name) != nil {
		m.complain(locale.NameRule)
		return
	}
	m.working()
	ask(m, func(ctx context.Context) (chat.Account, error) {
		return m.api.ChangeMe(ctx, api.MeChange{Name: &name})
	}, func(me chat.Account, err error) {
		if m.done(err) {
			m.rememberMe(me)
			m.step(replica.Profile{Me: me})
			m.revs.list++
			then()
		}
	})
}

// working says that a request of a form is on its way.
func (m *model) working() {
	m.busy, m.fault = true, ""
	m.revs.status++
	m.revs.dialog++
}

// done takes the end of a form's request, and tells whether it went well.
func (m *model) done(err error) bool {
	m.busy, m.fault = false, ""
	if err != nil {
		m.fault = m.explain(err)
	}
	m.revs.status++
	m.revs.dialog++
	return err == nil
}

// complain shows what is wrong with what was typed.
func (m *model) complain(word locale.Text) {
	m.fault = m.L.T(word)
	m.revs.status++
	m.revs.dialog++
}

// explain words a failure for people.
func (m *model) explain(err error) string {
	if errors.Is(err, api.ErrOffline) || errors.Is(err, context.DeadlineExceeded) {
		return m.L.T(locale.ErrOffline)
	}
	var refusal *chat.Error
	if errors.As(err, &refusal) {
		return m.L.Refusal(refusal.Code, refusal.Message)
	}
	return m.L.T(locale.ErrUnavailable)
}

func refusedAs(err error, code chat.Code) bool {
	var refusal *chat.Error
	return errors.As(err, &refusal) && refusal.Code == code
}
