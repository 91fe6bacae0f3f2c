package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const (
	// ringWait lets the tab go first in which the message is being looked at.
	ringWait = 200 * time.Millisecond
	// ringRest is how long nothing sounds again: a burst is one sound.
	ringRest = 2000 // ms
)

// ring makes one sound for a burst, in one of the tabs: who has the lock rings,
// and keeps it for a while. A tab in which the message is seen takes it without
// a sound, so that no other rings.
func (m *model) ring(seen bool) {
	if app.IsServer {
		return
	}
	locks := app.Window().Get("navigator").Get("locks")
	if !locks.Truthy() {
		if !seen {
			tone()
		}
		return
	}
	take := func() {
		var held app.Func
		held = app.FuncOf(func(_ app.Value, args []app.Value) any {
			if len(args) == 0 || !args[0].Truthy() {
				held.Release()
				return nil
			}
			if !seen {
				tone()
			}
			var begin app.Func
			begin = app.FuncOf(func(_ app.Value, args []app.Value) any {
				app.Window().Call("setTimeout", args[0], ringRest)
				begin.Release()
				held.Release()
				return nil
			})
			return app.Window().Get("Promise").New(begin)
		})
		locks.Call("request", "parley-ring", map[string]any{"ifAvailable": true}, held)
	}
	if seen {
		take()
		return
	}
	m.after(ringWait, take)
}

// tone plays two short notes, where the page may: browsers keep one silent
// that nobody has touched.
func tone() {
	kind := app.Window().Get("AudioContext")
	if !kind.Truthy() {
		return
	}
	audio := kind.New()
	if audio.Get("state").String() != "running" {
		audio.Call("close")
		return
	}
	now := audio.Get("currentTime").Float()
	gain := audio.Call("createGain")
	gain.Call("connect", audio.Get("destination"))
	level := gain.Get("gain")
	level.Call("setValueAtTime", 0.0001, now)
	level.Call("exponentialRampToValueAtTime", 0.08, now+0.02)
	level.Call("exponentialRampToValueAtTime", 0.0001, now+0.35)
	note := audio.Call("createOscillator")
	note.Set("type", "sine")
	note.Get("frequency").Call("setValueAtTime", 660, now)
	note.Get("frequency").Call("setValueAtTime", 880, now+0.1)
	note.Call("connect", gain)
	var ended app.Func
	ended = app.FuncOf(func(app.Value, []app.Value) any {
		audio.Call("close")
		ended.Release()
		return nil
	})
	note.Set("onended", ended)
	note.Call("start", now)
	note.Call("stop", now+0.36)
}
