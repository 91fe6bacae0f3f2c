package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/blob"
	"parley/ui/disk"
)

// keepURLs is of how many entries that have ended the pictures are kept, so that
// they need not come back from the server.
const keepURLs = 12

// filing is what the model has of files on their way.
type filing struct {
	count   int
	most    int64 // bytes of a file that the server takes; 0: not known
	trays   map[chat.RoomID]*tray
	held    map[chat.Key][]blob.Blob // contents where nothing is stored
	runs    map[fileKey]*run
	urls    map[chat.Key][]shot // what entries look like on this screen
	order   []chat.Key          // of urls, the oldest first
	reading map[chat.Key]bool   // pictures that are being read from the disk
	bars    map[string][]byte   // of voice messages, by file
}

// fileKey names a file of an entry.
type fileKey struct {
	key chat.Key
	n   int
}

// run is an upload that runs.
type run struct {
	stop    context.CancelFunc
	percent int
}

// shot is what an own file looks, or sounds, like.
type shot struct {
	url           string
	width, height int // in pixels; 0: not measured yet
	bars          []byte
}

// pixels is the size of a picture.
type pixels struct{ width, height int }

// measure finds out how large a picture is.
func (m *model) measure(content blob.Blob, then func(pixels, error)) {
	ask(m, func(ctx context.Context) (s pixels, err error) {
		s.width, s.height, err = content.Measure(ctx)
		return s, err
	}, then)
}

// hand gives the contents of an entry's files to whoever keeps them.
func (m *model) hand(key chat.Key, blobs []blob.Blob) {
	if m.disk.queue != nil {
		m.disk.queue.Attach(key, blobs)
		return
	}
	if m.files.held == nil {
		m.files.held = map[chat.Key][]blob.Blob{}
	}
	m.files.held[key] = blobs
}

// keepURLs shows an entry's files with what the tray has of them.
func (m *model) keepURLs(key chat.Key, picks []pick) {
	shots := make([]shot, 0, len(picks))
	for _, p := range picks {
		shots = append(shots, shot{p.url, p.file.Width, p.file.Height, p.bars})
	}
	m.setShots(key, shots)
}

func (m *model) setShots(key chat.Key, shots []shot) {
	if m.files.urls == nil {
		m.files.urls = map[chat.Key][]shot{}
	}
	m.files.urls[key] = shots
	m.files.order = append(m.files.order, key)
	m.letGo(keepURLs)
}

// letGo revokes the pictures of entries that have ended, but for the newest.
func (m *model) letGo(keep int) {
	ended := 0
	for i := len(m.files.order) - 1; i >= 0; i-- {
		key := m.files.order[i]
		if m.rep != nil && m.rep.Entry(key) != nil {
			continue
		}
		if ended++; ended <= keep {
			continue
		}
		for _, s := range m.files.urls[key] {
			blob.Revoke(s.url)
		}
		delete(m.files.urls, key)
		m.files.order = append(m.files.order[:i], m.files.order[i+1:]...)
	}
}

// endFiles ends all uploads and forgets all files, when somebody leaves.
func (m *model) endFiles() {
	for _, r := range m.files.runs {
		r.stop()
	}
	for _, t := range m.files.trays {
		for _, p := range t.picks {
			blob.Revoke(p.url)
		}
	}
	for _, shots := range m.files.urls {
		for _, s := range shots {
			blob.Revoke(s.url)
		}
	}
	m.player.end()
	m.files = filing{count: m.files.count}
}

// content reads a file of an entry, and goes on; with none if it is lost.
func (m *model) content(at fileKey, then func(blob.Blob)) {
	if held := m.files.held[at.key]; at.n < len(held) {
		then(held[at.n])
		return
	}
	if m.disk.queue == nil {
		then(blob.Blob{})
		return
	}
	rep := m.rep
	m.disk.queue.Do(func(ctx context.Context, s *disk.Store) {
		found, err := s.Blob(ctx, at.key, at.n)
		m.later(func() {
			if m.rep != rep {
				return
			}
			if err != nil {
				m.diskFault(err)
			}
			then(found)
		})
	})
}

// upload carries out an Upload.
func (m *model) upload(u replica.Upload) {
	at := fileKey{u.Key, u.N}
	ctx, stop := context.WithCancel(m.ctx)
	r := &run{stop: stop}
	if m.files.runs == nil {
		m.files.runs = map[fileKey]*run{}
	}
	m.files.runs[at] = r
	m.revs.talk++
	m.content(at, func(content blob.Blob) {
		if content.None() {
			m.ended(at, r, replica.NotUploaded{Key: u.Key, N: u.N, Code: replica.FileLost, Message: "the file is no longer on this device"})
			return
		}
		form := api.Form{Name: u.File.Name, Content: content, Length: u.File.Length, Progress: m.progress(r)}
		rep := m.rep
		m.ctx.Async(func() {
			file, err := m.api.Upload(ctx, form)
			m.later(func() {
				if m.rep == rep {
					m.ended(at, r, outcome(u, file, err))
				}
			})
		})
	})
}

