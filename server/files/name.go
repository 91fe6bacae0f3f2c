package files

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley/shared/chat"
)

// MaxName is how many bytes a name has at most.
const MaxName = 255

// CleanName makes a name that is safe to show and to save under of whatever
// was sent: the last part of a path, without control, zero-width and
// bidirectional characters, in NFC, of 1 to MaxName bytes. The ending survives
// a cut.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "_")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || chat.Invisible(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimSpace(norm.NFC.String(name)), ". ")
	if name == "" {
		return "file"
	}
	if len(name) <= MaxName {
		return name
	}
	stem, ending := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 16 {
		stem, ending = name[:dot], name[dot:]
	}
	stem = stem[:MaxName-len(ending)]
	for !utf8.ValidString(stem) { // at most three bytes of a cut character
		stem = stem[:len(stem)-1]
	}
	return stem + ending
}

// Disposition is the Content-Disposition of a file: RFC 6266, with the name in
// ASCII for old readers and as it is for others.
func Disposition(inline bool, name string) string {
	how := "attachment"
	if inline {
		how = "inline"
	}
	var ascii, whole strings.Builder
	for _, r := range name {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\%`, r) {
			r = '_'
		}
		ascii.WriteRune(r)
	}
	for i := range len(name) {
		if c := name[i]; isAttrChar(c) {
			whole.WriteByte(c)
		} else {
			fmt.Fprintf(&whole, "%%%02X", c)
		}
	}
	return fmt.Sprintf(`%s; filename="%s"; filename*=UTF-8''%s`, how, ascii.String(), whole.String())
}

// isAttrChar is attr-char of RFC 5987: what needs no encoding.
func isAttrChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
}
