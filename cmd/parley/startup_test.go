package main

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/web/browsertest"
)

// slowed gives the browser a line of 9 Mbit/s and 60 ms, and a fourth of the
// processor.
func slowed(p *browsertest.Page) {
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Latency: 60, DownloadThroughput: 9e6 / 8, UploadThroughput: 9e6 / 8}},
		})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, target, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
		return err
	}))
}

// noteMount has each page note when the program has drawn its first screen.
func noteMount(p *browsertest.Page) {
	p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			new MutationObserver((_, o) => {
				if (!document.querySelector("main.gate form input")) return;
				o.disconnect();
				performance.mark("mounted");
			}).observe(document, {childList: true, subtree: true});`})
		return err
	}))
}

// mounted waits for that, and returns how long after the navigation it was, in
// milliseconds.
func mounted(p *browsertest.Page) float64 {
	p.Wait(`performance.getEntriesByName("mounted").length`)
	return browsertest.Eval[float64](p, `performance.getEntriesByName("mounted")[0].startTime`)
}

// TestStartup opens Parley for the first time over a slow line, and again. How
// long it takes is logged, since that is the machine's as well; what it loads
// is held to its budget: 12 requests, 1.3 MB, and the program only once.
func TestStartup(t *testing.T) {
	server := start(t, "--data", t.TempDir())
	var cold, warm []float64
	for range 3 {
		p := browsertest.New(t, browsertest.Options{})
		slowed(p)
		noteMount(p)
		p.Open(server.url + "/")
		cold = append(cold, mounted(p))
		loaded := browsertest.Eval[struct {
			Requests, Bytes, Programs int
			All                       []string
		}](p, `(() => {
			const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
				.filter(e => e.startTime <= performance.getEntriesByName("mounted")[0].startTime);
			const fetched = all.filter(e => e.transferSize > 0);
			return {requests: fetched.length, bytes: fetched.reduce((n, e) => n + e.transferSize, 0),
				programs: fetched.filter(e => e.name.includes("app.wasm")).length, all: fetched.map(e => e.name + " " + e.transferSize)};
		})()`)
		t.Logf("%d requests, %d bytes", loaded.Requests, loaded.Bytes)
		if loaded.Requests > 12 || loaded.Bytes > 1_300_000 || loaded.Programs != 1 {
			t.Errorf("more than 12 requests, 1.3 MB or one program: %q", loaded.All)
		}
		p.Wait(`navigator.serviceWorker.ready.then(r => r.active && navigator.serviceWorker.controller)`)
		p.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 1})
			return err
		}))
		for range 3 {
			p.Reload()
			warm = append(warm, mounted(p))
		}
		p.WantNoErrors("Failed to load resource")
		p.Quit()
	}
	slices.Sort(cold)
	slices.Sort(warm)
	t.Logf("drawn after: cold, slow line, CPU/4: %.0f ms; warm: %.0f ms (medians of %.0f and %.0f)", cold[len(cold)/2], warm[len(warm)/2], cold, warm)
}
