package ui

import (
	"context"
	"errors"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/blob"
	"parley/ui/locale"
	"parley/ui/voice"
)

// recording is the voice message that is being recorded.
type recording struct {
	state recordState
	turn  int
	room  chat.RoomID
	tape  *voice.Recording
	since chat.Time // when the pointer came down
	held  bool      // it is still down: its coming up sends, unless that is soon
}

type recordState int

const (
	recordIdle recordState = iota
	recordAsking
	recordOn
)

const (
	heldLeast   = 500                    // ms that a pointer is down to be one that holds
	spokenLeast = 700 * time.Millisecond // of a voice message: less is a slip
)

// record begins a voice message.
func (m *model) record(held bool) {
	if m.rec.state != recordIdle || m.talk.room == 0 {
		return
	}
	m.player.end()
	m.tray().fault = ""
	m.rec = recording{state: recordAsking, turn: m.rec.turn + 1, room: m.talk.room, since: m.now(), held: held}
	turn := m.rec.turn
	mine := func(f func()) func() {
		return func() {
			if m.rec.turn == turn && m.rec.state != recordIdle {
				f()
			}
		}
	}
	m.ctx.Async(func() {
		tape, err := voice.Record(m.ctx,
			func(loudness []byte) { m.later(mine(func() { m.paintLevels(loudness) })) },
			func() { m.later(mine(func() { m.endRecording(true) })) })
		m.later(func() {
			if m.rec.turn != turn || m.rec.state != recordAsking {
				if tape != nil {
					tape.Cancel()
				}
				return
			}
			m.recording(tape, err)
		})
	})
	m.revs.talk++
	m.drawn(func() { focus(byID("rec-send")) })
}

// recording takes the microphone, or that there is none.
func (m *model) recording(tape *voice.Recording, err error) {
	m.revs.talk++
	if err == nil {
		m.rec.state, m.rec.tape = recordOn, tape
		return
	}
	app.Log(err)
	m.rec.state = recordIdle
	m.tray().fault = m.L.T(locale.NoMicrophone)
	if errors.Is(err, voice.ErrRefused) {
		m.tray().fault = m.L.T(locale.MicrophoneRefused)
	}
	m.drawn(func() { focus(byID("mic")) })
}

// released is called when a pointer comes up anywhere, with what is below it.
func (m *model) released(target app.Value) {
	if m.rec.state == recordIdle || !m.rec.held {
		return
	}
	m.rec.held = false
	if m.now()-m.rec.since < heldLeast {
		return // a click: it goes on by itself
	}
	m.endRecording(!closest(target, "#rec-drop").Truthy())
}

// endRecording sends what was recorded, or throws it away.
func (m *model) endRecording(send bool) {
	rec := m.rec
	m.rec = recording{turn: rec.turn + 1}
	m.revs.talk++
	m.drawn(func() { focus(byID("mic")) })
	if rec.tape == nil {
		return
	}
	if !send || rec.room != m.talk.room {
		rec.tape.Cancel()
		return
	}
	type tape struct {
		content  blob.Blob
		long     time.Duration
		loudness []byte
	}
	ask(m, func(ctx context.Context) (t tape, err error) {
		t.content, t.long, t.loudness, err = rec.tape.Stop(ctx)
		return t, err
	}, func(t tape, err error) {
		switch {
		case err != nil:
			app.Log(err)
			m.tray().fault = m.L.T(locale.NoMicrophone)
		case t.long < spokenLeast:
			m.tray().fault = m.L.T(locale.VoiceTooShort)
		case m.talk.room == rec.room:
			m.sendVoice(t.content, t.long, voice.Level(t.loudness))
		}
		m.revs.talk++
	})
}

// paintLevels draws how loud it is, and how long it has been, without drawing
// the composer anew.
func (m *model) paintLevels(loudness []byte) {
	clock, canvas := byID("rec-time"), byID("rec-wave")
	if !canvas.Truthy() {
		return
	}
	long := int64(len(loudness)) * voice.Step.Milliseconds()
	text := clockOf(long)
	if left := voice.Limit.Milliseconds() - long; left < 15_000 {
		text = "−" + clockOf(left)
	}
	clock.Set("textContent", text)
	pen := canvas.Call("getContext", "2d")
	width, height := canvas.Get("width").Int(), canvas.Get("height").Int()
	pen.Call("clearRect", 0, 0, width, height)
	pen.Set("fillStyle", app.Window().Call("getComputedStyle", canvas).Get("color"))
	const step = 8
	first := max(len(loudness)-width/step, 0)
	for i, v := range loudness[first:] {
		high := 4 + int(v)*(height-4)/255
		pen.Call("fillRect", i*step, (height-high)/2, step-3, high)
	}
}
