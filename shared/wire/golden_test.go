package wire_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"parley/shared/wire"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// TestGolden holds the contract: each frame is written byte for byte as its
// file says, and reading the file gives the frame.
func TestGolden(t *testing.T) {
	for side, frames := range map[string]map[string]wire.Frame{"client": clientFrames(), "server": serverFrames()} {
		decode := wire.DecodeServer
		if side == "client" {
			decode = wire.DecodeClient
		}
		for name, frame := range frames {
			t.Run(side+"/"+name, func(t *testing.T) {
				path := filepath.Join("testdata", side, name+".json")
				wrote, err := wire.Append(nil, frame)
				if err != nil {
					t.Fatal(err)
				}
				if *update {
					write(t, path, wrote)
				}
				golden, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				golden = bytes.TrimSuffix(golden, []byte("\n"))
				if !bytes.Equal(wrote, golden) {
					t.Errorf("wrote  %s\ngolden %s", wrote, golden)
				}
				if read, err := decode(golden); err != nil || !reflect.DeepEqual(read, frame) {
					t.Errorf("read %+v, %v; want %+v", read, err, frame)
				}
			})
		}
	}
}

func write(t *testing.T, path string, frame []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(frame[:len(frame):len(frame)], '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGoldenComplete fails when a file belongs to no frame, or a type of frame
// has none.
func TestGoldenComplete(t *testing.T) {
	for side, frames := range map[string]map[string]wire.Frame{"client": clientFrames(), "server": serverFrames()} {
		files, err := filepath.Glob(filepath.Join("testdata", side, "*.json"))
		if err != nil || len(files) != len(frames) {
			t.Errorf("%s: %d files for %d frames, %v", side, len(files), len(frames), err)
		}
		for _, file := range files {
			if name := strings.TrimSuffix(filepath.Base(file), ".json"); frames[name] == nil {
				t.Errorf("%s is no frame's", file)
			}
		}
	}
	types := map[string]bool{}
	for _, f := range clientFrames() {
		types["client "+f.Type()] = true
	}
	for _, f := range serverFrames() {
		types["server "+f.Type()] = true
	}
	if len(types) != 9+11 {
		t.Errorf("%d types have golden frames, the protocol has 20", len(types))
	}
}

// TestAppendKeepsWhatIsThere: frames are joined in one buffer.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	buf := []byte("before\n")
	buf, err := wire.Append(buf, &wire.Pong{})
	if err != nil || string(buf) != "before\n{\"t\":\"pong\"}" {
		t.Fatalf("%q, %v", buf, err)
	}
	bad := &wire.Rows{Rows: badCard()}
	if after, err := wire.Append(buf, bad); err == nil || string(after) != string(buf) {
		t.Errorf("a value that JSON cannot hold: %q, %v", after, err)
	}
}

// TestListsAreNeverNull: clients may count on arrays.
func TestListsAreNeverNull(t *testing.T) {
	for _, f := range []wire.Frame{&wire.Welcome{}, &wire.Rows{}, &wire.Page{}, &wire.Head{}, &wire.Marks{}, &wire.Send{}} {
		if wrote, err := wire.Append(nil, f); err != nil || bytes.Contains(wrote, []byte("null")) {
			t.Errorf("%s, %v", wrote, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for message, want := range map[string][]string{
		"":                 nil,
		"\n\n \r\n":        nil,
		"a":                {"a"},
		"a\nb":             {"a", "b"},
		"a\n\nb\n":         {"a", "b"},
		" \n{\"t\":1}\r\n": {"{\"t\":1}\r"},
	} {
		var got []string
		for frame := range wire.Split([]byte(message)) {
			got = append(got, string(frame))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
	for frame := range wire.Split([]byte("a\nb\nc")) {
		if string(frame) == "b" {
			break // leaving early must be fine
		}
	}
}

func TestDecodeServerIsLenient(t *testing.T) {
	if f, err := wire.DecodeServer([]byte(`{"t":"hologram","x":1}`)); f != nil || err != nil {
		t.Errorf("an unknown type: %v, %v", f, err)
	}
	f, err := wire.DecodeServer([]byte(`{"t":"gone","room":5,"why":"later"}`))
	if err != nil || f.(*wire.Gone).Room != 5 {
		t.Errorf("an unknown field: %v, %v", f, err)
	}
	for _, bad := range []string{``, `[]`, `{"t":5}`, `{"t":"gone","room":"x"}`, `{"t":"gone"`} {
		if f, err := wire.DecodeServer([]byte(bad)); err == nil {
			t.Errorf("%s: %v", bad, f)
		}
	}
}
