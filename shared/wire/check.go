package wire

import "parley/shared/chat"

// check says what is wrong with a client's frame whose fields have their
// types, or "" if nothing is.
func check(f Frame) string {
	switch f := f.(type) {
	case *Hello:
		return checkHello(f)
	case *Send:
		return room(f.Room)
	case *Edit:
		return first(room(f.Room), seq(f.Seq))
	case *Recall:
		return first(room(f.Room), seq(f.Seq))
	case *React:
		return first(room(f.Room), seq(f.Seq))
	case *Pull:
		return first(room(f.Room), checkPull(f))
	case *Mark:
		return first(room(f.Room), checkMark(f))
	case *Typing:
		return room(f.Room)
	}
	return ""
}

func checkHello(f *Hello) string {
	if len(f.Device) < 1 || len(f.Device) > chat.MaxDevice {
		return "device has 1 to 64 bytes"
	}
	if f.As < 0 || f.As > chat.MaxID {
		return "as is not an account"
	}
	if len(f.Epoch) > chat.MaxEpoch {
		return "epoch has at most 64 bytes"
	}
	if len(f.Cursors) > chat.MaxCursors {
		return "at most 2000 cursors"
	}
	for id, c := range f.Cursors {
		if r := room(id); r != "" {
			return r
		}
		if c.Rev < 0 || c.Rev > chat.MaxID {
			return "a cursor's rev is out of range"
		}
	}
	return ""
}

func checkPull(f *Pull) string {
	switch {
	case (f.After == nil) == (f.Before == nil):
		return "pull has either after or before"
	case f.After != nil && (*f.After < 0 || *f.After > chat.MaxID):
		return "after is out of range"
	case f.Before != nil && (*f.Before < 0 || *f.Before > chat.MaxID):
		return "before is out of range"
	case f.Limit != nil && *f.Limit < 1:
		return "limit is at least 1"
	}
	return ""
}

func checkMark(f *Mark) string {
	if f.Read < 0 || f.Got < 0 {
		return "marks are seqs"
	}
	return ""
}

func room(id chat.RoomID) string {
	if id < 1 || id > chat.MaxID {
		return "room is not an id"
	}
	return ""
}

func seq(s chat.Seq) string {
	if s < 1 || s > chat.MaxID {
		return "seq is out of range"
	}
	return ""
}

func first(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}
