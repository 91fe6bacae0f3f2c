package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"parley/server/search"
	"parley/server/search/fts"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/wire"
	"parley/shared/words"
)

// searchNode is a node with an index beside its store.
func searchNode(t *testing.T) *node {
	t.Helper()
	db := memory.Open(store.Options{Random: func(b []byte) { _, _ = rand.Read(b) }})
	index, err := fts.Open(t.Context(), t.TempDir(), db, fts.Options{Log: slog.New(slog.NewTextHandler(testLog{t}, nil)), Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := index.Close(); err != nil {
			t.Error(err)
		}
		_ = db.Close()
	})
	return nodeWith(t, db, index)
}

type searchResult struct {
	Items []struct {
		Room   chat.RoomID
		Row    chat.Row
		Ranges []words.Range
	}
	Users []chat.User
	Next  string
}

// search asks once. more is query parameters behind q.
func (u *user) search(q, more string) (found searchResult) {
	u.n.t.Helper()
	status, answer := u.n.call(u.token, "GET", "/api/v1/search?q="+url.QueryEscape(q)+more, "")
	if status != 200 {
		u.n.t.Fatalf("search %q%s: %d %s", q, more, status, answer)
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		u.n.t.Fatal(err)
	}
	return found
}

// texts are the texts of all that is found, page by page.
func (u *user) texts(q, more string) []string {
	u.n.t.Helper()
	texts := []string{}
	found := u.search(q, more)
	for {
		for _, it := range found.Items {
			texts = append(texts, it.Row.Text)
		}
		if found.Next == "" {
			return texts
		}
		found = u.search(q, more+"&after="+found.Next)
	}
}

// finds waits until a search finds these texts.
func (u *user) finds(q, more string, want ...string) {
	u.n.t.Helper()
	var got []string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if got = u.texts(q, more); fmt.Sprint(got) == fmt.Sprint(want) {
			return
		}
	}
	u.n.t.Fatalf("%q%s finds %q, not %q", q, more, got, want)
}

func (u *user) say(room chat.RoomID, text string) chat.Row {
	u.n.t.Helper()
	body, _ := json.Marshal(map[string]string{"text": text})
	status, answer := u.n.call(u.token, "POST", "/api/v1/rooms/"+num(room)+"/messages", string(body))
	if status != 201 {
		u.n.t.Fatalf("post: %d %s", status, answer)
	}
	var row chat.Row
	if err := json.Unmarshal(answer, &row); err != nil {
		u.n.t.Fatal(err)
	}
	for time.Now().UnixMilli() <= int64(row.At) { // what is newer is so by its time
	}
	return row
}

func TestSearch(t *testing.T) {
	n := searchNode(t)
	a, b, c := n.guest("Ann"), n.guest("Ben"), n.guest("Cat")
	ab, bc := a.direct(b).ID, b.direct(c).ID
	team := a.group("team", b, c).ID
	a.say(ab, "请开发票")
	b.say(ab, "发票号 12")
	c.say(bc, "发票 between us")
	a.say(team, "Hello, World! invoices")
	b.say(team, "world, hello")
	b.say(team, "发 票")

	b.finds("发票", "", "发票 between us", "发票号 12", "请开发票")
	a.finds("发票", "", "发票号 12", "请开发票")
	c.finds("发票", "", "发票 between us")
	b.finds("发票", "&room="+num(ab), "发票号 12", "请开发票")
	b.finds("发票", "&limit=1", "发票 between us", "发票号 12", "请开发票")
	b.finds("票", "", "发 票", "发票 between us", "发票号 12", "请开发票")
	c.finds("hello world", "", "world, hello", "Hello, World! invoices")
	c.finds(`"hello world"`, "", "Hello, World! invoices")
	c.finds("invo", "", "Hello, World! invoices")
	for _, q := range []string{`"`, `*`, `" OR 1`, `NEAR(`, `发票" OR "hello`, "👍", "...", `'; DROP TABLE words;--`, "\x00"} {
		a.texts(q, "")
	}

	got := a.search("12", "")
	if len(got.Items) != 1 || got.Items[0].Room != ab || fmt.Sprint(got.Items[0].Ranges) != "[[4 6]]" ||
		len(got.Users) != 1 || got.Users[0].Name != "Ben" || got.Next != "" {
		t.Errorf("got %+v", got)
	}
	if status, answer := n.call(a.token, "GET", "/api/v1/search?q=%F0%9F%91%8D", ""); status != 200 || string(answer) != `{"items":[],"users":[]}`+"\n" {
		t.Errorf("nothing found: %d %s", status, answer)
	}
}

