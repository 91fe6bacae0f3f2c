package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"parley/shared/chat"
)

// Split calls yield for each frame of a message until it returns false. Empty
// lines are passed over.
func Split(message []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(message) > 0 {
			line := message
			if i := bytes.IndexByte(message, '\n'); i >= 0 {
				line, message = message[:i], message[i+1:]
			} else {
				message = nil
			}
			if len(bytes.TrimSpace(line)) > 0 && !yield(line) {
				return
			}
		}
	}
}

// Malformed is a frame that DecodeClient could not take. Code is BadRequest or
// Unsupported. Room and Key are what could be read of them, so that the
// refusal can name the operation.
type Malformed struct {
	Code   chat.Code
	Reason string
	Room   chat.RoomID
	Key    chat.Key
}

// Error implements error.
func (m *Malformed) Error() string { return string(m.Code) + ": " + m.Reason }

// DecodeServer reads one frame that the server sent. A type that this version
// does not know gives nil and no error.
func DecodeServer(data []byte) (Frame, error) {
	t, err := typeOf(data)
	if err != nil {
		return nil, fmt.Errorf("wire: decode: %w", err)
	}
	f := serverFrame(t)
	if f == nil {
		return nil, nil
	}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("wire: decode %s: %w", t, err)
	}
	return f, nil
}

// typeOf is a frame's type. Our server writes it first, which saves reading
// the whole frame for it.
func typeOf(data []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(data, []byte(`{"t":"`)); ok {
		if i := bytes.IndexByte(rest, '"'); i >= 0 && serverFrame(string(rest[:i])) != nil {
			return string(rest[:i]), nil
		}
	}
	var top struct {
		T string `json:"t"`
	}
	err := json.Unmarshal(data, &top)
	return top.T, err
}

func serverFrame(t string) Frame {
	switch t {
	case "welcome":
		return &Welcome{}
	case "rows":
		return &Rows{}
	case "page":
		return &Page{}
	case "head":
		return &Head{}
	case "gone":
		return &Gone{}
	case "mark":
		return &Marks{}
	case "typing":
		return &Typed{}
	case "presence":
		return &Presence{}
	case "reject":
		return &Reject{}
	case "pong":
		return &Pong{}
	case "bye":
		return &Bye{}
	}
	return nil
}
