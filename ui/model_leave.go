package ui

import (
	"context"
	"errors"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/disk"
	"parley/ui/locale"
)

// leaving marks, in localStorage, a sign-out that is not done: it outlives the
// page, and nothing is asked of the server in its session's name before it is
// (Promise 14).
type leaving struct {
	Account chat.AccountID `json:"account"` // whose database is to be deleted
	Session bool           `json:"session"` // the server has not been told
}

// signOut ends it here and now, and on the server as soon as it answers.
func (m *model) signOut() {
	if m.disk.tabs != nil {
		m.disk.tabs.Tell(disk.News{Bye: true})
	}
	m.forget(true)
	m.ctx.Navigate("/")
}

// forget leaves, and wipes what this browser holds of the account.
func (m *model) forget(session bool) {
	m.setLocal(keyLeaving, leaving{Account: m.me.ID, Session: session})
	m.leave(m.L.T(locale.SignedOut))
	for _, key := range []string{keyMe, keyDevice, keyPrefs, keyEmoji, keyParked, keyDrafts} {
		m.ctx.LocalStorage().Del(key)
	}
	m.notify.pushed, m.notify.told, m.notify.offer = false, pushed{}, false
	m.prefs = prefs{}
	m.applyPrefs()
	m.endLater()
}

// endLater tries to end a sign-out, beside the screen.
func (m *model) endLater() {
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.endLeaving(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			app.Log(err) // tried again at the next start, and before anybody signs in
		}
	})
}

// endLeaving ends a sign-out that is marked. It runs beside the UI goroutine,
// one call at a time: a later one must not end the session that follows.
func (m *model) endLeaving(ctx context.Context) error {
	m.ending.Lock()
	defer m.ending.Unlock()
	var mark leaving
	if err := m.ctx.LocalStorage().Get(keyLeaving, &mark); err != nil || mark == (leaving{}) {
		return nil
	}
	wiped := disk.Wipe(ctx, mark.Account)
	m.later(m.dropPush)
	if mark.Session {
		if err := m.api.SignOut(ctx); err != nil && !refusedAs(err, chat.Unauthorized) {
			return errors.Join(wiped, err)
		}
	}
	if wiped != nil {
		m.setLocal(keyLeaving, leaving{Account: mark.Account})
		app.Log(wiped) // keeps nobody from signing in
		return nil
	}
	m.ctx.LocalStorage().Del(keyLeaving)
	return nil
}

// returned keeps a late wipe from what somebody who is back will store.
func (m *model) returned(me chat.AccountID) {
	var mark leaving
	if err := m.ctx.LocalStorage().Get(keyLeaving, &mark); err == nil && mark.Account == me && !mark.Session {
		m.ctx.LocalStorage().Del(keyLeaving)
	}
}

// setLocal stores a small value in localStorage.
func (m *model) setLocal(key string, value any) {
	if err := m.ctx.LocalStorage().Set(key, value); err != nil {
		app.Log(err)
	}
}

// rememberedMe is who was signed in here last, 0 for nobody.
func (m *model) rememberedMe() chat.AccountID {
	var me chat.Account
	if err := m.ctx.LocalStorage().Get(keyMe, &me); err != nil {
		return 0
	}
	return me.ID
}
