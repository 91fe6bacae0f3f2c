// Package pgts is the search index of several nodes: a table with a text vector
// (the words of package words, and nothing that PostgreSQL makes of them) in the
// database that they share.
//
// # How it follows
//
// Every node has a follower, a goroutine that ends with Close. It indexes the
// rooms of which Changed tells, that is, those that its own node has written to;
// at its start, and from time to time, it also looks which rooms are not as far
// as the log, since a node may have gone before it came to that. How far a room
// is, is a row, which whoever indexes the room holds until it is done. Who finds
// it held looks again at the next turn. While its node posts, the follower rests
// behind each transaction (search.Pace), so that posts go first: it keeps up with
// a thousand of them a second on each node, and falls behind while there are more.
//
// Everything in it comes from the store. Tables of another release's form, or of
// another epoch, are thrown away and filled anew.
//
// # What was erased
//
// The words of what was edited or recalled are replaced or deleted at the
// follower's next turn; who searches reads the store, so that they are not found
// in the meantime (Promise 8).
package pgts
