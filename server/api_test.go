package server

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

func num[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

func TestBadInput(t *testing.T) {
	s := newSite(t)
	a, b := s.guest("A"), s.guest("B")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token}))
	messages := "/api/v1/rooms/" + num(room.ID) + "/messages"
	deep := strings.Repeat("[", 33) + strings.Repeat("]", 33)
	accounts := func(username, password, name string) ask {
		return ask{method: "POST", path: "/api/v1/accounts", body: map[string]string{"username": username, "password": password, "name": name}}
	}
	for name, c := range map[string]struct {
		status int
		code   chat.Code
		ask    ask
	}{
		"no route":               {404, chat.NotFound, ask{method: "GET", path: "/api/v1/nothing"}},
		"no version":             {404, chat.NotFound, ask{method: "GET", path: "/api/v2/me", as: a.token}},
		"bare api":               {404, chat.NotFound, ask{method: "GET", path: "/api"}},
		"unclean path":           {404, chat.NotFound, ask{method: "GET", path: "/api/v1//me", as: a.token}},
		"no docs":                {404, chat.NotFound, ask{method: "GET", path: "/docs", as: a.token}},
		"method":                 {405, chat.Unsupported, ask{method: "PUT", path: "/api/v1/me", as: a.token, body: `{}`}},
		"options":                {405, chat.Unsupported, ask{method: "OPTIONS", path: "/api/v1/me"}},
		"not signed in":          {401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me"}},
		"not signed in, no body": {401, chat.Unauthorized, ask{method: "POST", path: messages, body: `{`}},
		"bad bearer":             {401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me", as: "x"}},
		"bad bearer, accounts":   {401, chat.Unauthorized, ask{method: "POST", path: "/api/v1/accounts", as: "x", body: memberOf("xaver")}},
		"token in URL":           {401, chat.Unauthorized, ask{method: "GET", path: "/api/v1/me?token=" + a.token + "&access_token=" + a.token}},
		"not JSON":               {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":`}},
		"trailing data":          {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"} {}`}},
		"double field":           {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","text":"b"}`}},
		"deep":                   {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","x":` + deep + `}`}},
		"bad UTF-8":              {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: "{\"text\":\"\xff\"}"}},
		"NUL":                    {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"\u0000"}`}},
		"huge number":            {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","reply":1e400}`}},
		"number out of range":    {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","reply":9007199254740992}`}},
		"negative number":        {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","reply":-1}`}},
		"wrong type":             {422, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":1}`}},
		"fraction":               {422, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","reply":1.5}`}},
		"array":                  {422, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `[]`}},
		"no body":                {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token}},
		"blank":                  {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":" "}`}},
		"too long":               {413, chat.TooLarge, ask{method: "POST", path: messages, as: a.token, body: map[string]string{"text": strings.Repeat("a", chat.MaxText+1)}}},
		"body too large":         {413, chat.TooLarge, ask{method: "POST", path: messages, as: a.token, body: map[string]string{"x": strings.Repeat("a", 64<<10)}}},
		"form":                   {415, chat.Unsupported, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"}`, header: []string{"Content-Type: application/x-www-form-urlencoded"}}},
		"plain text":             {415, chat.Unsupported, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"}`, header: []string{"Content-Type: text/plain"}}},
		"no type":                {415, chat.Unsupported, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"}`, header: []string{"Content-Type: "}}},
		"charset":                {415, chat.Unsupported, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"}`, header: []string{"Content-Type: application/json; charset=gbk"}}},
		"key":                    {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a"}`, header: []string{"Idempotency-Key: 1"}}},
		"files":                  {404, chat.NotFound, ask{method: "POST", path: messages, as: a.token, body: `{"files":["1"]}`}},
		"files, too many":        {413, chat.TooLarge, ask{method: "POST", path: messages, as: a.token, body: map[string]any{"files": make([]string, 21)}}},
		"card":                   {501, chat.Unsupported, ask{method: "POST", path: messages, as: a.token, body: `{"card":{}}`}},
		"upload":                 {501, chat.Unsupported, ask{method: "POST", path: "/api/v1/files", as: a.token, body: "--x", header: []string{"Content-Type: multipart/form-data; boundary=x"}}},
		"download":               {404, chat.NotFound, ask{method: "GET", path: "/api/v1/files/1", as: a.token}},
		"search without index":   {501, chat.Unsupported, ask{method: "GET", path: "/api/v1/search?q=a", as: a.token}},
		"limit 0":                {400, chat.BadRequest, ask{method: "GET", path: messages + "?limit=0", as: a.token}},
		"limit word":             {422, chat.BadRequest, ask{method: "GET", path: messages + "?limit=many", as: a.token}},
		"before -1":              {400, chat.BadRequest, ask{method: "GET", path: messages + "?before=-1", as: a.token}},
		"room 0":                 {400, chat.BadRequest, ask{method: "GET", path: "/api/v1/rooms/0", as: a.token}},
		"room 2^53":              {400, chat.BadRequest, ask{method: "GET", path: "/api/v1/rooms/9007199254740992", as: a.token}},
		"room word":              {422, chat.BadRequest, ask{method: "GET", path: "/api/v1/rooms/x", as: a.token}},
		"mention 0":              {400, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","mentions":[0]}`}},
		"mention name":           {422, chat.BadRequest, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","mentions":["B"]}`}},
		"mentions, 51":           {413, chat.TooLarge, ask{method: "POST", path: messages, as: a.token, body: `{"text":"a","mentions":[` + strings.Repeat("7,", 50) + `7]}`}},
		"hidden number":          {422, chat.BadRequest, ask{method: "PATCH", path: "/api/v1/rooms/" + num(room.ID), as: a.token, body: `{"hidden":7}`}},
		"pin of nothing":         {404, chat.NotFound, ask{method: "PUT", path: "/api/v1/rooms/" + num(room.ID) + "/pins/1", as: a.token}},
		"report of nothing":      {404, chat.NotFound, ask{method: "POST", path: "/api/v1/rooms/" + num(room.ID) + "/reports", as: a.token, body: `{"seq":1,"reason":"x"}`}},
		"reports, direct":        {403, chat.Forbidden, ask{method: "GET", path: "/api/v1/rooms/" + num(room.ID) + "/reports", as: a.token}},
		"direct, oneself":        {400, chat.BadRequest, ask{method: "PUT", path: "/api/v1/direct/" + num(a.id), as: a.token}},
		"direct, nobody":         {404, chat.NotFound, ask{method: "PUT", path: "/api/v1/direct/1", as: a.token}},
		"direct, member":         {403, chat.Forbidden, ask{method: "PUT", path: "/api/v1/rooms/" + num(room.ID) + "/members/" + num(a.id), as: a.token}},
		"role":                   {422, chat.BadRequest, ask{method: "PUT", path: "/api/v1/rooms/" + num(room.ID) + "/members/" + num(a.id), as: a.token, body: `{"role":"king"}`}},
		"open name":              {400, chat.BadRequest, ask{method: "PUT", path: "/api/v1/open/a%20b", as: a.token}},
		"open slash":             {400, chat.BadRequest, ask{method: "PUT", path: "/api/v1/open/a%2Fb", as: a.token}},
		"open not NFC":           {400, chat.BadRequest, ask{method: "PUT", path: "/api/v1/open/e%CC%81", as: a.token}},
		"group, no name":         {422, chat.BadRequest, ask{method: "POST", path: "/api/v1/rooms", as: a.token, body: `{}`}},
		"group, empty name":      {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/rooms", as: a.token, body: `{"name":""}`}},
		"group, member 0":        {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/rooms", as: a.token, body: `{"name":"g","members":[0]}`}},
		"people, next":           {400, chat.BadRequest, ask{method: "GET", path: "/api/v1/people?next=x", as: a.token}},
		"people, long":           {400, chat.BadRequest, ask{method: "GET", path: "/api/v1/people?q=" + strings.Repeat("a", 65), as: a.token}},
		"both":                   {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"A"},"login":{"username":"a","password":"b"}}`}},
		"neither":                {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{}`}},
		"guest null":             {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":null}`}},
		"guest, no name":         {422, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{}}`}},
		"guest, empty":           {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":""}}`}},
		"guest, 65":              {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"` + strings.Repeat("好", 65) + `"}}`}},
		"guest, bidi":            {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"a\u202eb"}}`}},
		"guest, zero width":      {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"a\u200bb"}}`}},
		"guest, control":         {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"a\nb"}}`}},
		"guest, not NFC":         {400, chat.BadRequest, ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"e\u0301"}}`}},
		"username":               {400, chat.BadRequest, accounts("ä b", "correct horse", "A")},
		"username, short":        {400, chat.BadRequest, accounts("ab", "correct horse", "A")},
		"password, short":        {400, chat.BadRequest, accounts("abc", "1234567", "A")},
		"password, long":         {400, chat.BadRequest, accounts("abc", strings.Repeat("p", 257), "A")},
		"avatar":                 {404, chat.NotFound, ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: `{"avatar":"x"}`}},
		"locale":                 {400, chat.BadRequest, ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: `{"locale":"not a tag"}`}},
		"settings, no object":    {400, chat.BadRequest, ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: `{"settings":[]}`}},
		"settings, large":        {413, chat.TooLarge, ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: `{"settings":{"x":"` + strings.Repeat("a", 8<<10) + `"}}`}},
		"name, empty":            {400, chat.BadRequest, ask{method: "PATCH", path: "/api/v1/me", as: a.token, body: `{"name":""}`}},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(c.ask.path, "/api") {
				s.want(c.status, c.ask) // not the API's to answer
				return
			}
			(&site{t: t, server: s.server}).refused(c.status, c.code, c.ask)
		})
	}
}

func TestPasswordIsNotEchoed(t *testing.T) {
	s := newSite(t)
	for _, body := range []string{
		`{"login":{"username":7,"password":"correct horse"}}`,
		`{"login":{"password":"correct horse"}}`,
		`{"login":{"username":"a","password":["correct horse"]}}`,
	} {
		w := s.do(ask{method: "POST", path: "/api/v1/session", body: body})
		if w.Code != 422 || strings.Contains(w.Body.String(), "horse") {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestAllowNamesTheMethods(t *testing.T) {
	s := newSite(t)
	w := s.do(ask{method: "POST", path: "/api/v1/me"})
	if got := w.Header().Get("Allow"); got != "GET, PATCH, DELETE" {
		t.Errorf("Allow: %q", got)
	}
}

// Promise 16: a room that is not yours and a room that does not exist look the
// same, byte for byte, but for the id that the asker gave.
func TestForeignRoomLooksLikeNone(t *testing.T) {
	s := newSite(t)
	a, b, c := s.guest("A"), s.guest("B"), s.guest("C")
	direct := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token})).ID
	group := decode[chat.Head](t, s.want(201, ask{method: "POST", path: "/api/v1/rooms", as: a.token, body: `{"name":"g"}`})).ID
	open := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: a.token})).ID
	s.want(201, ask{method: "POST", path: "/api/v1/rooms/" + num(direct) + "/messages", as: a.token, body: `{"text":"secret"}`})
	const none = chat.RoomID(4711)
	for _, q := range []ask{
		{method: "GET", path: ""},
		{method: "PATCH", path: "", body: `{"name":"x"}`},
		{method: "PATCH", path: "", body: `{"name":""}`},
		{method: "PATCH", path: "", body: `{"muted":true}`},
		{method: "PATCH", path: "", body: `{}`},
		{method: "PATCH", path: "", body: `{"top":true,"hidden":true,"unread":true}`},
		{method: "PATCH", path: "", body: `{"blocked":true}`},
		{method: "GET", path: "/pins"},
		{method: "PUT", path: "/pins/1"},
		{method: "PUT", path: "/pins/99"},
		{method: "DELETE", path: "/pins/1"},
		{method: "GET", path: "/reports"},
		{method: "POST", path: "/reports", body: `{"seq":1,"reason":"x"}`},
		{method: "DELETE", path: "/reports/7"},
		{method: "POST", path: "/messages", body: `{"text":"x","mentions":[7]}`},
		{method: "GET", path: "/messages"},
		{method: "GET", path: "/messages?before=7&limit=3"},
		{method: "GET", path: "/messages?at=7&limit=1"},
		{method: "POST", path: "/messages", body: `{"text":"x"}`},
		{method: "POST", path: "/messages", body: `{"text":"x","reply":1}`},
		{method: "GET", path: "/members"},
		{method: "PUT", path: "/members/" + num(c.id)},
		{method: "PUT", path: "/members/" + num(b.id), body: `{"role":"owner"}`},
		{method: "PUT", path: "/members/1"},
		{method: "DELETE", path: "/members/" + num(c.id)},
		{method: "DELETE", path: "/members/" + num(a.id)},
	} {
		look := func(room chat.RoomID) string {
			q := q
			q.path, q.as = "/api/v1/rooms/"+num(room)+q.path, c.token
			w := s.do(q)
			return fmt.Sprint(w.Code, w.Header(), strings.ReplaceAll(w.Body.String(), num(room), "ID"))
		}
		want := look(none)
		if !strings.HasPrefix(want, "404") {
			t.Errorf("%s %s: %s", q.method, q.path, want)
		}
		for _, foreign := range []chat.RoomID{direct, group, open} {
			if got := look(foreign); got != want {
				t.Errorf("%s %s:\n%s\n%s", q.method, q.path, got, want)
			}
		}
	}
}

func TestPostAndPage(t *testing.T) {
	s := newSite(t)
	a, b := s.guest("A"), s.guest("B")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/direct/" + num(b.id), as: a.token}))
	again := decode[chat.Head](t, s.want(200, ask{method: "PUT", path: "/api/v1/direct/" + num(a.id), as: b.token}))
	if again.ID != room.ID || again.Peer != a.id {
		t.Errorf("B's head %+v, A's %+v", again, room)
	}
	post := ask{
		method: "POST", path: "/api/v1/rooms/" + num(room.ID) + "/messages", as: a.token, body: `{"text":"hi <b>","new":true}`,
		header: []string{"Idempotency-Key: 0191f0c0-0000-7000-8000-000000000001"},
	}
	first := decode[chat.Row](t, s.want(201, post))
	second := decode[chat.Row](t, s.want(200, post)) // Promise 3
	if first.Seq != 1 || first.Text != "hi <b>" || second.Seq != 1 {
		t.Errorf("rows %+v, %+v", first, second)
	}
	post.body = `{"text":"other"}`
	s.refused(409, chat.Conflict, post)
	page := decode[wire.Page](t, s.want(200, ask{method: "GET", path: post.path, as: b.token}))
	if len(page.Rows) != 1 || page.Rows[0].Text != "hi <b>" || !page.Start || len(page.Users) != 1 || page.Room != room.ID {
		t.Errorf("page %+v", page)
	}
}

// A date leads to its first message.
func TestPageAtATime(t *testing.T) {
	s := newSite(t)
	a := s.guest("A")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: a.token}))
	path := "/api/v1/rooms/" + num(room.ID) + "/messages"
	if page := decode[wire.Page](t, s.want(200, ask{method: "GET", path: path + "?at=1", as: a.token})); len(page.Rows) != 0 {
		t.Errorf("an empty room has %+v", page.Rows)
	}
	began := s.now
	for range 9 { // one a day
		s.want(201, ask{method: "POST", path: path, as: a.token, body: `{"text":"x"}`})
		s.now = s.now.Add(24 * time.Hour)
	}
	s.now = began
	for query, want := range map[string][2]chat.Seq{
		"limit=1&at=1": {1, 1},
		"limit=1&at=" + num(chat.Seq(began.UnixMilli())):                       {1, 1},
		"limit=1&at=" + num(chat.Seq(began.Add(time.Hour).UnixMilli())):        {2, 2},
		"limit=1&at=" + num(chat.Seq(began.Add(96*time.Hour).UnixMilli())):     {5, 5},
		"limit=4&at=" + num(chat.Seq(began.Add(96*time.Hour).UnixMilli())):     {4, 7},
		"limit=1&at=" + num(chat.Seq(began.Add(100*24*time.Hour).UnixMilli())): {9, 9},
	} {
		rows := decode[wire.Page](t, s.want(200, ask{method: "GET", path: path + "?" + query, as: a.token})).Rows
		if len(rows) == 0 || rows[0].Seq != want[0] || rows[len(rows)-1].Seq != want[1] {
			t.Errorf("%s: %+v", query, rows)
		}
	}
	s.refused(400, chat.BadRequest, ask{method: "GET", path: path + "?at=-1", as: a.token})
	s.refused(400, chat.BadRequest, ask{method: "GET", path: path + "?at=5&before=5", as: a.token})
}

func TestGroupAndMembers(t *testing.T) {
	s := newSite(t)
	a, b, c := s.guest("A"), s.guest("B"), s.guest("C")
	room := decode[chat.Head](t, s.want(201, ask{method: "POST", path: "/api/v1/rooms", as: a.token, body: map[string]any{"name": "g", "members": []chat.AccountID{b.id}}}))
	path := "/api/v1/rooms/" + num(room.ID)
	s.want(204, ask{method: "PUT", path: path + "/members/" + num(c.id), as: b.token})
	s.want(204, ask{method: "PUT", path: path + "/members/" + num(b.id), as: a.token, body: `{"role":"moderator"}`})
	got := decode[struct{ Items []chat.Member }](t, s.want(200, ask{method: "GET", path: path + "/members", as: c.token}))
	if len(got.Items) != 3 || got.Items[0].Role != chat.RoleOwner || got.Items[1].Role != chat.RoleModerator {
		t.Errorf("members %+v", got)
	}
	head := decode[chat.Head](t, s.want(200, ask{method: "PATCH", path: path, as: b.token, body: `{"name":"h","muted":true}`}))
	if head.Name != "h" || !head.Muted {
		t.Errorf("head %+v", head)
	}
	s.want(204, ask{method: "DELETE", path: path + "/members/" + num(c.id), as: c.token})
	s.refused(404, chat.NotFound, ask{method: "GET", path: path, as: c.token})
}

func TestMe(t *testing.T) {
	s := newSite(t)
	p := s.guest("A")
	got := decode[chat.Account](t, s.want(200, ask{
		method: "PATCH", path: "/api/v1/me", as: p.token, body: `{"name":"Ä","locale":"zh-Hans-CN","settings":{"a": 1}}`,
	}))
	if got.Name != "Ä" || got.Locale != "zh-Hans-CN" || string(got.Settings) != `{"a":1}` {
		t.Errorf("me %+v", got)
	}
	got = decode[chat.Account](t, s.want(200, ask{method: "PATCH", path: "/api/v1/me", as: p.token, body: `{"locale":"","settings":null}`}))
	if got.Name != "Ä" || got.Locale != "" || string(got.Settings) != `{"a":1}` {
		t.Errorf("me %+v", got)
	}
}

func TestPeople(t *testing.T) {
	s := newSite(t)
	me := s.guest("Me")
	want := map[chat.AccountID]bool{}
	for i := range 2*peoplePage + 3 {
		want[s.guest("Guest "+strconv.Itoa(i)).id] = true
	}
	type list struct {
		Items []chat.User
		Next  string
	}
	seen, next, parts := map[chat.AccountID]bool{}, "", 0
	for {
		got := decode[list](t, s.want(200, ask{method: "GET", path: "/api/v1/people?next=" + next, as: me.token}))
		for _, u := range got.Items {
			if seen[u.ID] || !want[u.ID] {
				t.Errorf("unexpected or repeated: %+v", u)
			}
			seen[u.ID] = true
		}
		parts++
		if next = got.Next; next == "" {
			break
		}
	}
	if len(seen) != len(want) || parts != 3 {
		t.Errorf("%d people in %d parts, want %d", len(seen), parts, len(want))
	}
	got := decode[list](t, s.want(200, ask{method: "GET", path: "/api/v1/people?q=gUEST+42", as: me.token}))
	if len(got.Items) != 1 || got.Items[0].Name != "Guest 42" {
		t.Errorf("found %+v", got)
	}
}

func TestOpenAPI(t *testing.T) {
	s := newSite(t)
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(s.want(200, ask{method: "GET", path: "/api/v1/openapi.json"}), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q", doc.OpenAPI)
	}
	for path, methods := range map[string]string{
		"/session": "post delete", "/accounts": "post", "/me": "get patch delete", "/me/export": "get", "/sessions": "get", "/sessions/{id}": "delete", "/push/key": "get", "/push": "put delete", "/people": "get", "/direct/{account}": "put", "/open/{name}": "put",
		"/rooms": "post", "/rooms/{room}": "get patch", "/rooms/{room}/members": "get", "/rooms/{room}/members/{account}": "put delete",
		"/rooms/{room}/messages": "get post", "/rooms/{room}/pins": "get", "/rooms/{room}/pins/{seq}": "put delete",
		"/rooms/{room}/reports": "get post", "/rooms/{room}/reports/{report}": "delete", "/files": "post", "/files/{id}": "get", "/search": "get",
	} {
		for _, method := range strings.Fields(methods) {
			if doc.Paths["/api/v1"+path][method] == nil {
				t.Errorf("%s %s is missing", method, path)
			}
		}
		if got := len(doc.Paths["/api/v1"+path]); got != len(strings.Fields(methods)) {
			t.Errorf("%s has %d methods", path, got)
		}
	}
	text, _ := json.Marshal(doc)
	for _, name := range strings.Split(string(text), `#/components/schemas/`)[1:] {
		name, _, _ = strings.Cut(name, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("schema %s is missing", name)
		}
	}
	if doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["ErrorModel"] != nil {
		t.Error("the errors are not described as problems")
	}
}

func TestNoSchemaLinks(t *testing.T) {
	s := newSite(t)
	w := s.do(ask{method: "GET", path: "/api/v1/me", as: s.guest("A").token})
	if strings.Contains(w.Body.String(), "$schema") || w.Header().Get("Link") != "" {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestPanicIsAProblem(t *testing.T) {
	s := newSite(t)
	mux := http.NewServeMux()
	mux.HandleFunc(routeOpenAPI, func(http.ResponseWriter, *http.Request) { panic("boom") })
	s.server.api = s.server.gate(mux)
	s.server.log = slog.New(slog.DiscardHandler)
	p := s.refused(503, chat.Unavailable, ask{method: "GET", path: "/api/v1/openapi.json"})
	if strings.Contains(p.Detail, "boom") {
		t.Errorf("the answer tells the panic: %+v", p)
	}
}

func TestHealth(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		s.want(200, ask{method: "GET", path: path, host: "whatever.example"})
	}
	if err := s.server.store.Close(); err != nil {
		t.Fatal(err)
	}
	s.want(200, ask{method: "GET", path: "/healthz"})
	s.want(503, ask{method: "GET", path: "/readyz"})
}
