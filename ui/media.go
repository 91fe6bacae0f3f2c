package ui

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/html"
	"parley/ui/locale"
	"parley/ui/voice"
)

// medium is a file as a bubble shows it.
type medium struct {
	N       int
	File    chat.File
	Href    string // of all of it; "" while it is not uploaded
	Src     string // of a picture to show; "" while there is none
	Bars    []byte // of a voice message, nil while it is not known what it sounds like
	Pending bool   // has no row yet
	Percent int    // of an upload that runs; else -1
	Key     string // of the entry
}

// picture reports whether a file is shown as a picture.
func picture(f *chat.File) bool {
	return strings.HasPrefix(f.Type, "image/") && f.Width > 0 && f.Height > 0
}

// spoken reports whether a file is played as a voice message.
func spoken(f *chat.File) bool { return strings.HasPrefix(f.Type, "audio/") }

// mediaOf are the files of a row.
func (m *model) mediaOf(row *chat.Row) []medium {
	out := make([]medium, 0, len(row.Files))
	for n, f := range row.Files {
		one := medium{N: n, File: f, Href: api.FileURL(f.ID, false), Bars: m.files.bars[f.ID], Percent: -1}
		if picture(&f) {
			if one.Src = m.shotOf(row.Key, n).url; one.Src == "" {
				one.Src = api.FileURL(f.ID, true)
			}
		}
		out = append(out, one)
	}
	return out
}

// pendingMedia are the files of an entry.
func (m *model) pendingMedia(e *replica.Entry) []medium {
	if len(e.Files) == 0 {
		return nil
	}
	m.reshoot(e)
	out := make([]medium, 0, len(e.Files))
	for n, a := range e.Files {
		s := m.shotOf(e.Key, n)
		one := medium{N: n, File: a.File, Src: s.url, Bars: s.bars, Pending: true, Percent: -1, Key: e.Key.String()}
		if one.File.Width == 0 {
			one.File.Width, one.File.Height = s.width, s.height
		}
		if a.ID != "" && !a.Blob {
			one.Src = api.FileURL(a.ID, true)
		}
		if r := m.files.runs[fileKey{e.Key, n}]; r != nil {
			one.Percent = r.percent
		}
		out = append(out, one)
	}
	return out
}

// sizes of a picture in a bubble, in CSS pixels.
const (
	pictureMost  = 320
	pictureTall  = 380
	pictureLeast = 72
)

// boxOf is how large a picture is shown: its box is there before it is.
func boxOf(width, height int) (w, h int) {
	if width < 1 || height < 1 {
		return 240, 180
	}
	scale := min(1, float64(pictureMost)/float64(width), float64(pictureTall)/float64(height))
	return max(int(float64(width)*scale+.5), pictureLeast), max(int(float64(height)*scale+.5), pictureLeast)
}

// drawMedia draws the files of a bubble: pictures first, as a grid if there are
// several, then the others in their order.
func (b *bubble) drawMedia(l *locale.Locale) []app.UI {
	var pictures, others []app.UI
	several := 0
	for i := range b.Media {
		if picture(&b.Media[i].File) {
			several++
		}
	}
	for i := range b.Media {
		f := &b.Media[i]
		switch {
		case picture(&f.File):
			pictures = append(pictures, f.drawPicture(l, several > 1))
		case spoken(&f.File):
			others = append(others, f.drawVoice(l))
		default:
			others = append(others, f.drawCard(l))
		}
	}
	if len(pictures) > 0 {
		class := "pics"
		if several > 1 {
			class = "pics many"
		}
		if several == 2 || several == 4 {
			class += " pairs"
		}
		others = append([]app.UI{html.Div().Class(class).Body(pictures...)}, others...)
	}
	if up := b.uploading(l); up != nil {
		others = append(others, up)
	}
	return others
}

func (f *medium) drawPicture(l *locale.Locale, several bool) app.UI {
	w, h := boxOf(f.File.Width, f.File.Height)
	if several {
		w, h = 160, 160
	}
	var img app.UI
	if f.Src != "" {
		img = html.Img().Attr("src", f.Src).Attr("alt", f.File.Name).Attr("width", w).Attr("height", h).
			Attr("loading", "lazy").Attr("decoding", "async").Attr("draggable", "false")
	} else {
		img = app.Elem("svg").Attr("viewBox", "0 0 "+strconv.Itoa(w)+" "+strconv.Itoa(h)).
			Attr("width", strconv.Itoa(w)).Attr("height", strconv.Itoa(h)).Aria("hidden", "true")
	}
	if f.Pending {
		return html.Div().Class("pic").Body(img)
	}
	return act("picture", "pic", img).DataSet("n", strconv.Itoa(f.N)).Aria("label", l.T(locale.ShowPicture, f.File.Name))
}

