package files

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// objects is as much of S3 as is used here.
type objects struct {
	mu  sync.Mutex
	all map[string][]byte
}

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key, inside := strings.CutPrefix(r.URL.Path, "/files/")
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/"):
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Query().Has("location"):
		fmt.Fprint(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
	case !inside || key == "":
		o.list(w, r)
	case r.Method == http.MethodPut:
		body, err := payload(r)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		o.all[key] = body
		w.Header().Set("ETag", `"1"`)
	case r.Method == http.MethodDelete:
		delete(o.all, key)
		w.WriteHeader(http.StatusNoContent)
	case o.all[key] == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(o.all[key]))
	}
}

// payload reads a body, out of its signed chunks where it comes in some.
func payload(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var all []byte
	chunks := bufio.NewReader(r.Body)
	for {
		line, err := chunks.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil || n == 0 {
			return all, err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(chunks, chunk); err != nil {
			return nil, err
		}
		all = append(all, chunk[:n]...)
	}
}

func (o *objects) list(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/files/" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	type object struct {
		Key          string
		LastModified time.Time
		Size         int
	}
	var answer struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}
	for key, body := range o.all {
		if strings.HasPrefix(key, r.URL.Query().Get("prefix")) {
			answer.Contents = append(answer.Contents, object{key, time.Now().Add(-time.Hour), len(body)})
		}
	}
	_ = xml.NewEncoder(w).Encode(answer)
}

func TestBucket(t *testing.T) {
	server := httptest.NewServer(&objects{all: make(map[string][]byte)})
	defer server.Close()
	at := "s3://key:secret@" + strings.TrimPrefix(server.URL, "http://") + "/files/parley?region=us-east-1&tls=off"
	d, err := OpenBucket(t.Context(), at, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	blob := hex.EncodeToString([]byte("sixteen bytes ok"))
	u, err := d.Receive(strings.NewReader("hello, bucket"), 100)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Discard()
	if _, err := d.Open(blob, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if err := u.Keep(blob); err != nil {
		t.Fatal(err)
	}
	content, err := d.Open(blob, false)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if _, err := content.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); string(got) != "bucket" || err != nil {
		t.Errorf("from the middle: %q, %v", got, err)
	}
	if _, err := d.Open(blob, true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a thumbnail that is not there: %v", err)
	}
	var stale []string
	list := func(before time.Time) {
		stale = nil
		err := d.Stale(context.Background(), before, func(blob string) error { stale = append(stale, blob); return nil })
		if err != nil {
			t.Error(err)
		}
	}
	if list(time.Now()); !slices.Equal(stale, []string{blob}) {
		t.Errorf("Stale: %v", stale)
	}
	if list(time.Now().Add(-2 * time.Hour)); len(stale) > 0 {
		t.Errorf("Stale of new ones: %v", stale)
	}
	for range 2 {
		if err := d.Remove(blob); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Open(blob, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was removed: %v", err)
	}
	for _, bad := range []string{"s3://", "s3://host", "http://host/bucket", strings.Replace(at, "/files/", "/none/", 1)} {
		if _, err := OpenBucket(t.Context(), bad, t.TempDir()); err == nil {
			t.Errorf("%s is opened", bad)
		}
	}
}

// Nodes that share a directory leave each other's uploads alone.
func TestOpenShared(t *testing.T) {
	path := t.TempDir()
	a, err := OpenShared(path)
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Receive(strings.NewReader("hello"), 100)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenShared(path)
	if err != nil {
		t.Fatal(err)
	}
	blob := hex.EncodeToString([]byte("sixteen bytes ok"))
	if err := u.Keep(blob); err != nil {
		t.Fatal(err)
	}
	content, err := b.Open(blob, false)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if got, err := io.ReadAll(content); string(got) != "hello" || err != nil {
		t.Errorf("on the other node: %q, %v", got, err)
	}
}
