// Command parley-load measures a server, and shows that it keeps its promises
// while it is measured: no delivery may be lost, doubled or out of order.
//
//	parley-load suite                 everything, with the targets and verdicts
//	parley-load fanout --readers 100  one scenario, with its own flags
//	parley-load cluster               three nodes on one PostgreSQL and one NATS
//
// # What is measured
//
// The server is a process of its own, started on a fresh data directory without
// rate limits and held on one CPU, or one that runs already (--url). All
// clients live in this process, on the other CPUs. What the server costs is
// what the operating system says of its process: CPU seconds from
// /proc/PID/stat, memory from /proc/PID/smaps_rollup.
//
// For cluster, PostgreSQL and NATS are processes of their own as well, on a fresh
// database; the CPU seconds of each are told apart. They, all nodes and this
// process share all CPUs. What faults do to a cluster is not measured here, but
// by the tests of cmd/parley/cluster, which print for how long each was felt;
// `make cluster` runs both.
//
// Absolute figures are those of a machine and of an hour. So that they mean
// something elsewhere, a floor is measured beside them, in turns within the
// same run: a bare process (`parley-load floor`) on the same CPU, which does
// only what nobody can leave out. For a delivery that is one write of the same
// bytes to a TCP socket, for a durable post an append and an fdatasync, for a
// connection a socket and a goroutine that reads it.
//
// # How it is built
//
// One goroutine does everything: the loop waits for sockets (epoll), reads
// them, and hands what has come to the clients, which answer at once. So no
// state needs a lock, a delivery costs the generator less than the server, and
// a scenario reads from top to bottom: it starts things, and runs the loop
// until they have happened. Only setting up (HTTP requests, filling a database)
// uses other goroutines, which have ended before the loop runs.
//
// A delivery's way: socket.readable -> client.data (WebSocket frames, frame.go)
// -> client.rows -> ledger (check.go). The first time a room's frame is seen it
// is read field by field and checked against everything that was posted; every
// other reader's copy must then be the same bytes, which is checked by
// comparing them. That is why checking every delivery does not slow the
// measurement down.
//
// # Files
//
//	main.go      the command line
//	suite.go     what `suite` runs; targets.go what the figures are held against
//	bench.go     what all scenarios share; report.go the table and the JSON
//	process.go   the server and the floor as processes; cpus.go, poll_*.go the system
//	loop.go      sockets; frame.go WebSocket frames; scan.go JSON
//	client.go    a client of the protocol; follow.go its rooms; post.go what it posts
//	check.go     what was posted, and whether all of it came
//	pace.go      how far posters may run ahead of the readers of their room
//	world.go     accounts and rooms, made through the API; hall.go, crew.go who is there
//	caller.go    a client of the HTTP API
//	fill.go      a database with many rows, made through the store
//	floor.go     the bare process
//	engines.go   PostgreSQL, NATS, and nodes on them
//	run_*.go     the scenarios
package main
