package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"parley/shared/chat"
	"parley/shared/wire"
)

// seed gives a fuzzer the golden frames and some oddities.
func seed(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal("no golden frames", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.TrimSpace(data))
	}
	for _, odd := range []string{
		``, ` `, `{}`, `[]`, `null`, `"`, `{"t":`, `{"t":"ping","t":"ping"}`, `{"t":"\ud800"}`, `{"t":"edit","text":"\ud83d\ude42\u0000"}`,
		`{"t":"send","room":1,"posts":[{"key":null}]}`, `{"t":"send","room":1,"posts":[{"key":"` + uuid + `","card":{"a":[[[[]]]]}}]}`,
		`{"t":"hello","v":1,"device":"d","cursors":{"1":[1,"t"],"-1":[]}}`, `{"t":"mark","room":1,"read":-0}`, "{\"t\":\"ping\",\"\xff\":1}",
		`{"t":"rows","rows":[{"reactions":{"x":null},"card":{"a":1}}],"keys":{"1":null}}`,
	} {
		f.Add([]byte(odd))
	}
}

// FuzzDecodeClient: no input panics; an error is a *Malformed with a reason;
// what decodes is written and read again as the same.
func FuzzDecodeClient(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := wire.DecodeClient(data)
		if err != nil {
			var m *wire.Malformed
			if !errors.As(err, &m) || m.Reason == "" || m.Code != chat.BadRequest && m.Code != chat.Unsupported {
				t.Fatalf("%v", err)
			}
			return
		}
		once := again(t, frame, wire.DecodeClient)
		twice := again(t, once, wire.DecodeClient)
		if !reflect.DeepEqual(once, twice) {
			t.Fatalf("%+v\n%+v", once, twice)
		}
		if frame, once = normal(frame), normal(once); !reflect.DeepEqual(frame, once) {
			t.Fatalf("%s: %+v\n%+v", data, frame, once)
		}
	})
}

// FuzzDecodeServer: no input panics; what decodes is written and read again.
func FuzzDecodeServer(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := wire.DecodeServer(data)
		if err != nil || frame == nil {
			return
		}
		if data, err := wire.Append(nil, frame); err != nil || bytes.Contains(data, []byte(chat.Key{}.String())) {
			return // a row without a key, or a card that is none: not from a server of ours
		}
		once := again(t, frame, wire.DecodeServer)
		if twice := again(t, once, wire.DecodeServer); !reflect.DeepEqual(once, twice) {
			t.Fatalf("%+v\n%+v", once, twice)
		}
	})
}

// FuzzCheckJSON: what passes is JSON that encoding/json reads, and names no
// field twice.
func FuzzCheckJSON(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if wire.CheckJSON(data, wire.MaxDepth) != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%q passed: %v", data, err)
		}
		depth, fields, decoded := 0, 0, 0
		tokens := json.NewDecoder(bytes.NewReader(data))
		tokens.UseNumber()
		count(tokens, &depth, &fields)
		countDecoded(v, &decoded)
		if depth > wire.MaxDepth || fields != decoded {
			t.Fatalf("%q passed: depth %d, %d fields of which %d differ", data, depth, fields, decoded)
		}
	})
}

// count walks the tokens: the greatest depth, and the values in objects.
func count(dec *json.Decoder, deepest, fields *int) {
	var objects []bool
	name := false
	for {
		token, err := dec.Token()
		if err != nil {
			return
		}
		inObject := len(objects) > 0 && objects[len(objects)-1]
		switch token {
		case json.Delim('{'), json.Delim('['):
			objects = append(objects, token == json.Delim('{'))
			*deepest = max(*deepest, len(objects))
			name = token == json.Delim('{')
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
			name = len(objects) > 0 && objects[len(objects)-1]
			continue
		}
		if inObject && name {
			*fields++
		}
		name = inObject && !name
	}
}

func countDecoded(v any, fields *int) {
	switch v := v.(type) {
	case map[string]any:
		*fields += len(v)
		for _, inner := range v {
			countDecoded(inner, fields)
		}
	case []any:
		for _, inner := range v {
			countDecoded(inner, fields)
		}
	}
}

func again(t *testing.T, frame wire.Frame, decode func([]byte) (wire.Frame, error)) wire.Frame {
	t.Helper()
	data, err := wire.Append(nil, frame)
	if err != nil {
		t.Fatalf("%+v: %v", frame, err)
	}
	if bytes.ContainsRune(data, '\n') {
		t.Fatalf("a frame holds a line feed: %q", data)
	}
	read, err := decode(data)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return read
}

