// Package ws holds the server's WebSocket connections. It is the only importer
// of the WebSocket library on the server.
//
// # Who owns what
//
// An Acceptor accepts connections and holds what they share. A Conn is owned by
// one goroutine: that one alone calls Read and Answer, and ends the connection
// by Finish. It should not be the one that Accept was called on, with which all
// that belongs to the request would stay. Anybody may call Push, Close and Kill.
//
// The socket is the Conn's. The library shakes hands, and reads what does not
// come as one whole frame: it is lent to a Conn when such a message begins, and
// given back when it ends (library), so that a connection which is silent, as
// most are, costs its socket, a small stack and what waits for it. All frames
// are written here, the library's answers too. One goroutine at a time writes
// (writer): who pushes to an idle connection, as far as the socket takes it
// without waiting; or who answers; or, only while something waits, a goroutine
// that flushes. That one ends when nothing waits any more, or with the socket,
// and Finish waits for it.
//
// One timer of the Acceptor looks at all connections in turn (wheel); it runs
// while there are any. The library has a goroutine for each of its connections
// that are kept, a few for each Acceptor; they end with the last Conn.
//
// # What is promised
//
//   - Nobody waits for a slow reader. Push never blocks. What a socket does
//     not take waits, up to Options.Pending bytes. Beyond that, live items are
//     dropped, whole, and everything live of their rooms until the room's next
//     head; when the queue has drained, Options.Drained names those rooms, so
//     that their heads can be sent. Items that may not be dropped end the
//     connection with 4008 instead.
//   - Answers wait for the reader. Answer blocks its caller (who asked, and
//     reads no further meanwhile) until the socket takes the data. The parts
//     of an answer follow each other: nothing comes between.
//   - The gate. After an item with Gone, everything of that room is dropped
//     until an item with Head. Answers meet the gate when they are written:
//     a late one cannot show a room to somebody who was just removed.
//   - A frame is whole. Pings, pongs and the close frame go between messages,
//     however little the socket takes at a time.
//   - A socket that moves is not given up, however slowly: see send. One that
//     takes nothing for writeTime is ended, and so is a peer that says nothing
//     for pongWithin after a ping while Read waits.
//   - After Close nothing is read: who was signed out cannot go on while the
//     socket lingers.
//   - What waits is joined into one message, up to chat.FrameAim, unless
//     Options.Bare.
//   - Nothing follows a close frame of ours: a browser takes anything after it
//     for a broken connection and tells the page 1006 instead of the code (seen
//     in Chromium 156). Close lets what is queued go first, for closeGrace at
//     most.
//
// The library accepts what the protocol refuses; Read refuses it: binary
// messages (1003), text that is not UTF-8 (1007), messages over Options.Limit
// (1009), and messages that take longer than bodyTime to arrive, however small
// their pieces (1008). What the library refuses without a close frame is
// closed with 1002.
package ws
