package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// parts returns the embedded parts with a program of the test's in them, so
// that the tests are the same whether app.wasm has been built or not.
func parts(t *testing.T, wasm, brotli string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		m[path] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(m, "app.wasm")
	delete(m, "app.wasm.br")
	if wasm != "" {
		m["app.wasm"] = &fstest.MapFile{Data: []byte(wasm)}
	}
	if brotli != "" {
		m["app.wasm.br"] = &fstest.MapFile{Data: []byte(brotli)}
	}
	return m
}

func start(t *testing.T, files fs.FS) http.Handler {
	t.Helper()
	h, err := newHandler(files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends a request with headers given as "Name: value".
func ask(h http.Handler, method, target string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The embedded parts make a handler, whether the program is among them or not.
func TestHandler(t *testing.T) {
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(h, "GET", "/web/app.css"); got.StatusCode != http.StatusOK {
		t.Error(got.Status)
	}
}

func TestStatusAndType(t *testing.T) {
	h := start(t, parts(t, "wasm", "packed"))
	for _, c := range []struct {
		method, target, accept string
		status                 int
		contentType            string
	}{
		{"GET", "/", "text/html", 200, "text/html; charset=utf-8"},
		{"HEAD", "/", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/c/123", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/r/42", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/r/%E5%B8%82%E5%9C%BA", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/signin?next=/r/42", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/settings", "text/html", 200, "text/html; charset=utf-8"},
		{"GET", "/c/", "text/html", 404, "text/html; charset=utf-8"},
		{"GET", "/c/1/2", "text/html", 404, "text/html; charset=utf-8"},
		{"GET", "/c/1%2F2", "text/html", 404, "text/html; charset=utf-8"},
		{"GET", "/nothing", "text/html", 404, "text/html; charset=utf-8"},
		{"HEAD", "/nothing", "text/html", 404, "text/html; charset=utf-8"},
		{"GET", "/web/nothing.png", "image/*", 404, "text/plain; charset=utf-8"},
		{"GET", "/web/../embed.go", "*/*", 404, "text/plain; charset=utf-8"},
		{"GET", "/web/", "*/*", 404, "text/plain; charset=utf-8"},
		{"GET", "/web/app.wasm", "*/*", 200, "application/wasm"},
		{"HEAD", "/web/app.wasm", "*/*", 200, "application/wasm"},
		{"GET", "/web/app.css", "*/*", 200, "text/css; charset=utf-8"},
		{"GET", "/web/icon.svg", "*/*", 200, "image/svg+xml"},
		{"GET", "/web/emoji.txt", "*/*", 200, "text/plain; charset=utf-8"},
		{"GET", "/web/emoji.txt.br", "*/*", 404, "text/plain; charset=utf-8"},
		{"GET", "/favicon.ico", "*/*", 200, "image/png"},
		{"GET", "/app.js", "*/*", 200, "text/javascript; charset=utf-8"},
		{"GET", "/wasm_exec.js", "*/*", 200, "text/javascript; charset=utf-8"},
		{"GET", "/app-worker.js", "*/*", 200, "text/javascript; charset=utf-8"},
		{"GET", "/manifest.webmanifest", "*/*", 200, "application/manifest+json"},
		{"POST", "/", "text/html", 405, "text/plain; charset=utf-8"},
		{"DELETE", "/web/app.css", "*/*", 405, "text/plain; charset=utf-8"},
	} {
		t.Run(c.method+" "+c.target, func(t *testing.T) {
			got := ask(h, c.method, c.target, "Accept: "+c.accept)
			if got.StatusCode != c.status || got.Header.Get("Content-Type") != c.contentType {
				t.Errorf("%d %s", got.StatusCode, got.Header.Get("Content-Type"))
			}
			if text := body(t, got); (text == "") != (c.method == "HEAD") {
				t.Errorf("a body of %d bytes", len(text))
			}
		})
	}
}

// Every answer has the headers, the refusals too, and a handler within may
// override them.
func TestSecure(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	for _, target := range []string{"/", "/nothing", "/web/app.wasm", "/app-worker.js", "/manifest.webmanifest"} {
		got := ask(h, "GET", target).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
				"img-src 'self' blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; " +
				"form-action 'none'; frame-ancestors 'none'",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy":         "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
			"Referrer-Policy":            "same-origin",
			"X-Content-Type-Options":     "nosniff",
			"X-Frame-Options":            "DENY",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s: %q", target, name, got.Get(name))
			}
		}
	}

	override := Secure(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "sandbox")
	}))
	if got := ask(override, "GET", "/").Header.Get("Content-Security-Policy"); got != "sandbox" {
		t.Errorf("overridden policy: %q", got)
	}
}

