// Package ws holds the server's WebSocket connections. It is the only importer
// of the WebSocket library on the server.
//
// # Who owns what
//
// A Conn is owned by the goroutine that accepted it: that one alone calls Read
// and Answer, and ends the connection by Finish. Anybody may call Push and
// Close. One writer goroutine per connection is the only one that writes data
// frames; it starts in Accept and ends before Finish returns. A ping that is
// under way has a goroutine of its own, which ends with the connection, and so
// does the library's watch over deadlines.
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
//   - A socket that moves is not given up, however slowly: see steady. One that
//     takes nothing for writeTime is ended, and so is a peer that leaves a ping
//     unanswered for pongWithin while Read waits.
//   - After Close nothing is read: who was signed out cannot go on while the
//     socket lingers.
//   - What waits is joined into one message, up to chat.FrameAim, unless
//     Options.Bare.
//   - Nothing follows a close frame of ours, so that browsers tell its code
//     (see lastClose). Close lets what is queued go first, for closeGrace at
//     most.
//
// The library accepts what the protocol refuses; Read refuses it: binary
// messages (1003), text that is not UTF-8 (1007), messages over Options.Limit
// (1009), and messages that take longer than bodyTime to arrive, however small
// their pieces (1008). What the library refuses without a close frame is
// closed with 1002.
package ws
