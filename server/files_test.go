package server

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/shared/chat"
)

const testMaxFile = 1 << 20

// takesFiles has a site take files.
func takesFiles(c *Config) { c.MaxFile = testMaxFile }

// settle waits until what the server does unasked is done.
func (s *site) settle() { s.server.hub.work.Wait() }

// recall recalls a message.
func (s *site) recall(by chat.AccountID, room chat.RoomID, seq chat.Seq) {
	s.t.Helper()
	if _, err := s.server.recall(context.Background(), by, room, seq, s.server.newKey()); err != nil {
		s.t.Fatal(err)
	}
}

func checksum(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(s))))
}

// part is a field of a form, or, with a name, a file.
type part struct{ field, name, content string }

func formOf(t *testing.T, parts ...part) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		h := make(map[string][]string)
		disposition := fmt.Sprintf(`form-data; name="%s"`, p.field)
		if p.name != "" {
			disposition += fmt.Sprintf(`; filename="%s"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p.name))
		}
		h["Content-Disposition"] = []string{disposition}
		h["Content-Type"] = []string{"image/png"} // which is not trusted
		to, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = to.Write([]byte(p.content))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

// zipBomb is small, but would be 64 MiB.
func zipBomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	to, err := w.Create("zeros")
	for range 64 {
		if err == nil {
			_, err = to.Write(make([]byte, 1<<20))
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// uploading asks for an upload.
func (s *site) uploading(as string, parts ...part) ask {
	kind, body := formOf(s.t, parts...)
	return ask{method: "POST", path: "/api/v1/files", as: as, body: body, header: []string{"Content-Type: " + kind}}
}

// uploads stores a file.
func (s *site) uploads(as, name, content string) chat.File {
	s.t.Helper()
	return decode[chat.File](s.t, s.want(201, s.uploading(as, part{"file", name, content})))
}

func (s *site) get(as, id string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(ask{method: "GET", path: "/api/v1/files/" + id, as: as, header: header})
}

// blobs are the contents that are kept.
func (s *site) blobs() []string {
	s.t.Helper()
	all, err := filepath.Glob(filepath.Join(s.data, "*", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	img.Set(0, 0, color.NRGBA{200, 10, 10, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Promise 8, of files: what no message shows any more nobody can read, and its
// content is removed. Promise 16: a foreign file and none look the same.
func TestFileRoundTrip(t *testing.T) {
	s := newSite(t, takesFiles)
	a, b, c := s.guest("A"), s.guest("B"), s.guest("C")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token}))
	messages := "/api/v1/rooms/" + num(room.ID) + "/messages"
	f := s.uploads(a.token, "开 会.png", pngOf(t, 1000, 500))
	if f.Name != "开 会.png" || f.Type != "image/png" || f.Width != 1000 || f.Height != 500 || f.Size == 0 {
		t.Fatalf("%+v", f)
	}

	// Until a message refers to it, it is its uploader's alone, and a foreign
	// file looks like none.
	none := s.get(b.token, strings.Repeat("0", 32))
	if w := s.get(b.token, f.ID); w.Code != 404 || w.Body.String() != none.Body.String() {
		t.Errorf("foreign: %d %s, none: %s", w.Code, w.Body, none.Body)
	}
	s.refused(404, chat.NotFound, ask{method: "POST", path: messages, as: b.token, body: map[string]any{"files": []string{f.ID}}})
	s.refused(400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"files": []string{f.ID, f.ID}}})
	row := decode[chat.Row](t, s.want(201, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"files": []string{f.ID}}}))
	if row.Kind != chat.KindFile || len(row.Files) != 1 || row.Files[0] != f || row.Text != "" {
		t.Fatalf("%+v", row)
	}
	w := s.get(b.token, f.ID)
	h := w.Header()
	if w.Code != 200 || int64(w.Body.Len()) != f.Size || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || h.Get("Cache-Control") != "no-store" ||
		h.Get("Content-Disposition") != `inline; filename="_ _.png"; filename*=UTF-8''%E5%BC%80%20%E4%BC%9A.png` {
		t.Errorf("%d, %d bytes, %v", w.Code, w.Body.Len(), h)
	}
	w = s.get(b.token, f.ID+"?thumb")
	small, err := png.DecodeConfig(w.Body)
	if w.Code != 200 || err != nil || small.Width != 640 || small.Height != 320 {
		t.Errorf("thumbnail: %d %+v %v", w.Code, small, err)
	}
	if w := s.get(c.token, f.ID); w.Code != 404 {
		t.Errorf("a stranger: %d", w.Code)
	}

	// Forwarded by who may read it; recalled where it was.
	other := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(c.id), as: b.token}))
	s.want(201, ask{method: "POST", path: "/api/v1/rooms/" + num(other.ID) + "/messages", as: b.token, body: map[string]any{"files": []string{f.ID}, "text": "see"}})
	s.recall(a.id, room.ID, row.Seq)
	for _, who := range []visitor{a, b, c} { // a: it is theirs, and shown still
		if w := s.get(who.token, f.ID); w.Code != 200 {
			t.Errorf("%d: %d", who.id, w.Code)
		}
	}
	s.recall(b.id, other.ID, 1)
	for _, who := range []visitor{a, b, c} {
		if w := s.get(who.token, f.ID); w.Code != 404 {
			t.Errorf("recalled, %d: %d", who.id, w.Code)
		}
	}
	s.refused(404, chat.NotFound, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"files": []string{f.ID}}})
	s.settle()
	if left := s.blobs(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFileQuotas(t *testing.T) {
	s := newSite(t, takesFiles, func(c *Config) { c.MaxAccountFiles, c.MaxFiles = 3*block, 4*block })
	a, b := s.guest("A"), s.guest("B")
	for i := range 3 {
		s.uploads(a.token, "a", fmt.Sprint("text ", i))
	}
	s.refused(507, chat.StorageFull, s.uploading(a.token, part{"file", "a", "x"}))
	s.refused(507, chat.StorageFull, s.uploading(b.token, part{"file", "a", strings.Repeat("x", block+1)}))
	s.uploads(b.token, "a", "x")
	s.refused(507, chat.StorageFull, s.uploading(b.token, part{"file", "a", "y"}))
	s.settle()
	if blobs := s.blobs(); len(blobs) != 4 {
		t.Errorf("%d blobs", len(blobs))
	}
}

func TestUploadRate(t *testing.T) {
	s := newSite(t, takesFiles, func(c *Config) { c.Rate = 1 })
	a := s.guest("A")
	for i := range uploadsBurst {
		s.uploads(a.token, "a", fmt.Sprint(i))
	}
	p := s.refused(429, chat.SlowDown, s.uploading(a.token, part{"file", "a", "x"}))
	if p.Retry <= 0 {
		t.Errorf("%+v", p)
	}
}

// Promise 8: the same content is kept once, and goes with the last of its files.
func TestNoSecondCopy(t *testing.T) {
	s := newSite(t, takesFiles)
	a, b := s.guest("A"), s.guest("B")
	picture := pngOf(t, 700, 10)
	first, second := s.uploads(a.token, "a.png", picture), s.uploads(b.token, "b.png", picture)
	s.settle()
	if first.ID == second.ID || len(s.blobs()) != 2 { // with its thumbnail
		t.Fatalf("%s %s: %v", first.ID, second.ID, s.blobs())
	}
	if w := s.get(a.token, second.ID); w.Code != 404 {
		t.Errorf("another's file of the same content: %d", w.Code)
	}
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token}))
	for i, f := range []struct {
		as visitor
		id string
	}{{a, first.ID}, {b, second.ID}} {
		row := decode[chat.Row](t, s.want(201, ask{method: "POST", path: "/api/v1/rooms/" + num(room.ID) + "/messages", as: f.as.token, body: map[string]any{"files": []string{f.id}}}))
		s.recall(f.as.id, room.ID, row.Seq)
		s.settle()
		if got, want := len(s.blobs()), 2-2*i; got != want {
			t.Errorf("after recall %d: %d blobs, want %d", i+1, got, want)
		}
	}
}

// What nobody refers to goes after a day, and what a crash has left without a
// file after an hour.
func TestSweep(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	waits := s.uploads(a.token, "waits", "1")
	used := s.uploads(a.token, "used", "2")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: a.token}))
	s.want(201, ask{method: "POST", path: "/api/v1/rooms/" + num(room.ID) + "/messages", as: a.token, body: map[string]any{"files": []string{used.ID}}})
	orphan := filepath.Join(s.data, "ab", strings.Repeat("ab", 16))
	if err := os.MkdirAll(filepath.Dir(orphan), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(orphan, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := s.now.Add(-2 * orphanAfter)
	if err := os.Chtimes(orphan, old, old); err != nil {
		t.Fatal(err)
	}
	s.server.sweepFiles()
	s.settle()
	if len(s.blobs()) != 2 {
		t.Errorf("after the orphans: %v", s.blobs())
	}
	s.now = s.now.Add(unusedFor - 1)
	s.server.sweepFiles()
	if w := s.get(a.token, waits.ID); w.Code != 200 {
		t.Errorf("within a day: %d", w.Code)
	}
	s.now = s.now.Add(2 * 1e6)
	s.server.sweepFiles()
	s.settle()
	if w := s.get(a.token, waits.ID); w.Code != 404 || len(s.blobs()) != 1 {
		t.Errorf("after a day: %d, %v", w.Code, s.blobs())
	}
	if w := s.get(a.token, used.ID); w.Code != 200 {
		t.Errorf("in use: %d", w.Code)
	}
}

// A length is kept of what is a recording, and of nothing else.
func TestLengthOfRecordings(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	wav := "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x00\x00\x00"
	f := decode[chat.File](t, s.want(201, s.uploading(a.token, part{"length", "", "1234"}, part{"file", "voice.wav", wav})))
	if f.Type != "audio/wav" || f.Length != 1234 {
		t.Errorf("%+v", f)
	}
	if h := s.get(a.token, f.ID).Header(); h.Get("Content-Type") != "audio/wav" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline;") {
		t.Errorf("%v", h)
	}
	f = decode[chat.File](t, s.want(201, s.uploading(a.token, part{"file", "a.txt", "text"}, part{"length", "", "1234"})))
	if f.Length != 0 {
		t.Errorf("%+v", f)
	}
}

// A polyglot that is a sound GIF loses what is not a picture in it.
func TestPolyglotGIF(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	img := image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{img, img}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	f := s.uploads(a.token, "a.gif", b.String()+"<script>alert(1)</script>")
	w := s.get(a.token, f.ID)
	if f.Type != "image/gif" || f.Width != 2 || w.Header().Get("Content-Type") != "image/gif" || strings.Contains(w.Body.String(), "script") {
		t.Errorf("%+v %s", f, w.Body)
	}
	again, err := gif.DecodeAll(w.Body)
	if err != nil || len(again.Image) != 2 {
		t.Errorf("it does not move any more: %v", err)
	}
}

func TestFilesInOpenAPI(t *testing.T) {
	s := newSite(t)
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]json.RawMessage `json:"content"`
			} `json:"requestBody"`
			Responses map[string]json.RawMessage `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(s.want(http.StatusOK, ask{method: "GET", path: "/api/v1/openapi.json"}), &doc); err != nil {
		t.Fatal(err)
	}
	upload := doc.Paths["/api/v1/files"]["post"]
	if upload.RequestBody.Content["multipart/form-data"] == nil || upload.Responses["201"] == nil || upload.Responses["default"] == nil {
		t.Errorf("upload: %+v", upload)
	}
	if file := doc.Paths["/api/v1/files/{id}"]["get"]; file.Responses["200"] == nil {
		t.Errorf("file: %+v", file)
	}
}

// One's own account says how large a file may be, where files are taken.
func TestMaxFile(t *testing.T) {
	for _, c := range []struct {
		config []func(*Config)
		want   string
	}{{[]func(*Config){takesFiles}, `"max_file":1048576`}, {nil, ""}} {
		s := newSite(t, c.config...)
		a := s.guest("Ada")
		got := string(s.want(200, ask{method: "GET", path: "/api/v1/me", as: a.token}))
		if strings.Contains(got, "max_file") != (c.want != "") || !strings.Contains(got, c.want) || !strings.Contains(got, `"name":"Ada"`) {
			t.Error(got)
		}
	}
}

// What is said of files can be changed and taken away; of a message without
// files something must be left.
func TestEditCaption(t *testing.T) {
	s := newSite(t, takesFiles)
	a, b := s.guest("A"), s.guest("B")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token}))
	messages := "/api/v1/rooms/" + num(room.ID) + "/messages"
	f := s.uploads(a.token, "roof.png", pngOf(t, 100, 50))
	row := decode[chat.Row](t, s.want(201, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"files": []string{f.ID}, "text": "the rof"}}))
	edit := func(by chat.AccountID, seq chat.Seq, text string) (chat.Row, error) {
		done, err := s.server.edit(context.Background(), by, room.ID, seq, s.server.newKey(), text)
		if err != nil {
			return chat.Row{}, err
		}
		return *done.Row, nil
	}
	for _, text := range []string{"the roof", "", "the roof again"} {
		got, err := edit(a.id, row.Seq, text)
		if err != nil || got.Text != text || got.Kind != chat.KindFile || len(got.Files) != 1 || got.Files[0] != f || got.Edited == 0 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if w := s.get(b.token, f.ID); w.Code != 200 {
		t.Errorf("the file is gone: %d", w.Code)
	}
	if _, err := edit(b.id, row.Seq, "mine"); chat.CodeOf(err) != chat.Forbidden {
		t.Errorf("another's: %v", err)
	}
	plain := decode[chat.Row](t, s.want(201, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"text": "no file"}}))
	if _, err := edit(a.id, plain.Seq, " "); chat.CodeOf(err) != chat.BadRequest {
		t.Errorf("blank, without files: %v", err)
	}
}
