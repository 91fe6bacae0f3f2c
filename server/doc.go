// Package server is a node of Parley: it takes what people post, stores it, and
// tells everybody who may see it.
//
// # A message's life
//
//  1. session.onSend reads a send frame. A session does one frame after the
//     other and waits for each to be stored: that orders a client's effects and
//     slows down who sends too fast. POST /api/v1/rooms/{room}/messages and the
//     plain text rooms enter at the next step.
//  2. Server.post decides what needs no transaction (validation, rates), then
//     gives posting.run to the store's writer. There the key is looked up, the
//     membership checked, and change.append gives the row its seq and rev.
//  3. The store commits and syncs the row together with whatever else waited
//     (package store). Nobody has seen it yet.
//  4. After the commit, in commit order, change.publish hands the rows to the
//     bus, and the bus to the hub of every node (package bus).
//  5. hub.handle puts the event into the inbox of the room, if somebody here
//     listens. The room's pump compares it with its cursor: what continues the
//     cursor is delivered as it is, what is old is dropped, and after a gap the
//     store is read. Delivery and catch-up are one path (room.go).
//  6. room.emit keeps it with whatever else is pending, room.flush makes one
//     message of that, once, and pushes the same bytes to every listener.
//     ws.Conn writes them to its socket there and then; what that does not take
//     waits, within bounds (package ws).
//  7. The sender gets the same frame as all others. It is the acknowledgement:
//     there is no other. Only failures have a frame of their own (reject).
//
// A membership is a row of the same log where the room is a group, so that who
// was removed stops being told at that very row (room.deliver); in open rooms,
// which make no such rows, the account's event makes the room look again
// (room.refresh). Whatever the hub thinks, pull, page, send and HTTP ask the
// store, in the same read as the rows.
//
// # Who listens
//
// hello makes a session listen to all rooms of its account (lifetime.go): the
// account is registered, then the rooms are pinned, then the store is read and
// told, then the rooms are joined at the revision that was told. A room notices
// if it has moved on in between, and looks again. Where there are several
// nodes, the bus is given the time to listen (hub.synced) before each reading.
//
// # Files
//
//	server.go     New, Shutdown; errors of the store in the protocol's words
//	post.go       sends
//	change.go     one operation on a room's log
//	edits.go      edit, recall, react, mark
//	members.go    direct rooms, groups, open rooms, who is a member
//	rooms.go      names, the list of members
//	standing.go   what members make of a room: silent, hidden, blocked …; mentions
//	pins.go       pinned messages; reports.go, reported ones
//	heads.go      rooms as their members see them
//	sync.go       pull and page, cut into parts
//	search.go     messages that hold words; package search knows which may
//	hub.go        what is alive on this node
//	room.go       a room's pump: cursor, delivery, catch-up
//	outgoing.go   what a pump tells: changes merged, frames joined
//	listeners.go  who is told: joining, leaving, marks, typing; audience.go the list of them
//	presence.go   who is here; roster.go, who is on any node
//	repair.go     what a bus has lost
//	socket.go     GET /ws
//	session.go    one connection's frames
//	lifetime.go   a session's welcome and end
//	bare.go       connections of plain text rooms
//	text.go       GET /chat/{name}/: who may come in, what a message does
//	front.go      the listeners' handlers, put together
//	gate.go       what every request of the API passes: host, origin, body, credential
//	api.go        the HTTP API; api_*.go its operations
//	problem.go    refusals as problem+json
//	push.go       web push; notice.go who is told what, push_reach.go where to
//	devices.go    where one is signed in; leaving.go, export.go what ends an account or takes it along
//	auth.go       credentials, cookies; sessions.go, passwords.go what is behind them
//	origin.go     which pages, hosts and addresses are whose
//	files.go      who may read a file, what is swept; upload.go how one comes
//	limits.go     rates
//	metrics.go, health.go  what an operator asks; drain.go, how a node leaves the others
//
// # Promises
//
// What Parley guarantees, by number, and the tests that show it. Each names its
// promise in its comment, as a test of cmd/internal/arch makes sure.
//
//	1 acknowledged means on disk
//		server/store/postgres TestUnsafeServersAreRefused TestKilledBackends TestImmediateRestart
//		server/store/sqlite TestSweepKilled TestSweepFailedSync TestSweepFullDisk TestFailedSync TestCopierLosesSync TestCrash
//		cmd/parley TestKilledUnderLoad TestFailedSyncEndsTheProcess TestFullDiskHeals
//		cmd/parley/cluster TestCluster
//	2 one order in a room, without gaps
//		server/store/postgres TestCommitOrder
//		server/store/sqlite TestSweepKilled TestCrash
//		server TestSendersAndReceivers TestSim
//		cmd/parley/cluster TestCluster
//	3 a key posts exactly once
//		server/store/postgres TestKilledBackends TestImmediateRestart TestSwallowedAnswers
//		server TestKeysPostOnce TestKeyOfWhoWasRemoved TestMentionsAreContent TestSendersAndReceivers TestSim
//		cmd/parley TestKilledUnderLoad TestReconnectStorm
//		cmd/parley/cluster TestCluster
//	4 what a replica shows is what the log held at its cursor
//		shared/replica TestModel
//		server TestStaleStateAndEventsAreAFreshFetch TestBusThatLies TestSim
//		ui/disk TestMergeIsThePrefix
//		cmd/parley/cluster TestCluster
//	5 resume from anywhere; a restored database is noticed
//		server TestWelcomeTellsWhatChanged TestStaleStateAndEventsAreAFreshFetch TestSim
//		server/store/sqlite TestBackupUnderLoad
//	6 nothing written is lost
//		shared/replica TestStoredBeforeSent TestUnsaved TestModel
//		server TestSim
//		cmd/parley TestReconnectStorm
//	7 marks only grow
//		server TestMarks TestSim
//	8 edits and recalls converge; what is recalled is gone
//		server TestEditRecallReact TestFileRoundTrip TestNoSecondCopy TestReports TestSearchForgets TestSim
//		server/store/sqlite TestErased
//		server/search/fts TestChanges
//	9 who may see is checked at delivery
//		server TestRemovalMeetsHello TestDeafBus TestNodeCutOff TestSearchForgets TestSim
//		server/store/sqlite TestTokens
//		server/ws TestGate TestNothingIsReadAfterClose
//		cmd/parley/cluster TestCluster
//	10 one slow reader harms nobody
//		server TestSlowReaderHarmsNobody TestTenthStalled
//		server/ws TestStalledReader
//	11 memory is bounded
//		cmd/parley TestReconnectStorm
//	12 the bus may lie
//		server TestDeafBus TestBusThatLies TestNodeCutOff TestSim
//		server/bus/nats TestNATSComesAndGoes
//		cmd/parley/cluster TestCluster TestNoBus
//	13 clocks do not matter
//		server TestClockJumps TestSim
//	14 signing out wipes
//		ui/disk TestWipe
//		cmd/parley TestOfflineSignOut TestAttention
//	15 a release serves the one before, and opens its data
//		shared/wire TestPreviousRelease
//		server TestPreviousReleasesClient
//		server/bus/nats TestGolden TestOtherRelease
//		server/store/sqlite TestFirstReleasesData TestNewerDataIsRefused
//	16 a foreign room and none look the same
//		server TestForeignRoomsDoNotExist TestFileRoundTrip
//
// Of these, four are shown in part. 10: the 20 ms are of virtual time, without
// the cost of real sockets. 11: that goroutines and memory are back where they
// were after a storm, not how many bytes a connection takes. 12: marks that
// a bus has lost wait for the room's next mark or head. 13: a clock that is set
// forward by more than a session lives, half a year, signs people out.
//
// # Goroutines
//
//	what                    owner           ends when
//	session                 hub.work        its connection's Read fails
//	ws flush, a while       its ws.Conn     nothing waits for the socket, or it failed; Finish waits for it
//	ws wheel, a moment      Server.sockets  it has looked at some connections; none begins when there are none
//	ws library's deadlines  Server.sockets  a surplus library is given back, or the last connection ends
//	room pump               hub.work        the room's inbox is empty
//	marks timer             its room        it fires within a second, and tells the room if it lives
//	catch-up timer          its room        likewise
//	comparing, a moment     hub.work        it has looked; none begins after hub.close, nor where the bus loses nothing
//	beating, a moment       hub.work        it has told that the node lives; likewise
//	person's departure      hub.work        it has told the friends; stopped by person.stay
//	push worker             hub.work        its queue is empty, or Server.life is over; at most pushWorkers
//	keeping, a moment       hub.work        it has left the rooms of the deleted, swept the expired and the unused, or removed a content; Server.life stops it
//	hub.close's waiter      hub.close       hub.work is done
//	bus sender, receiver    nats.Bus        Bus.Close, which Shutdown calls last (package nats lists them)
//	store writer            the store       Store.Close
//	store's two lanes       the store       Store.Close, on PostgreSQL in place of the writer
//	log's copier, a moment  store writer    it has copied the log; the writer waits for it
//	search's follower       the index       Index.Close
//
// Server.Shutdown ends the sessions and waits for hub.work. Locks:
// presence.telling, then hub.mu, then room.mu, then session.mu, then the
// connection's; no store is touched and no socket waited for under any of them.
package server
