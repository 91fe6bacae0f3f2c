package ui

import (
	"fmt"
	"slices"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
)

var crew = []chat.User{{ID: 1, Name: "Anna"}, {ID: 2, Name: "Bo"}, {ID: 3, Name: "Bo Lin"}, {ID: 4, Name: "小王"}, {ID: 5, Name: "Bo"}, {ID: 6}}

func TestMentions(t *testing.T) {
	for text, want := range map[string][]chat.AccountID{
		"@Bo hello":                   {2},
		"@Bo Lin, and @Anna":          {3, 1},
		"@Bob is nobody":              nil,
		"mail bo@Bo.example or x@Bo":  nil,
		"@小王你好，@Bo你也来":                {4, 2},
		"你好@小王":                       {4},
		"(@Anna) @Anna again":         {1},
		"@ Anna, @anna":               nil,
		"@@Bo":                        {2},
		"@":                           nil,
		"@Bo Linden":                  {2},
		"it is @Bo's\nand @Anna\n@小王": {2, 1, 4},
	} {
		if got := mentions(text, crew, nil); !slices.Equal(got, want) {
			t.Errorf("%q calls %v, want %v", text, got, want)
		}
	}
	if got := mentions("@Bo", crew, map[string]chat.AccountID{"Bo": 5}); !slices.Equal(got, []chat.AccountID{5}) {
		t.Errorf("of two of a name %v is called, not who was chosen", got)
	}
}

func TestCallAt(t *testing.T) {
	for _, c := range []struct {
		text  string
		caret int
		q     string
		from  int
		ok    bool
	}{
		{"@", 1, "", 0, true},
		{"hi @an", 6, "an", 3, true},
		{"hi @an", 3, "", 0, false}, // before the "@"
		{"😀 @小", 5, "小", 3, true},
		{"a@b", 3, "", 0, false},
		{"@Bo Li", 6, "Bo Li", 0, true},
		{"@ x", 3, "", 0, false},
		{"@a\nb", 4, "", 0, false},
	} {
		q, from, ok := callAt(c.text, c.caret)
		if q != c.q || from != c.from || ok != c.ok {
			t.Errorf("%q at %d: %q, %d, %v", c.text, c.caret, q, from, ok)
		}
	}
}

func TestCallable(t *testing.T) {
	for q, want := range map[string]string{"": "[Bo Bo Lin 小王 Bo]", "b": "[Bo Bo Lin Bo]", "LI": "[Bo Lin]", "王": "[小王]", "o": "[]", "an": "[]"} {
		var names []string
		for _, u := range callable(crew, q, 1) {
			names = append(names, u.Name)
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("%q finds %s, want %s", q, got, want)
		}
	}
}

func TestMentionDrawn(t *testing.T) {
	html := app.HTMLString(html.Div().Body(textBody("@Anna see https://a.example, @Bo <b>", crew[:2], 1)...))
	has(t, html, `<span class="at self">@Anna</span>`, `<span class="at">@Bo</span>`, `href="https://a.example"`, "&lt;b&gt;")
}
