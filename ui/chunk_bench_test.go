package ui

import (
	"fmt"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// BenchmarkAppend is a new message in a room with 5,000 on the screen, far from
// which nothing is folded: the Go side of drawing it.
func BenchmarkAppend(b *testing.B) {
	const loaded = 5000
	rows := make([]chat.Row, loaded)
	for i := range rows {
		rows[i] = row(bo, noon, fmt.Sprintf("no. %d.", i+1))
	}
	m := screen(b, group, rows...)
	e := app.NewTestEngine()
	draw := func() {
		m.revs.talk++
		if err := e.Load(&timeline{M: m, Room: here, Talk: m.revs.talk}); err != nil {
			b.Fatal(err)
		}
	}
	draw()
	rev := chat.Rev(loaded)
	for b.Loop() {
		rev++
		next := row(bo, noon, "new")
		next.Seq, next.N, next.Rev, next.Kind, next.Key = chat.Seq(rev), chat.Count(rev), rev, chat.KindText, chat.KeyV7(noon, [10]byte{byte(rev), byte(rev >> 8), byte(rev >> 16), 9})
		m.rep.Step(noon, replica.Received{Frame: &wire.Rows{Room: here, From: rev - 1, Upto: rev, Rows: []chat.Row{next}}})
		draw()
	}
}
