package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func badCard() []chat.Row { return []chat.Row{{Card: json.RawMessage("{")}} }

const uuid = "01923f5a-7c11-7001-8002-030405060701"

// TestMalformed lists what DecodeClient must not take, with the code and the
// room and key that the refusal names.
func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", 32) + strings.Repeat("]", 32)
	send := func(post string) string { return `{"t":"send","room":5,"posts":[` + post + `]}` }
	for _, c := range []struct {
		name, frame string
		code        chat.Code
		room        chat.RoomID
		key         string
	}{
		{"empty", ``, chat.BadRequest, 0, ""},
		{"blank", ` `, chat.BadRequest, 0, ""},
		{"not JSON", `hello`, chat.BadRequest, 0, ""},
		{"cut off", `{"t":"ping"`, chat.BadRequest, 0, ""},
		{"trailing data", `{"t":"ping"}{"t":"ping"}`, chat.BadRequest, 0, ""},
		{"trailing comma", `{"t":"ping",}`, chat.BadRequest, 0, ""},
		{"array", `["ping"]`, chat.BadRequest, 0, ""},
		{"string", `"ping"`, chat.BadRequest, 0, ""},
		{"number", `1`, chat.BadRequest, 0, ""},
		{"null", `null`, chat.BadRequest, 0, ""},
		{"bad UTF-8", "{\"t\":\"typing\",\"room\":5,\"x\":\"\xff\"}", chat.BadRequest, 0, ""},
		{"no type", `{"room":5}`, chat.BadRequest, 0, ""},
		{"null type", `{"t":null}`, chat.BadRequest, 0, ""},
		{"type of another type", `{"t":5}`, chat.BadRequest, 0, ""},
		{"type in another case", `{"T":"ping"}`, chat.BadRequest, 0, ""},
		{"unknown type", `{"t":"dance","room":5,"key":"` + uuid + `"}`, chat.Unsupported, 5, uuid},
		{"a server's type", `{"t":"rows","room":5}`, chat.Unsupported, 5, ""},
		{"empty type", `{"t":""}`, chat.Unsupported, 0, ""},
		{"doubled field", `{"t":"typing","room":5,"room":6}`, chat.BadRequest, 0, ""},
		{"doubled by an escape", `{"t":"typing","room":5,"r\u006fom":6}`, chat.BadRequest, 0, ""},
		{"doubled inside", `{"t":"typing","room":5,"x":{"a":1,"a":2}}`, chat.BadRequest, 0, ""},
		{"doubled late", `{"t":"typing","room":5,"x":{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"3":0}}`, chat.BadRequest, 0, ""},
		{"doubled last", `{"t":"typing","room":5,"x":{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"10":0}}`, chat.BadRequest, 0, ""},
		{"too deep", `{"t":"ping","x":` + deep + `}`, chat.BadRequest, 0, ""},

		{"room missing", `{"t":"typing"}`, chat.BadRequest, 0, ""},
		{"room null", `{"t":"typing","room":null}`, chat.BadRequest, 0, ""},
		{"room in another case", `{"t":"typing","Room":5}`, chat.BadRequest, 0, ""},
		{"room a string", `{"t":"typing","room":"5"}`, chat.BadRequest, 0, ""},
		{"room a float", `{"t":"typing","room":5.5}`, chat.BadRequest, 0, ""},
		{"room written as a float", `{"t":"typing","room":5.0}`, chat.BadRequest, 0, ""},
		{"room with an exponent", `{"t":"typing","room":5e0}`, chat.BadRequest, 0, ""},
		{"room negative", `{"t":"typing","room":-5}`, chat.BadRequest, 0, ""},
		{"room zero", `{"t":"typing","room":0}`, chat.BadRequest, 0, ""},
		{"room 2^53", `{"t":"typing","room":9007199254740992}`, chat.BadRequest, 0, ""},
		{"room beyond 64 bits", `{"t":"typing","room":99999999999999999999}`, chat.BadRequest, 0, ""},
		{"room an object", `{"t":"typing","room":{}}`, chat.BadRequest, 0, ""},

		{"hello without v", `{"t":"hello","device":"d"}`, chat.BadRequest, 0, ""},
		{"hello without device", `{"t":"hello","v":1}`, chat.BadRequest, 0, ""},
		{"hello with an empty device", `{"t":"hello","v":1,"device":""}`, chat.BadRequest, 0, ""},
		{"hello with a long device", `{"t":"hello","v":1,"device":"` + strings.Repeat("d", 65) + `"}`, chat.BadRequest, 0, ""},
		{"hello as nobody", `{"t":"hello","v":1,"device":"d","as":-1}`, chat.BadRequest, 0, ""},
		{"hello as 2^53", `{"t":"hello","v":1,"device":"d","as":9007199254740992}`, chat.BadRequest, 0, ""},
		{"hello with a long epoch", `{"t":"hello","v":1,"device":"d","epoch":"` + strings.Repeat("e", 65) + `"}`, chat.BadRequest, 0, ""},
		{"hello with a token of a wrong type", `{"t":"hello","v":1,"device":"d","token":["x"]}`, chat.BadRequest, 0, ""},
		{"cursors an array", `{"t":"hello","v":1,"device":"d","cursors":[]}`, chat.BadRequest, 0, ""},
		{"cursor of no room", `{"t":"hello","v":1,"device":"d","cursors":{"x":[1,"t"]}}`, chat.BadRequest, 0, ""},
		{"cursor of room 0", `{"t":"hello","v":1,"device":"d","cursors":{"0":[1,"t"]}}`, chat.BadRequest, 0, ""},
		{"cursor of room 05", `{"t":"hello","v":1,"device":"d","cursors":{"05":[1,"t"]}}`, chat.BadRequest, 0, ""},
		{"cursor of room +5", `{"t":"hello","v":1,"device":"d","cursors":{"+5":[1,"t"]}}`, chat.BadRequest, 0, ""},
		{"cursor a number", `{"t":"hello","v":1,"device":"d","cursors":{"5":1}}`, chat.BadRequest, 0, ""},
		{"cursor too short", `{"t":"hello","v":1,"device":"d","cursors":{"5":[1]}}`, chat.BadRequest, 0, ""},
		{"cursor too long", `{"t":"hello","v":1,"device":"d","cursors":{"5":[1,"t",2]}}`, chat.BadRequest, 0, ""},
		{"cursor with a null rev", `{"t":"hello","v":1,"device":"d","cursors":{"5":[null,"t"]}}`, chat.BadRequest, 0, ""},
		{"cursor with a null tag", `{"t":"hello","v":1,"device":"d","cursors":{"5":[1,null]}}`, chat.BadRequest, 0, ""},
		{"cursor with a negative rev", `{"t":"hello","v":1,"device":"d","cursors":{"5":[-1,"t"]}}`, chat.BadRequest, 0, ""},
		{"too many cursors", `{"t":"hello","v":1,"device":"d","cursors":{` + manyCursors(2001) + `}}`, chat.BadRequest, 0, ""},

		{"send without posts", `{"t":"send","room":5}`, chat.BadRequest, 5, ""},
		{"posts null", `{"t":"send","room":5,"posts":null}`, chat.BadRequest, 5, ""},
		{"posts an object", `{"t":"send","room":5,"posts":{}}`, chat.BadRequest, 5, ""},
		{"post null", send(`null`), chat.BadRequest, 5, ""},
		{"post a string", send(`"x"`), chat.BadRequest, 5, ""},
		{"post without key", send(`{"text":"x"}`), chat.BadRequest, 5, ""},
		{"post with a null key", send(`{"key":null,"text":"x"}`), chat.BadRequest, 5, ""},
		{"post with a text of a wrong type", send(`{"key":"` + uuid + `","text":5}`), chat.BadRequest, 5, uuid},
		{"post with a negative reply", send(`{"key":"` + uuid + `","reply":-1}`), chat.BadRequest, 5, uuid},
		{"post with a reply of 2^53", send(`{"key":"` + uuid + `","reply":9007199254740992}`), chat.BadRequest, 5, uuid},
		{"post with files of a wrong type", send(`{"key":"` + uuid + `","files":"f"}`), chat.BadRequest, 5, uuid},
		{"post with a null file", send(`{"key":"` + uuid + `","files":[null]}`), chat.BadRequest, 5, uuid},
		{"post with mentions of a wrong type", send(`{"key":"` + uuid + `","mentions":7}`), chat.BadRequest, 5, uuid},
		{"post with a name as mention", send(`{"key":"` + uuid + `","mentions":["7"]}`), chat.BadRequest, 5, uuid},
		{"post with a null mention", send(`{"key":"` + uuid + `","mentions":[null]}`), chat.BadRequest, 5, uuid},
		{"post with a mention of nobody", send(`{"key":"` + uuid + `","mentions":[7,0]}`), chat.BadRequest, 5, uuid},
		{"post with a mention of 2^53", send(`{"key":"` + uuid + `","mentions":[9007199254740992]}`), chat.BadRequest, 5, uuid},
		{"key in upper case", send(`{"key":"` + strings.ToUpper(uuid) + `"}`), chat.BadRequest, 5, ""},

		{"edit without text", `{"t":"edit","room":5,"seq":1,"key":"` + uuid + `"}`, chat.BadRequest, 5, uuid},
		{"edit without key", `{"t":"edit","room":5,"seq":1,"text":"x"}`, chat.BadRequest, 5, ""},
		{"edit without seq", `{"t":"edit","room":5,"text":"x","key":"` + uuid + `"}`, chat.BadRequest, 5, uuid},
		{"edit of seq 0", `{"t":"edit","room":5,"seq":0,"text":"x","key":"` + uuid + `"}`, chat.BadRequest, 5, uuid},
		{"edit of seq -1", `{"t":"edit","room":5,"seq":-1,"text":"x","key":"` + uuid + `"}`, chat.BadRequest, 5, uuid},
		{"edit with the nil key", `{"t":"edit","room":5,"seq":1,"text":"x","key":"00000000-0000-0000-0000-000000000000"}`, chat.BadRequest, 5, ""},
		{"edit with a key of a wrong type", `{"t":"edit","room":5,"seq":1,"text":"x","key":5}`, chat.BadRequest, 5, ""},
		{"edit without room", `{"t":"edit","seq":1,"text":"x","key":"` + uuid + `"}`, chat.BadRequest, 0, uuid},
		{"recall without key", `{"t":"recall","room":5,"seq":1}`, chat.BadRequest, 5, ""},
		{"recall of seq 2^53", `{"t":"recall","room":5,"seq":9007199254740992,"key":"` + uuid + `"}`, chat.BadRequest, 5, uuid},
		{"react without on", `{"t":"react","room":5,"seq":1,"emoji":"x"}`, chat.BadRequest, 5, ""},
		{"react on 1", `{"t":"react","room":5,"seq":1,"emoji":"x","on":1}`, chat.BadRequest, 5, ""},
		{"react on a string", `{"t":"react","room":5,"seq":1,"emoji":"x","on":"true"}`, chat.BadRequest, 5, ""},
		{"react without emoji", `{"t":"react","room":5,"seq":1,"on":true}`, chat.BadRequest, 5, ""},

		{"pull of nothing", `{"t":"pull","room":5}`, chat.BadRequest, 5, ""},
		{"pull of both", `{"t":"pull","room":5,"after":1,"before":1}`, chat.BadRequest, 5, ""},
		{"pull after null", `{"t":"pull","room":5,"after":null}`, chat.BadRequest, 5, ""},
		{"pull after -1", `{"t":"pull","room":5,"after":-1}`, chat.BadRequest, 5, ""},
		{"pull before -1", `{"t":"pull","room":5,"before":-1}`, chat.BadRequest, 5, ""},
		{"pull after a float", `{"t":"pull","room":5,"after":1.5}`, chat.BadRequest, 5, ""},
		{"pull with limit 0", `{"t":"pull","room":5,"before":1,"limit":0}`, chat.BadRequest, 5, ""},
		{"mark negative", `{"t":"mark","room":5,"read":-1}`, chat.BadRequest, 5, ""},
		{"mark of a wrong type", `{"t":"mark","room":5,"got":"1"}`, chat.BadRequest, 5, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := wire.DecodeClient([]byte(c.frame))
			var m *wire.Malformed
			if !errors.As(err, &m) || f != nil {
				t.Fatalf("%v, %v", f, err)
			}
			key := ""
			if !m.Key.IsZero() {
				key = m.Key.String()
			}
			if m.Code != c.code || m.Room != c.room || key != c.key || m.Reason == "" {
				t.Errorf("%+v, key %q", m, key)
			}
			if strings.Contains(m.Reason, "chat.") || strings.Contains(m.Reason, "Go ") {
				t.Errorf("tells of our types: %s", m.Reason)
			}
		})
	}
}

