// Package sqlite is the embedded Store: one SQLite database in one directory,
// used by one process.
//
// # Files
//
//	lock        held (flock) by the process that serves the directory
//	parley.db   the database; parley.db-wal and -shm belong to it
//
// # Why an acknowledged row survives a power cut
//
// The database is in WAL mode with synchronous=FULL: a COMMIT appends the
// changed pages to the log, the last one marked as the commit, and returns
// only after all of them were written (logfile.go gathers them) and an fdatasync
// of the log. Pages are copied into the database file by a checkpoint, which
// syncs the log first, the database after, and only then lets the log be
// overwritten. So at every instant the log up to its last whole commit, over the
// database file, is a committed state, and contains every transaction whose
// COMMIT has returned. Each page in the log carries a salted checksum: a torn
// tail is recognised and dropped. The directory is synced when the database is
// made, so that the files themselves survive. A log that a killed process has
// left is synced before it is read (settle): its last commits may be whole and
// yet not on the disk.
//
// Update answers, and OnCommit's functions run, after that COMMIT (Promise 1).
// Functions that fail are answered after it as well: what they saw of their
// neighbours was not certain before.
//
// A sync that fails says nothing about what the disk holds, and a second one
// may succeed without having written anything, because the kernel forgets dirty
// pages that it could not write. So any I/O error on the writer's connection,
// in a transaction or in a checkpoint, ends its work for good: Options.Fatal is
// called once, Update returns ErrUnavailable, and nothing is synced again, not
// even by Close. Checkpoints are never run by SQLite behind a COMMIT, because
// there it ignores their errors. A full disk is no such error: the transaction is
// rolled back, and the next may succeed.
//
// # How the log is copied
//
// When the log has grown by 64 MiB, a copier copies it into the database beside
// the writer, so that no commit waits for the sync of that. Its connection syncs
// nothing: the log is synced by the commits that it holds, the database by the
// copier, and until that is done a snapshot of a second connection of its own
// keeps the log from beginning anew, as any reader does. What is lost at any
// instant before is copied again, since the log is whole. What came into it
// meanwhile is copied in turn, and the last bit by the writer, between two
// commits: only when all is copied can the log begin anew.
//
// # Who runs what
//
// One goroutine, the writer, owns the only connection that writes. It takes
// whatever is queued, without waiting for more, and runs it in one
// transaction. While it commits, the next functions queue: batches come by
// themselves. It ends with Close, after what was queued before and after the
// copier, a goroutine that it starts for each copying. Views run on
// their callers' goroutines over a few read-only connections, each in a
// transaction, that is, a snapshot, of its own.
//
// A function that panics ends the process: it runs on the writer's goroutine.
//
// # What a batch keeps in memory
//
// Nobody else writes, so what the writer has read of rooms, memberships and
// accounts stays true until it writes them itself, and is held from batch to
// batch, some ten thousand of each. What posting writes (the room's head, marks,
// plain new rows, keys) waits in memory until the batch ends: then a room in
// which a hundred have posted is written once, and rows go in many at a time.
// Nothing of this outlives its COMMIT, and nobody is answered before it.
//
// A function sees what waits in two ways. What posting reads is looked up in
// memory first. Everything else is a statement, and before it runs all that
// waits is written (tx.through), so that no query has to know of it. A function
// that fails is taken back by forgetting what it would have added; only if it
// has run statements it was in a savepoint, and is rolled back to it.
//
// # What views keep in memory
//
// The newest rows of rooms that were listed or opened lately, at most 16 MiB, with
// the revision at which they are the newest (tails). And the sessions whose tokens
// were shown lately, some thousands, for Store.Session alone, as they are
// committed (tokens): a view that reads them beside other things reads the file.
//
// # Backups
//
// Backup opens a connection of its own, also beside a process that serves the
// directory, and writes what one snapshot holds into a new file: rebuilt, so
// that it has no remains of what was erased, checked, synced, and named last.
// While it reads, the log grows and cannot be emptied. Restore does the same
// into an empty directory, under its lock, and begins a new epoch there: seqs
// and revs that were given out since the backup will be given out again, for
// other messages.
//
// Open makes such a backup by itself before it migrates a database, beside it
// and named after the schema: parley.db.schema-1. Nothing deletes it: an older
// release refuses the migrated database, and can be given this one.
//
// # What was erased
//
// secure_delete overwrites what a changed or deleted row took. Two things are
// left. Rows that SQLite has moved to another page stay behind in the gap of
// the old one: scrub.go finds them in the log and clears the gaps before, or
// soon after, they are copied into the database file. And older pages of the log
// still hold what was erased: the writer empties the log (a checkpoint that
// truncates it) at an interval, if anything was written since the last time. So
// a recalled body is gone from the files soon after (Promise 8). Savepoints and
// sorters keep to memory, never to temporary files.
package sqlite
