package ui

import (
	"context"
	"slices"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// lookQuotes asks for a row that a message on the screen replies to and that is
// further back than what is here: one at a time, the newest first, each once on
// a connection. What comes of it looks for the next.
func (m *model) lookQuotes() {
	room := m.talk.room
	if m.talk.quoting || !m.talk.began {
		return
	}
	seq := m.lackingQuote(room)
	if seq == 0 {
		return
	}
	m.talk.quoting = true
	m.step(replica.Quote{Room: room, Seq: seq})
	ask(m, func(ctx context.Context) (wire.Page, error) { return m.api.Messages(ctx, room, seq+1, 1) }, func(p wire.Page, err error) {
		if m.talk.room != room {
			return
		}
		m.talk.quoting = false
		if err == nil {
			m.step(replica.Quoted{Page: p})
		}
		m.lookQuotes()
	})
}

// lackingQuote is the newest row that something drawn in a room replies to and
// that is to be asked for, 0 if there is none.
func (m *model) lackingQuote(room chat.RoomID) chat.Seq {
	if m.rep == nil || !m.rep.Live() {
		return 0
	}
	t := m.scene(room)
	for _, e := range t.Pending {
		if e.Reply != 0 && m.rep.MayQuote(room, e.Reply) {
			return e.Reply
		}
	}
	if d := m.drafts[room]; d.reply != 0 && m.rep.MayQuote(room, d.reply) {
		return d.reply
	}
	for _, row := range slices.Backward(t.Rows) {
		if row.Reply == 0 || row.Recalled != 0 {
			continue
		}
		if _, folded := m.talk.folded[chunkOf(row.Seq)]; !folded && m.rep.MayQuote(room, row.Reply) {
			return row.Reply
		}
	}
	return 0
}