func TestEncodings(t *testing.T) {
	plain := strings.Repeat("wasm", 1000)
	h := start(t, parts(t, plain, "packed"))
	for _, c := range []struct{ accept, encoding string }{
		{"", ""},
		{"identity", ""},
		{"br", "br"},
		{"gzip, deflate, br, zstd", "br"},
		{"gzip, BR;q=0.5", "br"},
		{"br;q=0, gzip", "gzip"},
		{"br; q=0.000, gzip ;q=1", "gzip"},
		{"gzip, deflate", "gzip"},
		{"brotli", ""},
	} {
		got := ask(h, "GET", "/web/app.wasm", "Accept-Encoding: "+c.accept)
		text := body(t, got)
		if got.Header.Get("Content-Encoding") != c.encoding || got.Header.Get("Content-Length") != strconv.Itoa(len(text)) {
			t.Errorf("%q: %v", c.accept, got.Header)
		}
		if vary := got.Header.Get("Vary"); vary != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", c.accept, vary)
		}
		switch c.encoding {
		case "br":
			if text != "packed" {
				t.Errorf("%q: %q", c.accept, text)
			}
		case "gzip":
			r, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			unpacked, err := io.ReadAll(r)
			if err != nil || string(unpacked) != plain {
				t.Errorf("%q: gzip holds %d bytes, %v", c.accept, len(unpacked), err)
			}
		default:
			if text != plain {
				t.Errorf("%q: %q", c.accept, text)
			}
		}
		if head := ask(h, "HEAD", "/web/app.wasm", "Accept-Encoding: "+c.accept); !cmp.Equal(head.Header, got.Header) {
			t.Errorf("%q: HEAD differs: %s", c.accept, cmp.Diff(got.Header, head.Header))
		}
	}
	if got := ask(h, "GET", "/favicon.ico", "Accept-Encoding: gzip, br").Header; got.Get("Content-Encoding") != "" {
		t.Error("a PNG was packed again")
	}
}

// A static file goes out in brotli where that was made.
func TestStaticBrotli(t *testing.T) {
	files := parts(t, "wasm", "packed")
	files["static/emoji.txt"] = &fstest.MapFile{Data: []byte("plain")}
	files["static/emoji.txt.br"] = &fstest.MapFile{Data: []byte("packed")}
	h := start(t, files)
	for accept, want := range map[string]string{"br": "packed", "": "plain"} {
		if got := body(t, ask(h, "GET", "/web/emoji.txt", "Accept-Encoding: "+accept)); got != want {
			t.Errorf("%q: %q", accept, got)
		}
	}
	worker := body(t, ask(h, "GET", "/app-worker.js"))
	if !strings.Contains(worker, "/web/emoji.txt?v=") || strings.Contains(worker, "/web/emoji.txt.br") {
		t.Error("the worker keeps the packed form, or not the plain one")
	}
}

