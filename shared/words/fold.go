package words

import (
	"strings"
	"unicode"
)

// kind says what a character is in a text.
type kind int

const (
	separates kind = iota
	inWord         // a letter or a digit of a word
	alone          // a word by itself
	joins          // nothing that is compared: an accent, a joiner
)

// The Chinese characters of everyday.
const firstHan, lastHan = 0x4e00, 0x9fff

// kindOf tells of a folded character.
func kindOf(r rune) kind {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return inWord
	case r < 0x80:
		return separates
	case r >= firstHan && r <= lastHan:
		return alone
	case r >= 0x300 && r <= 0x36f, r == 0xad, r == 0x200c, r == 0x200d, r >= 0xfe00 && r <= 0xfe0f:
		return joins
	case unspaced(r):
		return alone
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return inWord
	}
	return separates
}

// unspaced tells whether a character is of a script without spaces.
func unspaced(r rune) bool {
	switch {
	case r < 0x0e00:
		return false
	case r <= 0x0eff: // Thai, Lao
		return unicode.IsLetter(r) || unicode.IsMark(r)
	case r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17ff: // Myanmar, Khmer
		return unicode.IsLetter(r) || unicode.IsMark(r)
	case r >= 0x1100 && r <= 0x11ff, r >= 0xac00 && r <= 0xd7a3: // Hangul
		return true
	case r >= 0x2e80 && r <= 0x2fdf, r >= 0x3005 && r <= 0x3007: // radicals, 々〆〇
		return true
	case r >= 0x3041 && r <= 0x33ff: // kana, bopomofo, Hangul letters
		return r != 0x30fb && (unicode.IsLetter(r) || r == 0x3099 || r == 0x309a)
	case r >= 0x3400 && r <= 0x4dbf, r >= firstHan && r <= lastHan, r >= 0xf900 && r <= 0xfaff, r >= 0x20000 && r <= 0x3ffff:
		return true
	}
	return false
}

// fold gives the characters that r is compared as, mostly one.
func fold(r rune, to func(rune)) {
	if r < 0x80 {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		to(r)
		return
	}
	if r >= firstHan && r <= lastHan { // each as itself: half of what is written here
		to(r)
		return
	}
	if r >= 0xff01 && r <= 0xff5e { // ASCII of full width
		fold(r-0xfee0, to)
		return
	}
	r = unicode.ToLower(r)
	if s, ok := several[r]; ok {
		for _, one := range s {
			to(one)
		}
		return
	}
	for i := range tables {
		if t := &tables[i]; r >= t.first && int(r-t.first) < len(t.as) {
			r = t.as[r-t.first]
			break
		}
	}
	to(r)
}

// compose joins a character that continues the one before it: the sound marks
// of kana, and the parts of a Hangul syllable.
func compose(before, r rune) (rune, bool) {
	switch {
	case r == 0x3099 || r == 0x309a:
		return voiced(before, r == 0x309a)
	case r >= 0x1161 && r <= 0x1175 && before >= 0x1100 && before <= 0x1112:
		return 0xac00 + (before-0x1100)*588 + (r-0x1161)*28, true
	case r >= 0x11a8 && r <= 0x11c2 && before >= 0xac00 && before <= 0xd7a3 && (before-0xac00)%28 == 0:
		return before + r - 0x11a7, true
	}
	return 0, false
}

// voiced is a kana with a sound mark: the next one of Unicode, or with the
// other mark the one after that.
func voiced(kana rune, half bool) (rune, bool) {
	const hiragana = "かきくけこさしすせそたちつてとはひふへほゝ"
	base := kana
	if kana >= 0x30a1 && kana <= 0x30fe {
		base -= 0x60 // katakana lie behind hiragana in the same order
	}
	switch h := base >= 'は' && base <= 'ほ' && strings.ContainsRune(hiragana, base); {
	case half:
		return kana + 2, h
	case base == 'う':
		return kana - base + 'ゔ', true
	case kana >= 'ワ' && kana <= 'ヲ' && kana != 'ヮ':
		return kana + 'ヷ' - 'ワ', true
	}
	return kana + 1, strings.ContainsRune(hiragana, base)
}

// Fold returns a text as it is compared, for names, of which any part counts.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	last := rune(-1)
	write := func() {
		if last >= 0 {
			b.WriteRune(last)
		}
	}
	for _, r := range text {
		fold(r, func(r rune) {
			if kindOf(r) == joins {
				return
			}
			if both, ok := compose(last, r); ok {
				last = both
				return
			}
			write()
			last = r
		})
	}
	write()
	return b.String()
}
