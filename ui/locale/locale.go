package locale

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Lang is a language of the catalogue, a BCP 47 tag.
type Lang string

// The languages of the catalogue.
const (
	English Lang = "en"
	Chinese Lang = "zh-Hans"
)

// Langs lists the languages of the catalogue with their own names, in the
// order in which a chooser shows them.
var Langs = []struct {
	Lang Lang
	Name string
}{{English, "English"}, {Chinese, "简体中文"}}

// Text is a message in both languages.
type Text struct{ en, zh string }

// Plural is a message that depends on a number. Chinese has one form.
type Plural struct{ one, other, zh string }

// Locale writes messages and times for one reader.
type Locale struct {
	lang   Lang
	format formatter
	days   map[dayStyle]string
	clocks map[minute]string
	fulls  map[minute]string
}

// New makes a Locale in the language that the reader chose, or else in the
// one that Choose finds among the browser's. The form of times and days
// follows the browser's region where it has one for that language: 14:05 and
// 3 March for en-GB, 2:05 PM and March 3 for en-US.
func New(chosen string, browser []string) *Locale {
	lang := Choose(chosen, browser)
	region := string(lang)
	for _, tag := range browser {
		if known(tag) == lang {
			region = tag
			break
		}
	}
	return &Locale{
		lang:   lang,
		format: newFormatter(region),
		days:   map[dayStyle]string{},
		clocks: map[minute]string{},
		fulls:  map[minute]string{},
	}
}

// Choose picks a language of the catalogue: the chosen one if the catalogue
// has it, else the first of the browser's that it has, else English.
func Choose(chosen string, browser []string) Lang {
	for _, tag := range append([]string{chosen}, browser...) {
		if lang := known(tag); lang != "" {
			return lang
		}
	}
	return English
}

// known returns the language of the catalogue that serves a tag, or "". Who
// reads Traditional Chinese is served better by Simplified than by English.
func known(tag string) Lang {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	switch strings.ToLower(primary) {
	case "en":
		return English
	case "zh":
		return Chinese
	}
	return ""
}

// Lang is the language that messages are in: the page's lang attribute.
func (l *Locale) Lang() Lang { return l.lang }

// T writes a message with its arguments: strings, integers, or anything that
// fmt writes.
func (l *Locale) T(m Text, args ...any) string {
	return fill(l.text(m), "", args)
}

// N writes a message that depends on the number n.
func (l *Locale) N(m Plural, n int, args ...any) string {
	text := m.other
	switch {
	case l.lang == Chinese:
		text = m.zh
	case n == 1:
		text = m.one
	}
	return fill(text, strconv.Itoa(n), args)
}

// Pieces is T in pieces: the words of the message, and between each two of them
// an argument. Words may be empty.
func (l *Locale) Pieces(m Text, args ...any) []string {
	return pieces(l.text(m), "", args)
}

func (l *Locale) text(m Text) string {
	if l.lang == Chinese {
		return m.zh
	}
	return m.en
}

// fill puts the number and the arguments in their places.
func fill(text, n string, args []any) string {
	if !strings.Contains(text, "{") {
		return text
	}
	all := pieces(text, n, args)
	for i := 1; i < len(all); i += 2 {
		all[i] = isolated(all[i])
	}
	return strings.Join(all, "")
}

// pieces cuts a message at its places and puts the number and the arguments
// between. An argument is never searched for places itself: it may be what
// somebody typed. The catalogue has a space between Chinese words and a place,
// as Chinese has it before and after a Latin name or a number; next to a Chinese
// name or 你 there is none.
func pieces(text, n string, args []any) []string {
	var out []string
	for {
		words, rest, found := strings.Cut(text, "{")
		if len(out) > 0 && chineseEnd(out[len(out)-1]) && chineseStart(strings.TrimPrefix(words, " ")) {
			words = strings.TrimPrefix(words, " ")
		}
		if !found {
			return append(out, words)
		}
		place, after, _ := strings.Cut(rest, "}")
		arg := n
		if place != "n" {
			arg = ""
			if i, err := strconv.Atoi(place); err == nil && i >= 0 && i < len(args) {
				arg = word(args[i])
			}
		}
		if chineseStart(arg) && chineseEnd(strings.TrimSuffix(words, " ")) {
			words = strings.TrimSuffix(words, " ")
		}
		out, text = append(out, words, arg), after
	}
}

func chineseStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return chinese(r)
}

func chineseEnd(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return chinese(r)
}

// chinese tells whether a character is as wide as a Chinese one: Han, kana,
// Hangul, or their punctuation, which brings its own space.
func chinese(r rune) bool {
	return r >= 0x2e80 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xffef || r >= 0x20000 && r <= 0x3ffff
}

// isolated keeps the direction of writing of what somebody else wrote to itself:
// a name in Hebrew, or one that holds an override, would turn the words around
// it. Texts that cannot do that are left as they are.
func isolated(s string) string {
	if !strings.ContainsFunc(s, turns) {
		return s
	}
	const begin, end = "\u2068", "\u2069" // FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE
	return begin + strings.ReplaceAll(s, end, "") + end
}

// turns tells whether a character is of a script written from right to left, or
// sets the direction.
func turns(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff ||
		r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func word(arg any) string {
	switch v := arg.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return fmt.Sprint(arg)
}
