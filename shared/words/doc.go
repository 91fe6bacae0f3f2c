// Package words says what a search is for and where a text holds it. The server
// makes its index with it and checks what the index finds; the client searches
// what it has stored with it. So both find the same.
//
// # Words
//
// A text is read as words. Letters and digits that belong together are one
// word. Scripts that are written without spaces (Chinese, Japanese, Korean,
// Thai and its neighbours) have no such runs: there each character is a word of
// its own, and words of such characters that touch are found together only
// where they touch: 发票 is found in 开发票 and 发票号, and not in "发，票".
// Everything else (punctuation, symbols, emoji) separates.
//
// # Folding
//
// Words are compared folded: in lower case, in the compatibility forms of
// Unicode (NFKC) as far as people type or paste them, and without accents, so
// that "resume" finds "Résumé" however its accents are encoded. Unicode's own
// tables would add 41 kB to the client's download; this package with tables of
// its own, and all that it needs, adds 19.
// What they leave out: presentation forms of Arabic and Hebrew, polytonic
// Greek, Hangul of half width and as compatibility letters, letters for
// mathematics, and what is circled, squared or in brackets except digits and
// the common units. They are words that are found as they are written.
//
// # What a search means
//
// A search is terms between spaces, all of which a text must hold, in any order.
// A term of several words ("ISO-9001", 开发票) is found where they follow each
// other, and so are words in quotes ("like these", also “these”). The last word
// of a term without quotes may go on: "invo" finds "invoice", from prefixRunes
// letters on. Nothing else in a search has a meaning.
//
// # The index
//
// Tokens is what an index holds for a text, Query.Tokens what it is asked for:
// each of them is held for every text that the query finds, and for some that it
// does not, since an index knows nothing of order. Query.Find decides.
package words

// Version names the form of the tokens: an index of another one is of no use.
const Version = 1
