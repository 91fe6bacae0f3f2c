package chat

// Limits of the protocol, sections 1, 2 and 4. Sizes are bytes of UTF-8 where
// not said otherwise.
const (
	MaxText         = 16 << 10
	MaxFiles        = 20
	MaxCard         = 8 << 10
	MaxPersonName   = 64  // code points
	MaxGroupName    = 128 // code points
	MaxOpenName     = 64  // code points
	MinUsername     = 3
	MaxUsername     = 32
	MinPassword     = 8
	MaxPassword     = 256
	MaxReaction     = 32 // bytes, one grapheme
	MaxReactionKind = 20 // different reactions on a row
	MaxReactions    = 200
	MaxMentions     = 50   // of one post
	MaxPins         = 20   // of a room
	MaxReason       = 1000 // code points of a report's reason
	MaxGroupMembers = 1000 // named at a group's making
	MaxPreview      = 200  // code points of Head.Last.Text
	MaxSettings     = 8 << 10
	MaxLocale       = 35 // a BCP 47 tag

	MaxPosts      = 100 // in one send
	MaxCursors    = 2000
	MaxDevice     = 64
	MaxEpoch      = 64
	DefaultPage   = 50
	MaxPage       = 200
	ResetBehind   = 500 // more rows behind than this: a reset
	ResetRows     = 50  // rows of a reset
	MaxTyping     = 200 // members of a room in which typing and marks of others are told
	MaxClientSize = 64 << 10
	MaxServerSize = 1 << 20
	FrameAim      = 128 << 10 // server frames are cut into parts here
	BatchAim      = 48 << 10  // client batches are cut here, encoded
)
