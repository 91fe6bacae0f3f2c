//go:build !js

package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
)

// maxAnswer bounds the body of an answer that is read, in bytes.
const maxAnswer = 4 << 20

// HTTP is the Transport of native programs. Client may be nil.
type HTTP struct {
	Client *http.Client
}

var _ Transport = HTTP{}

func platform() Transport { return HTTP{} }

// Do implements Transport.
func (h HTTP) Do(ctx context.Context, r Request) (Response, error) {
	kind := "application/json"
	if r.Form != nil {
		var err error
		if r.Body, kind, err = multiparted(ctx, r.Form); err != nil {
			return Response{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Response{}, fmt.Errorf("%w: %w", ErrOffline, err)
	}
	if r.Body != nil {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", "application/json, application/problem+json")
	if r.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+r.Bearer)
	}
	res, err := h.client().Do(req)
	if err != nil {
		return Response{}, failure(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Response{}, failure(ctx, err)
	}
	return Response{
		Status:     res.StatusCode,
		Type:       res.Header.Get("Content-Type"),
		RetryAfter: res.Header.Get("Retry-After"),
		Body:       body,
	}, nil
}

// multiparted writes a form in memory: native programs send small files.
func multiparted(ctx context.Context, f *Form) (body []byte, kind string, err error) {
	content, err := f.Content.Bytes(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("read the file: %w", err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if f.Length > 0 {
		_ = w.WriteField("length", strconv.FormatInt(f.Length, 10)) // a buffer takes all
	}
	part, _ := w.CreateFormFile("file", f.Name)
	_, _ = part.Write(content)
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType(), nil
}

func (h HTTP) client() *http.Client {
	var c http.Client
	if h.Client != nil {
		c = *h.Client
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrOffline, err)
}
