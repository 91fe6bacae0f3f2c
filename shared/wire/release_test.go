package wire_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"parley/shared/wire"
)

// released lists the releases whose clients are still served, with a digest of
// their golden frames: those are frozen, testdata/client and testdata/server
// grow with this release.
var released = map[string]string{
	"v1": "b0a89aedce12c29f",
}

// Promise 15: what the previous release's clients send is read in all that it
// says, and what this release's server sends holds all that they read.
func TestPreviousRelease(t *testing.T) {
	for release, digest := range released {
		dir := filepath.Join("testdata", "released", release)
		files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
		if err != nil || len(files) < 30 {
			t.Fatalf("%s: %d frames, %v", release, len(files), err)
		}
		sum := sha256.New()
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sum.Write([]byte(filepath.Base(file)))
			sum.Write(data)
			t.Run(release+"/"+filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
				if strings.HasPrefix(file, filepath.Join(dir, "client")) {
					readWhole(t, bytes.TrimSpace(data))
					return
				}
				now, err := os.ReadFile(filepath.Join("testdata", "server", filepath.Base(file)))
				if err != nil {
					t.Fatal(err)
				}
				holds(t, "", parse(t, now), parse(t, data))
			})
		}
		if got := hex.EncodeToString(sum.Sum(nil))[:16]; got != digest {
			t.Errorf("the frames of %s have the digest %s, not %s: what was released does not change", release, got, digest)
		}
	}
}

// readWhole reads a client's frame and wants every field of it kept.
func readWhole(t *testing.T, data []byte) {
	t.Helper()
	frame, err := wire.DecodeClient(data)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := wire.Append(nil, frame)
	if err != nil {
		t.Fatal(err)
	}
	was, is := parse(t, data), parse(t, kept)
	holds(t, "", is, was)
	for name, value := range was.(map[string]any) {
		if !reflect.DeepEqual(is.(map[string]any)[name], value) {
			t.Errorf("%s is read as %v, was %v", name, is.(map[string]any)[name], value)
		}
	}
}

func parse(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// holds checks that every field of old is in now, with the same type.
func holds(t *testing.T, path string, now, old any) {
	t.Helper()
	if reflect.TypeOf(now) != reflect.TypeOf(old) {
		t.Errorf("%s is %T, was %T", path, now, old)
		return
	}
	switch old := old.(type) {
	case map[string]any:
		for name, value := range old {
			holds(t, path+"."+name, now.(map[string]any)[name], value)
		}
	case []any:
		for i, value := range old {
			if i < len(now.([]any)) {
				holds(t, path+"[]", now.([]any)[i], value)
			} else {
				t.Errorf("%s has %d elements, had %d", path, len(now.([]any)), len(old))
			}
		}
	}
}
