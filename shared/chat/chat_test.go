package chat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/shared/chat"
)

func TestKeyV7(t *testing.T) {
	at := chat.Time(0x0192_3f5a_7c11)
	k := chat.KeyV7(at, [10]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	if got, want := k.String(), "01923f5a-7c11-7fff-bfff-ffffffffffff"; got != want {
		t.Errorf("ones: %s, want %s", got, want)
	}
	if got, want := chat.KeyV7(at, [10]byte{}).String(), "01923f5a-7c11-7000-8000-000000000000"; got != want {
		t.Errorf("zeros: %s, want %s", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		early := chat.Time(rapid.Int64Range(0, 1<<48-2).Draw(t, "early"))
		late := chat.Time(rapid.Int64Range(int64(early)+1, 1<<48-1).Draw(t, "late"))
		a, b := chat.KeyV7(early, random(t)), chat.KeyV7(late, random(t))
		if bytes.Compare(a[:], b[:]) >= 0 || a.String() >= b.String() {
			t.Fatalf("%s of %d is not before %s of %d", a, early, b, late)
		}
	})
}

func random(t *rapid.T) (r [10]byte) {
	copy(r[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "random"))
	return r
}

func TestKeyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k chat.Key
		copy(k[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		if back, err := chat.ParseKey(k.String()); k.IsZero() != (err != nil) || err == nil && back != k {
			t.Fatalf("%s: %v, %v", k, back, err)
		}
	})
	const good = "01923f5a-7c11-4001-8002-0304050607af" // any version
	if k, err := chat.ParseKey(good); err != nil || k.String() != good {
		t.Errorf("%v, %v", k, err)
	}
	for name, bad := range map[string]string{
		"empty": "", "short": good[:35], "long": good + "0", "upper case": strings.ToUpper(good),
		"nil":       "00000000-0000-0000-0000-000000000000",
		"no dashes": strings.ReplaceAll(good, "-", "") + "0000", "dashes elsewhere": "01923f5a7-c11-4001-8002-0304050607af",
		"not hexadecimal": "g1923f5a-7c11-4001-8002-0304050607af", "braces": "{1923f5a-7c11-4001-8002-0304050607a}",
	} {
		if k, err := chat.ParseKey(bad); err == nil {
			t.Errorf("%s: %v", name, k)
		}
	}
	k, _ := chat.ParseKey(good)
	before := k
	if err := k.UnmarshalText([]byte("nonsense")); err == nil || k != before {
		t.Error("a failed parse changed the key")
	}
	type holder struct {
		Key chat.Key `json:"key,omitzero"`
	}
	if data, err := json.Marshal(holder{}); err != nil || string(data) != "{}" {
		t.Errorf("the zero key is written: %s, %v", data, err)
	}
}

func TestIDFrom(t *testing.T) {
	for _, c := range []struct {
		random [8]byte
		want   int64
	}{
		{[8]byte{}, 1},
		{[8]byte{0, 0, 0, 0, 0, 0, 7, 0xff}, 1},
		{[8]byte{0, 0, 0, 0, 0, 0, 8, 0}, 1},
		{[8]byte{0, 0, 0, 0, 0, 0, 16, 0}, 2},
		{[8]byte{255, 255, 255, 255, 255, 255, 255, 255}, chat.MaxID},
	} {
		if got := chat.IDFrom(c.random); got != c.want {
			t.Errorf("%v: %d, want %d", c.random, got, c.want)
		}
	}
	if exact := func(id int64) bool { return int64(float64(id)) == id }; !exact(chat.MaxID) || exact(chat.MaxID+2) {
		t.Error("MaxID is not the last that JavaScript tells from its neighbours")
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"Ada": true, "李雷": true, "Zoë Müller-Lüdenscheidt": true, "🙂": true, "👩‍👩": false, "محمد": true, "O'Neill, Jr.": true,
		"": false, " Ada": false, "Ada ": false, "a\tb": false, "a\nb": false, "a\x00b": false, "a\u0085b": false,
		"a\u200bb": false, "a\u200db": false, "a\ufeffb": false, "a\u202eb": false, "a\u2066b": false, "a\u061cb": false, "a\u2028b": false,
		"a\u00adb": false, "\u3164": false, "a\U000e0041": false, "\u3000a": false, "a\xffb": false, "\u2800": false,
	} {
		for what, valid := range map[string]func(string) error{"person": chat.ValidPersonName, "group": chat.ValidGroupName} {
			if err := valid(name); (err == nil) != want {
				t.Errorf("%s %q: %v", what, name, err)
			}
		}
	}
	for _, c := range []struct {
		what  string
		valid func(string) error
		most  int
	}{{"person", chat.ValidPersonName, 64}, {"group", chat.ValidGroupName, 128}, {"open", chat.ValidOpenName, 64}} {
		if err := c.valid(strings.Repeat("好", c.most)); err != nil {
			t.Errorf("%s: %d characters: %v", c.what, c.most, err)
		}
		if err := c.valid(strings.Repeat("好", c.most+1)); chat.CodeOf(err) != chat.BadRequest {
			t.Errorf("%s: %d characters: %v", c.what, c.most+1, err)
		}
	}
}

