package api

import (
	"context"
	"fmt"
	"time"

	"parley/shared/chat"
	"parley/ui/blob"
)

// Stall is how long an upload may make no progress before it counts as without
// an answer.
const Stall = 45 * time.Second

// Form is what an upload sends: a multipart form with the field length before
// the field file.
type Form struct {
	Name     string // of the file
	Content  blob.Blob
	Length   int64                   // in ms, of what is played; else 0
	Progress func(sent, total int64) // in bytes; called from any goroutine
}

// Upload stores a file on the server. A post can then name its id. How far it
// has come is told to progress, which may be nil.
func (c *Client) Upload(ctx context.Context, f Form) (chat.File, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	stalled := fmt.Errorf("%w: nothing moves", ErrOffline)
	timer := time.AfterFunc(Stall, func() { stop(stalled) })
	defer timer.Stop()
	told := f.Progress
	f.Progress = func(sent, total int64) {
		timer.Reset(Stall)
		if told != nil {
			told(sent, total)
		}
	}
	var file chat.File
	r, err := c.Transport.Do(ctx, Request{Method: "POST", URL: c.Base + "/api/v1/files", Bearer: c.Bearer, Form: &f})
	if err != nil && context.Cause(ctx) == stalled {
		err = stalled
	}
	if err != nil {
		return file, fmt.Errorf("api: upload: %w", err)
	}
	err = read(r, &file)
	if err == nil && file.ID == "" {
		err = notParley
	}
	return file, err
}

// FileURL is where a file is read; thumb asks for a small picture of an image.
func FileURL(id string, thumb bool) string {
	if thumb {
		return "/api/v1/files/" + id + "?thumb"
	}
	return "/api/v1/files/" + id
}

// MaxFile is how large a file the server takes, in bytes: the field max_file of
// one's own account. 0 if it does not say.
func (c *Client) MaxFile(ctx context.Context) (int64, error) {
	var me struct {
		MaxFile int64 `json:"max_file"`
	}
	err := c.call(ctx, "GET", "me", nil, &me)
	return me.MaxFile, err
}
