package main

import (
	"fmt"
	"testing"

	"parley/web/browsertest"
)

// busy is for how long, in milliseconds, the thread of the page on which a mark
// of the user's timing was set has worked on its tasks.
func busy(t *testing.T, timeline []browsertest.Event, mark string) float64 {
	t.Helper()
	var at *browsertest.Event
	for i := range timeline {
		if timeline[i].Name == mark {
			at = &timeline[i]
		}
	}
	if at == nil {
		t.Fatalf("no %s among %d events", mark, len(timeline))
	}
	sum, tasks := 0.0, 0
	for _, e := range timeline {
		if e.Name == "ThreadControllerImpl::RunTask" && e.Pid == at.Pid && e.Tid == at.Tid {
			sum += e.Dur
			tasks++
		}
	}
	if tasks == 0 {
		t.Fatalf("no task of the page among %d events", len(timeline))
	}
	return sum / 1000
}

// drawnAt is a script that waits until a message is painted. It asks the page
// for nothing while it waits.
const drawnAt = `new Promise(done => {
	const found = () => document.querySelector('#log [data-seq="%d"]') && (o.disconnect(), requestAnimationFrame(() => setTimeout(() => done(true))), true);
	const o = new MutationObserver(found);
	found() || o.observe(document.querySelector("#log"), {childList: true, subtree: true});
})`

// TestAppend is a message that comes into a room of which 5,000 are loaded, and
// into one of 10: few of them are drawn, and it is the same work. How much it
// is, Go, layout and painting, is logged, as the browser's timeline has it.
func TestAppend(t *testing.T) {
	t.Parallel()
	const messages = 40
	data := t.TempDir()
	sizes := map[string]int{"large": 5200, "short": 10}
	server, bo, ids := longRooms(t, data, sizes)
	took := map[string]float64{}
	for _, name := range []string{"short", "large"} {
		anna := arrive(t, server.url, "/r/"+name, "Anna of "+name, browsertest.Options{})
		anna.shows(sizes[name])
		if name == "large" {
			for first := sizes[name] - 200; first >= 200; first -= 200 {
				anna.Wait(fmt.Sprintf(`(() => { const log = document.querySelector("#log"); log.scrollTop = 0;
					return Number(log.querySelector("[data-seq]").dataset.seq) <= %d })()`, first))
			}
			anna.click(".jump:not(.call)")
			anna.shows(sizes[name])
		}
		timeline := anna.Trace(func() {
			browsertest.Eval[bool](anna.Page, `!!performance.mark("appending")`)
			for i := range messages {
				text := fmt.Sprintf("%s, appended %d", name, i)
				server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", ids[name]), bo.Session, fmt.Sprintf(`{"text":%q}`, text), nil)
				browsertest.Eval[bool](anna.Page, fmt.Sprintf(drawnAt, sizes[name]+1+i))
			}
		}, "blink.user_timing", "toplevel")
		took[name] = busy(t, timeline, "appending") / messages
		if drawn, elements := anna.drawn(); drawn > 250+messages {
			t.Errorf("%s: %d messages are drawn in %d elements", name, drawn, elements)
		}
		anna.WantNoErrors()
	}
	t.Logf("a message takes the page %.2f ms with 10 loaded, %.2f ms with 5,000", took["short"], took["large"])
}
