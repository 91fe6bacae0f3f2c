package words

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
	}{
		{"", ""},
		{" \t\n …—!?", ""},
		{"Hello, World", "hello world"},
		{"to be or not to be", "to be or not"},
		{"开发票", "开 发 开发 票 发票"},
		{"发，票", "发 票"},
		{"iPhone手机3台", "iphone 手 机 手机 3 台"},
		{"ISO-9001:2015", "iso 9001 2015"},
		{"Ｈｅｌｌｏ　１２３", "hello 123"},
		{"ﾊﾟｽﾎﾟｰﾄ", "パ ス パス ポ スポ ー ポー ト ート"},
		{"がぎ", "が ぎ がぎ"},
		{"한국", "한 국 한국"},
		{"한국", "한 국 한국"},
		{"résumé re\u0301sume\u0301 RÉSUMÉ", "resume"},
		{"Straße STRASSE", "strasse"},
		{"ﬁne ﬀ ½ ② ㎡", "fine ff 1 2 m2"},
		{"⼈民", "人 民 人民"},
		{"мой МОИ", "мои"},
		{"Ὅμηρος ΛΌΓΟΣ λόγος", "ὅμηροσ λογοσ"},
		{"👍 ok 👩‍👩‍👧", "ok"},
		{"don't a_b", "don t a b"},
		{"ไทย", "ไ ท ไท ย ทย"},
		{"हिन्दी", "हिन्दी"},
		{"\xff bad \xfe", "bad"},
		{strings.Repeat("é", 100), strings.Repeat("e", 64)},
		{strings.Repeat("я", 100), strings.Repeat("я", 32)},
	} {
		want := strings.Fields(c.want)
		slices.Sort(want)
		if got := Tokens(c.text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", c.text, got, want)
		}
	}
}

// marked writes a text with what a query finds in brackets.
func marked(t *testing.T, query, text string) string {
	t.Helper()
	units := utf16.Encode([]rune(text))
	var b strings.Builder
	at := 0
	for _, r := range Parse(query).Find(text) {
		if r[0] < at || r[1] <= r[0] || r[1] > len(units) {
			t.Fatalf("%q in %q: range %v behind %d", query, text, r, at)
		}
		b.WriteString(string(utf16.Decode(units[at:r[0]])) + "[" + string(utf16.Decode(units[r[0]:r[1]])) + "]")
		at = r[1]
	}
	if at == 0 {
		return ""
	}
	return b.String() + string(utf16.Decode(units[at:]))
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		query, text string
		want        string // "": not found
	}{
		{"发票", "请开发票给我", "请开[发票]给我"},
		{"发票", "发票号 12", "[发票]号 12"},
		{"发票", "发出了车票", ""},
		{"发票", "发，票", ""},
		{"票", "开发票", "开发[票]"},
		{"开发票", "开发 票", ""},
		{"開發", "开发", ""}, // another script is another word
		{"hello", "Hello, hello!", "[Hello], [hello]!"},
		{"hel", "Hello", "[Hello]"},
		{"he", "Hello", ""},
		{"ello", "Hello", ""},
		{"world hello", "hello, world", "[hello], [world]"},
		{`"world hello"`, "hello, world", ""},
		{`"hello world"`, "Hello, world!", "[Hello, world]!"},
		{`“hello world”`, "Hello, world!", "[Hello, world]!"},
		{`"hello wor"`, "Hello, world!", ""},
		{`"hello wor`, "Hello, wor", "[Hello, wor]"},
		{"hello-world", "hello world", "[hello world]"},
		{"hello-world", "world hello", ""},
		{"iphone手机", "新iPhone 手机", "新[iPhone 手机]"},
		{"resume", "my résumé", "my [résumé]"},
		{"résumé", "my RESUME", "my [RESUME]"},
		{"resume", "re\u0301sume\u0301.", "[re\u0301sume\u0301]."},
		{"が", "か\u3099く", "[か\u3099]く"},
		{"か", "が", ""},
		{"한국", "한국어", "[한국]어"},
		{"2", "👍② 𠮷", "👍[②] 𠮷"},
		{"𠮷", "👍② 𠮷野", "👍② [𠮷]野"},
		{"a a", "a b a", "[a] b [a]"},
		{"aa", "a a", ""},
		{"哈哈", "哈哈哈哈哈", "[哈哈][哈哈]哈"},
		{"abc ab", "abcd ab", "[abcd] [ab]"},
		{"发票 开发", "开发票", "[开发票]"},
		{"", "anything", ""},
		{`"" * OR`, "or", "[or]"},
		{"NEAR(a b)", "near a b", "[near a] [b]"},
		{"text:x*", "text x", "[text x]"},
		{strings.Repeat("x", 70), strings.Repeat("X", 70), "[" + strings.Repeat("X", 70) + "]"},
		{strings.Repeat("x", 70) + "y", strings.Repeat("X", 70), ""},
	} {
		if got := marked(t, c.query, c.text); got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

func TestQueryTokens(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"", ""},
		{"票", "票"},
		{"发票", "发票"},
		{"开发票", "开发 发票"},
		{"开 发票", "开 发票"},
		{"invo", "invo*"},
		{`"invo"`, "invo"},
		{"in", "in"},
		{"foo-bar foo", "foo bar* foo*"},
		{"iphone手机", "iphone 手机"},
		{strings.Repeat("x", 70), strings.Repeat("x", 64)},
	} {
		var got []string
		for _, token := range Parse(c.query).Tokens() {
			if token.Prefix {
				token.Text += "*"
			}
			got = append(got, token.Text)
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.query, got, c.want)
		}
	}
	if got := len(Parse(strings.Repeat("a ", 5000)).terms); got != MaxQuery/2 {
		t.Errorf("%d terms of a long search", got)
	}
}

