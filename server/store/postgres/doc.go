// Package postgres is the Store for several nodes: one PostgreSQL database,
// used by any number of processes at once.
//
// # Why an acknowledged row survives
//
// A commit with synchronous_commit returns after its log is on the disk; Open
// refuses a server that runs with fsync, full_page_writes or synchronous_commit
// off (Promise 1). A sync that fails makes PostgreSQL itself end and recover
// from its log, so that there is nothing for a node to do about it.
//
// # Who runs what
//
// A node has two lanes, each a queue, a goroutine and a connection of its own,
// which Close ends after what was queued before.
//
//   - The quick lane runs functions that come with a store.Plan: posts, edits,
//     reactions, marks. Whatever is queued goes into one transaction of two round
//     trips: one locks the rooms and fetches what the plans name, then the
//     functions run in memory, and one writes all that they changed and commits.
//     A function that turns out to need more goes to the plain lane.
//   - The plain lane runs all others, statement by statement, each in a
//     savepoint of its own.
//
// While a lane commits, the next functions queue: batches come by themselves.
// Views run on their callers' goroutines over a pool of connections, each in a
// transaction, that is, a snapshot, of its own. A function that panics ends the
// process: it runs on a lane's goroutine.
//
// # One after the other, on many nodes
//
// The contract is that functions run as if one after the other. Here that is
// made of locks, which are held until the commit:
//
//  1. The plain lane takes an advisory lock: of all nodes, one plain transaction
//     runs at a time. So accounts, sessions, files and names need no thought.
//  2. Whoever touches a room, in whatever lane, locks its row first (FOR NO KEY
//     UPDATE), and holds all that belongs to it: members, messages, changes,
//     reports.
//
// That is also the order of the locks. Rooms are locked in the order of their
// ids. A plain function may come upon a room out of order; then it takes the
// lock if it is free, and else rolls back and runs again with all the rooms that
// it came upon locked first, in order. So nobody ever waits in a circle; where
// PostgreSQL thinks otherwise (two batches that insert the same keys in
// different rooms), its deadlock detector ends one of them, which runs again.
//
// Nobody sees revision n+1 of a room before n: who gives out n+1 has waited for
// the lock that the transaction of n held until it was committed.
//
// A function can therefore run more than once: store.Store says what that asks
// of it.
//
// # What became of a commit
//
// A connection that breaks between COMMIT and its answer leaves open whether
// the transaction is stored. So every transaction leaves its number in the row of
// its lane (lanes). Who has lost an answer ends the backend that it was expected
// from, if that is still there (pg_terminate_backend), waits until it is gone, and
// reads that row: the number is there if and only if all the rest is, also after
// a crash, and on a standby that took over. Then it goes on: it tells what is
// stored, and runs again what is not. Only while the database stays away is the
// answer ErrUnavailable; the client sends its key again and is told then (Promise
// 3).
//
// # Who is told
//
// OnCommit's functions run on the node whose transaction it was, under a lock
// that is taken before the COMMIT: so they run in the order of the commits. Other
// nodes hear through the bus.
//
// A node that is stopped inside a transaction holds up the others for at most
// idle_in_transaction_session_timeout, five seconds; then the server ends its
// transaction, and the node, when it goes on, runs it again.
//
// # What was erased
//
// A changed row's old version is dead from the commit on: no interface reads it.
// PostgreSQL overwrites it in its files when autovacuum and the row's page get
// to it, and its log and backups keep what they held.
package postgres
