// Package nats is the bus of a server of several nodes, over core NATS.
//
// # What goes where
//
// A node hands its own events to itself, at once and without NATS (package
// local): who posts is told by the node that stored it, whatever NATS does.
// Those of other nodes come over NATS, which is asked not to echo.
//
// Every topic has a subject, and every kind of event one below it. A node
// subscribes to all kinds of a topic at once:
//
//	parley.<cluster>.r.<room>.rows|mark|typing|head
//	parley.<cluster>.a.<account>.room|revoked|friend
//	parley.<cluster>.n.roster
//
// The cluster keeps apart servers that share a NATS. All subscriptions of a
// node share one channel, which costs 955 bytes for each instead of 3.3 KB.
//
// # What is lost, and who notices
//
// Nothing here waits for NATS but Sync. What is published waits in the outbox,
// at most mostWaiting bytes; while there is no connection, or the outbox is
// full, it is dropped. Other nodes find that when they compare with the store
// at intervals (Bus.Lossy), or by the next event of the room, which does not
// continue what they have. What this node itself may have missed it knows more
// of, and says so by an event with Gap: after the connection was lost and is
// there again, and when events came faster than they were taken. Rows that are
// larger than mostMessage go as their revision alone.
//
// # The encoding
//
// codec.go writes and reads it. During a rolling restart nodes of two releases
// share the bus. A release therefore only ever appends: fields to the end of a
// list, kinds of events to the subjects. Fewer fields than expected are zero,
// further ones are skipped. What has another version or an unknown kind counts
// as rows that have to be read from the store. testdata/golden.txt holds the
// bytes of the first release.
//
// # Goroutines
//
//	sender    subscribes, and publishes what is in the outbox   Close
//	receiver  hands over what has come                          Close
//	of the library: reading, flushing, reconnecting, callbacks  Close
package nats
