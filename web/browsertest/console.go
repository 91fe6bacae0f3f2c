package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Errors returns what the page has written to the console as an error so far:
// console.error, uncaught exceptions, refusals by the policy, failed requests.
func (p *Page) Errors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.errors)
}

// WantNoErrors fails the test for each error of [Page.Errors] that holds none
// of the expected words.
func (p *Page) WantNoErrors(expected ...string) {
	p.t.Helper()
	for _, e := range p.Errors() {
		if !slices.ContainsFunc(expected, func(word string) bool { return strings.Contains(e, word) }) {
			p.t.Errorf("the page's console: %s", e)
		}
	}
}

// listen collects errors. It runs inside the loop that reads from the browser.
func (p *Page) listen(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError {
			return
		}
		var words []string
		for _, arg := range e.Args {
			words = append(words, remoteText(arg))
		}
		text = strings.Join(words, " ")
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + remoteText(e.ExceptionDetails.Exception)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		text = e.Entry.Text + " " + e.Entry.URL
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = append(p.errors, text)
}

// remoteText is a value of the page as the console shows it.
func remoteText(o *runtime.RemoteObject) string {
	if o.Description != "" {
		return o.Description
	}
	return string(o.Value)
}

// state tells where the page is, for the message of a failed test.
func (p *Page) state() string {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	page, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1000)`))
	if err != nil {
		page = err.Error()
	}
	return fmt.Sprintf("\npage: %s\nconsole: %s", page, strings.Join(p.Errors(), "\n"))
}
