package words

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// prefixRunes is from how many letters on a word of a search may go on: the
	// words that begin with fewer are too many for an index.
	prefixRunes = 3

	// MaxQuery is how many characters of a search count.
	MaxQuery = 200

	// maxRanges is how many places of a text are told.
	maxRanges = 100
)

// Query is what is searched for.
type Query struct {
	terms []term
}

// term is words that follow each other.
type term struct {
	atoms  []atom
	prefix bool // the last word may go on
}

// Token is what an index is asked for.
type Token struct {
	Text   string
	Prefix bool // or any token that begins with Text
}

// Parse reads a search as it was typed. Any text is one; one without words is
// Empty.
func Parse(text string) Query {
	var q Query
	if n := utf8.RuneCountInString(text); n > MaxQuery {
		text = string([]rune(text)[:MaxQuery])
	}
	for text != "" {
		i := strings.IndexFunc(text, isQuote)
		plain, quoted := text, ""
		text = ""
		if i >= 0 {
			_, n := utf8.DecodeRuneInString(plain[i:])
			plain, quoted = plain[:i], plain[i+n:]
			if end := strings.IndexFunc(quoted, isQuote); end >= 0 {
				_, n := utf8.DecodeRuneInString(quoted[end:])
				quoted, text = quoted[:end], quoted[end+n:]
			}
		}
		for _, part := range strings.FieldsFunc(plain, unicode.IsSpace) {
			q.add(part, true)
		}
		q.add(quoted, false)
	}
	return q
}

func isQuote(r rune) bool { return strings.ContainsRune("\"“”„＂", r) }

func (q *Query) add(text string, open bool) {
	atoms := atomsOf(text)
	if len(atoms) == 0 {
		return
	}
	last := &atoms[len(atoms)-1]
	q.terms = append(q.terms, term{atoms, open && !last.alone && utf8.RuneCountInString(last.text) >= prefixRunes})
}

// Empty reports whether there is nothing to search for.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// Tokens returns what an index is asked for, each token once: a text that the
// query finds has all of them.
func (q Query) Tokens() []Token {
	var tokens []Token
	add := func(t Token) {
		if !slices.Contains(tokens, t) {
			tokens = append(tokens, t)
		}
	}
	for _, t := range q.terms {
		for i := range t.atoms {
			a := &t.atoms[i]
			switch {
			case pair(t.atoms, i):
				add(Token{Text: t.atoms[i-1].text + a.text})
			case a.alone && i+1 < len(t.atoms) && pair(t.atoms, i+1): // it is in the next pair
			default:
				text := a.token()
				add(Token{Text: text, Prefix: t.prefix && i == len(t.atoms)-1 && text == a.text})
			}
		}
	}
	return tokens
}

// Find returns where a text holds what is searched for, in ascending order and
// apart from each other; nil if it does not. Of very many places it returns the
// first.
func (q Query) Find(text string) []Range {
	if q.Empty() {
		return nil
	}
	atoms := atomsOf(text)
	var found []Range
	for i := range q.terms {
		at := q.terms[i].find(atoms)
		if at == nil {
			return nil
		}
		found = append(found, at...)
	}
	slices.SortFunc(found, func(a, b Range) int { return a[0] - b[0] })
	apart := found[:1]
	for _, r := range found[1:] {
		if last := &apart[len(apart)-1]; r[0] < last[1] {
			last[1] = max(last[1], r[1])
		} else {
			apart = append(apart, r)
		}
	}
	return apart[:min(len(apart), maxRanges)]
}

// find returns where the term is, each place once.
func (t *term) find(atoms []atom) []Range {
	var found []Range
	for i := 0; i+len(t.atoms) <= len(atoms) && len(found) < maxRanges; i++ {
		if t.matches(atoms[i:]) {
			last := i + len(t.atoms) - 1
			found = append(found, Range{atoms[i].at[0], atoms[last].at[1]})
			i = last
		}
	}
	return found
}

// matches tells whether the atoms begin with the term.
func (t *term) matches(atoms []atom) bool {
	for i := range t.atoms {
		want, got := &t.atoms[i], &atoms[i]
		if want.alone != got.alone || pair(t.atoms, i) && !got.glued {
			return false
		}
		if want.text != got.text && !(t.prefix && i == len(t.atoms)-1 && strings.HasPrefix(got.text, want.text)) {
			return false
		}
	}
	return true
}
