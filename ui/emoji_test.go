package ui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/locale"
)

// allEmoji is the table that is served.
func allEmoji(t testing.TB) *emojiTable {
	t.Helper()
	text, err := os.ReadFile("../web/static/emoji.txt")
	if err != nil {
		t.Fatal(err)
	}
	table, err := readEmoji(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// All groups are there, in their order, and each emoji, in each skin tone, is
// one that the protocol takes as a reaction and that is found again.
func TestEmojiTable(t *testing.T) {
	table := allEmoji(t)
	if len(table.groups) != len(emojiGroups) || table.groups[0].name != locale.EmojiSmileys || table.groups[8].name != locale.EmojiFlags {
		t.Errorf("%d groups", len(table.groups))
	}
	seen, toned := map[string]bool{}, 0
	for _, g := range table.groups {
		for i := range g.all {
			e := &g.all[i]
			if e.en == "" || e.zh == "" || seen[e.plain] {
				t.Errorf("%+v is not named, or there twice", e)
			}
			seen[e.plain] = true
			if e.toned != "" {
				toned++
			}
			for tone := range tones {
				form := e.with(tone)
				if err := chat.ValidReaction(form); err != nil {
					t.Errorf("%s (%s): %v", form, e.en, err)
				}
				if table.find(form) != e {
					t.Errorf("%s (%s) is not found", form, e.en)
				}
			}
		}
	}
	if len(seen) < 1800 || toned < 300 {
		t.Errorf("%d emoji, %d of them with skin tones", len(seen), toned)
	}
	for _, form := range quick {
		if table.find(form) == nil {
			t.Errorf("%s is offered at once and written otherwise in the table", form)
		}
	}
}

func TestReadEmojiRefuses(t *testing.T) {
	for _, text := range []string{"", "<!doctype html>\n<title>Sign in</title>\n", "= smileys-emotion\n😀\tgrin\n", "# only a head\n"} {
		if _, err := readEmoji(text); err == nil {
			t.Errorf("%q passes for the table", text)
		}
	}
	table, err := readEmoji("= of-a-later-version\n🫨\t\ta\tb\tc\td\n= flags\n🏁\t\tchequered flag\t\t终点旗\n")
	if err != nil || len(table.groups) != 1 || len(table.groups[0].all) != 1 {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestEmojiSearch(t *testing.T) {
	table := allEmoji(t)
	for _, c := range []struct {
		q     string
		first string // "" for nothing at all
		also  string
	}{
		{"thumbs up", "👍", ""},
		{"UP thumb", "👍", ""},
		{"+1", "👍", ""},
		{"握手", "🤝", ""},
		{"握", "🤝", ""},
		{"货车", "🚚", ""},
		{"生日", "🎂", "🎉"},
		{"keycap 1", "1️⃣", "🔟"},
		{"rocket", "🚀", ""},
		{"tada", "🎉", ""},
		{"red heart", "❤️", ""},
		{"中国", "🇨🇳", ""},
		{"china", "🇨🇳", ""},
		{"umbs", "", ""}, // the middle of a word
		{"thumbs 握手", "", ""},
		{"  ", "", ""},
	} {
		var got []string
		for _, e := range table.search(c.q, 50) {
			got = append(got, e.plain)
		}
		switch {
		case c.first == "" && len(got) > 0:
			t.Errorf("%q finds %s", c.q, got)
		case c.first != "" && (len(got) == 0 || got[0] != c.first):
			t.Errorf("%q finds %s first instead of %s", c.q, got, c.first)
		case c.also != "" && !slices.Contains(got, c.also):
			t.Errorf("%q does not find %s but %s", c.q, c.also, got)
		}
	}
	if got := table.search("face", 7); len(got) != 7 {
		t.Errorf("%d instead of at most 7", len(got))
	}
	var none *emojiTable
	if none.search("face", 7) != nil || none.find("👍") != nil {
		t.Error("something is found before there is a table")
	}
}

func TestSkinTone(t *testing.T) {
	table := allEmoji(t)
	for form, want := range map[string]string{
		"👍": "👍🏽", "☝️": "☝🏽", "👩‍💻": "👩🏽‍💻", "🧑‍🤝‍🧑": "🧑🏽‍🤝‍🧑🏽", "🤝": "🤝🏽",
		"😀": "😀", "👩‍❤️‍💋‍👩": "👩‍❤️‍💋‍👩",
	} {
		if got := table.find(form).with(3); got != want {
			t.Errorf("%s becomes %s", form, got)
		}
		if got := table.find(form).with(99); got != form {
			t.Errorf("%s becomes %s in a tone that there is not", form, got)
		}
	}
}

func TestEmojiTaste(t *testing.T) {
	var taste emojiTaste
	for _, form := range strings.Split(strings.Repeat("a b c d e f g h i j k l m n o p q r s t u v w x y z ", 2)+"b", " ") {
		taste = taste.used(form)
	}
	if got := strings.Join(taste.Recent, ""); got != "bzyxwvutsrqponmlkjihgfed" {
		t.Errorf("recent: %s", got)
	}
}

func TestStep(t *testing.T) {
	for _, c := range []struct {
		key           string
		at, n, column int
		want          int
	}{
		{"ArrowRight", 0, 20, 8, 1}, {"ArrowRight", 19, 20, 8, 19}, {"ArrowLeft", 0, 20, 8, 0},
		{"ArrowDown", 3, 20, 8, 11}, {"ArrowDown", 15, 20, 8, 19}, {"ArrowDown", 17, 20, 8, 17},
		{"ArrowUp", 11, 20, 8, 3}, {"ArrowUp", 3, 20, 8, -1}, {"Home", 9, 20, 8, 0}, {"End", 9, 20, 8, 19},
		{"ArrowDown", 3, 10, 0, 3}, {"ArrowUp", 3, 10, 0, 3}, {"x", 3, 10, 8, 3},
	} {
		if got := step(c.key, c.at, c.n, c.column); got != c.want {
			t.Errorf("%s at %d of %d in rows of %d: %d instead of %d", c.key, c.at, c.n, c.column, got, c.want)
		}
	}
}

func TestEmojiPicker(t *testing.T) {
	m := screen(t, direct)
	html := app.HTMLString(&emojiPicker{M: m, group: 1})
	has(t, html, `id="emoji-search"`, "Recently used")
	if strings.Contains(html, "What you use") || strings.Contains(html, "could not") {
		t.Error("says what is not known while the table is on its way")
	}
	has(t, app.HTMLString(&emojiPicker{M: m, group: 1, failed: true}), "The emoji could not be loaded.", "Retry")
	has(t, app.HTMLString(&emojiPicker{M: m, failed: true, taste: emojiTaste{Recent: []string{"👍🏼"}}}), "👍🏼")
	m.emoji = allEmoji(t)
	html = app.HTMLString(&emojiPicker{M: m, group: 1, taste: emojiTaste{Tone: 2}})
	has(t, html, "Smileys and emotions", "😀", `aria-label="grinning face"`, "Skin tone: medium light")
	if strings.Contains(html, "👍🏼") {
		t.Error("a group that nobody looks at is drawn")
	}
	has(t, app.HTMLString(&emojiPicker{M: m}), "What you use will be here.")
	has(t, app.HTMLString(&emojiPicker{M: m, group: 2, taste: emojiTaste{Tone: 2}}), "👍🏼")
	has(t, app.HTMLString(&emojiPicker{M: m, group: 1, asked: "nothing like it"}), "Nothing found for “nothing like it”")
	m.L = locale.New("zh", nil)
	has(t, app.HTMLString(&emojiPicker{M: m, group: 1, asked: "thumbs up", toning: true}), "👍", `aria-label="拇指向上"`, "肤色：默认", `aria-label="中浅"`)
}
