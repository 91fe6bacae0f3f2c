package wire_test

import (
	"encoding/json"

	"parley/shared/chat"
	"parley/shared/wire"
)

func key(last byte) chat.Key {
	return chat.Key{0x01, 0x92, 0x3f, 0x5a, 0x7c, 0x11, 0x70, 0x01, 0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, last}
}

func ptr[T any](v T) *T { return &v }

// row has every field.
func row() chat.Row {
	return chat.Row{
		Seq: 7, N: 6, Rev: 9, Key: key(1), By: 101, At: 1_790_000_000_123, Kind: chat.KindText,
		Text: "grüß 你好 <b>&\"\\\n\t\u2028 🙂", Reply: 3, Mentions: []chat.AccountID{102, 9007199254740991},
		Files: []chat.File{{ID: "f1", Name: "a.png", Type: "image/png", Size: 12345, Width: 640, Height: 480, Length: 1500}},
		Card:  json.RawMessage(`{"kind":"order","id":5}`), Edited: 1_790_000_001_000,
		Reactions: map[string][]chat.AccountID{"👍": {101, 102}, "❤️": {103}},
	}
}

func systemRow() chat.Row {
	return chat.Row{
		Seq: 8, N: 6, Rev: 10, Key: key(2), By: 101, At: 1_790_000_002_000, Kind: chat.KindSystem,
		System: &chat.System{Event: chat.EventRole, Account: 102, Text: chat.RoleModerator},
	}
}

func recalledRow() chat.Row {
	return chat.Row{Seq: 6, N: 5, Rev: 11, Key: key(3), By: 102, At: 1_790_000_000_000, Kind: chat.KindText, Recalled: 1_790_000_003_000}
}

func users() []chat.User {
	return []chat.User{{ID: 101, Name: "Ada", Avatar: "a1", Kind: chat.KindMember}, {ID: 102, Name: "李雷", Kind: chat.KindGuest}}
}

func head() chat.Head {
	return chat.Head{
		ID: 9007199254740991, Kind: chat.KindDirect, Name: "", Peer: 102, About: "about", Members: 2,
		Rev: 11, Seq: 8, N: 6, Read: 7, ReadN: 6, Got: 8, OthersRead: 5, OthersGot: 6,
		Last: ptr(row()), Muted: true, Top: true, Hidden: ptr(chat.Count(0)), Unread: true, Blocked: true, Mention: 7,
		Pins: []chat.Seq{7, 3}, Reports: 2, Role: chat.RoleOwner, Tag: "t1",
	}
}

func bareHead() chat.Head {
	return chat.Head{ID: 2, Kind: chat.KindOpen, Name: "42", Members: 1, Role: chat.RoleMember, Tag: ""}
}

// clientFrames are one frame of each type with all fields, and one with as few
// as may be.
func clientFrames() map[string]wire.Frame {
	return map[string]wire.Frame{
		"hello": &wire.Hello{V: 1, Device: "d-1", As: 101, Epoch: "e1", Token: "secret",
			Cursors: map[chat.RoomID]wire.Cursor{5: {Rev: 12, Tag: "<t\">"}, 17: {Rev: 0, Tag: ""}}},
		"hello_min": &wire.Hello{V: 1, Device: "d"},
		"send": &wire.Send{Room: 5, Posts: []chat.Post{
			{Key: key(1), Text: "hi <&>\n你好", Reply: 3, Mentions: []chat.AccountID{102, 101}, Files: []string{"f1", "f2"}, Card: json.RawMessage(`{"a":[1,2.5]}`)},
			{Key: key(2), Text: "and"},
		}},
		"send_min":      &wire.Send{Room: 5, Posts: []chat.Post{{Key: key(1)}}},
		"edit":          &wire.Edit{Room: 5, Seq: 7, Key: key(4), Text: "better"},
		"recall":        &wire.Recall{Room: 5, Seq: 7, Key: key(5)},
		"react":         &wire.React{Room: 5, Seq: 7, Emoji: "👍", On: true},
		"react_off":     &wire.React{Room: 5, Seq: 7, Emoji: "👍"},
		"pull_after":    &wire.Pull{Room: 5, After: ptr(chat.Rev(0))},
		"pull_before":   &wire.Pull{Room: 5, Before: ptr(chat.Seq(51)), Limit: ptr(100)},
		"pull_newest":   &wire.Pull{Room: 5, Before: ptr(chat.Seq(0))},
		"mark":          &wire.Mark{Room: 5, Read: 7, Got: 8},
		"mark_min":      &wire.Mark{Room: 5},
		"typing_client": &wire.Typing{Room: 5},
		"ping":          &wire.Ping{},
	}
}

func serverFrames() map[string]wire.Frame {
	return map[string]wire.Frame{
		"welcome": &wire.Welcome{V: 1, Epoch: "e1", Now: 1_790_000_000_000,
			Me: chat.Account{ID: 101, Kind: chat.KindMember, Name: "Ada", Username: "ada", Avatar: "a1", Locale: "zh-CN",
				Settings: json.RawMessage(`{"theme":"dark"}`)},
			Rooms: []chat.Head{head(), bareHead()}, Users: users(), Gone: []chat.RoomID{6}, Online: []chat.AccountID{102}},
		"welcome_min": &wire.Welcome{V: 1, Epoch: "e1", Me: chat.Account{ID: 101, Kind: chat.KindGuest, Name: "Ada"},
			Rooms: []chat.Head{}, Users: []chat.User{}, Gone: []chat.RoomID{}, Online: []chat.AccountID{}},
		"rows": &wire.Rows{Room: 5, From: 8, Upto: 11, Rows: []chat.Row{row(), systemRow(), recalledRow()}, Users: users(),
			Keys: map[chat.AccountID][]chat.Key{101: {key(1), key(4)}, 99: {key(3)}}, Reset: true, More: true},
		"rows_min":     &wire.Rows{Room: 5, Rows: []chat.Row{}, Users: []chat.User{}},
		"page":         &wire.Page{Room: 5, Before: 9, Rev: 11, Rows: []chat.Row{row(), systemRow()}, Users: users(), Start: true, More: true},
		"page_min":     &wire.Page{Room: 5, Rows: []chat.Row{}, Users: []chat.User{}},
		"head":         &wire.Head{Room: head(), Users: users()},
		"head_min":     &wire.Head{Room: bareHead(), Users: []chat.User{}},
		"gone":         &wire.Gone{Room: 5},
		"marks":        &wire.Marks{Room: 5, Marks: []chat.Mark{{User: 101, Read: 7, ReadN: 6, Got: 8}, {User: 102, Read: 1, ReadN: 1}}},
		"marks_min":    &wire.Marks{Room: 5, Marks: []chat.Mark{}},
		"typing":       &wire.Typed{Room: 5, User: 102},
		"presence":     &wire.Presence{User: 102, Online: true, Seen: 1_790_000_000_000},
		"presence_off": &wire.Presence{User: 102},
		"reject":       &wire.Reject{Code: chat.SlowDown, Message: "too fast", Room: 5, Key: key(1), Retry: 1500},
		"reject_min":   &wire.Reject{Code: chat.BadRequest, Message: "not JSON"},
		"pong":         &wire.Pong{},
		"bye":          &wire.Bye{Code: wire.CodeRestart, Retry: 2000},
		"bye_min":      &wire.Bye{Code: wire.CodeSignedOut},
	}
}
