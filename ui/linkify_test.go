package ui

import (
	"slices"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
)

func TestSpans(t *testing.T) {
	link := func(text string) span { return span{Text: text, Href: text} }
	plain := func(text string) span { return span{Text: text} }
	for _, c := range []struct {
		text string
		want []span
	}{
		{"", nil},
		{"nothing here", []span{plain("nothing here")}},
		{"see https://a.example/x?y=1#z now", []span{plain("see "), link("https://a.example/x?y=1#z"), plain(" now")}},
		{"http://a.example.", []span{link("http://a.example"), plain(".")}},
		{"(https://a.example/b_(c))", []span{plain("("), link("https://a.example/b_(c)"), plain(")")}},
		{"价格在https://a.example/价格，谢谢", []span{plain("价格在"), link("https://a.example/"), plain("价格，谢谢")}},
		{"HTTPS://A.example/Q", []span{link("HTTPS://A.example/Q")}},
		{"www.a.example", []span{{Text: "www.a.example", Href: "https://www.a.example"}}},
		{"www.example", []span{plain("www.example")}},
		{"ask anna@a.example!", []span{plain("ask "), {Text: "anna@a.example", Href: "mailto:anna@a.example"}, plain("!")}},
		{"mailto:anna@a.example", []span{link("mailto:anna@a.example")}},
		{"@anna", []span{plain("@anna")}},
		{"a@b", []span{plain("a@b")}},
		{"javascript:alert(1)", []span{plain("javascript:alert(1)")}},
		{"data:text/html,x", []span{plain("data:text/html,x")}},
		{"xhttps://a.example", []span{plain("xhttps://a.example")}},
		{"https://user@a.example", []span{plain("https://user@a.example")}},
		{"https://", []span{plain("https://")}},
		{"https://a.example\nhttps://b.example", []span{link("https://a.example"), plain("\n"), link("https://b.example")}},
		{"\xff https://a.example", []span{plain("\xff "), link("https://a.example")}},
	} {
		if got := spans(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func FuzzSpans(f *testing.F) {
	f.Add("see https://a.example/x, or mail a@b.example")
	f.Fuzz(func(t *testing.T, text string) {
		var whole strings.Builder
		for _, s := range spans(text) {
			whole.WriteString(s.Text)
			lower := strings.ToLower(s.Href)
			if s.Href != "" && !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") {
				t.Errorf("%q links to %q", text, s.Href)
			}
		}
		if whole.String() != text {
			t.Errorf("%q became %q", text, whole.String())
		}
	})
}

// A link must open elsewhere, and tell nobody where it came from.
func TestTextBody(t *testing.T) {
	html := app.HTMLString(html.Div().Body(textBody(`<b> https://a.example/"x`, nil, 0)...))
	for _, want := range []string{"&lt;b&gt;", `rel="noopener noreferrer"`, `target="_blank"`, `href="https://a.example/"`} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
}

func TestBigSmileys(t *testing.T) {
	for text, want := range map[string]bool{
		"👍": true, " 👍 ": true, "❤️": true, "👨‍👩‍👧": true, "🇩🇪": true, "👍🏽👍🏽👍🏽": true,
		"👍👍👍👍": false, "ok 👍": false, "": false, "42": false,
	} {
		if got := bigSmileys(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
