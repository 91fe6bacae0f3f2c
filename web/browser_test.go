package web

import (
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// program builds testdata/app once for all tests.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "parley-web")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "app.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", file, "./testdata/app")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	wasm, err := os.ReadFile(file)
	return string(wasm), err
})

// A site is a server whose parts can be exchanged, and which can be stopped.
type site struct {
	t       *testing.T
	address string
	url     string
	handler atomic.Pointer[http.Handler]
	server  *http.Server
	calls   atomic.Int64 // of what is not web's
	held    sync.Map     // path to a channel that is closed when it may be answered
}

// newSite serves the UI, and in the place of the API a counter of its calls.
func newSite(t *testing.T, files fs.FS) *site {
	t.Helper()
	s := &site{t: t, address: "127.0.0.1:0"}
	s.release(files)
	s.start()
	t.Cleanup(s.stop)
	return s
}

// release puts other parts in place.
func (s *site) release(files fs.FS) {
	h := start(s.t, files)
	s.handler.Store(&h)
}

func (s *site) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.url = "http://" + s.address
	s.server = &http.Server{Handler: s}
	go s.server.Serve(l)
}

// hold keeps the answer to path back until what it returns is called.
func (s *site) hold(path string) func() {
	ready := make(chan struct{})
	s.held.Store(path, ready)
	release := sync.OnceFunc(func() { close(ready) })
	s.t.Cleanup(release)
	return release
}

func (s *site) stop() { _ = s.server.Close() }

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, prefix := range []string{"/api/", "/ws", "/chat/", "/healthz"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			fmt.Fprintf(w, "call %d", s.calls.Add(1))
			return
		}
	}
	if ready, ok := s.held.Load(r.URL.Path); ok {
		<-ready.(chan struct{})
	}
	(*s.handler.Load()).ServeHTTP(w, r)
}

// built returns the parts with the test's program in them.
func built(t *testing.T) fstest.MapFS {
	t.Helper()
	wasm, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return parts(t, wasm, "")
}

// mounted is true when the program shows the page at path.
func mounted(path string) string {
	return fmt.Sprintf(`document.getElementById("page").textContent === %q && !document.querySelector(".shell, .loader")`, path)
}

// served is true when the page is under the worker, which is the newest.
const served = `navigator.serviceWorker.ready.then((r) => r.active.state === "activated" && navigator.serviceWorker.controller)`

// The shell is painted, inert, while the program is on its way, and makes room
// for it; nothing that the pages do is against their policy.
func TestFirstVisit(t *testing.T) {
	for _, options := range []browsertest.Options{{}, {Width: 390, Height: 844, Touch: true, Dark: true, Lang: "zh-CN"}} {
		t.Run(fmt.Sprintf("%dx%d", options.Width, options.Height), func(t *testing.T) {
			s := newSite(t, built(t))
			arrive := s.hold("/web/app.wasm")
			page := browsertest.New(t, options)
			page.Open(s.url + "/r/42")

			page.Wait(`document.querySelector(".shell-people").getBoundingClientRect().width > 250`)
			talk := browsertest.Eval[float64](page, `document.querySelector(".shell-talk").getBoundingClientRect().width`)
			if narrow := options.Touch; (talk == 0) != narrow {
				t.Errorf("the conversation is %v wide", talk)
			}
			const ground = `getComputedStyle(document.body).backgroundColor`
			if dark := browsertest.Eval[bool](page, ground+`.match(/[0-9]+/g).slice(0, 3).every((c) => c < 64)`); dark != options.Dark {
				t.Errorf("the page is %s", browsertest.Eval[string](page, ground))
			}
			if languages := browsertest.Eval[string](page, `navigator.language`); options.Lang != "" && languages != options.Lang {
				t.Errorf("the language is %s", languages)
			}
			arrive()
			page.Wait(mounted("/r/42"))
			page.Wait(served)
			page.WantNoErrors()
		})
	}
}

// With the server gone, every page of the UI opens from the cache, reloaded or
// typed in, and a page that nobody knows opens it too.
func TestOffline(t *testing.T) {
	s := newSite(t, built(t))
	page := browsertest.New(t, browsertest.Options{})
	page.Open(s.url + "/c/123")
	page.Wait(served)
	s.stop()

	page.Reload()
	page.Wait(mounted("/c/123"))
	for _, path := range []string{"/", "/r/42", "/signin", "/settings?x=1", "/unknown"} {
		page.Open(s.url + path)
		path, _, _ = strings.Cut(path, "?")
		page.Wait(mounted(path))
	}
	page.WantNoErrors("ERR_CONNECTION_REFUSED") // the browser asking for a new worker
}

// A page that does not exist says so, under the worker too.
func TestUnknownPage(t *testing.T) {
	s := newSite(t, built(t))
	page := browsertest.New(t, browsertest.Options{})
	page.Open(s.url)
	page.Wait(served)
	page.Open(s.url + "/unknown")
	page.Wait(`document.querySelector("main.notice h1").textContent.includes("nothing here")`)
	page.Wait(`document.querySelector("main.notice img").naturalWidth > 0`)
	page.WantNoErrors("404")
}

