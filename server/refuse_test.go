package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// handshake asks for a socket and returns the status and the problem's code.
func (n *node) handshake(path string, header http.Header) (int, string) {
	n.t.Helper()
	req, err := http.NewRequest(http.MethodGet, n.http.URL+path, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header = header.Clone()
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	for k, v := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	var p struct{ Code string }
	if res.StatusCode != http.StatusSwitchingProtocols {
		data, _ := io.ReadAll(res.Body)
		_ = json.Unmarshal(data, &p)
	}
	return res.StatusCode, p.Code
}

func TestHandshakes(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Origins = []string{"https://shop.example"} })
	anna := n.guest("Anna")
	cookie := "parley_session=" + anna.token
	const sub = "Sec-Websocket-Protocol"
	for name, test := range map[string]struct {
		path   string
		header http.Header
		status int
		code   string
	}{
		"cookie and own origin":      {"/ws", http.Header{"Cookie": {cookie}, "Origin": {n.http.URL}, sub: {"parley.v1"}}, 101, ""},
		"cookie and listed origin":   {"/ws", http.Header{"Cookie": {cookie}, "Origin": {"https://shop.example"}, sub: {"parley.v1"}}, 101, ""},
		"cookie and no origin":       {"/ws", http.Header{"Cookie": {cookie}, sub: {"parley.v1"}}, 403, "forbidden"},
		"cookie and null origin":     {"/ws", http.Header{"Cookie": {cookie}, "Origin": {"null"}, sub: {"parley.v1"}}, 403, "forbidden"},
		"cookie and foreign origin":  {"/ws", http.Header{"Cookie": {cookie}, "Origin": {"https://evil.example"}, sub: {"parley.v1"}}, 403, "forbidden"},
		"cookie and other port":      {"/ws", http.Header{"Cookie": {cookie}, "Origin": {"http://127.0.0.1:1"}, sub: {"parley.v1"}}, 403, "forbidden"},
		"bearer and foreign origin":  {"/ws", http.Header{"Authorization": {"Bearer " + anna.token}, "Origin": {"https://evil.example"}, sub: {"parley.v1"}}, 101, ""},
		"bearer wins over cookie":    {"/ws", http.Header{"Authorization": {"Bearer " + anna.token}, "Cookie": {cookie}, sub: {"parley.v1"}}, 101, ""},
		"nothing, foreign origin":    {"/ws", http.Header{"Origin": {"https://embedded.example"}, sub: {"parley.v1"}}, 101, ""},
		"token in the address":       {"/ws?token=" + anna.token, http.Header{sub: {"parley.v1"}}, 401, "unauthorized"},
		"no subprotocol":             {"/ws", http.Header{"Authorization": {"Bearer " + anna.token}}, 400, "bad_request"},
		"another subprotocol":        {"/ws", http.Header{"Authorization": {"Bearer " + anna.token}, sub: {"chat"}}, 400, "bad_request"},
		"one of several":             {"/ws", http.Header{"Authorization": {"Bearer " + anna.token}, sub: {"chat, parley.v1"}}, 101, ""},
		"another host":               {"/ws", http.Header{"Host": {"evil.example"}, "Authorization": {"Bearer " + anna.token}, sub: {"parley.v1"}}, 421, ""},
		"text room, no origin":       {"/chat/42/", http.Header{}, 101, ""},
		"text room, no last slash":   {"/chat/42", http.Header{}, 101, ""},
		"text room, own origin":      {"/chat/42/", http.Header{"Origin": {n.http.URL}}, 101, ""},
		"text room, foreign origin":  {"/chat/42/", http.Header{"Origin": {"https://evil.example"}}, 403, "forbidden"},
		"text room of no good name":  {"/chat/a%20b/", http.Header{}, 400, "bad_request"},
		"text room, name of control": {"/chat/42/?name=%07", http.Header{}, 400, "bad_request"},
	} {
		t.Run(name, func(t *testing.T) {
			status, code := n.handshake(test.path, test.header)
			if status != test.status || test.code != "" && code != test.code {
				t.Errorf("%d %q, not %d %q", status, code, test.status, test.code)
			}
		})
	}
}

