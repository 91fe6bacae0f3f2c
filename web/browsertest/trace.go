package browsertest

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// Event is an entry of the browser's timeline: what its tracing calls Name in
// the categories Cat, from Ts for Dur, in microseconds of one clock.
type Event struct {
	Name string  `json:"name"`
	Cat  string  `json:"cat"`
	Ph   string  `json:"ph"`
	Pid  int     `json:"pid"`
	Tid  int     `json:"tid"`
	Ts   float64 `json:"ts"`
	Dur  float64 `json:"dur"`
	Work float64 `json:"tdur"` // of Dur, for how long the thread had a CPU
	Args struct {
		Data struct {
			DocumentLoaderURL string `json:"documentLoaderURL"`
		} `json:"data"`
	} `json:"args"`
}

// Trace returns the timeline of what do does, as the browser itself records it
// in these categories.
func (p *Page) Trace(do func(), categories ...string) []Event {
	p.t.Helper()
	var mu sync.Mutex
	var events []Event
	over := make(chan struct{})
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, value := range e.Value {
				var one Event
				if json.Unmarshal(value, &one) == nil {
					events = append(events, one)
				}
			}
		case *tracing.EventTracingComplete:
			close(over)
		}
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, tracing.Start, tracing.StartParams{
			TraceConfig: &tracing.TraceConfig{IncludedCategories: categories},
		})
		return err
	}))
	do()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, tracing.End, cdp.Empty{})
		return err
	}))
	select {
	case <-over:
	case <-time.After(patience):
		p.t.Fatalf("no timeline came of %s", strings.Join(categories, ", "))
	}
	mu.Lock()
	defer mu.Unlock()
	return events
}
