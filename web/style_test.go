package web

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestStyle holds the style sheet to what it cannot show in a picture: measures
// that follow the direction of writing, fonts of the system with Chinese ones
// named, room around a phone's notch, rest for who asks for it, and a ring where
// the keyboard is.
func TestStyle(t *testing.T) {
	css, err := os.ReadFile("static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	// The other way to say it begins with inline or block. What is put in place by
	// a script in pixels of the screen, and the gallery's arrows, mean left and right.
	physical := regexp.MustCompile(`\b(margin|padding|border)-(left|right|top|bottom)\b|text-align: (left|right)|float: (left|right)|[{;] *(left|right|top|bottom|width|height):`)
	meant := regexp.MustCompile(`^\.tools |^#cropper canvas |^\.gallery \.(before|after) |\.sheet\.emojis `)
	for i, line := range strings.Split(string(css), "\n") {
		if found := physical.FindString(line); found != "" && !meant.MatchString(strings.TrimSpace(line)) {
			t.Errorf("app.css:%d: %s does not follow the direction of writing", i+1, found)
		}
	}
	for _, want := range []string{
		"system-ui", `"PingFang SC"`, `"Microsoft YaHei"`, `"Noto Sans CJK SC"`,
		"env(safe-area-inset-top)", "env(safe-area-inset-bottom)", "@media (prefers-reduced-motion: reduce)",
		":focus-visible { outline: 2px solid", "@media (max-width: 719.98px)", "--corner: 5px;", "--ground: light-dark(#f8f8f8,",
	} {
		if !strings.Contains(string(css), want) {
			t.Errorf("app.css does not say %s", want)
		}
	}
}
