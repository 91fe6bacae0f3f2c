// Package chat holds the nouns of Parley: accounts, rooms, rows, marks, their
// ids, limits, validation, and the error codes of the protocol.
//
// Everything here is plain data. The server, the store, the wire codec and the
// client share these types, so that a row is the same thing in the database,
// in a frame and on the screen. Nothing here does I/O, reads a clock or draws
// a random number: times and entropy are given by the caller.
//
// Ids are distinct types (AccountID, RoomID, Seq, Rev), because mixing them up
// is the most likely mistake in a chat and the cheapest to rule out. All of
// them fit into 53 bits: JavaScript clients read them as numbers.
//
// Unicode normalisation (NFC) and grapheme segmentation need tables that this
// package may not import; package server adds those two checks to the ones
// here.
package chat
