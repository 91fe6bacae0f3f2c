package ui

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
	"parley/ui/disk"
	"parley/ui/locale"
)

// pick is a file that was chosen and is not sent yet.
type pick struct {
	no      int      // tells it from the others of this page
	key     chat.Key // and on the disk
	file    chat.File
	content blob.Blob
	url     string // a picture of it, until it is let go
	bars    []byte // of a voice message
}

// tray holds what is chosen in a room, until it is sent.
type tray struct {
	picks  []pick
	fault  string           // what was not taken, and why
	coming []disk.DraftFile // what is being read from the disk
}

// tray is that of the open room.
func (m *model) tray() *tray { return m.trayOf(m.talk.room) }

func (m *model) trayOf(room chat.RoomID) *tray {
	t := m.files.trays[room]
	if t == nil {
		t = &tray{}
		if m.files.trays == nil {
			m.files.trays = map[chat.RoomID]*tray{}
		}
		m.files.trays[room] = t
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
			m.put(t, pick{key: m.newKey(), file: chat.File{Name: name, Type: b.Type(), Size: b.Size()}, content: b})
		}
	}
	m.draftChanged(m.talk.room)
	m.flushDrafts() // files are not typed: nothing follows at once
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
	m.draftChanged(m.talk.room)
	m.revs.talk++
}

// toStore are the files of a tray as they go to the disk.
func (t *tray) toStore() []disk.DraftFile {
	if t == nil {
		return nil
	}
	files := slices.Clone(t.coming)
	for _, p := range t.picks {
		files = append(files, disk.DraftFile{Key: p.key, File: p.file, Content: p.content})
	}
	return files
}

// takeTray makes the tray of a room what is stored: another tab has changed it,
// or the page was loaded again. What this device has lost is left out.
func (m *model) takeTray(room chat.RoomID, files []disk.DraftFile) {
	if len(files) == 0 && m.files.trays[room] == nil {
		return
	}
	t := m.trayOf(room)
	stored := func(key chat.Key) bool {
		return slices.ContainsFunc(files, func(f disk.DraftFile) bool { return f.Key == key })
	}
	t.picks = slices.DeleteFunc(t.picks, func(p pick) bool {
		if !stored(p.key) {
			blob.Revoke(p.url)
		}
		return !stored(p.key)
	})
	t.coming = slices.DeleteFunc(t.coming, func(f disk.DraftFile) bool { return !stored(f.Key) })
	for _, f := range files {
		here := slices.ContainsFunc(t.toStore(), func(one disk.DraftFile) bool { return one.Key == f.Key })
		if here || m.disk.queue == nil {
			continue
		}
		t.coming = append(t.coming, f)
		read(m, func(ctx context.Context, s *disk.Store) (blob.Blob, error) { return s.Blob(ctx, f.Key, 0) },
			func(content blob.Blob, _ bool) { m.come(t, f, content) })
	}
}

// come puts what was read into the tray, unless it is not wanted any more.
func (m *model) come(t *tray, f disk.DraftFile, content blob.Blob) {
	at := slices.IndexFunc(t.coming, func(one disk.DraftFile) bool { return one.Key == f.Key })
	if at < 0 {
		return
	}
	t.coming = slices.Delete(t.coming, at, at+1)
	if !content.None() {
		m.put(t, pick{key: f.Key, file: f.File, content: content})
	}
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
