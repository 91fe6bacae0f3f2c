package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
	"parley/ui/link"
	"parley/ui/locale"
)

// banner is what the strip at the top tells of the connection. Trouble of less
// than bannerDelay is not told: it would only flicker.
type banner struct {
	trouble bool // is told
	joy     bool // "connected" is told, for a moment
	turn    int  // counts changes, so that an old timer does nothing
	due     bool // a timer for trouble runs
}

const bannerDelay = 2 * time.Second

// connectionChanged keeps the strip true.
func (m *model) connectionChanged() {
	b := &m.banner
	live := m.rep != nil && m.rep.Live()
	switch {
	case live && (b.trouble || b.due):
		told := b.trouble
		*b = banner{joy: told, turn: b.turn + 1}
		if turn := b.turn; told {
			m.after(bannerDelay, func() {
				if m.banner.turn == turn {
					m.banner.joy = false
					m.revs.status++
				}
			})
		}
	case !live && m.rep != nil && !b.trouble && !b.due:
		*b = banner{due: true, turn: b.turn + 1}
		turn := b.turn
		m.after(bannerDelay, func() {
			if m.banner.turn == turn {
				m.banner = banner{trouble: true, turn: turn}
				m.revs.status++
			}
		})
	}
	m.revs.status++
}

// connWord is what the strip says, "" if nothing.
func (m *model) connWord() string {
	switch {
	case m.banner.joy:
		return m.L.T(locale.Connected)
	case !m.banner.trouble || m.rep == nil:
		return ""
	case m.conn.State == link.Stopped && m.conn.Reason == link.Outdated:
		return m.L.T(locale.Outdated)
	}
	waiting := m.rep.Waiting()
	switch {
	case waiting > 0:
		return m.L.N(locale.OfflineQueued, waiting)
	case m.offline():
		return m.L.T(locale.YouAreOffline)
	}
	return m.L.T(locale.Reconnecting)
}

// offline reports whether the browser knows that there is no network.
func (m *model) offline() bool {
	if app.IsServer {
		return false
	}
	online := app.Window().Get("navigator").Get("onLine")
	return online.Type() == app.TypeBoolean && !online.Bool()
}

// banners draws the strips at the top.
type banners struct {
	app.Compo
	M      *model
	Status int
	Prefs  int
}

func (b *banners) Render() app.UI {
	var strips []app.UI
	if word := b.M.connWord(); word != "" {
		class := "banner"
		if b.M.banner.joy {
			class = "banner good"
		}
		var retry app.UI
		if b.M.conn.State == link.Waiting {
			retry = html.Button().Class("link").Attr("type", "button").Text(b.M.L.T(locale.TryNow)).OnClick(b.onRetry)
		}
		strips = append(strips, html.Div().Class(class).Body(html.Span().Text(word), retry))
	}
	if b.M.disk.fault != "" {
		strips = append(strips, html.Div().Class("banner").Body(html.Span().Text(b.M.disk.fault)))
	}
	outdated := b.M.conn.State == link.Stopped && b.M.conn.Reason == link.Outdated
	if b.M.waiting || outdated {
		strips = append(strips, html.Div().Class("banner news").Body(
			html.Span().Text(b.M.L.T(locale.UpdateReady)),
			html.Button().Class("link").ID("take-update").Attr("type", "button").Text(b.M.L.T(locale.Reload)).OnClick(b.onReload),
		))
	}
	if b.M.notify.offer {
		strips = append(strips, html.Div().Class("banner news").Body(
			html.Span().Text(b.M.L.T(locale.NotifyOffer)),
			html.Button().Class("link").ID("notify-yes").Attr("type", "button").Text(b.M.L.T(locale.TurnOn)).OnClick(b.onNotify),
			html.Button().Class("link").Attr("type", "button").Text(b.M.L.T(locale.NotNow)).OnClick(b.onNotNow),
		))
	}
	return html.Div().Class("banners").Role("status").Body(strips...)
}

func (b *banners) onRetry(app.Context, app.Event) {
	if b.M.link != nil {
		b.M.link.Retry()
	}
}

func (b *banners) onReload(app.Context, app.Event) { b.M.update() }

func (b *banners) onNotify(app.Context, app.Event) { b.M.turnNotify(true) }

func (b *banners) onNotNow(app.Context, app.Event) { b.M.turnNotify(false) }
