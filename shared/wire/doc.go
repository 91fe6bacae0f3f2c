// Package wire is the contract between Parley's server and its clients: the
// frames of the WebSocket subprotocol parley.v1, their JSON encoding, and the
// close codes. testdata holds a golden file for each frame.
//
// One WebSocket text message holds one or more frames, separated by a line
// feed; a frame is a JSON object whose field t is its type. Split does the
// separating, DecodeClient and DecodeServer the reading, Append the writing.
//
// The two directions are read differently on purpose. DecodeClient serves the
// server, which must hold the contract against any client: it is strict about
// syntax, types, ranges, missing and doubled fields, and matches names by
// case. DecodeServer serves our client, which trusts its server and must keep
// working with a newer one: it ignores what it does not know.
//
// Where the protocol leaves a detail open, this package decides:
//
//   - A field that is null counts as missing.
//   - An object that has a field twice is bad_request; so is nesting deeper
//     than MaxDepth.
//   - Optional fields of the server's frames are left out when empty. Lists
//     that are not optional are never null.
//   - Every part of an answer that is cut (more) carries the from, upto and
//     reset (a page: the before and rev) of the whole, and the users of its own
//     rows; the rows go on where the part before ended, and start is the last
//     part's. Frames that are no part of it may come in between.
//   - A pull after 0 of a room without rows may be answered either way: by a
//     reset, or by from = upto = 0 without rows.
//   - System rows carry a key of their own that the server draws; it settles
//     nothing.
//   - Head.name is empty in direct rooms: they are called after the peer.
//   - A row's mentions are those of the members whom its post named, each once,
//     in its order. An edit leaves them as they are; a recall takes them away.
//   - A head's hidden is there, 0 included, from the moment one hides the room:
//     the room's n at that time. The room is hidden while n has not grown.
//   - A head's unread is cleared by the next mark with read, also by one that
//     moves no mark.
//   - A head's mention only grows, and stays where its row is recalled. Nobody
//     is mentioned by themselves.
//   - A page's rev is the room's revision that its rows were read at.
//   - bye's code is a Code of package chat's list where one fits, and
//     "restart" at a graceful stop, "signed_out" at a revocation.
package wire
