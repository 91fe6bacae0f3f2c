package ui

import (
	"context"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/locale"
	"parley/ui/voice"
)

// player plays voice messages, one at a time. How far it is, it paints by itself
// into the bubble of the file: the timeline is not drawn for that.
type player struct {
	audio app.Value
	file  string // that is, or was, played
	long  float64
}

// toggle plays or pauses the voice message of a bubble.
func (m *model) toggle(box app.Value) {
	if !box.Truthy() || data(box, "href") == "" {
		return
	}
	p := &m.player
	if p.audio == nil {
		m.openPlayer()
	}
	file := data(box, "file")
	if p.file == file {
		if p.audio.Get("paused").Bool() {
			m.play()
		} else {
			p.audio.Call("pause")
		}
		return
	}
	p.end()
	p.file, p.long = file, numberOf(data(box, "length"))/1000
	p.audio.Set("src", data(box, "href"))
	m.play()
	if m.files.bars[file] == nil {
		href := data(box, "href")
		ask(m, func(ctx context.Context) ([]byte, error) { return voice.Peaks(ctx, href) }, func(bars []byte, err error) {
			if err != nil {
				app.Log(err) // it is played all the same
				return
			}
			m.keepBars(file, bars)
			m.drawn(m.player.paint)
		})
	}
}

// play goes on. What keeps it from that is said.
func (m *model) play() {
	file := m.player.file
	var began, failed app.Func
	release := func() { began.Release(); failed.Release() }
	began = app.FuncOf(func(app.Value, []app.Value) any {
		release()
		return nil
	})
	failed = app.FuncOf(func(_ app.Value, args []app.Value) any {
		release()
		why := args[0].Get("name").String()
		m.later(func() {
			if m.player.file == file && why != "AbortError" { // that is a pause, or another
				m.player.end()
				m.tell(m.L.T(locale.CannotPlay))
			}
		})
		return nil
	})
	m.player.audio.Call("play").Call("then", began, failed)
}

func (m *model) openPlayer() {
	p := &m.player
	p.audio = app.Window().Get("Audio").New()
	for _, event := range []string{"timeupdate", "play", "pause", "ended", "error"} {
		p.audio.Call("addEventListener", event, app.FuncOf(func(app.Value, []app.Value) any {
			p.paint()
			return nil
		}))
	}
}

// seek goes to a place of a voice message, in thousandths.
func (m *model) seek(box app.Value, to float64) {
	p := &m.player
	if p.audio == nil || data(box, "file") != p.file {
		m.toggle(box)
	}
	if long := p.length(); p.audio != nil && long > 0 {
		p.audio.Set("currentTime", to/1000*long)
		p.paint()
	}
}

// end stops what is played.
func (p *player) end() {
	if p.audio == nil || p.file == "" {
		return
	}
	p.audio.Call("pause")
	p.audio.Call("removeAttribute", "src")
	p.paintAt(0, false)
	p.file = ""
}

// length is in seconds: as the browser knows it, or as was recorded.
func (p *player) length() float64 {
	if d := p.audio.Get("duration"); !d.IsNaN() && d.Float() < 1e6 && d.Float() > 0 {
		return d.Float()
	}
	return p.long
}

// paint shows how far it is.
func (p *player) paint() {
	if p.audio == nil || p.file == "" {
		return
	}
	at := 0.0
	if long := p.length(); long > 0 && !p.audio.Get("ended").Bool() {
		at = min(p.audio.Get("currentTime").Float()/long, 1)
	}
	p.paintAt(at, !p.audio.Get("paused").Bool() && !p.audio.Get("ended").Bool())
}

func (p *player) paintAt(at float64, on bool) {
	box := document().Call("querySelector", `.voice[data-file="`+p.file+`"]`)
	if !box.Truthy() {
		return
	}
	box.Get("classList").Call("toggle", "on", on)
	box.Call("querySelector", ".play").Call("setAttribute", "aria-pressed", word(on))
	box.Call("querySelector", ".seek").Set("value", int(at*1000))
	long, shown := p.length(), 0.0
	if shown = long * at; at == 0 && !on {
		shown = long
	}
	box.Call("querySelector", ".long").Set("textContent", clockOf(int64(shown*1000)))
	bars := box.Call("querySelectorAll", "rect")
	n := bars.Length()
	for i := range n {
		bars.Index(i).Get("classList").Call("toggle", "heard", float64(i) < at*float64(n))
	}
}

// numberOf reads a number of the document; 0 if it is none.
func numberOf(text string) float64 {
	var n float64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + float64(c-'0')
	}
	return n
}
