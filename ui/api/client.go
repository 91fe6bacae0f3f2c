package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/shared/chat"
)

// ErrOffline says that no answer came: there is no network, or no server.
var ErrOffline = errors.New("api: no answer")

// Client calls the HTTP API of one server.
type Client struct {
	// Base is the server's address without a path, such as
	// "http://127.0.0.1:8080". In the browser it is empty: the page's origin.
	Base string

	// Bearer is a session that goes along as the Authorization header. It is
	// empty in the browser, where the cookie does that.
	Bearer string

	// Transport carries the requests.
	Transport Transport
}

// New makes a Client with the transport of the platform: fetch in the browser,
// net/http elsewhere.
func New(base string) *Client { return &Client{Base: base, Transport: platform()} }

// Transport carries one request and brings back the answer. It fails with the
// context's error if that ended, else with an error that wraps ErrOffline; an
// answer of any status is no failure. Redirects are not followed.
type Transport interface {
	Do(ctx context.Context, r Request) (Response, error)
}

// Request is an HTTP request. Body is JSON, or nil for none; a Form goes in its
// place. Kept allows an answer that the browser has kept, for what is no API's.
type Request struct {
	Method string
	Kept   bool
	URL    string
	Bearer string
	Body   []byte
	Form   *Form
}

// Response is an HTTP answer. Type is its Content-Type, RetryAfter that header,
// both empty where missing.
type Response struct {
	Status     int
	Type       string
	RetryAfter string
	Body       []byte
}

// call sends in (nil for no body) and reads the answer into out (nil to pass
// it over).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("api: encode %s %s: %w", method, path, err)
		}
	}
	r, err := c.Transport.Do(ctx, Request{Method: method, URL: c.Base + "/api/v1/" + path, Bearer: c.Bearer, Body: body})
	if err != nil {
		return fmt.Errorf("api: %s %s: %w", method, path, err)
	}
	return read(r, out)
}

// read reads an answer into out (nil to pass it over).
func read(r Response, out any) error {
	if r.Status < 200 || r.Status > 299 {
		return refusal(r)
	}
	if out == nil {
		return nil
	}
	if !isJSON(r.Type) || json.Unmarshal(r.Body, out) != nil {
		return notParley
	}
	return nil
}

// Asset reads a file of the UI by its path.
func (c *Client) Asset(ctx context.Context, path string) (string, error) {
	r, err := c.Transport.Do(ctx, Request{Method: "GET", URL: c.Base + path, Kept: true})
	if err != nil {
		return "", fmt.Errorf("api: %s: %w", path, err)
	}
	if r.Status != 200 {
		return "", refusal(r)
	}
	return string(r.Body), nil
}

var notParley = chat.Refuse(chat.Unavailable, "the answer did not come from a Parley server")

// refusal reads problem+json. Where an intermediary answered instead, the code
// follows from the status.
func refusal(r Response) error {
	var problem struct {
		Code   chat.Code `json:"code"`
		Detail string    `json:"detail"`
		Title  string    `json:"title"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	e := &chat.Error{Retry: retryAfter(r.RetryAfter)}
	if isJSON(r.Type) && json.Unmarshal(r.Body, &problem) == nil {
		e.Code, e.Message = problem.Code, problem.Detail
		if e.Message == "" {
			e.Message = problem.Title
		}
		if len(problem.Errors) > 0 && problem.Errors[0].Message != "" {
			e.Message += ": " + strings.TrimSpace(problem.Errors[0].Message+" "+problem.Errors[0].Location)
		}
	}
	if e.Code == "" {
		e.Code = codeOf(r.Status)
	}
	if e.Message == "" {
		e.Message = "the server answered " + strconv.Itoa(r.Status)
	}
	return e
}

func codeOf(status int) chat.Code {
	switch status {
	case 401:
		return chat.Unauthorized
	case 403:
		return chat.Forbidden
	case 404:
		return chat.NotFound
	case 409:
		return chat.Conflict
	case 413:
		return chat.TooLarge
	case 415, 501:
		return chat.Unsupported
	case 429:
		return chat.SlowDown
	case 507:
		return chat.StorageFull
	}
	if status >= 400 && status <= 499 {
		return chat.BadRequest
	}
	return chat.Unavailable
}

// retryAfter reads the header's number of seconds; its other form, a date,
// would need the server's clock to be ours.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil || seconds < 0 || seconds > 86400 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// query writes ?name=value&… of the pairs whose value is not empty.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}
