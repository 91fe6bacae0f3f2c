package ui

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
	"parley/ui/locale"
)

// pick is a file that was chosen and is not sent yet.
type pick struct {
	no      int // tells it from the others of this page
	file    chat.File
	content blob.Blob
	url     string // a picture of it, until it is let go
	bars    []byte // of a voice message
}

// tray holds what is chosen in a room, until it is sent.
type tray struct {
	picks []pick
	fault string // what was not taken, and why
}

// tray is that of the open room.
func (m *model) tray() *tray {
	t := m.files.trays[m.talk.room]
	if t == nil {
		t = &tray{}
		if m.files.trays == nil {
			m.files.trays = map[chat.RoomID]*tray{}
		}
		m.files.trays[m.talk.room] = t
	}
	return t
}

// choose puts files into the tray. What is too much is said, and left out.
func (m *model) choose(blobs []blob.Blob) {
	if m.talk.room == 0 || len(blobs) == 0 {
		return
	}
	t := m.tray()
	t.fault = ""
	for _, b := range blobs {
		name := fileName(b)
		switch most := m.files.most; {
		case len(t.picks) == chat.MaxFiles:
			t.fault = m.L.N(locale.TooManyFiles, chat.MaxFiles)
		case b.Size() == 0: // also a directory
			t.fault = m.L.T(locale.FileEmpty, name)
		case most > 0 && b.Size() > most:
			t.fault = m.L.T(locale.FileTooLarge, name, sizeWord(most))
		default:
			m.put(t, pick{file: chat.File{Name: name, Type: b.Type(), Size: b.Size()}, content: b})
		}
	}
	m.revs.talk++
}

// fileName is what a blob is called; what was pasted has no name worth having.
func fileName(b blob.Blob) string {
	if name := path.Base(strings.TrimSpace(b.Name())); name != "." && name != "/" {
		return name
	}
	kind := b.Type()
	if at := strings.IndexAny(kind, "/;+"); at >= 0 {
		kind = kind[at+1:]
	}
	if at := strings.IndexAny(kind, ";+"); at >= 0 {
		kind = kind[:at]
	}
	if kind == "" {
		return "file"
	}
	return "file." + kind
}

// put adds a pick, and measures it if it is a picture.
func (m *model) put(t *tray, p pick) {
	m.files.count++
	p.no = m.files.count
	picture := strings.HasPrefix(p.file.Type, "image/")
	if picture {
		p.url = p.content.URL()
	}
	t.picks = append(t.picks, p)
	if !picture {
		return
	}
	m.measure(p.content, func(s pixels, err error) {
		m.revs.talk++
		at := slices.IndexFunc(t.picks, func(one pick) bool { return one.no == p.no })
		if at < 0 {
			m.measured(p.url, s)
			return
		}
		one := &t.picks[at]
		if err != nil { // a picture to others perhaps, but not here
			blob.Revoke(one.url)
			one.url = ""
		}
		one.file.Width, one.file.Height = s.width, s.height
	})
}

// unchoose takes a file out of the tray.
func (m *model) unchoose(no int) {
	t := m.tray()
	t.fault = ""
	t.picks = slices.DeleteFunc(t.picks, func(p pick) bool {
		if p.no == no {
			blob.Revoke(p.url)
		}
		return p.no == no
	})
	m.revs.talk++
}

// posting is a post in the open room with these files, which are from now on the
// entry's. It tells whether the post was taken.
func (m *model) posting(in replica.Compose, picks []pick) bool {
	var blobs []blob.Blob
	for _, p := range picks {
		in.Files = append(in.Files, replica.Attachment{File: p.file, Blob: true})
		blobs = append(blobs, p.content)
	}
	if len(picks) > 0 {
		m.hand(in.Key, blobs)
		m.keepURLs(in.Key, picks)
	}
	m.step(in)
	if m.draftOf().fault == "" {
		return true
	}
	delete(m.files.held, in.Key)
	delete(m.files.urls, in.Key) // they are the tray's again
	return false
}

// sendVoice posts a recording at once, without a text.
func (m *model) sendVoice(content blob.Blob, long time.Duration, bars []byte) {
	if m.rep == nil || m.talk.room == 0 || content.Size() == 0 {
		return
	}
	kind := content.Type()
	ending := ".webm"
	switch {
	case strings.HasPrefix(kind, "audio/mp4"):
		ending = ".m4a"
	case strings.HasPrefix(kind, "audio/ogg"):
		ending = ".ogg"
	}
	p := pick{content: content, bars: bars, file: chat.File{Name: "voice" + ending, Type: kind, Size: content.Size(), Length: long.Milliseconds()}}
	if m.posting(replica.Compose{Room: m.talk.room, Key: m.newKey()}, []pick{p}) {
		m.talk.sent++
	}
	m.revs.talk++
	m.revs.list++
}

// learnLimit asks once how large a file the server takes.
func (m *model) learnLimit() {
	if m.files.most > 0 {
		return
	}
	ask(m, m.api.MaxFile, func(most int64, err error) {
		if err != nil {
			app.Log(err) // the server will say it of the file
			return
		}
		m.files.most = most
	})
}
