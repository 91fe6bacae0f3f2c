package words

import "unicode/utf8"

// Range is a piece of a text: from its first to behind its last, in UTF-16 code
// units, as browsers count.
type Range [2]int

// atom is a word of a text.
type atom struct {
	text  string // folded
	at    Range
	alone bool // one character of a script without spaces
	glued bool // nothing separates it from the atom before
}

// longest is how many bytes of a word an index holds.
const longest = 64

// token is the atom as an index holds it.
func (a *atom) token() string {
	n := len(a.text)
	if n <= longest {
		return a.text
	}
	for n = longest; !utf8.RuneStart(a.text[n]); n-- {
	}
	return a.text[:n]
}

// reading cuts a text into atoms.
type reading struct {
	atoms []atom
	word  []byte // of the atom that grows
	open  bool   // the last atom may grow
	touch bool   // nothing separates what comes next from the last atom
	at    Range  // of the character that is read
	last  rune   // the last character of the last atom
}

// atomsOf reads a text.
func atomsOf(text string) []atom {
	var r reading
	take := r.take
	for _, c := range text {
		r.at[0] = r.at[1]
		r.at[1]++
		if c > 0xffff {
			r.at[1]++
		}
		fold(c, take)
	}
	r.end()
	return r.atoms
}

// take takes a folded character.
func (r *reading) take(c rune) {
	switch kind := kindOf(c); kind {
	case separates:
		r.end()
		r.touch = false
	case joins:
		if r.touch {
			r.atoms[len(r.atoms)-1].at[1] = r.at[1]
		}
	case inWord:
		if !r.open {
			r.begin(false)
		}
		r.word = utf8.AppendRune(r.word, c)
		r.atoms[len(r.atoms)-1].at[1] = r.at[1]
		r.last = c
	case alone:
		if n := len(r.atoms); r.touch && r.atoms[n-1].alone {
			if both, ok := compose(r.last, c); ok {
				r.atoms[n-1].text, r.atoms[n-1].at[1], r.last = string(both), r.at[1], both
				return
			}
		}
		r.end()
		r.begin(true)
		r.atoms[len(r.atoms)-1].text = string(c)
		r.open, r.last = false, c
	}
}

func (r *reading) begin(alone bool) {
	r.atoms = append(r.atoms, atom{at: r.at, alone: alone, glued: r.touch})
	r.open, r.touch = true, true
}

// end completes the word that grows.
func (r *reading) end() {
	if len(r.word) > 0 {
		r.atoms[len(r.atoms)-1].text = string(r.word)
		r.word = r.word[:0]
	}
	r.open = false
}

// Tokens returns what an index holds for a text, each token once, in no
// particular order: its words, and the pairs of touching characters of scripts
// without spaces. Tokens consist of letters, digits and marks, in lower case.
func Tokens(text string) []string {
	atoms := atomsOf(text)
	if len(atoms) == 0 {
		return nil
	}
	tokens := make([]string, 0, 2*len(atoms))
	seen := make(map[string]struct{}, 2*len(atoms))
	add := func(token string) {
		if _, is := seen[token]; !is {
			seen[token] = struct{}{}
			tokens = append(tokens, token)
		}
	}
	for i := range atoms {
		add(atoms[i].token())
		if pair(atoms, i) {
			add(atoms[i-1].text + atoms[i].text)
		}
	}
	return tokens
}

// pair tells whether an atom makes a token together with the one before.
func pair(atoms []atom, i int) bool {
	return i > 0 && atoms[i].glued && atoms[i].alone && atoms[i-1].alone
}
