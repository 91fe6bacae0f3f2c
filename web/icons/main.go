// Command icons draws the PNG icons from their SVG sources, with the browser
// that the tests use. The results are committed; run it after a change of
// web/static/icon.svg or web/icons/tile.svg:
//
//	go run ./web/icons
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// icons says which file is drawn from which, and how large.
var icons = []struct {
	svg, png string
	size     int64
}{
	{"web/static/icon.svg", "web/static/favicon.png", 48},
	{"web/static/icon.svg", "web/static/icons/icon-192.png", 192},
	{"web/static/icon.svg", "web/static/icons/icon-512.png", 512},
	{"web/icons/tile.svg", "web/static/icons/maskable-512.png", 512},
	{"web/icons/tile.svg", "web/static/icons/apple-touch-180.png", 180},
}

func main() {
	ctx, cancel := chromedp.NewContext(context.Background())
	defer cancel()
	for _, icon := range icons {
		if err := draw(ctx, icon.svg, icon.png, icon.size); err != nil {
			fmt.Fprintln(os.Stderr, "icons:", err)
			os.Exit(1)
		}
	}
}

// draw writes svg as a PNG file with transparent ground, size pixels square.
func draw(ctx context.Context, svg, png string, size int64) error {
	source, err := os.ReadFile(svg)
	if err != nil {
		return err
	}
	page := fmt.Sprintf(`<body style="margin:0"><img style="display:block" width="%d" height="%[1]d" src="data:image/svg+xml;base64,%s">`,
		size, base64.StdEncoding.EncodeToString(source))
	err = chromedp.Do(ctx,
		chromedp.EmulateViewport(size, size),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			// An alpha of exactly 0 is left out of the message, and means 1 then.
			clear := emulation.SetDefaultBackgroundColorOverrideParams{Color: &cdp.RGBA{A: 1e-9}}
			_, err := cdp.Call(ctx, t, emulation.SetDefaultBackgroundColorOverride, clear)
			return err
		}),
		chromedp.Navigate("data:text/html;base64,"+base64.StdEncoding.EncodeToString([]byte(page))),
	)
	if err != nil {
		return fmt.Errorf("%s: %w", svg, err)
	}
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return fmt.Errorf("%s: %w", svg, err)
	}
	if err := os.MkdirAll(filepath.Dir(png), 0o755); err != nil {
		return err
	}
	return os.WriteFile(png, image, 0o644)
}