// What the server answers to the UI is asked of the server each time, and kept
// nowhere.
func TestWorkerLeavesAnswersAlone(t *testing.T) {
	s := newSite(t, built(t))
	page := browsertest.New(t, browsertest.Options{})
	page.Open(s.url)
	page.Wait(served)

	want := int64(0)
	for _, path := range []string{"/api/v1/me", "/ws", "/chat/42/", "/healthz"} {
		for range 2 {
			want++
			got := browsertest.Eval[string](page, fmt.Sprintf(`fetch(%q).then((r) => r.text())`, path))
			if got != fmt.Sprintf("call %d", want) {
				t.Errorf("%s: %s, want call %d", path, got, want)
			}
		}
	}
	if got := browsertest.Eval[int](page, `fetch("/", {method: "POST"}).then((r) => r.status)`); got != http.StatusMethodNotAllowed {
		t.Errorf("a POST is answered %d", got)
	}
	// The policy lets a page open a socket to its own server, though this one
	// knows no sockets.
	browsertest.Eval[bool](page, `new Promise((r) => (new WebSocket("/ws").onerror = () => r(true)))`)
	page.WantNoErrors("405", "Unexpected response code: 200")

	kept := browsertest.Eval[string](page, `caches.keys()
		.then((names) => Promise.all(names.map((n) => caches.open(n))))
		.then((all) => Promise.all(all.map((c) => c.keys())))
		.then((keys) => keys.flat().map((r) => new URL(r.url).pathname).sort().join(" "))`)
	if kept != "/ /app.js /wasm_exec.js /web/app.css /web/app.wasm /web/emoji.txt /web/favicon.png /web/icon-dot.svg /web/icon.svg /web/theme.js" {
		t.Errorf("kept: %s", kept)
	}

	// Opened as pages they are the server's too: without it, no shell.
	page.Open(s.url + "/api/v1/openapi.json")
	page.Wait(`document.body.textContent.startsWith("call ")`)
	s.stop()
	if err := chromedp.Do(page.Context(), chromedp.Navigate(s.url+"/chat/42/")); err == nil {
		t.Error("the worker answers for a text room")
	}
}

// A new version waits beside the old one, which stays whole in every tab, until
// a page says that it may take over. Caches of others are not touched.
func TestUpdate(t *testing.T) {
	old, fresh := built(t), built(t)
	fresh["static/app.css"].Data = append([]byte(":root { --fresh: 1 }\n"), fresh["static/app.css"].Data...)
	s := newSite(t, old)
	page := browsertest.New(t, browsertest.Options{})
	page.Open(s.url)
	page.Wait(served)
	version := func(p *browsertest.Page) string {
		p.Wait(mounted("/"))
		return browsertest.Eval[string](p, `goappGetenv("GOAPP_VERSION") + getComputedStyle(document.documentElement).getPropertyValue("--fresh")`)
	}
	first := version(page)
	browsertest.Eval[bool](page, `caches.open("somebody-else").then(() => true)`)

	s.release(fresh)
	page.Wait(`navigator.serviceWorker.ready.then((r) => r.update()).then((r) => r.waiting)`)
	tab := page.Tab()
	tab.Open(s.url)
	page.Reload()
	if got := []string{version(page), version(tab)}; got[0] != first || got[1] != first {
		t.Errorf("with %s waiting beside, the tabs run %q", first, got)
	}
	if caches := browsertest.Eval[int](page, `caches.keys().then((k) => k.length)`); caches != 3 {
		t.Errorf("%d caches while a version waits", caches)
	}

	browsertest.Eval[bool](tab, `(window.taken = new Promise((r) => navigator.serviceWorker.addEventListener("controllerchange", r)), true)`)
	browsertest.Eval[bool](page, `navigator.serviceWorker.ready.then((r) => (r.waiting.postMessage({type: "skip-waiting"}), true))`)
	tab.Wait(`window.taken`)
	page.Wait(`caches.keys().then((k) => k.length === 2 && k.includes("somebody-else"))`)
	for _, p := range []*browsertest.Page{page, tab} {
		p.Reload()
		if got := version(p); got == first || !strings.HasSuffix(got, "1") {
			t.Errorf("after the update: %s, before: %s", got, first)
		}
		p.WantNoErrors()
	}
}

// What go-app's page script asks the worker to show has its title and tag.
func TestNotification(t *testing.T) {
	s := newSite(t, built(t))
	page := browsertest.New(t, browsertest.Options{})
	page.Open(s.url)
	page.Wait(served)
	page.Allow("notifications")
	// Until it is shown: the worker may learn of the permission after the page.
	page.Wait(`navigator.serviceWorker.ready.then((r) => {
		r.active.postMessage({type: "goapp:notify",
			options: {title: "Ann", body: "Good day", tag: "room-7", renotify: true, path: "/c/7"}});
		return r.getNotifications();
	}).then((all) => all.length === 1)`)
	got := browsertest.Eval[string](page, `navigator.serviceWorker.ready.then((r) => r.getNotifications())
		.then(([n]) => [n.title, n.body, n.tag, n.data.path].join("|"))`)
	if got != "Ann|Good day|room-7|/c/7" {
		t.Errorf("shown: %s", got)
	}
}
