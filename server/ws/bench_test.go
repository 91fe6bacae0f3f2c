package ws

import (
	"bytes"
	"fmt"
	"testing"

	"parley/shared/chat"
)

// benchText is about a rows frame of one post.
var benchText = bytes.Repeat([]byte("0123456789abcdef"), 26)

// BenchmarkJoin is what a room does once for a delivery to all its listeners,
// however many rows wait for it.
func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			texts := make([][]byte, n)
			for i := range texts {
				texts[i] = benchText
			}
			b.ReportAllocs()
			b.SetBytes(int64(n * len(benchText)))
			for b.Loop() {
				Join(texts...)
			}
		})
	}
}

// BenchmarkQueue is what waits for a connection that is written to: sixteen
// items come, and go as one message.
func BenchmarkQueue(b *testing.B) {
	q := NewQueue(256<<10, false)
	item := Item{Message: Join(benchText), Live: true}
	item.Room = chat.RoomID(42)
	b.ReportAllocs()
	for b.Loop() {
		for range 16 {
			if q.Push(item) != Queued {
				b.Fatal("not queued")
			}
		}
		_, size := q.Take()
		q.Sent(size)
	}
}
