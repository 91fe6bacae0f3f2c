package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/api"
)

// worker gives the service worker's registration to f, on the UI goroutine,
// where the browser can push to it.
func (m *model) worker(f func(registration app.Value)) {
	if app.IsServer {
		return
	}
	workers := app.Window().Get("navigator").Get("serviceWorker")
	if !workers.Truthy() {
		return
	}
	workers.Get("ready").Then(func(registration app.Value) {
		if registration.Get("pushManager").Truthy() {
			m.later(func() { f(registration) })
		}
	})
}

// subscribe has the server push to this browser, if one wants it and it is
// not so already. Where there is no push service to be had, an open page tells
// by itself.
func (m *model) subscribe() {
	if !m.notifies() || m.phase != inside {
		return
	}
	m.worker(func(registration app.Value) {
		manager := registration.Get("pushManager")
		settle(manager.Call("getSubscription"), func(subscription app.Value) {
			m.later(func() {
				if subscription.Truthy() {
					m.storePush(subscription)
					return
				}
				m.makePush(manager)
			})
		}, func(app.Value) {})
	})
}

// makePush subscribes at the browser's push service.
func (m *model) makePush(manager app.Value) {
	ask(m, m.api.PushKey, func(key string, err error) {
		if err != nil || !m.notifies() {
			return // tried again at the next connection
		}
		settle(manager.Call("subscribe", map[string]any{"userVisibleOnly": true, "applicationServerKey": key}),
			func(subscription app.Value) { m.later(func() { m.storePush(subscription) }) },
			func(why app.Value) { app.Log(why.Get("message").String()) })
	})
}

// storePush tells the server where to push to, unless it knows.
func (m *model) storePush(subscription app.Value) {
	p := subscription.Call("toJSON")
	keys := p.Get("keys")
	if m.phase != inside || !keys.Truthy() {
		return
	}
	now := pushed{account: m.me.ID, endpoint: p.Get("endpoint").String(), text: m.prefs.NotifyText, lang: m.L.Lang()}
	if m.notify.pushed && m.notify.told == now {
		return
	}
	to := api.PushTo{
		Endpoint: now.endpoint, P256dh: keys.Get("p256dh").String(), Auth: keys.Get("auth").String(),
		Text: now.text, Locale: string(now.lang),
	}
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.api.Subscribe(ctx, to) },
		func(_ struct{}, err error) {
			m.notify.pushed, m.notify.told = err == nil, now
			if err != nil {
				app.Log(err)
			}
		})
}

// unsubscribe has neither the server nor the browser go on.
func (m *model) unsubscribe() {
	m.notify.pushed, m.notify.told = false, pushed{}
	ask(m, func(ctx context.Context) (struct{}, error) { return struct{}{}, m.api.Unsubscribe(ctx) },
		func(_ struct{}, err error) {
			if err != nil {
				app.Log(err) // the push service will say that nobody is there
			}
		})
	m.dropPush()
}

// dropPush ends this browser's subscription, whoever's it was.
func (m *model) dropPush() {
	m.worker(func(registration app.Value) {
		settle(registration.Get("pushManager").Call("getSubscription"), func(subscription app.Value) {
			if subscription.Truthy() {
				settle(subscription.Call("unsubscribe"), func(app.Value) {}, func(app.Value) {})
			}
		}, func(app.Value) {})
		settle(registration.Call("getNotifications"), func(list app.Value) {
			for i := range list.Length() {
				list.Index(i).Call("close")
			}
		}, func(app.Value) {})
	})
}
