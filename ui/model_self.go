package ui

import (
	"context"
	"strings"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/blob"
	"parley/ui/locale"
)

// devices is where one is signed in, as far as it was asked for.
type devices struct {
	known bool
	list  []api.Device
}

// fetchDevices asks where one is signed in.
func (m *model) fetchDevices() {
	if !m.ready || m.phase != inside {
		return
	}
	ask(m, m.api.Devices, func(list []api.Device, err error) {
		if err == nil { // else the list is left out: it is only of use online
			m.devices = devices{known: true, list: list}
			m.revs.status++
		}
	})
}

// signOutThere ends a session elsewhere.
func (m *model) signOutThere(id int64) {
	m.working()
	ask(m, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.api.SignOutThere(ctx, id)
	}, func(_ struct{}, err error) {
		if refusedAs(err, chat.NotFound) {
			err = nil // it has ended by itself
		}
		m.done(err)
		m.fetchDevices()
	})
}

// deleteMe deletes the account, and what this browser holds of it.
func (m *model) deleteMe(password string) {
	m.working()
	me := m.me.ID
	ask(m, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.api.DeleteMe(ctx, password)
	}, func(_ struct{}, err error) {
		ended := refusedAs(err, chat.Unauthorized)
		if m.done(err); err != nil && !ended {
			if refusedAs(err, chat.Forbidden) {
				m.fault = m.L.T(locale.WrongPassword)
			}
			return
		}
		if m.phase == inside && m.me.ID == me { // or the socket has said it before
			m.forget(false)
		}
		m.note = m.L.T(locale.DeletedMe)
		m.revs.status++
		m.ctx.Navigate("/")
	})
}

// changePicture makes a file one's picture; an empty id takes it away.
func (m *model) changePicture(file string) {
	m.working()
	ask(m, func(ctx context.Context) (chat.Account, error) {
		return m.api.ChangeMe(ctx, api.MeChange{Avatar: &file})
	}, func(me chat.Account, err error) {
		if m.done(err) {
			m.rememberMe(me)
			m.step(replica.Profile{Me: me})
			m.revs.list++
			m.revs.talk++
			if m.dialog.kind == dialogCrop {
				m.closeDialog()
			}
		}
	})
}

// usePicture makes the part of a picture that was chosen one's own. Cutting it
// here keeps the rest of it, and where it was taken, on this device.
func (m *model) usePicture(p *portrait) {
	m.working()
	m.encode(painted(pictureSide, pictureSide, p.canvas, p.x, p.y, p.side, p.side), func(picture blob.Blob) {
		if picture.None() {
			m.busy = false
			m.complain(locale.PictureBad)
			return
		}
		ask(m, func(ctx context.Context) (chat.File, error) {
			return m.api.Upload(ctx, api.Form{Name: "avatar.jpg", Content: picture})
		}, func(f chat.File, err error) {
			if m.dialog.portrait == p && m.done(err) { // else it was cancelled
				m.changePicture(f.ID)
			}
		})
	})
}

// alone reports whether a room is a conversation with somebody who is no more.
func (m *model) alone(h *chat.Head) bool {
	return h.Kind == chat.KindDirect && m.user(h.Peer).Kind == chat.KindFormer
}

// deviceName words what a program calls itself: the browser and the system, as
// people know them.
func deviceName(l *locale.Locale, agent string) string {
	browser, system := "", ""
	for _, b := range [][2]string{ // those that call themselves others as well come first
		{"MicroMessenger", "WeChat"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"},
		{"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"},
	} {
		if strings.Contains(agent, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, s := range [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, s[0]) {
			system = s[1]
			break
		}
	}
	switch {
	case browser != "" && system != "":
		return l.T(locale.DeviceOn, browser, system)
	case browser+system != "":
		return browser + system
	case agent != "":
		return agent
	}
	return l.T(locale.DeviceUnknown)
}
