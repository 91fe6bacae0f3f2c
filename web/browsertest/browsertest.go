// Package browsertest drives a real Chromium in tests: one profile of its own
// for each [New], so that two of them are two people on two machines.
//
// Everything fails the test that it was started for, and waits for a condition
// rather than for a time. What the page writes to the console as an error is
// collected; a test that is about a working page ends with
// [Page.WantNoErrors], which the Content-Security-Policy counts for too.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to do what a test waits for. It is for
// a loaded machine; a page that works needs a fraction.
const patience = time.Minute

// Options say what the person has. The zero value is a desktop in English.
type Options struct {
	Width, Height int64 // of the page in CSS pixels: 1280 x 800 if zero
	Dark          bool  // prefers-color-scheme
	Touch         bool  // a phone's screen and fingers
	Still         bool  // prefers-reduced-motion
	Lang          string
	Profile       string // the folder of the profile: a new one if empty
	Microphone    bool   // there is one, it beeps, and pages may use it
}

// A Page is a tab.
type Page struct {
	t       testing.TB
	ctx     context.Context
	options Options
	quit    func() // ends the browser; nil but for its first tab

	mu     sync.Mutex
	errors []string
}

// New starts a browser with a profile that lives as long as the test, and
// returns its first tab, at about:blank.
func New(t testing.TB, options Options) *Page {
	t.Helper()
	if options.Width == 0 {
		options.Width, options.Height = 1280, 800
	}
	if options.Lang == "" {
		options.Lang = "en-US"
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WindowSize(int(options.Width), int(options.Height)),
		chromedp.Flag("accept-lang", options.Lang),
		chromedp.Flag("lang", options.Lang),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
	)
	if options.Microphone {
		flags = append(flags, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
	}
	if options.Profile != "" {
		flags = append(flags, chromedp.UserDataDir(options.Profile))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, _ := chromedp.NewContext(allocator)
	quit := sync.OnceFunc(func() {
		// Closing politely can hang where the machine is short of memory.
		polite, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		_ = chromedp.Cancel(polite)
		cancel()
	})
	t.Cleanup(quit)
	p := open(t, ctx, options)
	p.quit = quit
	return p
}

// Tab opens another tab of the same profile.
func (p *Page) Tab() *Page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return open(p.t, ctx, p.options)
}

// open readies the tab of ctx.
func open(t testing.TB, ctx context.Context, options Options) *Page {
	t.Helper()
	p := &Page{t: t, ctx: ctx, options: options}
	// The first action starts the browser, which lives as long as its context:
	// no deadline here.
	err := chromedp.Do(ctx, append(options.emulate(),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			// Somebody sits in front of it: without, no page of a headless
			// browser counts as focused, and nothing as read.
			_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
			return err
		}))...,
	)
	if err != nil {
		t.Fatalf("starting the browser: %v", err)
	}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	return p
}

// emulate makes a screen what the options say.
func (o Options) emulate() []chromedp.Action[chromedp.Void] {
	viewport := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if o.Touch {
		viewport = append(viewport, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	media := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	if o.Dark {
		media[0].Value = "dark"
	}
	if o.Still {
		media = append(media, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	return []chromedp.Action[chromedp.Void]{
		chromedp.EmulateViewport(o.Width, o.Height, viewport...),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media})
			return err
		}),
	}
}

// Turn makes the tab's screen another one: its size, its theme, its fingers and
// whether things move. The rest of the options is the browser's, and stays.
func (p *Page) Turn(to Options) {
	p.t.Helper()
	p.Do(to.emulate()...)
}

// path finds the browser, in the order in which .ci/need does.
func path(t testing.TB) string {
	t.Helper()
	names := []string{"chromium", "google-chrome", "chromium-browser"}
	if chrome := os.Getenv("CHROME"); chrome != "" {
		names = []string{chrome}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("no browser: looked for %s; install Chromium, or set CHROME to its path", strings.Join(names, ", "))
	return ""
}

// Quit ends the browser of [New] as its user does, and returns when it is gone.
func (p *Page) Quit() { p.quit() }

// Kill ends the browser at once, with all its tabs, as kill -9 does, and
// returns when it is gone. Another may then be started on its profile.
func (p *Page) Kill() {
	p.t.Helper()
	c := chromedp.FromContext(p.ctx)
	if err := c.Browser.Process().Kill(); err != nil {
		p.t.Fatal(err)
	}
	c.Allocator.Wait()
}

// Context is the tab's, for what this package does not wrap.
func (p *Page) Context() context.Context { return p.ctx }

// Do runs actions in the tab, within a time that is enough for all of them.
func (p *Page) Do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("in the browser: %v%s", err, p.state())
	}
}

// Open navigates to url and waits until the document has loaded.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.Do(chromedp.Navigate(url))
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.t.Helper()
	p.Do(chromedp.Reload())
}

// Eval returns the value of a JavaScript expression. A promise is awaited.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v%s", expression, err, p.state())
	}
	return value
}

// Wait returns when a JavaScript expression, or the promise that it makes, is
// true. An exception counts as false: what it asks for may not be there yet, or
// the page is on its way to another. It does not use chromedp's polling, which
// the policy of our pages forbids.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => Boolean(await (`+expression+`)))()`, chromedp.EvalAwaitPromise))
		if err == nil && is {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("waited in vain for %s%s", expression, p.state())
		}
	}
}

// Allow grants the pages of the profile a permission, for example
// "notifications".
func (p *Page) Allow(permission string) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: permission},
			Setting:    browser.PermissionSettingGranted,
		})
		return err
	}))
}

// Screenshot writes what the tab shows to a PNG file, making its folder.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, image, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
