package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Type presses keys as a keyboard does, wherever it is: text, and what package
// kb names. A key and its character are one event, since what a page does with
// the key may move the keyboard elsewhere: chromedp's own would have the
// character follow it there.
func (p *Page) Type(keys string, with ...kb.Modifier) {
	p.t.Helper()
	var held int64
	for _, m := range with {
		held |= int64(m)
	}
	p.Do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for _, r := range keys {
			var down, up *input.DispatchKeyEventParams
			for _, k := range kb.Encode(r) {
				k.Modifiers |= held
				switch k.Type {
				case kb.KeyDown:
					down = k
				case kb.KeyUp:
					up = k
				case kb.KeyChar:
					if held&^int64(kb.ModifierShift) == 0 { // else it is a shortcut
						down.Text, down.UnmodifiedText = k.Text, k.UnmodifiedText
					}
				}
			}
			for _, k := range []*input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}
