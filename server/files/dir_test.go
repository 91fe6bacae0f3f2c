package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReceive(t *testing.T) {
	d := open(t)
	if _, err := d.Receive(strings.NewReader("12345"), 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	broken := errors.New("the line is dead")
	_, err := d.Receive(io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), 10)
	if !errors.Is(err, ErrCut) || !errors.Is(err, broken) {
		t.Errorf("cut off: %v", err)
	}
	if left := everything(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	u, err := d.Receive(strings.NewReader("1234"), 4)
	if err != nil || u.Size != 4 {
		t.Fatal(err)
	}
	if len(everything(t, d)) != 1 {
		t.Error("nothing to discard")
	}
	if _, err := Open(d.path); err != nil { // as after a crash
		t.Fatal(err)
	}
	if left := everything(t, d); len(left) > 0 {
		t.Errorf("left after opening: %v", left)
	}
	u.Discard()
}

func TestBlobs(t *testing.T) {
	d := open(t)
	kept(t, d, pngOf(t, corner(700, 1)))
	if all := everything(t, d); len(all) != 2 {
		t.Fatalf("%v", all)
	}
	for _, name := range []string{"", "..", "../../etc/passwd", "0123", strings.Repeat("A", 32), "0123456789abcdef/../x"} {
		if _, err := d.Open(name, false); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open %q: %v", name, err)
		}
		if err := d.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Remove %q: %v", name, err)
		}
	}
	stale := func(before time.Time) (n int) {
		err := d.Stale(context.Background(), before, func(blob string) error {
			if blob != someBlob {
				t.Errorf("blob %q", blob)
			}
			n++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := stale(time.Now().Add(-time.Minute)); n != 0 {
		t.Errorf("%d are stale", n)
	}
	if n := stale(time.Now().Add(time.Minute)); n != 2 {
		t.Errorf("%d are stale later", n)
	}
	to := filepath.Join(t.TempDir(), "copy")
	c, err := Copy(context.Background(), d.path, to, []string{someBlob, strings.Repeat("f", 32)})
	if err != nil || c.Files != 1 || c.Missing != 1 || c.Bytes == 0 {
		t.Errorf("%+v %v", c, err)
	}
	for range 2 { // the second time there is nothing
		if err := d.Remove(someBlob); err != nil {
			t.Fatal(err)
		}
	}
	if left := everything(t, d); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	d = &Dir{path: to}
	if len(read(t, d, false)) == 0 || len(read(t, d, true)) == 0 {
		t.Error("the copies are empty")
	}
}
