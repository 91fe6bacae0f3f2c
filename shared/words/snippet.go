package words

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// Piece is a part of a snippet.
type Piece struct {
	Text string
	Hit  bool // it is what was searched for
}

// Snippet cuts about size characters out of a text, on one line, so that the
// first of the ranges is in sight, and tells which parts of it lie in the
// ranges. Where something was left out there is an ellipsis.
func Snippet(text string, ranges []Range, size int) []Piece {
	runes := []rune(text)
	from := start(runes, ranges, size)
	var s snippet
	if from > 0 {
		s.add('…', false)
	}
	unit := 0
	for i, r := range runes {
		if i == from+size {
			s.add('…', false)
			break
		}
		for len(ranges) > 0 && ranges[0][1] <= unit {
			ranges = ranges[1:]
		}
		if i >= from {
			s.add(r, len(ranges) > 0 && ranges[0][0] <= unit)
		}
		unit += units(r)
	}
	s.end()
	return s.pieces
}

func units(r rune) int {
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// start is the character that a snippet begins with: a few before the first
// range, at the beginning of a word, or further back where the text ends.
func start(runes []rune, ranges []Range, size int) int {
	if len(ranges) == 0 || len(runes) <= size {
		return 0
	}
	hit, unit := 0, 0
	for hit < len(runes) && unit < ranges[0][0] {
		unit += units(runes[hit])
		hit++
	}
	from := min(hit-size/3, len(runes)-size)
	if from <= 0 {
		return 0
	}
	for i := from; i < hit && i < from+size/6; i++ {
		if unicode.IsSpace(runes[i]) {
			from = i + 1
			break
		}
	}
	return from
}

// snippet is one that is being put together.
type snippet struct {
	pieces []Piece
	text   strings.Builder
	hit    bool
	space  bool // the last character was one
}

func (s *snippet) add(r rune, hit bool) {
	if unicode.IsSpace(r) {
		if s.space {
			return
		}
		r = ' '
	}
	s.space = r == ' '
	if hit != s.hit {
		s.end()
		s.hit = hit
	}
	s.text.WriteRune(r)
}

// end completes a piece.
func (s *snippet) end() {
	if s.text.Len() > 0 {
		s.pieces = append(s.pieces, Piece{s.text.String(), s.hit})
		s.text.Reset()
	}
}