// normal evens out what JSON does not keep: empty lists that are left out, and
// the spaces of cards.
func normal(f wire.Frame) wire.Frame {
	switch f := f.(type) {
	case *wire.Hello:
		if len(f.Cursors) == 0 {
			f.Cursors = nil
		}
	case *wire.Send:
		for i := range f.Posts {
			if len(f.Posts[i].Files) == 0 {
				f.Posts[i].Files = nil
			}
			if len(f.Posts[i].Mentions) == 0 {
				f.Posts[i].Mentions = nil
			}
			var card bytes.Buffer
			if len(f.Posts[i].Card) > 0 && json.Compact(&card, f.Posts[i].Card) == nil {
				f.Posts[i].Card = card.Bytes()
			}
		}
	}
	return f
}

// reference writes a frame by reflection alone.
func reference(t *rapid.T, f wire.Frame) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f); err != nil {
		t.Fatal(err)
	}
	body := bytes.TrimSpace(buf.Bytes())
	if len(body) == 2 {
		return `{"t":"` + f.Type() + `"}`
	}
	return `{"t":"` + f.Type() + `",` + string(body[1:])
}

// TestAppendAsReflection: what is written by hand is what encoding/json writes.
func TestAppendAsReflection(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Just("<a>&\u2028\u2029\x00\x1f\x7f\b\f\r\n\t\"\\\xff\xc3é你🙂"),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	number := rapid.Int64Range(0, chat.MaxID)
	anyRow := rapid.Custom(func(t *rapid.T) chat.Row {
		r := chat.Row{
			Seq: chat.Seq(number.Draw(t, "seq")), N: chat.Count(number.Draw(t, "n")), Rev: chat.Rev(number.Draw(t, "rev")),
			By: chat.AccountID(number.Draw(t, "by")), At: chat.Time(number.Draw(t, "at")), Kind: text.Draw(t, "kind"), Text: text.Draw(t, "text"),
			Reply: chat.Seq(number.Draw(t, "reply")), Edited: chat.Time(number.Draw(t, "edited")), Recalled: chat.Time(number.Draw(t, "recalled")),
			Reactions: rapid.MapOf(text, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) chat.AccountID { return chat.AccountID(number.Draw(t, "id")) }), 1, 3)).Draw(t, "reactions"),
		}
		copy(r.Key[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		if rapid.Bool().Draw(t, "more") {
			r.System = &chat.System{Event: text.Draw(t, "event"), Account: r.By, Text: text.Draw(t, "system")}
			r.Mentions = []chat.AccountID{r.By, 1}
			r.Files = []chat.File{{ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), Size: int64(r.At), Width: int(r.Seq)}, {}}
			r.Card = json.RawMessage(`{ "a" : [1.0, "<&>"] }`)
		}
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(anyRow, 1, 3).Draw(t, "rows")
		h := head()
		h.Name, h.About, h.Last = rows[0].Text, rows[0].Kind, &rows[0]
		us := users()
		us[0].Name, us[1].Avatar = rows[0].Text, rows[0].Kind
		for _, f := range []wire.Frame{
			&wire.Rows{Room: 5, From: rows[0].Rev, Rows: rows, Users: us, Keys: map[chat.AccountID][]chat.Key{rows[0].By: {rows[0].Key}, 3: {}}},
			&wire.Page{Room: 5, Rows: rows, Users: us, Start: rows[0].Seq%2 == 0},
			&wire.Head{Room: h, Users: us},
			&wire.Send{Room: 5, Posts: []chat.Post{{Key: rows[0].Key, Text: rows[0].Text, Mentions: rows[0].Mentions, Files: []string{rows[0].Kind}, Card: rows[0].Card}}},
		} {
			wrote, err := wire.Append(nil, f)
			if err != nil {
				t.Fatal(err)
			}
			if want := reference(t, f); string(wrote) != want {
				t.Fatalf("wrote %s\n want %s", wrote, want)
			}
		}
	})
	for name, f := range serverFrames() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			if wrote, err := wire.Append(nil, f); err != nil || string(wrote) != reference(t, f) {
				t.Fatalf("%s, %v", wrote, err)
			}
		}))
	}
}