func TestFirstFrames(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	many := map[chat.RoomID]wire.Cursor{}
	for i := range chat.MaxCursors + 1 {
		many[chat.RoomID(i+1)] = wire.Cursor{Rev: 1, Tag: "t"}
	}
	for name, test := range map[string]struct {
		first string
		code  int
	}{
		"not hello":        {`{"t":"ping"}`, wire.ClosePolicy},
		"not JSON":         {`hello`, wire.ClosePolicy},
		"no device":        {`{"t":"hello","v":1}`, wire.ClosePolicy},
		"empty":            {"", wire.ClosePolicy},
		"blank":            {" \n ", wire.ClosePolicy},
		"empty device":     {`{"t":"hello","v":1,"device":""}`, wire.ClosePolicy},
		"wrong type":       {`{"t":"hello","v":"1","device":"d"}`, wire.ClosePolicy},
		"another version":  {`{"t":"hello","v":2,"device":"d"}`, wire.CloseOutdated},
		"another account":  {`{"t":"hello","v":1,"device":"d","as":1}`, wire.CloseNotSigned},
		"too many cursors": {string(encode(&wire.Hello{V: 1, Device: "d", Cursors: many})), wire.ClosePolicy},
		"hello twice":      {`{"t":"hello","v":1,"device":"d"}` + "\n" + `{"t":"hello","v":1,"device":"d"}`, wire.ClosePolicy},
	} {
		t.Run(name, func(t *testing.T) {
			c := anna.dial()
			c.raw(test.first)
			c.expectClose(test.code)
		})
	}
}

func TestCredentials(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	n.dial(http.Header{"Authorization": {"Bearer nonsense"}}).expectClose(wire.CloseNotSigned)
	c := n.dial(nil)
	c.raw(`{"t":"hello","v":1,"device":"d"}`)
	c.expectClose(wire.CloseNotSigned)
	c = n.dial(nil)
	c.send(&wire.Hello{V: 1, Device: "d", Token: "nonsense"})
	c.expectClose(wire.CloseNotSigned)
	c = n.dial(nil)
	c.send(&wire.Hello{V: 1, Device: "d", Token: anna.token})
	if w := expect[*wire.Welcome](c, nil); w.Me.ID != anna.id {
		t.Fatalf("welcome of %+v", w.Me)
	}
	c = bo.dial()
	c.send(&wire.Hello{V: 1, Device: "d", Token: anna.token})
	if w := expect[*wire.Welcome](c, nil); w.Me.ID != bo.id {
		t.Fatalf("the bearer did not win: %+v", w.Me)
	}
}

func TestBadMessages(t *testing.T) {
	n := newNode(t)
	anna := n.guest("Anna")
	anna.open("42")
	for name, test := range map[string]struct {
		kind websocket.MessageType
		data string
		code int
	}{
		"binary":      {websocket.MessageBinary, `{"t":"ping"}`, wire.CloseBadData},
		"bad UTF-8":   {websocket.MessageText, "{\"t\":\"ping\",\"x\":\"\xff\"}", wire.CloseBadUTF8},
		"too big":     {websocket.MessageText, strings.Repeat(" ", chat.MaxClientSize+1), wire.CloseTooBig},
		"ten bad":     {websocket.MessageText, strings.Repeat("nonsense\n", 10), wire.ClosePolicy},
		"ten unknown": {websocket.MessageText, strings.Repeat("{\"t\":\"fly\"}\n", 10), wire.ClosePolicy},
	} {
		t.Run(name, func(t *testing.T) {
			c := anna.connect()
			if err := c.ws.Write(context.Background(), test.kind, []byte(test.data)); err != nil {
				t.Fatal(err)
			}
			c.expectClose(test.code)
		})
	}
	c := anna.connect()
	for range 9 {
		c.raw("")
		if r := expect[*wire.Reject](c, nil); r.Code != chat.BadRequest {
			t.Fatalf("reject: %+v", r)
		}
	}
	c.raw("\n")
	c.expectClose(wire.ClosePolicy)
	c = anna.connect()
	c.raw(strings.Repeat(" ", chat.MaxClientSize-13) + `{"t":"ping"}`) // all but one byte
	expect[*wire.Pong](c, nil)
	c.raw(strings.Repeat("nonsense\n", 9) + `{"t":"ping","more":"is ignored"}`)
	for range 9 {
		if r := expect[*wire.Reject](c, nil); r.Code != chat.BadRequest {
			t.Fatalf("reject: %+v", r)
		}
	}
	expect[*wire.Pong](c, nil)
}