func TestSnippet(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for _, c := range []struct{ text, query, want string }{
		{"one\n two", "two", "one [two]"},
		{"开发票", "发票", "开[发票]"},
		{"👍👍 ok", "ok", "👍👍 [ok]"},
		{long + "here is it " + long, "here", "…word [here] is it word word word…"},
		{long + "end", "end", "…word word word word word [end]"},
		{"begin " + long, "begin", "[begin] word word word word word…"},
		{long, "nothing", "word word word word word word …"},
		{"", "", ""},
	} {
		var b strings.Builder
		for _, p := range Snippet(c.text, Parse(c.query).Find(c.text), 30) {
			if p.Hit {
				p.Text = "[" + p.Text + "]"
			}
			b.WriteString(p.Text)
		}
		if got := b.String(); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestManyPlaces(t *testing.T) {
	if got := len(Parse("a").Find(strings.Repeat("a ", 5000))); got != maxRanges {
		t.Errorf("%d ranges, want %d", got, maxRanges)
	}
}

// FuzzFind checks what an index relies on: what a query finds has its tokens;
// and that ranges are apart, in the text, and found again in themselves.
func FuzzFind(f *testing.F) {
	for _, seed := range [][2]string{
		{"发票", "请开发票"}, {`"a b"`, "A, b"}, {"re\u0301sume", "RÉSUMÉ 👍"}, {"か\u3099", "が ｶﾞ"}, {"한", "한국"}, {"ß ﬁ ㎡", "SS fi m2"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		q := Parse(query)
		ranges := q.Find(text)
		units := utf16.Encode([]rune(text))
		at := 0
		for _, r := range ranges {
			if r[0] < at || r[1] <= r[0] || r[1] > len(units) {
				t.Fatalf("%q in %q: %v", query, text, ranges)
			}
			at = r[1]
		}
		held := Tokens(text)
		if ranges != nil {
			for _, want := range q.Tokens() {
				if !slices.ContainsFunc(held, func(has string) bool {
					return has == want.Text || want.Prefix && strings.HasPrefix(has, want.Text)
				}) {
					t.Fatalf("%q in %q: an index of %q is asked for %q", query, text, held, want.Text)
				}
			}
		}
		for _, token := range held {
			if token == "" || strings.ContainsAny(token, " \t\n\"'*") {
				t.Fatalf("%q: token %q", text, token)
			}
		}
		whole := ""
		for _, p := range Snippet(text, ranges, 1<<30) {
			whole += p.Text
		}
		if got, want := strings.Join(strings.Fields(whole), " "), strings.Join(strings.Fields(string([]rune(text))), " "); got != want {
			t.Fatalf("snippet of all of %q: %q", want, got)
		}
		Snippet(text, ranges, 20)
	})
}

// FuzzFold checks that a text folded is as it is folded, and read as before.
func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Hello", "RÉSUMÉ", "ﾊﾞ", "ﬃ", "한", "Ⅻ", "İ", "⼈"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := Fold(text)
		if twice := Fold(once); twice != once {
			t.Fatalf("%q: %q, then %q", text, once, twice)
		}
		if diff := cmp.Diff(fmt.Sprint(Tokens(text)), fmt.Sprint(Tokens(once))); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}
