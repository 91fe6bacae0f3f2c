package wire_test

import (
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func benchRows(n int) *wire.Rows {
	f := &wire.Rows{Room: 5, From: 8, Upto: 8 + chat.Rev(n), Users: users(), Keys: map[chat.AccountID][]chat.Key{101: {key(1)}}}
	for i := range n {
		r := chat.Row{Seq: chat.Seq(i + 1), N: chat.Count(i + 1), Rev: chat.Rev(9 + i), Key: key(byte(i)), By: 101, At: 1_790_000_000_000,
			Kind: chat.KindText, Text: "The container leaves on Friday; the papers are with the agent. 货柜周五出发。"}
		f.Rows = append(f.Rows, r)
	}
	return f
}

// BenchmarkAppendRows is what a server does once for each frame of a room.
func BenchmarkAppendRows(b *testing.B) {
	for name, n := range map[string]int{"1": 1, "50": 50} {
		b.Run(name, func(b *testing.B) {
			f, buf := benchRows(n), []byte(nil)
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = wire.Append(buf[:0], f); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

// BenchmarkDecodeRows is what a client does with it.
func BenchmarkDecodeRows(b *testing.B) {
	for name, n := range map[string]int{"1": 1, "50": 50} {
		b.Run(name, func(b *testing.B) {
			data, err := wire.Append(nil, benchRows(n))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := wire.DecodeServer(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDecodeSend is what a server does with every post.
func BenchmarkDecodeSend(b *testing.B) {
	data, err := wire.Append(nil, &wire.Send{Room: 5, Posts: []chat.Post{{Key: key(1), Text: "The container leaves on Friday. 货柜周五出发。"}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := wire.DecodeClient(data); err != nil {
			b.Fatal(err)
		}
	}
}