func TestETag(t *testing.T) {
	h := start(t, parts(t, "wasm", "packed"))
	tag := func(accept string) string {
		return ask(h, "GET", "/web/app.wasm", "Accept-Encoding: "+accept).Header.Get("ETag")
	}
	tags := map[string]bool{tag(""): true, tag("gzip"): true, tag("br"): true}
	if len(tags) != 3 {
		t.Errorf("encodings share a strong ETag: %v", tags)
	}
	for tag := range tags {
		if !regexp.MustCompile(`^"[0-9a-f]{16}(-br|-gzip)?"$`).MatchString(tag) {
			t.Errorf("ETag %s", tag)
		}
	}

	for _, c := range []struct {
		match  string
		status int
	}{
		{tag("br"), 304},
		{`"other", ` + tag("br"), 304},
		{"W/" + tag("br"), 304},
		{"*", 304},
		{tag(""), 200},
		{`"other"`, 200},
	} {
		got := ask(h, "GET", "/web/app.wasm", "Accept-Encoding: br", "If-None-Match: "+c.match)
		if got.StatusCode != c.status {
			t.Errorf("If-None-Match %s: %s", c.match, got.Status)
		}
		if c.status == 304 && (body(t, got) != "" || got.Header.Get("ETag") != tag("br") || got.Header.Get("Vary") == "") {
			t.Errorf("If-None-Match %s: %v", c.match, got.Header)
		}
	}
	if got := ask(h, "GET", "/nothing", "Accept: text/html", "If-None-Match: *"); got.StatusCode != 404 {
		t.Errorf("a page that does not exist is unmodified: %s", got.Status)
	}
}

