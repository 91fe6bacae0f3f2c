// Package store is the contract of Parley's log: what a database must do for
// the server, and in which order. Package storetest holds it against every
// implementation with the same bodies; sqlite is the embedded default, memory
// serves tests.
//
// # Who owns what
//
// The rules (who may post, what an edit does, whose marks move) live above, in
// package server, and are written once against Tx. An implementation is SQL
// and little else: it neither validates nor decides. It owns the transaction,
// its durability, and the order in which committed changes are told.
//
// # What is promised
//
//   - One writer. Functions given to Update run as if one after the other, each
//     seeing all that earlier ones wrote, on however many nodes. Numbers that a
//     function takes from a Room (Seq, Rev) and writes back are therefore dense
//     and never given out twice (Promise 2).
//   - All or nothing. If a function returns an error, nothing of it is stored,
//     and its neighbours in the same commit do not notice.
//   - Stored means synced. Update returns nil, and OnCommit's functions run,
//     only after the transaction is committed and on the disk (Promise 1). A
//     sync that fails is never tried again: Update returns ErrUnavailable from
//     then on, for good, and Options.Fatal is called once.
//   - Told in order. OnCommit's functions run one at a time, in the order in
//     which their transactions were made, before the Updates return.
//   - Batches. Whatever is queued goes into one commit. Nobody waits for
//     company: an idle writer commits a lone function at once.
//   - A view is one instant. Everything that a function given to View reads is
//     from one committed state, not older than the last Update that returned
//     before View was called.
//
// # Errors
//
// A driver's error never leaves an implementation: it is wrapped into one of
// the Err values here. Errors that a function returns are passed through as
// they are.
package store