func manyCursors(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		if i > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + itoa(i) + `":[1,""]`)
	}
	return b.String()
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// TestTaken lists what looks odd and is fine.
func TestTaken(t *testing.T) {
	for name, frame := range map[string]string{
		"unknown field":          `{"t":"typing","room":5,"mood":"good"}`,
		"name in another case":   `{"t":"typing","room":5,"Room":6,"T":"ping"}`,
		"optional null":          `{"t":"hello","v":1,"device":"d","epoch":null,"cursors":null,"as":null}`,
		"spaces":                 " {\t\"t\" : \"typing\" ,\r \"room\" : 5 } ",
		"escapes":                `{"\u0074":"typ\u0069ng","room":5}`,
		"deepest":                `{"t":"ping","x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`,
		"many fields":            `{"t":"ping","1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"11":0}`,
		"no posts, to be judged": `{"t":"send","room":5,"posts":[]}`,
		"mark beyond any head":   `{"t":"mark","room":5,"read":9007199254740993}`,
		"empty text":             `{"t":"edit","room":5,"seq":1,"text":"","key":"` + uuid + `"}`,
		"most cursors":           `{"t":"hello","v":1,"device":"d","cursors":{` + manyCursors(2000) + `}}`,
	} {
		if _, err := wire.DecodeClient([]byte(frame)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for _, good := range []string{`0`, `-1.5e3`, `""`, `null`, `[]`, `{}`, `[1,[2],{"a":{"a":1}}]`, `{"a":"}","b":"\"]"}`, ` [ ] `} {
		if err := wire.CheckJSON([]byte(good), 4); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{``, `{`, `{}{}`, `[1,]`, `{"a":1,"a":1}`, `[[[[[]]]]]`, `{"a":{"b":{"c":{"d":{}}}}}`, `{"a":1,"\u0061":1}`, "\xff"} {
		if err := wire.CheckJSON([]byte(bad), 4); err == nil {
			t.Errorf("%s passed", bad)
		}
	}
}
