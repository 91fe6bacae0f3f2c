package fts

import (
	"strconv"

	"parley/shared/chat"
)

// A row's number in the index: its time, its room's bucket, and a counter, from
// the highest bits on.
const (
	bucketBits  = 11
	counterBits = 10
	timeShift   = bucketBits + counterBits
)

// firstNumber is the lowest number for a row of a room and a time.
func firstNumber(room chat.RoomID, at chat.Time) int64 {
	return int64(at)<<timeShift | int64(bucketOf(room))<<counterBits
}

// lastTime is the last time that numbers tell, with some left for rows that do
// not fit into theirs.
const lastTime chat.Time = 1<<(63-timeShift) - 1<<32

// timeIn is a row's time as its number tells it.
func timeIn(row *chat.Row) chat.Time { return min(max(row.At, 1), lastTime) }

// bucketOf spreads rooms over the buckets.
func bucketOf(room chat.RoomID) int {
	return int(uint64(room) * 0x9e3779b97f4a7c15 >> (64 - bucketBits))
}

// bucketIn is the bucket of the room of a row's number.
func bucketIn(id int64) int { return int(id >> counterBits & (1<<bucketBits - 1)) }

// roomToken is the token of a room. Words have no such character.
func roomToken(room chat.RoomID) string { return "‡" + strconv.FormatInt(int64(room), 36) }
