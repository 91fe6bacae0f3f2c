package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"parley/shared/chat"
)

// Append writes f to dst as one frame, without HTML escaping and without a
// trailing line feed. It fails only for a value that JSON cannot hold.
func Append(dst []byte, f Frame) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		return dst, fmt.Errorf("wire: encode %s: %w", f.Type(), err)
	}
	body := bytes.TrimRight(buf.Bytes(), "\n")
	dst = append(dst, `{"t":"`...)
	dst = append(dst, f.Type()...)
	dst = append(dst, '"')
	if len(body) > 2 {
		dst = append(dst, ',')
	}
	return append(dst, body[1:]...), nil
}

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

// DecodeClient reads one frame that a client sent. The result is a pointer to
// one of the structs of client.go, its required fields present and every
// number in its range; limits of size and count (chat.Max…) are left to the
// server, which answers them with their own codes. The error is a *Malformed.
func DecodeClient(data []byte) (Frame, error) {
	if err := CheckJSON(data, MaxDepth); err != nil {
		return nil, &Malformed{Code: chat.BadRequest, Reason: err.Error()}
	}
	var top struct {
		T *string `json:"t"`
	}
	if data = bytes.TrimSpace(data); data[0] != '{' {
		return nil, &Malformed{Code: chat.BadRequest, Reason: "a frame is a JSON object"}
	}
	fields := topLevel(data)
	if err := json.Unmarshal(data, &top); err != nil || top.T == nil || !fields["t"] {
		return nil, &Malformed{Code: chat.BadRequest, Reason: "a frame has a type t"}
	}
	f, need := clientFrame(*top.T)
	if f == nil {
		return nil, named(data, chat.Unsupported, "this server does not know frames of that type")
	}
	for _, name := range need {
		if !fields[name] {
			return nil, named(data, chat.BadRequest, *top.T+" lacks "+name)
		}
	}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, named(data, chat.BadRequest, reason(err))
	}
	if r := check(f); r != "" {
		return nil, named(data, chat.BadRequest, r)
	}
	return f, nil
}

func clientFrame(t string) (f Frame, need []string) {
	switch t {
	case "hello":
		return &Hello{}, []string{"v", "device"}
	case "send":
		return &Send{}, []string{"room", "posts"}
	case "edit":
		return &Edit{}, []string{"room", "seq", "key", "text"}
	case "recall":
		return &Recall{}, []string{"room", "seq", "key"}
	case "react":
		return &React{}, []string{"room", "seq", "emoji", "on"}
	case "pull":
		return &Pull{}, []string{"room"}
	case "mark":
		return &Mark{}, []string{"room"}
	case "typing":
		return &Typing{}, []string{"room"}
	case "ping":
		return &Ping{}, nil
	}
	return nil, nil
}

// named makes a Malformed that carries the room and key, if they can be read.
func named(data []byte, code chat.Code, reason string) *Malformed {
	m := &Malformed{Code: code, Reason: reason}
	var room struct {
		Room chat.RoomID `json:"room"`
	}
	if json.Unmarshal(data, &room) == nil && room.Room > 0 && room.Room <= chat.MaxID {
		m.Room = room.Room
	}
	var key struct {
		Key chat.Key `json:"key"`
	}
	if json.Unmarshal(data, &key) == nil {
		m.Key = key.Key
	}
	return m
}

// reason says what is wrong without the names of our Go types.
func reason(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return "field " + wrong.Field + " has a wrong type"
	}
	return "a field has a wrong type"
}

// DecodeServer reads one frame that the server sent. A type that this version
// does not know gives nil and no error.
func DecodeServer(data []byte) (Frame, error) {
	var top struct {
		T string `json:"t"`
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("wire: decode: %w", err)
	}
	f := serverFrame(top.T)
	if f == nil {
		return nil, nil
	}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("wire: decode %s: %w", top.T, err)
	}
	return f, nil
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
