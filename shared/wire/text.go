package wire

import "unicode/utf8"

// text appends a string as encoding/json does without HTML escaping.
func (e *encoder) text(s string) {
	const hex = "0123456789abcdef"
	e.raw(`"`)
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			e.raw(s[start:i])
			switch c {
			case '"', '\\':
				e.out = append(e.out, '\\', c)
			case '\n':
				e.raw(`\n`)
			case '\t':
				e.raw(`\t`)
			case '\r':
				e.raw(`\r`)
			case '\b':
				e.raw(`\b`)
			case '\f':
				e.raw(`\f`)
			default:
				e.out = append(e.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if escaped := escape(r, size); escaped != "" {
			e.raw(s[start:i])
			e.raw(escaped)
			start = i + size
		}
		i += size
	}
	e.raw(s[start:])
	e.raw(`"`)
}

// escape is how a character beyond ASCII is written, "" for as it is.
func escape(r rune, size int) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return `\ufffd`
	case r == '\u2028':
		return `\u2028` // line ends to JavaScript, once
	case r == '\u2029':
		return `\u2029`
	}
	return ""
}
