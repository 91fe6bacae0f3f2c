package chat

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// AccountID names an account: a random integer in [1, 2^53).
type AccountID int64

// RoomID names a room: a random integer in [1, 2^53).
type RoomID int64

// Seq is a row's number in its room: 1, 2, 3 … without gaps. 0 means none.
type Seq int64

// Rev is a room's revision: +1 for every change of any row, without gaps.
// 0 means before the first change.
type Rev int64

// Count is a number of messages, system rows left out.
type Count int64

// Time is milliseconds since 1970 UTC by the server's clock, for display only.
type Time int64

// MaxID is the greatest id of an account or a room: ids stay exact as
// JavaScript numbers.
const MaxID = 1<<53 - 1

// IDFrom turns 8 random bytes into an id in [1, MaxID].
func IDFrom(random [8]byte) int64 {
	id := int64(binary.BigEndian.Uint64(random[:]) >> 11)
	if id == 0 {
		id = 1
	}
	return id
}

// Key is the id that a client gives an operation before it sends it: a UUID,
// written in lower case. The zero Key means none.
type Key [16]byte

// KeyV7 makes a time-ordered UUIDv7 (RFC 9562, section 5.7) from a time and 10
// random bytes.
func KeyV7(at Time, random [10]byte) Key {
	var k Key
	ms := uint64(at)
	k[0], k[1], k[2] = byte(ms>>40), byte(ms>>32), byte(ms>>24)
	k[3], k[4], k[5] = byte(ms>>16), byte(ms>>8), byte(ms)
	copy(k[6:], random[:])
	k[6] = k[6]&0x0f | 0x70
	k[8] = k[8]&0x3f | 0x80
	return k
}

// IsZero reports whether k is the zero Key. encoding/json uses it (omitzero).
func (k Key) IsZero() bool { return k == Key{} }

// String writes k as 8-4-4-4-12 lower-case hexadecimal digits.
func (k Key) String() string {
	b, _ := k.MarshalText()
	return string(b)
}

// MarshalText implements encoding.TextMarshaler.
func (k Key) MarshalText() ([]byte, error) { return k.AppendText(make([]byte, 0, 36)) }

// AppendText implements encoding.TextAppender.
func (k Key) AppendText(b []byte) ([]byte, error) {
	b = append(hex.AppendEncode(b, k[0:4]), '-')
	b = append(hex.AppendEncode(b, k[4:6]), '-')
	b = append(hex.AppendEncode(b, k[6:8]), '-')
	b = append(hex.AppendEncode(b, k[8:10]), '-')
	return hex.AppendEncode(b, k[10:16]), nil
}

var errKey = errors.New("chat: a key is a UUID in lower case")

// UnmarshalText implements encoding.TextUnmarshaler. It accepts a UUID of any
// version in lower case, but not the nil UUID.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return errKey
	}
	var packed [32]byte
	n := 0
	for i, c := range text {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			continue
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
			packed[n] = c
			n++
		default:
			return errKey
		}
	}
	var parsed Key
	if _, err := hex.Decode(parsed[:], packed[:]); err != nil || parsed.IsZero() {
		return errKey
	}
	*k = parsed
	return nil
}

// ParseKey reads a Key from its text form.
func ParseKey(s string) (Key, error) {
	var k Key
	err := k.UnmarshalText([]byte(s))
	return k, err
}
