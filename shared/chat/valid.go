package chat

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidText checks the text of a post or an edit. Blank text is fine only
// where something else (files, a card) is posted with it.
func ValidText(text string, blankOK bool) error {
	if len(text) > MaxText {
		return Refuse(TooLarge, "a message has at most 16 KiB of text")
	}
	if !utf8.ValidString(text) {
		return Refuse(BadRequest, "text must be UTF-8")
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x20 && c != '\t' && c != '\n' {
			return Refuse(BadRequest, "text must not hold control characters but tab and line feed")
		}
	}
	if !blankOK && Blank(text) {
		return Refuse(BadRequest, "a message must not be blank")
	}
	return nil
}

// ValidReason checks why somebody reports a message. It may be blank.
func ValidReason(reason string) error {
	if utf8.RuneCountInString(reason) > MaxReason {
		return Refuse(TooLarge, "a reason has at most 1000 characters")
	}
	return ValidText(reason, true)
}

// Blank reports whether nothing of text would be seen.
func Blank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !unicode.IsSpace(r) && !Invisible(r) }) < 0
}

// ValidPersonName checks the display name of an account.
func ValidPersonName(name string) error { return validName(name, MaxPersonName, "a name") }

// ValidGroupName checks the name of a group.
func ValidGroupName(name string) error { return validName(name, MaxGroupName, "a group's name") }

func validName(name string, most int, what string) error {
	if !utf8.ValidString(name) {
		return Refuse(BadRequest, what+" must be UTF-8")
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > most {
		return Refuse(BadRequest, what+" has 1 to "+strconv.Itoa(most)+" characters")
	}
	if strings.TrimSpace(name) != name {
		return Refuse(BadRequest, what+" must not begin or end with a space")
	}
	for _, r := range name {
		if unicode.IsControl(r) || Invisible(r) || r == '\u2028' || r == '\u2029' {
			return Refuse(BadRequest, what+" must not hold control, zero-width or bidirectional characters")
		}
	}
	return nil
}

// ValidOpenName checks the name of an open room: letters, digits, `_` and `-`
// of any script. Case matters.
func ValidOpenName(name string) error {
	if !utf8.ValidString(name) {
		return Refuse(BadRequest, "a room's name must be UTF-8")
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxOpenName {
		return Refuse(BadRequest, "a room's name has 1 to "+strconv.Itoa(MaxOpenName)+" characters")
	}
	for i, r := range name {
		mark := unicode.IsMark(r) && i > 0 && !Invisible(r) // scripts that write vowels as marks
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && !mark {
			return Refuse(BadRequest, "a room's name holds letters, digits, _ and - only")
		}
	}
	return nil
}

// ValidUsername checks a username that was lower-cased before.
func ValidUsername(name string) error {
	if len(name) < MinUsername || len(name) > MaxUsername {
		return Refuse(BadRequest, "a username has 3 to 32 characters")
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return Refuse(BadRequest, "a username holds a-z, 0-9, dot, _ and - only")
		}
	}
	return nil
}

// ValidPassword checks a password's length in bytes.
func ValidPassword(password string) error {
	if len(password) < MinPassword || len(password) > MaxPassword {
		return Refuse(BadRequest, "a password has 8 to 256 bytes")
	}
	return nil
}

// ValidReaction checks what can be checked of a reaction without grapheme
// tables.
func ValidReaction(emoji string) error {
	if emoji == "" || len(emoji) > MaxReaction || !utf8.ValidString(emoji) || Blank(emoji) {
		return Refuse(BadRequest, "a reaction is one character of at most 32 bytes")
	}
	for _, r := range emoji {
		if unicode.IsControl(r) {
			return Refuse(BadRequest, "a reaction must not hold control characters")
		}
	}
	return nil
}

// Invisible reports zero-width and bidirectional formatting characters, and
// others that would make two names look the same.
func Invisible(r rune) bool {
	switch {
	case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x180e, r == 0xfeff,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f,
		r == 0x115f, r == 0x1160, r == 0x2800, r == 0x3164, r == 0xffa0:
		return true
	}
	return false
}

// Preview cuts text to at most MaxPreview code points.
func Preview(text string) string {
	n := 0
	for i := range text {
		if n == MaxPreview {
			return text[:i]
		}
		n++
	}
	return text
}
