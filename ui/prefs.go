package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/replica"
	"parley/ui/locale"
)

// prefs are how somebody likes this browser to be. Empty fields leave it to
// the system.
type prefs struct {
	Lang  string `json:"lang,omitempty"`  // a locale.Lang
	Theme string `json:"theme,omitempty"` // light or dark
	Send  string `json:"send,omitempty"`  // sendOnCtrl, or Enter

	Notify     string `json:"notify,omitempty"`      // notifyOn, notifyOff, or not decided
	NotifyText bool   `json:"notify_text,omitempty"` // in the words of the messages
	Quiet      bool   `json:"quiet,omitempty"`       // without a sound
}

const sendOnCtrl = "ctrl"

func (m *model) loadPrefs() {
	if err := m.ctx.LocalStorage().Get(keyPrefs, &m.prefs); err != nil {
		m.prefs = prefs{} // somebody else's value under our key
	}
	m.applyPrefs()
}

func (m *model) setPrefs(p prefs) {
	m.prefs = p
	if err := m.ctx.LocalStorage().Set(keyPrefs, p); err != nil {
		app.Log(err) // storage is full or forbidden: it lasts as long as the page
	}
	m.applyPrefs()
}

func (m *model) applyPrefs() {
	m.L = locale.New(m.prefs.Lang, locale.Browser())
	root := document().Get("documentElement")
	root.Call("setAttribute", "lang", string(m.L.Lang()))
	if m.prefs.Theme == "" {
		root.Call("removeAttribute", "data-theme")
	} else {
		root.Call("setAttribute", "data-theme", m.prefs.Theme)
	}
	m.tintWindow()
	if m.rep != nil {
		m.rep.CallFormer(m.L.T(locale.Former))
	}
	m.revs.prefs++
	m.retitle()
}

// tintWindow has the browser's own bars follow the theme, as theme.js does at
// the start of the page.
func (m *model) tintWindow() {
	for _, theme := range []string{"light", "dark"} {
		media := "(prefers-color-scheme: " + theme + ")"
		switch m.prefs.Theme {
		case "":
		case theme:
			media = "all"
		default:
			media = "not all"
		}
		if meta := document().Call("querySelector", `meta[name=theme-color][data-theme=`+theme+`]`); meta.Truthy() {
			meta.Set("media", media)
		}
	}
}

// attend finds out whether somebody has the newest message of the open room before
// them. What comes there is read in a moment: it is not told as unread until
// then, or the window's title and icon and the list would flicker with every
// message.
func (m *model) attend() {
	m.talk.seeing = m.talk.latest && watched()
}

// unreadOf is what is told as unread of a room.
func (m *model) unreadOf(s *replica.Summary) int64 {
	if s.Head.ID == m.talk.room && m.talk.seeing {
		return 0
	}
	return s.Unread
}

// unread is what the title tells.
func (m *model) unread() int64 {
	n := m.rep.Unread()
	if s := m.rep.Room(m.talk.room); s != nil && s.Unread > 0 && !s.Head.Muted && !s.Hidden {
		n += m.unreadOf(s) - s.Unread
	}
	return n
}

// retitle tells the unread messages in the window's title.
func (m *model) retitle() {
	title := "Parley"
	if m.L.Lang() == locale.Chinese {
		title = "洽谈"
	}
	n := int64(0)
	if m.rep != nil {
		m.attend()
		if n = m.unread(); n > 0 {
			title = "(" + strconv.FormatInt(n, 10) + ") " + title
		}
	}
	if title != m.title {
		m.title = title
		document().Set("title", title)
		badge(n)
	}
}
