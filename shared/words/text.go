package words

import (
	"slices"
	"unicode/utf8"
)

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
	atoms  []atom
	starts []int  // where each atom begins in folded
	folded []byte // all atoms, one behind the other
	open   bool   // the last atom may grow
	touch  bool   // nothing separates what comes next from the last atom
	at     Range  // of the character that is read
	last   rune   // the last character of the last atom
}

// read reads a text. What it returns is the folded atoms in one string, in which
// starts tells where each begins.
func read(text string) (atoms []atom, folded string, starts []int) {
	likely := len(text)/4 + 1 // fewer where there are spaces, more in Chinese
	r := reading{atoms: make([]atom, 0, likely), starts: make([]int, 0, likely), folded: make([]byte, 0, len(text)+8)}
	take := r.take
	for _, c := range text {
		r.at[0] = r.at[1]
		r.at[1]++
		if c > 0xffff {
			r.at[1]++
		}
		fold(c, take)
	}
	folded = string(r.folded)
	end := len(folded)
	for i := len(r.atoms) - 1; i >= 0; i-- {
		r.atoms[i].text = folded[r.starts[i]:end]
		end = r.starts[i]
	}
	return r.atoms, folded, r.starts
}

// atomsOf cuts a text into atoms.
func atomsOf(text string) []atom {
	atoms, _, _ := read(text)
	return atoms
}

// take takes a folded character.
func (r *reading) take(c rune) {
	switch kind := kindOf(c); kind {
	case separates:
		r.open, r.touch = false, false
	case joins:
		if r.touch {
			r.newest().at[1] = r.at[1]
		}
	case inWord:
		if !r.open {
			r.begin(false)
		}
		r.grow(c)
	case alone:
		if r.touch && r.newest().alone {
			if both, ok := compose(r.last, c); ok {
				r.folded = r.folded[:r.starts[len(r.starts)-1]]
				r.grow(both)
				return
			}
		}
		r.begin(true)
		r.grow(c)
	}
}

func (r *reading) newest() *atom { return &r.atoms[len(r.atoms)-1] }

func (r *reading) begin(alone bool) {
	r.atoms = append(r.atoms, atom{at: r.at, alone: alone, glued: r.touch})
	r.starts = append(r.starts, len(r.folded))
	r.open, r.touch = !alone, true
}

// grow adds a character to the last atom.
func (r *reading) grow(c rune) {
	r.folded = utf8.AppendRune(r.folded, c)
	r.newest().at[1] = r.at[1]
	r.last = c
}

// Tokens returns what an index holds for a text, each token once, in the order
// of their bytes: its words, and the pairs of touching characters of scripts
// without spaces. Tokens consist of letters, digits and marks, in lower case.
func Tokens(text string) []string {
	atoms, folded, starts := read(text)
	if len(atoms) == 0 {
		return nil
	}
	tokens := make([]string, 0, 2*len(atoms))
	for i := range atoms {
		tokens = append(tokens, atoms[i].token())
		if pair(atoms, i) {
			tokens = append(tokens, folded[starts[i-1]:starts[i]+len(atoms[i].text)])
		}
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// pair tells whether an atom makes a token together with the one before.
func pair(atoms []atom, i int) bool {
	return i > 0 && atoms[i].glued && atoms[i].alone && atoms[i-1].alone
}
