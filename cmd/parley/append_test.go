package main

import (
	"fmt"
	"slices"
	"testing"

	"parley/web/browsertest"
)

// cost is what the page's thread does because of one message, in milliseconds
// for which it had a CPU: what else the machine does makes it wait.
type cost struct {
	// appending is from the task that takes the frame off the socket to the one
	// at whose end the row is in the document, and the style and layout of the
	// next frame: decoding, applying, rendering, changing the document. Tasks of
	// something else that come in between count too: they are in the way.
	appending float64
	// told is the script in that frame, which is told that the log was scrolled
	// and has grown.
	told float64
	// after is all other script: saving, the mark of reading and what comes of
	// it, the window's title.
	after float64
	// frames are the browser's own: painting, and what it does for each frame
	// of the row that slides in.
	frames float64
}

// spent tells what each of the messages cost that a timeline has marks of (see
// watch), at least of so many. Tasks of the test itself do not count.
func spent(t *testing.T, timeline []browsertest.Event, kind string, least int) []cost {
	t.Helper()
	slices.SortStableFunc(timeline, func(a, b browsertest.Event) int { return int(a.Ts - b.Ts) })
	var costs []cost
	var inside []browsertest.Event
	for _, e := range timeline {
		switch {
		case e.Name == "ready "+kind:
			inside = []browsertest.Event{e}
		case inside == nil || e.Pid != inside[0].Pid || e.Tid != inside[0].Tid:
		case e.Name == "rested "+kind:
			if c, whole := one(inside, e.Ts); whole {
				costs = append(costs, c)
			}
			inside = nil
		default:
			inside = append(inside, e)
		}
	}
	if len(costs) < least {
		t.Fatalf("%s: %d are whole, of %d events", kind, len(costs), len(timeline))
	}
	return costs
}

// one adds up what happened between two marks, if all of it is there: on a busy
// machine the browser loses events.
func one(events []browsertest.Event, rested float64) (c cost, whole bool) {
	came, drawn, framed := false, false, false
	for i, task := range events {
		if task.Name != "ThreadControllerImpl::RunTask" {
			continue
		}
		in := within(task, events[i+1:])
		came = came || in.comes
		switch {
		case in.frame && drawn && !framed:
			framed = true
			c.appending += in.layout
			c.told += in.script
			c.frames += task.Work - in.script - in.layout
		case in.frame:
			c.after += in.script
			c.frames += task.Work - in.script
		case came && !drawn:
			c.appending += task.Work
		case task.Ts+task.Dur < rested:
			c.after += task.Work
		}
		drawn = drawn || in.drawn
	}
	return cost{c.appending / 1000, c.told / 1000, c.after / 1000, c.frames / 1000}, framed
}

// content is what a task of the page's thread is made of.
type content struct {
	comes, drawn, frame bool
	script, layout      float64 // layout without what script has forced
}

func within(task browsertest.Event, after []browsertest.Event) (in content) {
	until := 0.0
	for _, e := range after {
		if e.Ts >= task.Ts+task.Dur {
			break
		}
		in.comes = in.comes || e.Name == "WebSocketReceive" || e.Name == "appending"
		in.drawn = in.drawn || e.Name == "drawn"
		in.frame = in.frame || e.Name == "Layerize"
		if e.Ts < until { // inside another that was counted
			continue
		}
		switch e.Name {
		case "FunctionCall", "EventDispatch", "FireAnimationFrame":
			in.script, until = in.script+e.Work, e.Ts+e.Dur
		case "UpdateLayoutTree", "Layout":
			in.layout, until = in.layout+e.Work, e.Ts+e.Dur
		}
	}
	return in
}

// middle is the median of each part.
func middle(costs []cost) cost {
	of := func(part func(cost) float64) float64 {
		var all []float64
		for _, c := range costs {
			all = append(all, part(c))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return cost{
		of(func(c cost) float64 { return c.appending }),
		of(func(c cost) float64 { return c.told }),
		of(func(c cost) float64 { return c.after }),
		of(func(c cost) float64 { return c.frames }),
	}
}

// watch is a script that marks the page's timeline when a row comes into the
// document, and when what follows from it is over, so many milliseconds later: by
// then it was read and stored, and the server has told so. Nothing is asked of
// the page meanwhile.
const watch = `(() => {
	performance.mark("ready %[1]s");
	window.over = new Promise(done => new MutationObserver((_, o) => {
		if (!document.querySelector('#log [data-seq="%[2]d"]')) return;
		o.disconnect();
		performance.mark("drawn");
		setTimeout(() => { performance.mark("rested %[1]s"); done(true) }, %[3]d);
	}).observe(document.querySelector("#log"), {childList: true, subtree: true}));
	return true;
})()`

// floor is a script that puts the markup of the newest row behind it, with
// another text, changes the room's line in the list and scrolls to the end, as
// little as a page in plain JavaScript could do; so many times, each undone after
// a rest.
const floor = `(async (times, rest) => {
	const log = document.querySelector("#log"), said = document.querySelector(".room[aria-current] .said").lastChild;
	const pause = ms => new Promise(done => setTimeout(done, ms));
	for (let i = 0; i < times; i++) {
		const before = said.cloneNode(true), row = [...log.querySelectorAll(".msg")].at(-1);
		const html = row.outerHTML.replace(/appended \d+/, "appended " + (1000 + i)).replace(/data-seq="\d+"/, 'data-seq="0"');
		performance.mark("ready floor");
		await pause(10);
		performance.mark("appending");
		row.insertAdjacentHTML("afterend", html);
		said.textContent = "Bo: appended " + (1000 + i);
		log.scrollTop = log.scrollHeight;
		performance.mark("drawn");
		await pause(rest);
		performance.mark("rested floor");
		await pause(0);
		log.querySelector('[data-seq="0"]').remove();
		said.replaceWith(before);
		await pause(10);
	}
	return true;
})`

// TestAppend is a message that comes into a room in which one has scrolled
// through 5,000, and into one of 10: few of them are drawn, and it is the same
// work. How much it is, is logged as the browser's timeline has it, in parts (see
// cost), beside what the same change of the same page costs in plain JavaScript,
// without what the page's own listeners do then. Medians, of the messages that
// the timeline has as a whole.
func TestAppend(t *testing.T) {
	t.Parallel()
	const messages = 30
	data := t.TempDir()
	sizes := map[string]int{"large": 5200, "short": 10}
	server, bo, ids := longRooms(t, data, sizes)
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
			for i := range messages {
				browsertest.Eval[bool](anna.Page, fmt.Sprintf(watch, name, sizes[name]+1+i, 700))
				server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", ids[name]), bo.Session, fmt.Sprintf(`{"text":"appended %d"}`, i), nil)
				browsertest.Eval[bool](anna.Page, `window.over`)
			}
			browsertest.Eval[bool](anna.Page, fmt.Sprintf("%s(%d, 400)", floor, messages))
		}, "blink.user_timing", "toplevel", "devtools.timeline")
		got, least := middle(spent(t, timeline, name, messages/2)), middle(spent(t, timeline, "floor", messages/2))
		t.Logf("%s room: a message takes the page %.2f ms (floor %.2f), of which %.2f for being told that it has scrolled; then %.2f ms of other script (floor %.2f), and %.2f of frames (floor %.2f)",
			name, got.appending+got.told, least.appending, got.told, got.after, least.after, got.frames, least.frames)
		if drawn, elements := anna.drawn(); drawn > 250+messages {
			t.Errorf("%s: %d messages are drawn in %d elements", name, drawn, elements)
		}
		anna.WantNoErrors()
	}
}
