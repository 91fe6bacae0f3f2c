package main

import (
	"fmt"
	"testing"

	"parley/web/browsertest"
)

// TestAccessibilityOfAvatar has axe-core look over the settings with an avatar
// and the placing of another, on a desktop and a phone, in both themes and both
// languages.
func TestAccessibilityOfAvatar(t *testing.T) {
	t.Parallel()
	source := auditor(t)
	for i, o := range []browsertest.Options{
		{}, {Dark: true, Lang: "zh-CN"},
		{Width: 390, Height: 844, Touch: true, Lang: "zh-CN"}, {Width: 390, Height: 844, Touch: true, Dark: true},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			server := start(t, "--data", t.TempDir())
			anna := arrive(t, server.url, "/settings", "Anna", o)
			anna.places(painted("me.png", 900, 600))
			anna.click("#do")
			anna.Wait(`document.querySelector(".settings .face .av img").naturalWidth === 256 && !document.querySelector("#shade")`)
			anna.audit(source, "settings with an avatar")
			anna.places(painted("me.png", 900, 600))
			anna.Type("++")
			anna.audit(source, "placing a picture")
			server.stop()
			anna.click("#do")
			anna.Wait(`document.querySelector("#shade [role=alert]") && !document.querySelector("#do").disabled`)
			anna.audit(source, "a picture that was not sent")
			anna.WantNoErrors("WebSocket", "net::ERR", "Failed to load resource")
		})
	}
}
