package server

import (
	"strings"
	"testing"

	"parley/server/files"
	"parley/shared/chat"
)

// The bad input of issue 4, each with its answer.
func TestBadUploads(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	html := "<!DOCTYPE html><html><script>alert(1)</script></html>"
	svg := `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`
	bomb := pngOf(t, 1, 1)
	bomb = bomb[:16] + "\x00\x00\xea\x60\x00\x00\xea\x60" + bomb[24:] // 60,000 x 60,000
	bomb = bomb[:29] + checksum(bomb[12:29]) + bomb[33:]
	polyglot := "GIF89a/*\x00\x00\x00\x00*/=1;alert(1)//"
	for name, c := range map[string]struct{ content, kind string }{
		"html.png":     {html, "text/html"},
		"svg.png":      {svg, "image/svg+xml"},
		"bomb.png":     {bomb, files.Plain},
		"polyglot.gif": {polyglot, files.Plain},
		"zip.png":      {zipBomb(t), "application/zip"},
		"cut.png":      {pngOf(t, 100, 100)[:60], files.Plain},
	} {
		f := s.uploads(a.token, name, c.content)
		if f.Type != c.kind || f.Width != 0 || f.Name != name || f.Size != int64(len(c.content)) {
			t.Errorf("%s: %+v", name, f)
		}
		w := s.get(a.token, f.ID)
		h := w.Header()
		if w.Code != 200 || w.Body.String() != c.content || h.Get("Content-Type") != files.Plain || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s is served: %d %v", name, w.Code, h)
		}
		if w := s.get(a.token, f.ID+"?thumb"); w.Code != 404 {
			t.Errorf("%s has a thumbnail: %d", name, w.Code)
		}
	}
	for name, want := range map[string]string{
		`../../etc/passwd`: "passwd", `C:\x\y.txt`: "y.txt", "..": "file", "a\u202egnp.exe": "agnp.exe", "a\u200b.txt": "a.txt",
		`q".txt`: `q".txt`, "e\u0301.txt": "\u00e9.txt", strings.Repeat("好", 100) + ".txt": strings.Repeat("好", 83) + ".txt",
	} {
		f := s.uploads(a.token, name, "text")
		if f.Name != want {
			t.Errorf("%q became %q", name, f.Name)
		}
		if d := s.get(a.token, f.ID).Header().Get("Content-Disposition"); strings.ContainsAny(d, "\r\n") || strings.Count(d, `"`) != 2 {
			t.Errorf("%q: %s", name, d)
		}
	}
	s.settle()
	before := len(s.blobs())
	kind, whole := formOf(t, part{"file", "a", "text"})
	for name, c := range map[string]struct {
		status int
		code   chat.Code
		ask    ask
	}{
		"not signed in": {401, chat.Unauthorized, s.uploading("", part{"file", "a", "b"})},
		"empty":         {400, chat.BadRequest, s.uploading(a.token, part{"file", "a", ""})},
		"no file":       {400, chat.BadRequest, s.uploading(a.token, part{"other", "a", "b"})},
		"no name":       {400, chat.BadRequest, s.uploading(a.token, part{"file", "", "b"})},
		"two files":     {400, chat.BadRequest, s.uploading(a.token, part{"file", "a", "b"}, part{"file", "a", "b"})},
		"length":        {400, chat.BadRequest, s.uploading(a.token, part{"length", "", "-1"}, part{"file", "a", "b"})},
		"length word":   {400, chat.BadRequest, s.uploading(a.token, part{"length", "", "long"}, part{"file", "a", "b"})},
		"json":          {415, chat.Unsupported, ask{method: "POST", path: "/api/v1/files", as: a.token, body: `{}`}},
		"form":          {415, chat.Unsupported, ask{method: "POST", path: "/api/v1/files", as: a.token, body: `a=b`, header: []string{"Content-Type: application/x-www-form-urlencoded"}}},
		"no boundary":   {415, chat.Unsupported, ask{method: "POST", path: "/api/v1/files", as: a.token, body: `a=b`, header: []string{"Content-Type: multipart/form-data"}}},
		"cut off":       {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/files", as: a.token, body: whole[:len(whole)-30], header: []string{"Content-Type: " + kind}}},
		"cut in header": {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/files", as: a.token, body: whole[:50], header: []string{"Content-Type: " + kind}}},
		"too large":     {413, chat.TooLarge, s.uploading(a.token, part{"file", "a", strings.Repeat("x", testMaxFile+1)})},
		"bad id":        {404, chat.NotFound, ask{method: "GET", path: "/api/v1/files/..%2fx", as: a.token}},
	} {
		t.Run(name, func(t *testing.T) { (&site{t: t, server: s.server}).refused(c.status, c.code, c.ask) })
	}
	s.settle()
	if after := len(s.blobs()); after != before {
		t.Errorf("refused uploads left %d blobs", after-before)
	}
}

// A line break in a name cannot even come in a form's header, but in its
// encoded form.
func TestFileNameWithLineBreak(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''a%0d%0aSet-Cookie%3A%20b.txt\r\n\r\ntext\r\n--x--\r\n"
	f := decode[chat.File](t, s.want(201, ask{method: "POST", path: "/api/v1/files", as: a.token, body: body, header: []string{"Content-Type: multipart/form-data; boundary=x"}}))
	if f.Name != "aSet-Cookie: b.txt" {
		t.Errorf("%q", f.Name)
	}
	w := s.get(a.token, f.ID)
	if d := w.Header().Get("Content-Disposition"); w.Header().Get("Set-Cookie") != "" || strings.ContainsAny(d, "\r\n") {
		t.Errorf("%q", d)
	}
}

func TestFileRanges(t *testing.T) {
	s := newSite(t, takesFiles)
	a := s.guest("A")
	f := s.uploads(a.token, "a.txt", "0123456789")
	for asked, want := range map[string]struct {
		status int
		body   string
	}{
		"bytes=2-4": {206, "234"}, "bytes=-3": {206, "789"}, "bytes=8-99": {206, "89"}, "bytes=10-": {416, ""}, "bytes=99-100": {416, ""}, "lines=1-2": {416, ""},
	} {
		w := s.get(a.token, f.ID, "Range: "+asked)
		if w.Code != want.status || want.status == 206 && w.Body.String() != want.body {
			t.Errorf("%s: %d %s", asked, w.Code, w.Body)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Cache-Control") != "no-store" && w.Code != 416 {
			t.Errorf("%s: %v", asked, w.Header())
		}
	}
	w := s.do(ask{method: "HEAD", path: "/api/v1/files/" + f.ID, as: a.token})
	if w.Code != 200 || w.Header().Get("Content-Length") != "10" || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d %v %s", w.Code, w.Header(), w.Body)
	}
}