func TestRefusedFrames(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	mine := anna.group("mine", bo).ID
	theirs := bo.group("theirs").ID
	c := anna.connect()
	row := c.say(mine, "hello")
	hers := func() chat.Row { b := bo.connect(); return b.say(mine, "from Bo") }()
	c.row(hers.Key)
	recalled := c.say(mine, "recalled")
	c.send(&wire.Recall{Room: mine, Seq: recalled.Seq, Key: post("").Key})
	expect(c, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	k := post("").Key
	posts := func(n int) string {
		list := make([]chat.Post, n)
		for i := range list {
			list[i] = post("x")
		}
		data, _ := json.Marshal(list)
		return string(data)
	}
	for name, test := range map[string]struct {
		frame string // R is mine, S theirs, K a key
		code  chat.Code
		keyed bool
	}{
		"no posts":              {`{"t":"send","room":R,"posts":[]}`, chat.BadRequest, false},
		"101 posts":             {`{"t":"send","room":R,"posts":` + posts(101) + `}`, chat.BadRequest, true},
		"post without key":      {`{"t":"send","room":R,"posts":[{"text":"x"}]}`, chat.BadRequest, false},
		"key in upper case":     {`{"t":"send","room":R,"posts":[{"key":"0190F5A0-0000-7000-8000-000000000001","text":"x"}]}`, chat.BadRequest, false},
		"key twice":             {`{"t":"send","room":R,"posts":[{"key":"K","text":"x"},{"key":"K","text":"x"}]}`, chat.BadRequest, true},
		"blank":                 {`{"t":"send","room":R,"posts":[{"key":"K","text":" \n"}]}`, chat.BadRequest, true},
		"no text":               {`{"t":"send","room":R,"posts":[{"key":"K"}]}`, chat.BadRequest, true},
		"control":               {`{"t":"send","room":R,"posts":[{"key":"K","text":"a\u0000b"}]}`, chat.BadRequest, true},
		"too long":              {`{"t":"send","room":R,"posts":[{"key":"K","text":"` + strings.Repeat("x", chat.MaxText+1) + `"}]}`, chat.TooLarge, true},
		"file of nobody":        {`{"t":"send","room":R,"posts":[{"key":"K","files":["x"]}]}`, chat.NotFound, true},
		"card":                  {`{"t":"send","room":R,"posts":[{"key":"K","card":{}}]}`, chat.Unsupported, true},
		"reply to nothing":      {`{"t":"send","room":R,"posts":[{"key":"K","text":"x","reply":99}]}`, chat.NotFound, true},
		"reply to recalled":     {`{"t":"send","room":R,"posts":[{"key":"K","text":"x","reply":4}]}`, chat.Conflict, true},
		"foreign room":          {`{"t":"send","room":S,"posts":[{"key":"K","text":"x"}]}`, chat.NotFound, true},
		"no room":               {`{"t":"send","room":7,"posts":[{"key":"K","text":"x"}]}`, chat.NotFound, true},
		"room of text":          {`{"t":"send","room":"7","posts":[{"key":"K","text":"x"}]}`, chat.BadRequest, false},
		"edit of others":        {`{"t":"edit","room":R,"seq":3,"key":"K","text":"x"}`, chat.Forbidden, true},
		"edit of nothing":       {`{"t":"edit","room":R,"seq":99,"key":"K","text":"x"}`, chat.NotFound, true},
		"edit of recalled":      {`{"t":"edit","room":R,"seq":4,"key":"K","text":"x"}`, chat.Conflict, true},
		"edit to blank":         {`{"t":"edit","room":R,"seq":2,"key":"K","text":" "}`, chat.BadRequest, true},
		"edit of system":        {`{"t":"edit","room":R,"seq":1,"key":"K","text":"x"}`, chat.Forbidden, true},
		"edit without text":     {`{"t":"edit","room":R,"seq":2,"key":"K"}`, chat.BadRequest, true},
		"edit in foreign room":  {`{"t":"edit","room":S,"seq":1,"key":"K","text":"x"}`, chat.NotFound, true},
		"recall of system":      {`{"t":"recall","room":R,"seq":1,"key":"K"}`, chat.Forbidden, true},
		"react on recalled":     {`{"t":"react","room":R,"seq":4,"emoji":"👍","on":true}`, chat.Conflict, false},
		"react with two":        {`{"t":"react","room":R,"seq":2,"emoji":"👍👍","on":true}`, chat.BadRequest, false},
		"react with a sentence": {`{"t":"react","room":R,"seq":2,"emoji":"👩‍👩‍👧‍👦‍👨‍👩‍👧‍👦‍👨‍👩‍👧","on":true}`, chat.BadRequest, false}, // one grapheme
		"react with marks":      {`{"t":"react","room":R,"seq":2,"emoji":"` + "a" + strings.Repeat("\u0301", 5000) + `","on":true}`, chat.BadRequest, false},
		"react with nothing":    {`{"t":"react","room":R,"seq":2,"emoji":"","on":true}`, chat.BadRequest, false},
		"react in foreign":      {`{"t":"react","room":S,"seq":1,"emoji":"👍","on":true}`, chat.NotFound, false},
		"pull both ways":        {`{"t":"pull","room":R,"after":1,"before":1}`, chat.BadRequest, false},
		"pull neither way":      {`{"t":"pull","room":R}`, chat.BadRequest, false},
		"pull before nothing":   {`{"t":"pull","room":R,"after":-1}`, chat.BadRequest, false},
		"limit 0":               {`{"t":"pull","room":R,"before":0,"limit":0}`, chat.BadRequest, false},
		"pull foreign":          {`{"t":"pull","room":S,"after":0}`, chat.NotFound, false},
		"page foreign":          {`{"t":"pull","room":S,"before":0}`, chat.NotFound, false},
		"mark foreign":          {`{"t":"mark","room":S,"read":1}`, chat.NotFound, false},
		"mark below":            {`{"t":"mark","room":R,"read":-1}`, chat.BadRequest, false},
		"typing in foreign":     {`{"t":"typing","room":S}`, chat.NotFound, false},
		"doubled field":         {`{"t":"pull","room":R,"room":R,"after":0}`, chat.BadRequest, false},
		"trailing data":         {`{"t":"ping"} {}`, chat.BadRequest, false},
		"unknown":               {`{"t":"fly"}`, chat.Unsupported, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := anna.connect()
			frame := strings.NewReplacer(":R,", fmt.Sprintf(":%d,", mine), ":R}", fmt.Sprintf(":%d}", mine),
				":S,", fmt.Sprintf(":%d,", theirs), ":S}", fmt.Sprintf(":%d}", theirs), `"K"`, `"`+k.String()+`"`).Replace(test.frame)
			c.raw(frame)
			r := expect[*wire.Reject](c, nil)
			if r.Code != test.code || r.Message == "" {
				t.Errorf("reject: %+v", r)
			}
			if test.keyed && r.Key.IsZero() || test.keyed && r.Room == 0 {
				t.Errorf("the reject names no key or room: %+v", r)
			}
			c.quiet()
		})
	}
	if h := anna.head("GET", "/api/v1/rooms/"+itoa(int64(mine)), "", 200); h.Seq != 4 || h.Rev != 5 {
		t.Fatalf("something refused was stored: %+v, %v", h, row)
	}
}