// progress shows how far an upload has come, in steps that can be seen.
func (m *model) progress(r *run) func(sent, total int64) {
	return func(sent, total int64) {
		percent := int(100 * sent / max(total, 1))
		m.later(func() {
			if percent > r.percent {
				r.percent = percent
				m.revs.talk++
			}
		})
	}
}

// outcome is what became of an upload.
func outcome(u replica.Upload, file chat.File, err error) replica.Input {
	if err == nil {
		return replica.Uploaded{Key: u.Key, N: u.N, File: file}
	}
	out := replica.NotUploaded{Key: u.Key, N: u.N, Code: chat.CodeOf(err), Message: err.Error()}
	var refusal *chat.Error
	if errors.As(err, &refusal) {
		out.Message, out.Retry = refusal.Message, chat.Time(refusal.Retry.Milliseconds())
	}
	return out
}

// ended takes the end of an upload, unless it was not wanted any longer.
func (m *model) ended(at fileKey, r *run, in replica.Input) {
	if m.files.runs[at] != r {
		return
	}
	r.stop()
	delete(m.files.runs, at)
	m.revs.talk++
	if up, is := in.(replica.Uploaded); is {
		m.keepBars(up.File.ID, m.shotOf(at.key, at.n).bars)
	}
	m.step(in)
}

// stopUpload carries out a StopUpload.
func (m *model) stopUpload(s replica.StopUpload) {
	at := fileKey{s.Key, s.N}
	if r := m.files.runs[at]; r != nil {
		r.stop()
		delete(m.files.runs, at)
	}
}

// shotOf is what an own file looks like here, if that is known.
func (m *model) shotOf(key chat.Key, n int) shot {
	if shots := m.files.urls[key]; n < len(shots) {
		return shots[n]
	}
	return shot{}
}

// reshoot reads the pictures of an entry that comes from the disk.
func (m *model) reshoot(e *replica.Entry) {
	if !m.ready || m.files.urls[e.Key] != nil || m.files.reading[e.Key] {
		return
	}
	if m.files.reading == nil {
		m.files.reading = map[chat.Key]bool{}
	}
	m.files.reading[e.Key] = true
	shots := make([]shot, len(e.Files))
	left := len(e.Files)
	done := func() {
		if left--; left == 0 && m.rep != nil && m.files.reading[e.Key] {
			m.setShots(e.Key, shots)
			m.revs.talk++
		}
	}
	for n, a := range e.Files {
		if !a.Blob || !strings.HasPrefix(a.Type, "image/") {
			m.later(done)
			continue
		}
		m.content(fileKey{e.Key, n}, func(content blob.Blob) {
			m.measure(content, func(s pixels, err error) {
				if err == nil {
					shots[n] = shot{url: content.URL(), width: s.width, height: s.height}
				}
				done()
			})
		})
	}
}

// measured takes the size of a picture that was sent before it was known.
func (m *model) measured(url string, s pixels) {
	for key, shots := range m.files.urls {
		for n := range shots {
			if shots[n].url != url {
				continue
			}
			shots = slices.Clone(shots)
			if shots[n].width, shots[n].height = s.width, s.height; s.width == 0 {
				blob.Revoke(url)
				shots[n].url = ""
			}
			m.files.urls[key] = shots
			return
		}
	}
	blob.Revoke(url) // it was taken out of the tray
}

// keepBars remembers what a voice message sounds like, of the latest few.
func (m *model) keepBars(id string, bars []byte) {
	if len(bars) == 0 {
		return
	}
	if m.files.bars == nil || len(m.files.bars) > 200 {
		m.files.bars = map[string][]byte{}
	}
	m.files.bars[id] = bars
	m.revs.talk++
}

// reload shows pictures again that could not be loaded: there is a network now.
func (m *model) reload() {
	if app.IsServer {
		return
	}
	lost := document().Call("querySelectorAll", ".pic.lost img")
	for i := range lost.Length() {
		img := lost.Index(i)
		closest(img, ".pic").Get("classList").Call("remove", "lost")
		img.Set("src", img.Get("src").String())
	}
}

// watchPictures marks those that cannot be loaded: such events do not bubble.
func (m *model) watchPictures() {
	if app.IsServer {
		return
	}
	document().Call("addEventListener", "error", app.FuncOf(func(_ app.Value, args []app.Value) any {
		if pic := closest(args[0].Get("target"), ".pic"); pic.Truthy() {
			pic.Get("classList").Call("add", "lost")
		}
		return nil
	}), true)
	for _, event := range []string{"dragover", "drop"} { // beside the conversation: the browser would leave the page
		app.Window().Call("addEventListener", event, app.FuncOf(func(_ app.Value, args []app.Value) any {
			args[0].Call("preventDefault")
			return nil
		}))
	}
}