// TestSearchForgets: Promises 8 and 9. What is edited, recalled, or of a room
// that one has left, is not found from then on, whatever the index still knows.
func TestSearchForgets(t *testing.T) {
	n := searchNode(t)
	a, b := n.guest("Ann"), n.guest("Ben")
	team := a.group("team", b)
	room := team.ID
	first, second := a.say(room, "secret one"), a.say(room, "secret two")
	b.finds("secret", "", "secret two", "secret one")
	ws := a.connect()
	ws.send(&wire.Edit{Room: room, Seq: second.Seq, Key: post("").Key, Text: "public"})
	ws.text("public")
	if got := b.texts("secret", ""); fmt.Sprint(got) != "[secret one]" {
		t.Errorf("after an edit: %q", got)
	}
	b.finds("public", "", "public")
	ws.send(&wire.Recall{Room: room, Seq: first.Seq, Key: post("").Key})
	ws.text("")
	if got := b.texts("secret", ""); len(got) != 0 {
		t.Errorf("after a recall: %q", got)
	}
	if status, answer := n.call(a.token, "DELETE", "/api/v1/rooms/"+num(room)+"/members/"+num(b.id), ""); status != 204 {
		t.Fatalf("remove: %d %s", status, answer)
	}
	if got := b.texts("public", ""); len(got) != 0 {
		t.Errorf("after a removal: %q", got)
	}
	a.finds("public", "", "public")
	status, answer := n.call(b.token, "GET", "/api/v1/search?q=public&room="+num(room), "")
	other, none := n.call(b.token, "GET", "/api/v1/search?q=public&room="+num(chat.RoomID(chat.MaxID)), "")
	if status != 404 || other != 404 || string(answer) != string(none) { // Promise 16
		t.Errorf("a foreign room: %d %s; none: %d %s", status, answer, other, none)
	}
}

// lagging is an index that names rows whatever is asked for.
type lagging struct{ hits []search.Hit }

func (l lagging) Changed(chat.RoomID) {}

func (l lagging) Find(_ context.Context, ask search.Ask) ([]search.Hit, int64, error) {
	var hits []search.Hit
	for _, h := range l.hits {
		if ask.After == 0 || h.Place < ask.After {
			hits = append(hits, h)
		}
	}
	if len(hits) > ask.Limit {
		return hits[:ask.Limit], hits[ask.Limit-1].Place, nil
	}
	return hits, 0, nil
}

// TestSearchTrustsNoIndex gives the server an index that is always wrong.
func TestSearchTrustsNoIndex(t *testing.T) {
	db := memory.Open(store.Options{Random: func(b []byte) { _, _ = rand.Read(b) }})
	t.Cleanup(func() { _ = db.Close() })
	index := &lagging{}
	n := nodeWith(t, db, index)
	a, b := n.guest("Ann"), n.guest("Ben")
	mine, foreign := a.open("mine").ID, b.open("foreign").ID
	const rows = 3 * searchBatch
	place := int64(10 * rows)
	for i := range rows {
		a.say(mine, fmt.Sprint("word ", i))
		place--
		index.hits = append(index.hits,
			search.Hit{Room: foreign, Seq: 1, Place: 2*place + 1}, search.Hit{Room: mine, Seq: chat.Seq(i + 1), Place: 2 * place})
	}
	b.say(foreign, "word")
	index.hits = append(index.hits, search.Hit{Room: mine, Seq: rows + 7, Place: 1})
	for limit, want := range map[int]int{1: 1, 20: 20, 50: 50} {
		if got := len(a.search("word", "&limit="+fmt.Sprint(limit)).Items); got != want {
			t.Errorf("limit %d: %d hits", limit, got)
		}
	}
	if got := len(a.texts("word", "&limit=50")); got != rows {
		t.Errorf("%d hits in all, want %d", got, rows)
	}
	if got := a.texts(fmt.Sprint(rows-1), ""); fmt.Sprint(got) != fmt.Sprintf("[word %d]", rows-1) {
		t.Errorf("got %q", got)
	}
}

func TestSearchBadInput(t *testing.T) {
	n := searchNode(t)
	a := n.guest("Ann")
	for query, want := range map[string]int{
		"q=a": 200, "": 400, "q=": 400, "q=%20%09": 400, "q=%FF": 400, "q=a&room=x": 400, "q=a&room=-1": 400, "q=a&room=9007199254740992": 400,
		"q=a&limit=0": 400, "q=a&limit=1000": 200, "q=a&after=0": 400, "q=a&after=-1": 400, "q=a&after=01": 400, "q=a&after=!": 400,
		"q=a&after=zzzzzzzzzzzzzzzz": 400, "q=a&after=zz": 200, "q=a&room=7": 404,
	} {
		if status, answer := n.call(a.token, "GET", "/api/v1/search?"+query, ""); status != want && (want != 400 || status != 422) {
			t.Errorf("%s: %d %s, want %d", query, status, answer, want)
		}
	}
	long := make([]byte, words.MaxQuery+1)
	for i := range long {
		long[i] = 'a'
	}
	if status, _ := n.call(a.token, "GET", "/api/v1/search?q="+string(long), ""); status != 400 {
		t.Errorf("a long search: %d", status)
	}
	if status, _ := n.call("", "GET", "/api/v1/search?q=a", ""); status != 401 {
		t.Errorf("nobody: %d", status)
	}
}