// Promise 16: foreign and nonexistent rooms are the same, byte for byte.
func TestForeignRoomsDoNotExist(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	foreign, missing := bo.group("secret").ID, chat.RoomID(1234567890123456)
	c := anna.connect()
	for _, frame := range []string{
		`{"t":"send","room":%d,"posts":[{"key":"0190f5a0-0000-7000-8000-000000000001","text":"x"}]}`,
		`{"t":"edit","room":%d,"seq":1,"key":"0190f5a0-0000-7000-8000-000000000001","text":"x"}`,
		`{"t":"recall","room":%d,"seq":1,"key":"0190f5a0-0000-7000-8000-000000000001"}`,
		`{"t":"react","room":%d,"seq":1,"emoji":"👍","on":true}`,
		`{"t":"pull","room":%d,"after":0}`, `{"t":"pull","room":%d,"before":0}`,
		`{"t":"mark","room":%d,"read":1}`, `{"t":"typing","room":%d}`,
	} {
		answer := func(room chat.RoomID) string {
			c.raw(fmt.Sprintf(frame, room))
			return strings.ReplaceAll(string(encode(expect[*wire.Reject](c, nil))), itoa(int64(room)), "ROOM")
		}
		if a, b := answer(foreign), answer(missing); a != b {
			t.Errorf("%s: %s is not %s", frame, a, b)
		}
	}
}
