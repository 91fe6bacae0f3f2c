package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// watchUpdates finds out when a new version of the UI waits to take over. What
// counts is a waiting worker beside one that is in charge: the first
// installation has none, and go-app's OnAppUpdate does not tell them apart.
func (m *model) watchUpdates() {
	workers := app.Window().Get("navigator").Get("serviceWorker")
	if app.IsServer || !workers.Truthy() {
		return
	}
	workers.Get("ready").Then(func(registration app.Value) {
		m.later(func() { m.watchWorker(registration) })
	})
}

func (m *model) watchWorker(registration app.Value) {
	look := func(app.Value) {
		controlled := app.Window().Get("navigator").Get("serviceWorker").Get("controller").Truthy()
		if waits := controlled && registration.Get("waiting").Truthy(); waits != m.waiting {
			m.waiting = waits
			m.revs.status++
			m.updateUnseen()
		}
	}
	m.listen(registration, "updatefound", func(app.Value) {
		if worker := registration.Get("installing"); worker.Truthy() {
			m.listen(worker, "statechange", look)
		}
	})
	look(app.Null())
}

// updateUnseen takes a new version without asking, if nothing is at stake:
// nobody looks at the page, nothing is half written, nothing waits to be sent.
func (m *model) updateUnseen() {
	if !m.waiting || m.updating {
		return
	}
	hidden := document().Get("visibilityState").String() == "hidden"
	if hidden && !m.busy && len(m.drafts) == 0 && (m.rep == nil || m.rep.Waiting() == 0) {
		m.update()
	}
}

// update lets the waiting version take over and reloads the page under it.
func (m *model) update() {
	m.updating = true
	workers := app.Window().Get("navigator").Get("serviceWorker")
	workers.Get("ready").Then(func(registration app.Value) {
		m.later(func() {
			waiting := registration.Get("waiting")
			if !waiting.Truthy() {
				m.ctx.Reload()
				return
			}
			m.listen(workers, "controllerchange", func(app.Value) { m.ctx.Reload() })
			waiting.Call("postMessage", map[string]any{"type": "skip-waiting"})
		})
	})
}
