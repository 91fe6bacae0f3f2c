package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"parley/ui/locale"
)

// An emoji of the picker, as the table says (see web/emoji).
type emoji struct {
	plain string
	toned string // with ~ in the places of the skin tone; "" if it has none
	en    string // its names
	zh    string

	names string // both, for searching: lower case, a space before each word
	words string // the same of all the words for it
}

// emojiGroup is a part of the table.
type emojiGroup struct {
	name locale.Text
	face string // stands for it
	all  []emoji
}

// emojiGroups are the groups of Unicode that the picker shows.
var emojiGroups = map[string]emojiGroup{
	"smileys-emotion": {name: locale.EmojiSmileys, face: "😀"},
	"people-body":     {name: locale.EmojiPeople, face: "👋"},
	"animals-nature":  {name: locale.EmojiNature, face: "🐻"},
	"food-drink":      {name: locale.EmojiFood, face: "🍔"},
	"travel-places":   {name: locale.EmojiTravel, face: "🚗"},
	"activities":      {name: locale.EmojiActivities, face: "⚽"},
	"objects":         {name: locale.EmojiObjects, face: "💡"},
	"symbols":         {name: locale.EmojiSymbols, face: "🔣"},
	"flags":           {name: locale.EmojiFlags, face: "🏁"},
}

// tones are the skin tones: none, and from light to dark.
var tones = []struct {
	mark string
	name locale.Text
}{
	{"", locale.ToneNone},
	{"\U0001F3FB", locale.ToneLight},
	{"\U0001F3FC", locale.ToneMediumLight},
	{"\U0001F3FD", locale.ToneMedium},
	{"\U0001F3FE", locale.ToneMediumDark},
	{"\U0001F3FF", locale.ToneDark},
}

// with is the emoji in a skin tone.
func (e *emoji) with(tone int) string {
	if tone <= 0 || tone >= len(tones) || e.toned == "" {
		return e.plain
	}
	return strings.ReplaceAll(e.toned, "~", tones[tone].mark)
}

// called is its name in the reader's language.
func (e *emoji) called(lang locale.Lang) string {
	if lang == locale.Chinese {
		return e.zh
	}
	return e.en
}

// emojiTable is all that the picker offers.
type emojiTable struct {
	groups []emojiGroup
	byForm map[string]*emoji // by the form without a skin tone
}

var errEmojiTable = errors.New("what came is not the table of emoji")

// readEmoji reads the table. Groups that are not known here are left out.
func readEmoji(text string) (*emojiTable, error) {
	t := &emojiTable{byForm: map[string]*emoji{}}
	var group *emojiGroup
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		if key, is := strings.CutPrefix(line, "= "); is {
			group = nil
			if g, known := emojiGroups[key]; known {
				t.groups = append(t.groups, g)
				group = &t.groups[len(t.groups)-1]
			}
			continue
		}
		fields := append(strings.Split(line, "\t"), "", "") // those at the end may be empty
		if len(fields) < 7 {
			return nil, errEmojiTable
		}
		if group == nil {
			continue
		}
		names := " " + spaced(fields[2]) + " " + fields[4]
		group.all = append(group.all, emoji{plain: fields[0], toned: fields[1], en: fields[2], zh: fields[4],
			names: names, words: names + " " + strings.ToLower(fields[3]+" "+fields[5])})
	}
	for i := range t.groups {
		for j := range t.groups[i].all {
			e := &t.groups[i].all[j]
			t.byForm[e.plain] = e
			t.byForm[strings.ReplaceAll(e.toned, "~", "")] = e
		}
	}
	delete(t.byForm, "")
	if len(t.groups) == 0 {
		return nil, errEmojiTable
	}
	return t, nil
}

// spaced is a name in lower case with spaces only between its words.
func spaced(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// find looks an emoji up, in whatever skin tone; nil if it is not in the table.
func (t *emojiTable) find(form string) *emoji {
	if t == nil {
		return nil
	}
	if e := t.byForm[form]; e != nil {
		return e
	}
	return t.byForm[strings.Map(func(r rune) rune {
		if r >= 0x1f3fb && r <= 0x1f3ff {
			return -1
		}
		return r
	}, form)]
}

// search finds what has every word of q: English words by their beginnings,
// Chinese ones by any part. The best come first: named so, named with it, and
// then what has to do with it. At most limit are returned.
func (t *emojiTable) search(q string, limit int) []*emoji {
	var found [3][]*emoji
	q = strings.ToLower(strings.TrimSpace(q))
	asked := strings.Fields(q)
	if t == nil || len(asked) == 0 {
		return nil
	}
	for i := range t.groups {
		for j := range t.groups[i].all {
			e := &t.groups[i].all[j]
			switch {
			case !hasAll(e.words, asked):
			case strings.HasPrefix(e.zh, q) || strings.HasPrefix(e.names[1:], q):
				found[0] = append(found[0], e)
			case hasAll(e.names, asked):
				found[1] = append(found[1], e)
			default:
				found[2] = append(found[2], e)
			}
		}
	}
	all := slices.Concat(found[0], found[1], found[2])
	return all[:min(len(all), limit)]
}

// hasAll tells whether text has each of the words.
func hasAll(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, " "+word) {
			continue
		}
		if first := []rune(word)[0]; !unicode.Is(unicode.Han, first) || !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// emojiTaste is what somebody likes, kept in this browser.
type emojiTaste struct {
	Tone   int      `json:"tone,omitempty"`
	Recent []string `json:"recent,omitempty"` // the newest first
}

// recentEmoji is how many are remembered: three rows of the grid.
const recentEmoji = 24

// used puts an emoji to the front of the recent ones.
func (t emojiTaste) used(form string) emojiTaste {
	recent := append(make([]string, 0, recentEmoji+1), form)
	for _, one := range t.Recent {
		if one != form && len(recent) < recentEmoji {
			recent = append(recent, one)
		}
	}
	t.Recent = recent
	return t
}

// emojiTaste reads what was kept.
func (m *model) emojiTaste() emojiTaste {
	var t emojiTaste
	if !m.ready {
		return t
	}
	if err := m.ctx.LocalStorage().Get(keyEmoji, &t); err != nil {
		return emojiTaste{} // somebody else's value under our key
	}
	return t
}

// loadEmoji fetches the table, once. The worker has it, also offline.
func (m *model) loadEmoji(then func(error)) {
	ask(m, func(ctx context.Context) (*emojiTable, error) {
		text, err := m.api.Asset(ctx, "/web/emoji.txt")
		if err != nil {
			return nil, err
		}
		return readEmoji(text)
	}, func(t *emojiTable, err error) {
		if err == nil {
			m.emoji = t
		}
		then(err)
	})
}
