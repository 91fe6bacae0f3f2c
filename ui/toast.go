package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
)

// toastTime is how long a toast stays.
const toastTime = 4 * time.Second

// tell says for a moment what became of something that shows nowhere else.
func (m *model) tell(text string) {
	m.toast.text = text
	m.toast.turn++
	turn := m.toast.turn
	if !m.ready {
		return
	}
	m.after(toastTime, func() {
		if m.toast.turn == turn {
			m.toast.text = ""
			m.toast.turn++
		}
	})
}

// toast is the text that is told, and how many there were: a part of the
// screen with a number of its own.
type toast struct {
	text string
	turn int
}

// toasts draws it, and has it read out.
type toasts struct {
	app.Compo
	M    *model
	Turn int
}

func (t *toasts) Render() app.UI {
	class := "toast"
	if t.M.toast.text == "" {
		class = "toast none"
	}
	return html.Div().Class("toasts").Role("status").Body(html.Div().Class(class).Dir("auto").Text(t.M.toast.text))
}
