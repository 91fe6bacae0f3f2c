package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/locale"
)

// This file is how one is told of what is new while looking elsewhere. A closed
// page is told by push, through the service worker; a page that is open but not
// looked at tells by itself where there is no push, and makes a sound.

// The permission to notify, as the browser words it; permissionNone where it
// cannot notify at all.
const (
	permissionNone    = ""
	permissionAsk     = "default"
	permissionGranted = "granted"
	permissionDenied  = "denied"
)

// Preferences of prefs.Notify. Empty: it was not decided.
const (
	notifyOn  = "on"
	notifyOff = "off"
)

// notifying is what this page knows of notifications.
type notifying struct {
	permission string
	offer      bool   // the strip that offers them is shown
	pushed     bool   // the server pushes to this browser
	told       pushed // what it was told
	heard      map[chat.RoomID]chat.Seq
}

// pushed is what a subscription was stored with.
type pushed struct {
	account  chat.AccountID
	endpoint string
	text     bool
	lang     locale.Lang
}

// watchNotify finds out what the browser allows.
func (m *model) watchNotify() {
	m.notify.permission = permission()
}

func permission() string {
	if app.IsServer {
		return permissionNone
	}
	api := app.Window().Get("Notification")
	if !api.Truthy() || !app.Window().Get("navigator").Get("serviceWorker").Truthy() {
		return permissionNone
	}
	return api.Get("permission").String()
}

// notifies reports whether one is to be told on this device.
func (m *model) notifies() bool {
	return m.prefs.Notify == notifyOn && m.notify.permission == permissionGranted
}

// offerNotify offers to be told, once something was said that may be answered.
func (m *model) offerNotify() {
	if m.prefs.Notify == "" && m.notify.permission == permissionAsk && !m.notify.offer {
		m.notify.offer = true
		m.revs.status++
	}
}

// turnNotify decides it. Browsers ask only in answer to a click, which this
// must be.
func (m *model) turnNotify(on bool) {
	m.notify.offer = false
	m.revs.status++
	p := m.prefs
	if !on {
		p.Notify = notifyOff
		m.setPrefs(p)
		m.unsubscribe()
		return
	}
	p.Notify = notifyOn
	m.setPrefs(p)
	if m.notify.permission != permissionAsk {
		m.subscribe()
		return
	}
	settle(app.Window().Get("Notification").Call("requestPermission"), func(answer app.Value) {
		m.later(func() {
			m.notify.permission = answer.String()
			m.revs.status++
			m.subscribe()
		})
	}, func(app.Value) {})
}

// news tells of what has come to a room, if it is not being looked at.
func (m *model) news(id chat.RoomID) {
	s := m.rep.Room(id)
	if s == nil || s.Gone {
		return
	}
	before, known := m.notify.heard[id]
	if m.notify.heard == nil {
		m.notify.heard = map[chat.RoomID]chat.Seq{}
	}
	m.notify.heard[id] = s.Head.Seq
	last := s.Head.Last
	if !m.welcomed || !known || s.Head.Seq <= before || last == nil || last.By == m.me.ID || last.Kind == chat.KindSystem || last.Recalled != 0 {
		return
	}
	quiet := s.Head.Muted || s.Head.Kind == chat.KindOpen
	if s.Head.Read >= s.Head.Seq || s.Head.Blocked || quiet && s.Head.Mention <= before {
		return
	}
	looked := watched() && m.talk.room == id
	if !m.prefs.Quiet {
		m.ring(looked)
	}
	if !looked && !watched() && m.notifies() && !m.notify.pushed {
		m.showNews(s.Title, last, s.Head)
	}
}

// showNews notifies through the worker, which gives a room one notification.
func (m *model) showNews(title string, last *chat.Row, h *chat.Head) {
	body := m.L.T(locale.NewMessageFrom)
	if m.prefs.NotifyText {
		body = m.speaker().content(last)
		if h.Kind != chat.KindDirect {
			body = m.L.T(locale.PreviewOther, m.user(last.By).Name, body)
		}
	}
	message := map[string]any{"type": "goapp:notify", "options": map[string]any{
		"title": title, "body": body, "tag": "room-" + strconv.FormatInt(int64(h.ID), 10), "renotify": true,
		"path": hrefOf(h),
	}}
	app.Window().Get("navigator").Get("serviceWorker").Get("ready").Then(func(registration app.Value) {
		if worker := registration.Get("active"); worker.Truthy() {
			worker.Call("postMessage", message)
		}
	})
}

// badge shows the number of unread messages on the app's icon and, as a dot,
// on the page's.
func badge(n int64) {
	if app.IsServer {
		return
	}
	navigator := app.Window().Get("navigator")
	if navigator.Get("setAppBadge").Truthy() {
		none := func(app.Value) {}
		if n > 0 {
			settle(navigator.Call("setAppBadge", n), none, none)
		} else {
			settle(navigator.Call("clearAppBadge"), none, none)
		}
	}
	link := document().Call("querySelector", `link[rel=icon][type="image/svg+xml"]`)
	if !link.Truthy() {
		return
	}
	plain := data(link, "plain")
	if plain == "" {
		plain = link.Call("getAttribute", "href").String()
		link.Get("dataset").Set("plain", plain)
	}
	href := plain
	if n > 0 {
		href = "/web/icon-dot.svg"
	}
	if link.Call("getAttribute", "href").String() != href {
		link.Call("setAttribute", "href", href)
	}
}

// settle waits for a promise, either way.
func settle(promise app.Value, kept, broken func(app.Value)) {
	var ok, bad app.Func
	over := func(f func(app.Value)) func(app.Value, []app.Value) any {
		return func(_ app.Value, args []app.Value) any {
			ok.Release()
			bad.Release()
			v := app.Undefined()
			if len(args) > 0 {
				v = args[0]
			}
			f(v)
			return nil
		}
	}
	ok, bad = app.FuncOf(over(kept)), app.FuncOf(over(broken))
	promise.Call("then", ok, bad)
}