func (f *medium) drawVoice(l *locale.Locale) app.UI {
	play := act("play", "icon play", icon(iconPlay), icon(iconPause)).Aria("label", l.T(locale.Play)).Attr("disabled", f.Href == "")
	wave := html.Div().Class("wave").Body(
		app.Raw(waveform(f.Bars)),
		html.Input().Attr("type", "range").Class("seek").Attr("min", 0).Attr("max", 1000).Attr("step", 1).Attr("value", "0").
			Aria("label", l.T(locale.VoicePosition)).Attr("disabled", f.Href == ""))
	return html.Div().Class("voice").DataSet("file", f.File.ID).DataSet("href", f.Href).
		DataSet("length", strconv.FormatInt(f.File.Length, 10)).
		Body(play, wave, html.Span().Class("long").Text(clockOf(f.File.Length)))
}

// waveform draws bars; without any it draws that it is not known how loud it is.
func waveform(bars []byte) string {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 144 28" preserveAspectRatio="none" aria-hidden="true">`)
	for i := range voice.Bars {
		high := 2
		if i < len(bars) {
			high = 2 + int(bars[i])*24/255
		}
		b.WriteString(`<rect x="` + strconv.Itoa(i*4) + `" y="` + strconv.Itoa(14-high/2) + `" width="2.4" height="` + strconv.Itoa(high) + `" rx="1"/>`)
	}
	b.WriteString(`</svg>`)
	return b.String()
}

func (f *medium) drawCard(l *locale.Locale) app.UI {
	inside := []app.UI{
		html.Span().Class("sheetlet").Body(icon(iconFile), html.Span().Class("end").Text(endingOf(f.File.Name))),
		html.Span().Class("what").Body(
			html.Span().Class("cut name").Dir("auto").Text(f.File.Name),
			html.Span().Class("size").Text(sizeWord(f.File.Size))),
	}
	if f.Href == "" {
		return html.Div().Class("doc").Body(inside...)
	}
	return html.A().Class("doc").Attr("href", f.Href).Attr("download", f.File.Name).Title(l.T(locale.Download)).
		Body(append(inside, icon(iconSave))...)
}

// endingOf is the end of a file's name, to be drawn on its icon.
func endingOf(name string) string {
	at := strings.LastIndexByte(name, '.')
	if at < 1 || len(name)-at > 5 || at == len(name)-1 {
		return ""
	}
	for _, r := range name[at+1:] {
		if r > 0x7f {
			return ""
		}
	}
	return strings.ToUpper(name[at+1:])
}

// uploading is how far the files of an entry are, and the way to give it up.
func (b *bubble) uploading(l *locale.Locale) app.UI {
	running, done, sum := false, 0, 0
	for i := range b.Media {
		switch f := &b.Media[i]; {
		case !f.Pending:
			return nil
		case f.File.ID != "":
			done++
			sum += 100
		case f.Percent >= 0:
			running = true
			sum += f.Percent
		}
	}
	if len(b.Media) == 0 || done == len(b.Media) || b.Fault != nil {
		return nil
	}
	percent := sum / len(b.Media)
	word := l.T(locale.WaitsForNetwork)
	var bar app.UI
	if running {
		word = strconv.Itoa(percent) + "%"
		bar = html.Progress().Attr("max", 100).Attr("value", percent).Aria("label", l.T(locale.Uploading))
	}
	return html.Div().Class("up").Body(
		html.Div().Class("bar").Body(bar),
		html.Span().Class("far").Text(word),
		act("drop", "icon", icon(iconClose)).DataSet("key", b.Key).Title(l.T(locale.CancelUpload)).Aria("label", l.T(locale.CancelUpload)))
}

// sizeWord is a number of bytes for people.
func sizeWord(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1000_000:
		return strconv.FormatInt((n+500)/1000, 10) + " KB"
	case n < 1000_000_000:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
	}
	return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB"
}

// clockOf is a length in ms as minutes and seconds.
func clockOf(ms int64) string {
	seconds := (ms + 500) / 1000
	return strconv.FormatInt(seconds/60, 10) + ":" + strconv.FormatInt(100+seconds%60, 10)[1:]
}
