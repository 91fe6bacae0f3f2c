package words

import (
	"strings"
	"testing"
)

// benchTexts are what people write, in scripts with and without spaces.
var benchTexts = map[string]string{
	"Latin":   "The container leaves on Friday; the papers are with the agent, please confirm the price of the second lot by noon.",
	"Chinese": "货柜周五出发，单据已经交给代理，请在中午之前确认第二批货的价格，如果可以的话我们全部都要。",
}

// BenchmarkTokens is what a server does once with every message, to index it.
func BenchmarkTokens(b *testing.B) {
	for name, text := range benchTexts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if len(Tokens(text)) == 0 {
					b.Fatal("no tokens")
				}
			}
		})
	}
}

// BenchmarkFind is what a search does with every row that the index names, and
// an offline client with every row that it holds.
func BenchmarkFind(b *testing.B) {
	text := strings.Repeat(benchTexts["Latin"], 2) + benchTexts["Chinese"]
	for name, query := range map[string]string{"There": "price 确认", "NotThere": "invoice"} {
		b.Run(name, func(b *testing.B) {
			q := Parse(query)
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if found := q.Find(text) != nil; found != (name == "There") {
					b.Fatal(found)
				}
			}
		})
	}
}
