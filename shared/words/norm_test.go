package words

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plain is what Unicode makes of a text: NFKC, in lower case, without accents.
func plain(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(norm.NFKC.String(strings.ToLower(text)))) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// beyond lists characters that are compared as more than Unicode has them:
// letters with a stroke, ligatures that are letters, the final sigma, and those
// whose parts NFKC separates by what is no letter.
var beyond = map[rune]bool{
	'ß': true, 'ẞ': true, 'æ': true, 'Æ': true, 'œ': true, 'Œ': true, 'ø': true, 'Ø': true, 'ł': true, 'Ł': true,
	'đ': true, 'Đ': true, 'ð': true, 'Ð': true, 'ħ': true, 'Ħ': true, 'ŧ': true, 'Ŧ': true, 'ı': true, 'þ': true, 'Þ': true,
	'ǣ': true, 'Ǣ': true, 'ǽ': true, 'Ǽ': true, 'Ǿ': true, 'ǿ': true, 'ς': true, 'ŀ': true, 'Ŀ': true, 'ŉ': true,
}

// TestFoldIsNFKC holds the tables against Unicode's for the ranges that the
// package promises.
func TestFoldIsNFKC(t *testing.T) {
	for _, span := range [][2]rune{
		{0x20, 0x24f}, {0x386, 0x3ce}, {0x400, 0x4f9}, {0x531, 0x556}, {0x1e00, 0x1e99}, {0x1e9e, 0x1ef9},
		{0x2070, 0x2071}, {0x2074, 0x2079}, {0x207f, 0x2089}, {0x2160, 0x216b}, {0x2170, 0x217b}, {0x2460, 0x2473},
		{0x2f00, 0x2fd5}, {0x3041, 0x3096}, {0x30a1, 0x30fa}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0xf900, 0xfad9},
		{0xfb00, 0xfb06}, {0xff01, 0xff5e}, {0xff66, 0xff9f},
	} {
		for r := span[0]; r <= span[1]; r++ {
			if beyond[r] || norm.NFKC.IsNormalString(string(r)) && !unicode.IsLetter(r) {
				continue
			}
			want := plain(string(r))
			if strings.ContainsFunc(want, unicode.IsSpace) { // what is spacing, no part of words
				continue
			}
			if got := Fold(string(r)); got != want {
				t.Errorf("%q (%U): %q, want %q", r, r, got, want)
			}
		}
	}
}

// TestForms writes texts in all of Unicode's forms: they read the same.
func TestForms(t *testing.T) {
	for _, text := range []string{
		"Ĉu vi parolas Esperanton? Žluťoučký kůň", "Tiếng Việt", "Ελληνικά ΐ", "Ёлка Йод Їжак", "がぎぐげご ざ だ ば ぱ ヴ ヷ ゞ ヾ",
		"ﾊﾟﾊﾞｶﾞｳﾞ", "한국어 각 힣", "豈更車", "開發票", "ﬁ ﬂ Ⅻ ⑳ ㎡ ㎏",
	} {
		want := strings.Join(Tokens(text), " ")
		for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
			if got := strings.Join(Tokens(form.String(text)), " "); got != want {
				t.Errorf("%q in form %d: %q, want %q", text, form, got, want)
			}
		}
	}
}
