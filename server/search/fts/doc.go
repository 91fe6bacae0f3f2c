// Package fts is the search index beside the embedded database: a file of its
// own, search.db, in the same directory.
//
// # What is in it
//
// A full-text table without content: which rows hold a word or a pair of
// characters (words.Tokens), not where and not the text. A row's number in it is
// its time with a counter behind, so that the newest rows of many rooms come
// first without sorting. Between the two are some bits of its room: of the rows
// that hold a word, nearly all of other rooms are passed over by their number
// alone, some eight million in a second. Each row also has a token for its room,
// of a form that no word has, so that a search for what one's rooms seldom hold
// can be bounded to them by the index alone.
//
// # How it follows
//
// One goroutine, the follower, owns the connection that writes. For each room
// it keeps, in the same transactions as the index, how far it has followed the
// log (store.Place). When it starts it compares that with the store; from then
// on it looks at the rooms of which Changed tells. Several commits are indexed
// together: it pauses 100 ms between its rounds, and, while posts come, rests
// behind each transaction (search.Pace), so that posting goes first: it keeps up
// with thousands of posts a second for hours, and falls behind for a while where
// there are many more. It ends with Close.
//
// # When it is thrown away
//
// Everything in it comes from the store, so nothing is ever mended: a file that
// is missing, damaged, of another release's form, of another epoch, or ahead of
// the store (an older copy of the database was put in its place) is made anew.
// It is not synced: after a power cut it may be behind, which is the same as
// having been switched off.
//
// # What was erased
//
// Deleting a row only marks it: the words stay in the table with the row's
// number until the pieces of the table are merged. So, some time after rows were
// edited or recalled, the follower merges the table into one piece (in steps,
// between which it goes on to follow), rewrites the file and empties the log
// (Promise 8). What was recalled is not found in the meantime, since who searches
// reads the store.
package fts