func TestCacheControl(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	const forever = "public, max-age=31536000, immutable"
	shell := body(t, ask(h, "GET", "/"))
	links := regexp.MustCompile(`(?:href|src)="(/[^"]+)"`).FindAllStringSubmatch(shell, -1)
	if len(links) < 7 {
		t.Fatalf("links in the shell: %q", links)
	}
	for _, link := range links {
		want := forever
		if link[1] == "/manifest.webmanifest" {
			want = "no-cache"
		}
		got := ask(h, "GET", link[1])
		if got.StatusCode != 200 || got.Header.Get("Cache-Control") != want {
			t.Errorf("%s: %s, %s", link[1], got.Status, got.Header.Get("Cache-Control"))
		}
	}
	for _, target := range []string{"/", "/c/1", "/app-worker.js", "/web/app.wasm", "/web/app.wasm?v=0123456789abcdef", "/nothing"} {
		if got := ask(h, "GET", target).Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// The shell is one for all: it must hold nothing of the address, which anybody
// can write.
func TestShell(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	root := body(t, ask(h, "GET", "/"))
	for _, target := range []string{"/c/77777", "/r/%22%3E%3Cscript%3E", "/signin?x=77777"} {
		if got := body(t, ask(h, "GET", target)); got != root {
			t.Errorf("%s has another shell", target)
		}
	}
	for _, part := range []string{`id="app-wasm-loader"`, `id="app-wasm-loader-icon"`, `id="app-wasm-loader-label"`, " inert "} {
		if !strings.Contains(root, part) {
			t.Errorf("the shell lacks %s", part)
		}
	}
	if strings.Contains(root, "ZgotmplZ") || strings.Contains(root, "<no value>") {
		t.Error("the shell's template went wrong")
	}
	script := body(t, ask(h, "GET", "/app.js"))
	if !strings.Contains(script, `goappWasmContentLength = "4"`) {
		t.Error("app.js does not know the program's length")
	}
}

// Equal parts have an equal version, at every start; any other part another.
func TestVersion(t *testing.T) {
	worker := func(files fs.FS) string { return body(t, ask(start(t, files), "GET", "/app-worker.js")) }
	files := parts(t, "wasm", "packed")
	first := worker(files)
	if again := worker(files); again != first {
		t.Error("the same parts, another worker")
	}
	if packed := worker(parts(t, "wasm", "packed otherwise")); packed != first {
		t.Error("the packing counts")
	}
	for path := range files {
		if strings.HasSuffix(path, ".br") || path == "message.html" {
			continue
		}
		changed := maps.Clone(files)
		changed[path] = &fstest.MapFile{Data: append(bytes.Clone(files[path].Data), '\n')}
		if worker(changed) == first {
			t.Errorf("%s has changed, and the version has not", path)
		}
	}
}

func TestUnbuilt(t *testing.T) {
	h := start(t, parts(t, "", ""))
	for _, c := range []struct{ target, word string }{{"/", "make build"}, {"/c/1", "make build"}, {"/web/app.wasm", "make build"}} {
		got := ask(h, "GET", c.target, "Accept: text/html")
		if got.StatusCode != 503 || !strings.Contains(body(t, got), c.word) {
			t.Errorf("%s: %s", c.target, got.Status)
		}
	}
	if got := ask(h, "GET", "/nothing", "Accept: text/html"); got.StatusCode != 404 {
		t.Error(got.Status)
	}
}

func TestLanguage(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	for _, c := range []struct{ accept, lang, name, word string }{
		{"", "en", "Parley", "nothing here"},
		{"en-GB,en;q=0.9,zh;q=0.8", "en", "Parley", "nothing here"},
		{"zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "洽谈", "这里什么也没有"},
		{"zh", "zh-CN", "洽谈", "这里什么也没有"},
		{"de", "en", "Parley", "nothing here"},
		{"!!", "en", "Parley", "nothing here"},
	} {
		got := ask(h, "GET", "/manifest.webmanifest", "Accept-Language: "+c.accept)
		var m manifest
		if err := json.Unmarshal([]byte(body(t, got)), &m); err != nil {
			t.Fatal(err)
		}
		if m.Lang != c.lang || m.Name != c.name || m.ID != "/" {
			t.Errorf("%q: %+v", c.accept, m)
		}
		if vary := got.Header.Values("Vary"); !cmp.Equal(vary, []string{"Accept-Language", "Accept-Encoding"}) {
			t.Errorf("%q: Vary %q", c.accept, vary)
		}
		page := body(t, ask(h, "GET", "/nothing", "Accept: text/html", "Accept-Language: "+c.accept))
		if !strings.Contains(page, c.word) || !strings.Contains(page, `lang="`+c.lang+`"`) {
			t.Errorf("%q: %s", c.accept, page)
		}
	}
}

// The icons of the manifest exist, and have the sizes that it says.
func TestManifestIcons(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	var m manifest
	if err := json.Unmarshal([]byte(body(t, ask(h, "GET", "/manifest.webmanifest"))), &m); err != nil {
		t.Fatal(err)
	}
	purposes := map[string]int{}
	for _, icon := range m.Icons {
		purposes[icon.Purpose]++
		got := ask(h, "GET", icon.Src)
		if got.StatusCode != 200 || got.Header.Get("Content-Type") != icon.Type {
			t.Errorf("%s: %s, %s", icon.Src, got.Status, got.Header.Get("Content-Type"))
			continue
		}
		if icon.Type != "image/png" {
			continue
		}
		config, err := png.DecodeConfig(got.Body)
		if err != nil {
			t.Errorf("%s: %v", icon.Src, err)
		}
		if size := fmt.Sprintf("%dx%d", config.Width, config.Height); size != icon.Sizes {
			t.Errorf("%s is %s, not %s", icon.Src, size, icon.Sizes)
		}
	}
	if purposes["any"] < 2 || purposes["maskable"] < 1 {
		t.Errorf("purposes: %v", purposes)
	}
}

// The worker's placeholders are filled, what it keeps exists, and Node reads it.
func TestWorker(t *testing.T) {
	h := start(t, parts(t, "wasm", ""))
	script := body(t, ask(h, "GET", "/app-worker.js"))
	if strings.Contains(script, "{{") {
		t.Error("a placeholder is left")
	}

	list := regexp.MustCompile(`const resources = (\[.*\]);`).FindStringSubmatch(script)
	if list == nil {
		t.Fatal("no list of resources")
	}
	var resources []string
	if err := json.Unmarshal([]byte(list[1]), &resources); err != nil {
		t.Fatal(err)
	}
	kept := strings.Join(resources, " ")
	for _, want := range []string{"/ ", "/app.js?v=", "/wasm_exec.js?v=", "/web/app.wasm?v=", "/web/app.css?v=", "/web/icon.svg?v="} {
		if !strings.Contains(kept+" ", want) {
			t.Errorf("%s is not kept: %s", want, kept)
		}
	}
	if strings.Contains(kept, "/web/icons/") {
		t.Errorf("the system's icons are kept: %s", kept)
	}
	for _, resource := range resources {
		if got := ask(h, "GET", resource); got.StatusCode != 200 {
			t.Errorf("%s: %s", resource, got.Status)
		}
	}

	file := filepath.Join(t.TempDir(), "app-worker.js")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("node", "--check", file).CombinedOutput(); err != nil {
		t.Errorf("node --check: %v\n%s", err, out)
	}
}