func TestOpenName(t *testing.T) {
	for name, want := range map[string]bool{
		"42": true, "a_b-C": true, "采购": true, "हिन्दी": true, "٤٢": true, "é": true, "e\u0301": true,
		"": false, "a b": false, "a/b": false, "a.b": false, "🙂": false, "\u0301": false, "a\u200db": false, "a\u202e": false, "a\x00": false, "a\xff": false, "½": false, "a\u034f": false,
	} {
		if err := chat.ValidOpenName(name); (err == nil) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestUsername(t *testing.T) {
	for name, want := range map[string]bool{
		"ada": true, "a.b_c-9": true, strings.Repeat("a", 32): true,
		"": false, "ab": false, strings.Repeat("a", 33): false, "Ada": false, "a b": false, "ädä": false, "a@b": false,
	} {
		if err := chat.ValidUsername(name); (err == nil) != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPassword(t *testing.T) {
	for length, want := range map[int]bool{0: false, 7: false, 8: true, 256: true, 257: false} {
		if err := chat.ValidPassword(strings.Repeat("x", length)); (err == nil) != want {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestReaction(t *testing.T) {
	for emoji, want := range map[string]bool{
		"👍": true, "👩‍👩‍👧‍👦": true, "❤️": true, "ok": true, // one grapheme is the server's to check
		"": false, " ": false, "\u200d": false, "\x01": false, "\xff": false, strings.Repeat("a", 33): false,
	} {
		if err := chat.ValidReaction(emoji); (err == nil) != want {
			t.Errorf("%q: %v", emoji, err)
		}
	}
}

func TestReason(t *testing.T) {
	for reason, want := range map[string]chat.Code{
		"": "", " ": "", "spam\n骚扰": "", strings.Repeat("好", 1000): "",
		strings.Repeat("好", 1001): chat.TooLarge, "\x00": chat.BadRequest, "\xff": chat.BadRequest,
	} {
		switch err := chat.ValidReason(reason); {
		case want == "" && err != nil, want != "" && chat.CodeOf(err) != want:
			t.Errorf("%.20q: %v", reason, err)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		text    string
		blankOK bool
		code    chat.Code
	}{
		{"hi", false, ""}, {"a\tb\nc", false, ""}, {"你好 🙂", false, ""}, {"\u202eodd but text", false, ""},
		{"", false, chat.BadRequest}, {"", true, ""}, {" \n\t\u3000", false, chat.BadRequest}, {"\u200b\u2060", false, chat.BadRequest},
		{"a\x00", false, chat.BadRequest}, {"a\r\n", false, chat.BadRequest}, {"\x1b[31m", false, chat.BadRequest}, {"a\xff", false, chat.BadRequest},
		{"a\xff", true, chat.BadRequest}, {"del \x7f", false, ""},
		{strings.Repeat("x", chat.MaxText), false, ""}, {strings.Repeat("x", chat.MaxText+1), false, chat.TooLarge},
		{strings.Repeat("好", chat.MaxText/3+1), false, chat.TooLarge},
	} {
		err := chat.ValidText(c.text, c.blankOK)
		if (err == nil) != (c.code == "") || err != nil && chat.CodeOf(err) != c.code {
			t.Errorf("%.20q, blank %v: %v, want %q", c.text, c.blankOK, err, c.code)
		}
	}
}

func TestBlank(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, " ": true, "\n\t": true, "\u00a0\u2003\u3000": true, "\u200b\u200d\ufeff": true, "\u3164": true,
		"a": false, " a ": false, "\u2800": true, "。": false, "🙂": false,
	} {
		if got := chat.Blank(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestPreview(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "short": "short",
		strings.Repeat("x", 200):  strings.Repeat("x", 200),
		strings.Repeat("x", 201):  strings.Repeat("x", 200),
		strings.Repeat("好", 201):  strings.Repeat("好", 200),
		strings.Repeat("🙂", 1000): strings.Repeat("🙂", 200),
	} {
		if got := chat.Preview(text); got != want {
			t.Errorf("%.20q…: %d bytes, want %d", text, len(got), len(want))
		}
	}
}

func TestError(t *testing.T) {
	refusal := &chat.Error{Code: chat.SlowDown, Message: "later", Retry: time.Second}
	for _, c := range []struct {
		err  error
		want chat.Code
	}{
		{refusal, chat.SlowDown},
		{fmt.Errorf("post: %w", refusal), chat.SlowDown},
		{errors.New("disk on fire"), chat.Unavailable},
		{chat.ErrNotFound, chat.NotFound},
	} {
		if got := chat.CodeOf(c.err); got != c.want {
			t.Errorf("%v: %s", c.err, got)
		}
	}
	if got := chat.Refuse(chat.Conflict, "twice").Error(); got != "conflict: twice" {
		t.Error(got)
	}
}

func TestUserOfAccount(t *testing.T) {
	a := chat.Account{ID: 5, Kind: chat.KindMember, Name: "Ada", Username: "ada", Avatar: "a1", Locale: "en", Settings: json.RawMessage(`{}`)}
	if got, want := a.User(), (chat.User{ID: 5, Name: "Ada", Avatar: "a1", Kind: chat.KindMember}); got != want {
		t.Errorf("%+v", got)
	}
}
