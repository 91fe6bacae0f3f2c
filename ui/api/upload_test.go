//go:build !js

package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"parley/shared/chat"
	"parley/ui/blob"
)

func TestUpload(t *testing.T) {
	var length, name, content, bearer string
	answer := `{"id":"f1","name":"a.txt","type":"text/plain","size":5}`
	status := 201
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/files" || r.Method != "POST" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		file, head, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		data, _ := io.ReadAll(file)
		length, name, content, bearer = r.FormValue("length"), head.Filename, string(data), r.Header.Get("Authorization")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	c := New(s.URL)
	c.Bearer = "s"
	file, err := c.Upload(t.Context(), Form{Name: "报价.txt", Content: blob.New([]byte("hello"), "text/plain"), Length: 1500})
	if err != nil || file.ID != "f1" || length != "1500" || name != "报价.txt" || content != "hello" || bearer != "Bearer s" {
		t.Errorf("%+v, %v; the server saw %s %s %s %s", file, err, length, name, content, bearer)
	}
	for answered, want := range map[int]chat.Code{413: chat.TooLarge, 507: chat.StorageFull, 415: chat.Unsupported, 201: chat.Unavailable} {
		status, answer = answered, `{}`
		if _, err := c.Upload(t.Context(), Form{Name: "a", Content: blob.New([]byte("hello"), "")}); chat.CodeOf(err) != want {
			t.Errorf("%d: %v", answered, err)
		}
	}
	s.Close()
	if _, err := c.Upload(t.Context(), Form{Name: "a", Content: blob.New([]byte("hello"), "")}); !errors.Is(err, ErrOffline) {
		t.Errorf("no server: %v", err)
	}
}

// silence never answers.
type silence struct{}

func (silence) Do(ctx context.Context, _ Request) (Response, error) {
	<-ctx.Done()
	return Response{}, ctx.Err()
}

// An upload that does not move ends as if there were no network.
func TestStalledUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{Transport: silence{}}
		if _, err := c.Upload(t.Context(), Form{Name: "a", Content: blob.New(nil, "")}); !errors.Is(err, ErrOffline) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Upload(ctx, Form{Name: "a", Content: blob.New(nil, "")}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
