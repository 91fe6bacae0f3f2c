package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/blob"
)

var (
	roof  = chat.File{ID: "a", Name: "roof.jpg", Type: "image/jpeg", Size: 1_400_000, Width: 4000, Height: 3000}
	offer = chat.File{ID: "b", Name: "offer <1>.pdf", Type: "application/pdf", Size: 23_400}
	hello = chat.File{ID: "c", Name: "voice.webm", Type: "audio/webm", Size: 9000, Length: 63_400}
)

func TestBoxOf(t *testing.T) {
	for _, c := range [][4]int{{4000, 3000, 320, 240}, {3000, 4000, 285, 380}, {200, 100, 200, 100}, {10, 10, 72, 72}, {9000, 10, 320, 72}, {0, 0, 240, 180}, {640, 640, 320, 320}} {
		if w, h := boxOf(c[0], c[1]); w != c[2] || h != c[3] {
			t.Errorf("%dx%d: %dx%d, want %dx%d", c[0], c[1], w, h, c[2], c[3])
		}
	}
}

func TestMediaWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 KB", 23_400: "23 KB", 1_400_000: "1.4 MB", 3_200_000_000: "3.2 GB"} {
		if got := sizeWord(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for ms, want := range map[int64]string{0: "0:00", 499: "0:00", 500: "0:01", 63_400: "1:03", 120_000: "2:00"} {
		if got := clockOf(ms); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
	for name, want := range map[string]string{"a.pdf": "PDF", "a.tar.gz": "GZ", "none": "", ".profile": "", "a.": "", "x.合同": "", "a.toolong": ""} {
		if got := endingOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for kind, want := range map[string]string{"image/png": "file.png", "image/svg+xml": "file.svg", "text/plain;charset=utf-8": "file.plain", "": "file"} {
		if got := fileName(blob.New([]byte("x"), kind)); got != want {
			t.Errorf("%q: %s, want %s", kind, got, want)
		}
	}
	for text, want := range map[string]float64{"": 0, "12": 12, "1000": 1000, "-1": 0, "1e9": 0} {
		if got := numberOf(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A picture's box is there before it; other files are cards, recordings play.
func TestMediaOfRows(t *testing.T) {
	m := screen(t, direct, chat.Row{By: bo, At: noon, Kind: chat.KindFile, Text: "the roof", Files: []chat.File{roof, offer, hello}})
	html := drawn(m)
	wants(t, html, `class="bubble held"`, `data-act="picture"`, `src="/api/v1/files/a?thumb"`, `class="voice`)
	has(t, html, `width="320"`, `height="240"`, `loading="lazy"`, `decoding="async"`, `alt="roof.jpg"`,
		`href="/api/v1/files/b"`, "offer", "23 KB", ">PDF<", `data-href="/api/v1/files/c"`, "1:03", "the roof", "Position in the voice message")
	if strings.Contains(html, " style=") {
		t.Error("an inline style, which the policy forbids")
	}
	if m.keepBars("c", make([]byte, 3)); !strings.Contains(drawn(m), `height="2"`) {
		t.Error("no waveform")
	}
	before := m.print(ptr(m.rep.Timeline(here)), 0)
	m.keepBars("c", make([]byte, 36))
	if m.print(ptr(m.rep.Timeline(here)), 0) == before {
		t.Error("a waveform that has become known is not drawn")
	}
	several := chat.Row{By: bo, At: noon, Kind: chat.KindFile, Files: []chat.File{roof, roof, roof}}
	has(t, drawn(screen(t, direct, several)), `class="pics many"`)
}

// What is said of own files can be changed and taken away.
func TestEditCaption(t *testing.T) {
	m := screen(t, direct, chat.Row{By: anna, At: noon, Kind: chat.KindFile, Text: "the rof", Files: []chat.File{roof}}, row(anna, noon, "words"))
	tl := &timeline{M: m, Room: here}
	has(t, app.HTMLString(app.Div().Body(tl.items(m.rep.Row(here, 1), m.rep.Room(here).Head)...)), `data-do="edit"`)
	m.editRow(1)
	has(t, app.HTMLString(&composer{M: m, Room: here, text: "the rof"}), "Editing a message", "the rof")
	if disabled(app.HTMLString(&composer{M: m, Room: here})) {
		t.Error("an empty caption cannot be saved")
	}
	if !m.submit(" ") {
		t.Fatal("an empty caption is not taken")
	}
	if row, _ := m.rep.Shown(here, m.rep.Row(here, 1)); row.Text != "" || row.Edited == 0 || len(row.Files) != 1 {
		t.Errorf("%+v", row)
	}
	m.choose([]blob.Blob{blob.New([]byte("x"), "text/plain")}) // which is not the message's
	if m.editRow(2); m.submit(" ") {
		t.Error("a message of words was emptied")
	}
	if !disabled(app.HTMLString(&composer{M: m, Room: here})) {
		t.Error("an empty message can be saved")
	}
}

// disabled tells whether something drawn is; go-app writes out that it is not.
func disabled(html string) bool {
	return strings.Contains(strings.ReplaceAll(html, `disabled="false"`, ""), "disabled")
}

func ptr[T any](v T) *T { return &v }

// An own file on its way tells how far it is, and can be given up; until its
// picture is known here it is a card.
func TestPendingMedia(t *testing.T) {
	m := screen(t, direct)
	m.rep.Step(noon, replica.Closed{})
	for _, b := range []blob.Blob{blob.New(make([]byte, 2000), "application/pdf"), blob.New([]byte("x"), "text/plain")} {
		m.choose([]blob.Blob{b})
	}
	html := app.HTMLString(&composer{M: m, Room: here})
	has(t, html, "file.pdf", "2 KB", "Remove file.pdf", `class="tray"`)
	if !m.submit("  ") {
		t.Fatal("files without a text are not sent")
	}
	pending := m.rep.Timeline(here).Pending
	if len(pending) != 1 || len(pending[0].Files) != 2 || pending[0].Text != "" || !pending[0].Files[0].Blob {
		t.Fatalf("%+v", pending)
	}
	if len(m.tray().picks) != 0 || len(m.files.held[pending[0].Key]) != 2 {
		t.Error("the files are still in the tray, or nowhere")
	}
	draw := func() string {
		return app.HTMLString(m.entryBubble(m.rep.Room(here).Head, m.rep.Timeline(here).Pending[0]).draw(m.L))
	}
	has(t, draw(), "file.pdf", "Waiting to upload", "Cancel the upload", `data-act="drop"`)
	wants(t, app.HTMLString(&entry{M: m, Line: m.lineOf(m.rep.Room(here))}), "You: ", "[File] ×2")
	m.files.runs = map[fileKey]*run{{pending[0].Key, 0}: {percent: 50}}
	has(t, draw(), "25%", "<progress")
	m.step(replica.Discard{Key: pending[0].Key})
	if len(m.rep.Timeline(here).Pending) != 0 {
		t.Error("cannot be given up")
	}
}

// What is too much is said, and the rest is kept.
func TestTrayLimits(t *testing.T) {
	m := screen(t, direct)
	m.files.most = 1000
	some := func(n int) blob.Blob { return blob.New(make([]byte, n), "text/plain") }
	m.choose([]blob.Blob{some(10), some(1001)})
	if tr := m.tray(); len(tr.picks) != 1 || !strings.Contains(tr.fault, "1 KB") {
		t.Errorf("%d, %q", len(tr.picks), tr.fault)
	}
	m.choose([]blob.Blob{some(0)})
	if tr := m.tray(); len(tr.picks) != 1 || !strings.Contains(tr.fault, "empty") {
		t.Errorf("%d, %q", len(tr.picks), tr.fault)
	}
	for range chat.MaxFiles {
		m.choose([]blob.Blob{some(1)})
	}
	if tr := m.tray(); len(tr.picks) != chat.MaxFiles || !strings.Contains(tr.fault, "20") {
		t.Errorf("%d, %q", len(tr.picks), tr.fault)
	}
	m.unchoose(m.tray().picks[0].no)
	if tr := m.tray(); len(tr.picks) != chat.MaxFiles-1 || tr.fault != "" {
		t.Errorf("%d, %q", len(tr.picks), tr.fault)
	}
	if m.submit(strings.Repeat("x", chat.MaxText+1)) || len(m.tray().picks) != chat.MaxFiles-1 {
		t.Error("files are lost with a text that is too long")
	}
}

func TestOutcome(t *testing.T) {
	u := replica.Upload{Key: chat.Key{1}, N: 2}
	if got := outcome(u, roof, nil); got != (replica.Uploaded{Key: u.Key, N: 2, File: roof}) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		err   error
		code  chat.Code
		retry chat.Time
	}{
		{fmt.Errorf("upload: %w", api.ErrOffline), chat.Unavailable, 0},
		{errors.New("odd"), chat.Unavailable, 0},
		{&chat.Error{Code: chat.SlowDown, Retry: 2 * time.Second}, chat.SlowDown, 2000},
		{fmt.Errorf("upload: %w", chat.Refuse(chat.TooLarge, "too much")), chat.TooLarge, 0},
	} {
		got := outcome(u, chat.File{}, c.err).(replica.NotUploaded)
		if got.Code != c.code || got.Retry != c.retry || got.N != 2 {
			t.Errorf("%v: %+v", c.err, got)
		}
	}
}

// Of pictures of entries that have ended only the latest few are kept.
func TestLetGo(t *testing.T) {
	m := screen(t, direct)
	for i := range 40 {
		m.setShots(chat.Key{1, byte(i)}, []shot{{url: fmt.Sprint("blob:", i)}})
	}
	if len(m.files.urls) != keepURLs || len(m.files.order) != keepURLs || m.shotOf(chat.Key{1, 39}, 0).url != "blob:39" || m.shotOf(chat.Key{1, 0}, 0).url != "" {
		t.Errorf("%d, %d", len(m.files.urls), len(m.files.order))
	}
}
