// Package cluster holds the tests of several nodes as an operator runs them:
// processes of cmd/parley on one PostgreSQL and one NATS, with people spread
// over them who post and read all the time, while machines and networks fail.
//
// Every row that anybody is told is checked as it comes: that it continues what
// they have, that nobody is told another row in its place, how long after its
// first sight it reached each of them. In the end everybody's copy is compared
// with the log, and the log with what was acknowledged.
//
// The nodes reach PostgreSQL and NATS through proxies of this package's own, one
// for each, which can hold back everything or cut a connection between a commit
// and its answer.
package cluster
