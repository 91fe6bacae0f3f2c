package ui

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/html"
)

// span is a piece of a message's text. Href is set where it is a link.
type span struct {
	Text string
	Href string
}

// spans cuts text into plain pieces and links. Links are http, https and
// mailto addresses as they are written, www. names, and bare mail addresses;
// everything else stays plain, so that no other scheme is ever clickable.
func spans(text string) []span {
	var out []span
	plain := 0
	for i := 0; i < len(text); {
		if !wordStart(text, i) {
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		end := wordEnd(text, i)
		href, n := linkIn(text[i:end])
		if href == "" {
			i = end
			continue
		}
		if plain < i {
			out = append(out, span{Text: text[plain:i]})
		}
		out = append(out, span{Text: text[i : i+n], Href: href})
		i += n
		plain = i
	}
	if plain < len(text) {
		out = append(out, span{Text: text[plain:]})
	}
	return out
}

// inAddress tells whether a character can be part of a link as it is written.
// Chinese text runs on without a space, so anything beyond ASCII ends it.
func inAddress(r rune) bool {
	return r > ' ' && r < utf8.RuneSelf && !strings.ContainsRune("<>\"`{}|\\^", r)
}

func wordStart(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[i:])
	if !inAddress(r) || (!unicode.IsLetter(r) && !unicode.IsDigit(r)) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	return i == 0 || !inAddress(before) || strings.ContainsRune("([,;'*_=", before)
}

func wordEnd(text string, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !inAddress(r) {
			break
		}
		i += n
	}
	return i
}

// linkIn is the address that the beginning of word links to, and how much of
// word it is; "" if it is no link.
func linkIn(word string) (href string, n int) {
	lower := strings.ToLower(word)
	word = trimLink(word)
	switch {
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"):
		href = word
	case strings.HasPrefix(lower, "mailto:"):
		if !strings.Contains(word, "@") {
			return "", 0
		}
		return word, len(word)
	case strings.HasPrefix(lower, "www.") && strings.Count(word, ".") > 1:
		href = "https://" + word
	case mailAddress(word):
		return "mailto:" + word, len(word)
	default:
		return "", 0
	}
	u, err := url.Parse(href)
	if err != nil || u.Host == "" || u.User != nil {
		return "", 0
	}
	return href, len(word)
}

// trimLink leaves out the punctuation of the sentence that a link is in, and
// the bracket that was opened before it.
func trimLink(word string) string {
	for word != "" {
		last := word[len(word)-1]
		switch {
		case strings.IndexByte(".,;:!?'*_", last) >= 0,
			last == ')' && strings.Count(word, ")") > strings.Count(word, "("),
			last == ']' && strings.Count(word, "]") > strings.Count(word, "["):
			word = word[:len(word)-1]
			continue
		}
		break
	}
	return word
}

// mailAddress tells whether word looks like an address to write to.
func mailAddress(word string) bool {
	name, host, found := strings.Cut(word, "@")
	if !found || name == "" || strings.Contains(host, "@") || strings.ContainsAny(word, "/?#:,;()[]") {
		return false
	}
	dot := strings.LastIndexByte(host, '.')
	return dot > 0 && len(host)-dot > 2 && !strings.Contains(host, "..")
}

// textBody draws a message's text: its links, and the people whom it calls, me
// more strongly.
func textBody(text string, called []chat.User, me chat.AccountID) []app.UI {
	pieces := spans(text)
	out := make([]app.UI, 0, len(pieces))
	for _, p := range pieces {
		if p.Href == "" {
			out = append(out, plainBody(p.Text, called, me)...)
			continue
		}
		a := html.A().Attr("href", p.Href).Attr("rel", "noopener noreferrer").Text(p.Text)
		if !strings.HasPrefix(strings.ToLower(p.Href), "mailto:") { // which opens no page
			a = a.Attr("target", "_blank")
		}
		out = append(out, a)
	}
	return out
}

// plainBody draws a piece of text without links.
func plainBody(text string, called []chat.User, me chat.AccountID) []app.UI {
	var out []app.UI
	done := 0
	for _, c := range callsIn(text, called) {
		class := "at"
		if c.user.ID == me {
			class = "at self"
		}
		if c.from > done {
			out = append(out, app.Text(text[done:c.from]))
		}
		out = append(out, html.Span().Class(class).Text(text[c.from:c.to]))
		done = c.to
	}
	if done < len(text) {
		out = append(out, app.Text(text[done:]))
	}
	return out
}

// bigSmileys tells whether a message is nothing but one to three smileys: those
// are drawn large.
func bigSmileys(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 60 {
		return false
	}
	count := 0
	joined := false
	for _, r := range text {
		switch {
		case r == 0x200d: // joins two into one
			joined = true
		case r == 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff: // variation, skin
		case r >= 0x1f1e6 && r <= 0x1f1ff: // half a flag
			count++
		case r >= 0x1f300 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r == 0x2764 || r == 0x2b50:
			if !joined {
				count += 2
			}
			joined = false
		default:
			return false
		}
	}
	return count > 0 && count <= 6
}
