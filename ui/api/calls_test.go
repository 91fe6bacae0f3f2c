package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/shared/chat"
)

// recorder is a Transport that keeps the request and gives a set answer.
type recorder struct {
	request Request
	answer  Response
	err     error
}

func (r *recorder) Do(_ context.Context, request Request) (Response, error) {
	r.request = request
	return r.answer, r.err
}

func ptr[T any](v T) *T { return &v }

func TestCalls(t *testing.T) {
	const session = `{"session":"s","me":{"id":7,"kind":"guest","name":"Ann"}}`
	const head = `{"id":5,"kind":"group","name":"G","members":2,"rev":3,"seq":3,"n":2,"role":"owner","tag":"x"}`
	tests := map[string]struct {
		call   func(context.Context, *Client) (any, error)
		method string
		path   string
		body   string
		answer string // nothing: 204
	}{
		"guest":    {func(ctx context.Context, c *Client) (any, error) { return c.Guest(ctx, "Ann") }, "POST", "session", `{"guest":{"name":"Ann"}}`, session},
		"login":    {func(ctx context.Context, c *Client) (any, error) { return c.Login(ctx, "ann", "p<w") }, "POST", "session", `{"login":{"username":"ann","password":"p\u003cw"}}`, session},
		"register": {func(ctx context.Context, c *Client) (any, error) { return c.Register(ctx, "ann", "pw", "Ann") }, "POST", "accounts", `{"username":"ann","password":"pw","name":"Ann"}`, session},
		"sign out": {func(ctx context.Context, c *Client) (any, error) { return nil, c.SignOut(ctx) }, "DELETE", "session", ``, ``},
		"me":       {func(ctx context.Context, c *Client) (any, error) { return c.Me(ctx) }, "GET", "me", ``, `{"id":7,"kind":"member","name":"Ann","settings":{"a":1}}`},
		"change me": {func(ctx context.Context, c *Client) (any, error) {
			return c.ChangeMe(ctx, MeChange{Name: ptr("B"), Settings: json.RawMessage(`{"a":1}`)})
		}, "PATCH", "me", `{"name":"B","settings":{"a":1}}`, `{"id":7,"kind":"member","name":"B"}`},
		"people":            {func(ctx context.Context, c *Client) (any, error) { return c.People(ctx, "a&b 王", "n=1") }, "GET", "people?next=n%3D1&q=a%26b+%E7%8E%8B", ``, `{"items":[{"id":1,"name":"W","kind":"guest"}],"next":"n2"}`},
		"search":            {func(ctx context.Context, c *Client) (any, error) { return c.Search(ctx, `"发票" &`, 5, "a1", 20) }, "GET", "search?after=a1&limit=20&q=%22%E5%8F%91%E7%A5%A8%22+%26&room=5", ``, `{"items":[{"room":5,"row":{"seq":1,"n":1,"rev":1,"key":"01923f5a-7c11-7001-8002-030405060708","by":1,"at":1,"kind":"text","text":"发票"},"ranges":[[0,2]]}],"users":[],"next":"b"}`},
		"search everywhere": {func(ctx context.Context, c *Client) (any, error) { return c.Search(ctx, "a", 0, "", 0) }, "GET", "search?q=a", ``, `{"items":[],"users":[]}`},
		"all people":        {func(ctx context.Context, c *Client) (any, error) { return c.People(ctx, "", "") }, "GET", "people", ``, `{"items":[]}`},
		"direct":            {func(ctx context.Context, c *Client) (any, error) { return c.Direct(ctx, chat.MaxID) }, "PUT", "direct/9007199254740991", ``, head},
		"open":              {func(ctx context.Context, c *Client) (any, error) { return c.Open(ctx, "洽/谈") }, "PUT", "open/%E6%B4%BD%2F%E8%B0%88", ``, head},
		"group":             {func(ctx context.Context, c *Client) (any, error) { return c.Group(ctx, "G", []chat.AccountID{1, 2}) }, "POST", "rooms", `{"name":"G","members":[1,2]}`, head},
		"lone group":        {func(ctx context.Context, c *Client) (any, error) { return c.Group(ctx, "G", nil) }, "POST", "rooms", `{"name":"G","members":[]}`, head},
		"room":              {func(ctx context.Context, c *Client) (any, error) { return c.Room(ctx, 5) }, "GET", "rooms/5", ``, head},
		"rename": {func(ctx context.Context, c *Client) (any, error) {
			return c.ChangeRoom(ctx, 5, RoomChange{Name: ptr("G")})
		}, "PATCH", "rooms/5", `{"name":"G"}`, head},
		"unmute": {func(ctx context.Context, c *Client) (any, error) {
			return c.ChangeRoom(ctx, 5, RoomChange{Muted: ptr(false)})
		}, "PATCH", "rooms/5", `{"muted":false}`, head},
		"own change": {func(ctx context.Context, c *Client) (any, error) {
			return c.ChangeRoom(ctx, 5, RoomChange{Top: ptr(true), Hidden: ptr(false), Unread: ptr(true), Blocked: ptr(false)})
		}, "PATCH", "rooms/5", `{"top":true,"hidden":false,"unread":true,"blocked":false}`, head},
		"pins":         {func(ctx context.Context, c *Client) (any, error) { return c.Pins(ctx, 5) }, "GET", "rooms/5/pins", ``, `{"items":[],"users":[]}`},
		"pin":          {func(ctx context.Context, c *Client) (any, error) { return nil, c.Pin(ctx, 5, 7) }, "PUT", "rooms/5/pins/7", ``, ``},
		"unpin":        {func(ctx context.Context, c *Client) (any, error) { return nil, c.Unpin(ctx, 5, 7) }, "DELETE", "rooms/5/pins/7", ``, ``},
		"report":       {func(ctx context.Context, c *Client) (any, error) { return nil, c.Report(ctx, 5, 7, "spam") }, "POST", "rooms/5/reports", `{"seq":7,"reason":"spam"}`, ``},
		"reports":      {func(ctx context.Context, c *Client) (any, error) { return c.Reports(ctx, 5) }, "GET", "rooms/5/reports", ``, `{"items":[],"users":[]}`},
		"close report": {func(ctx context.Context, c *Client) (any, error) { return nil, c.CloseReport(ctx, 5, chat.MaxID) }, "DELETE", "rooms/5/reports/9007199254740991", ``, ``},
		"members":      {func(ctx context.Context, c *Client) (any, error) { return c.Members(ctx, 5, "n") }, "GET", "rooms/5/members?next=n", ``, `{"items":[{"user":{"id":1,"name":"W","kind":"guest"},"role":"owner","read":2,"got":3}]}`},
		"add member":   {func(ctx context.Context, c *Client) (any, error) { return nil, c.PutMember(ctx, 5, 6, "") }, "PUT", "rooms/5/members/6", `{}`, `{"any":1}`},
		"set role": {func(ctx context.Context, c *Client) (any, error) {
			return nil, c.PutMember(ctx, 5, 6, chat.RoleModerator)
		}, "PUT", "rooms/5/members/6", `{"role":"moderator"}`, ``},
		"remove":   {func(ctx context.Context, c *Client) (any, error) { return nil, c.RemoveMember(ctx, 5, 6) }, "DELETE", "rooms/5/members/6", ``, ``},
		"messages": {func(ctx context.Context, c *Client) (any, error) { return c.Messages(ctx, 5, 9, 20) }, "GET", "rooms/5/messages?before=9&limit=20", ``, `{"room":5,"before":9,"rev":3,"rows":[],"users":[],"start":true}`},
		"message at": {func(ctx context.Context, c *Client) (any, error) {
			return c.MessageAt(ctx, 5, 1_700_000_000_000)
		}, "GET", "rooms/5/messages?at=1700000000000&limit=1", ``, `{"room":5,"before":9,"rev":3,"rows":[],"users":[]}`},
		"all messages": {func(ctx context.Context, c *Client) (any, error) { return c.Messages(ctx, 5, 0, 0) }, "GET", "rooms/5/messages?before=0", ``, `{"room":5,"before":0,"rev":3,"rows":[],"users":[],"start":true}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := &recorder{answer: Response{Status: 201, Type: "application/json; charset=utf-8", Body: []byte(test.answer)}}
			if test.answer == "" {
				r.answer = Response{Status: 204}
			}
			got, err := test.call(context.Background(), &Client{Base: "http://b", Bearer: "s", Transport: r})
			if err != nil {
				t.Fatal(err)
			}
			want := Request{Method: test.method, URL: "http://b/api/v1/" + test.path, Bearer: "s", Body: []byte(test.body)}
			if fmt.Sprintf("%+v", want) != fmt.Sprintf("%+v", r.request) || (test.body == "") != (r.request.Body == nil) {
				t.Errorf("asked %+v, want %+v", r.request, want)
			}
			if got != nil {
				same(t, got, test.answer)
			}
		})
	}
}

// same checks that what was read holds at least what the answer says.
func same(t *testing.T, got any, answer string) {
	t.Helper()
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var have, want map[string]any
	if err := errors.Join(json.Unmarshal(again, &have), json.Unmarshal([]byte(answer), &want)); err != nil {
		t.Fatal(err)
	}
	for k, v := range want {
		if fmt.Sprint(have[k]) != fmt.Sprint(v) {
			t.Errorf("%s is %v, want %v", k, have[k], v)
		}
	}
}

func TestRefusals(t *testing.T) {
	const problem = "application/problem+json"
	tests := map[string]struct {
		answer Response
		want   chat.Error
	}{
		"problem": {Response{Status: 409, Type: problem, Body: []byte(`{"status":409,"code":"conflict","detail":"taken"}`)},
			chat.Error{Code: chat.Conflict, Message: "taken"}},
		"with a title only": {Response{Status: 403, Type: problem, Body: []byte(`{"code":"forbidden","title":"Forbidden"}`)},
			chat.Error{Code: chat.Forbidden, Message: "Forbidden"}},
		"with its causes": {Response{Status: 422, Type: problem, Body: []byte(`{"code":"bad_request","detail":"validation failed","errors":[{"message":"too short","location":"body.name"}]}`)},
			chat.Error{Code: chat.BadRequest, Message: "validation failed: too short body.name"}},
		"rate": {Response{Status: 429, Type: problem, RetryAfter: "7", Body: []byte(`{"code":"slow_down","detail":"slow"}`)},
			chat.Error{Code: chat.SlowDown, Message: "slow", Retry: 7 * time.Second}},
		"retry that is no number": {Response{Status: 429, Type: problem, RetryAfter: "Mon, 23 Nov 2026 07:00:00 GMT", Body: []byte(`{"code":"slow_down","detail":"slow"}`)},
			chat.Error{Code: chat.SlowDown, Message: "slow"}},
		"proxy":      {Response{Status: 502, Type: "text/html", Body: []byte(`<html>`)}, chat.Error{Code: chat.Unavailable, Message: "the server answered 502"}},
		"large":      {Response{Status: 413, Type: "text/html"}, chat.Error{Code: chat.TooLarge, Message: "the server answered 413"}},
		"redirect":   {Response{Status: 302}, chat.Error{Code: chat.Unavailable, Message: "the server answered 302"}},
		"opaque":     {Response{Status: 0}, chat.Error{Code: chat.Unavailable, Message: "the server answered 0"}},
		"bad JSON":   {Response{Status: 401, Type: problem, Body: []byte(`{`)}, chat.Error{Code: chat.Unauthorized, Message: "the server answered 401"}},
		"hotel":      {Response{Status: 200, Type: "text/html", Body: []byte(`<html>`)}, *notParley},
		"cut answer": {Response{Status: 200, Type: "application/json", Body: []byte(`{"id":`)}, *notParley},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := (&Client{Transport: &recorder{answer: test.answer}}).Me(context.Background())
			var got *chat.Error
			if !errors.As(err, &got) || *got != test.want {
				t.Errorf("error %v, want %v", err, &test.want)
			}
		})
	}
	for status, want := range map[int]chat.Code{400: chat.BadRequest, 401: chat.Unauthorized, 403: chat.Forbidden, 404: chat.NotFound,
		409: chat.Conflict, 413: chat.TooLarge, 415: chat.Unsupported, 422: chat.BadRequest, 429: chat.SlowDown, 500: chat.Unavailable,
		501: chat.Unsupported, 503: chat.Unavailable, 507: chat.StorageFull} {
		if got := codeOf(status); got != want {
			t.Errorf("codeOf(%d) is %s, want %s", status, got, want)
		}
	}
}
