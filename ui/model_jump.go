package ui

import (
	"context"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// goal is a message of a room that is about to be opened.
type goal struct {
	room chat.RoomID
	seq  chat.Seq
}

// jumpToSeq shows a message: it opens its room, if that is not open, scrolls
// to the message, loading what is needed, and highlights it.
func (m *model) jumpToSeq(room chat.RoomID, seq chat.Seq) {
	s := m.roomOf(room)
	if s == nil || seq < 1 {
		return
	}
	if m.talk.room == room {
		m.jump(seq)
		return
	}
	m.goal = goal{room: room, seq: seq}
	m.show(s.Head)
}

// jump has the timeline of the open room show a message.
func (m *model) jump(seq chat.Seq) {
	m.talk.want = seq
	m.step(replica.JumpTo{Room: m.talk.room, Seq: seq})
	m.revs.talk++
}

// leap shows the newest messages again.
func (m *model) leap() {
	m.talk.want = 0
	m.step(replica.JumpLatest{Room: m.talk.room})
	m.revs.talk++
}

// scene is what is to be drawn of a room: its window, or what is elsewhere.
func (m *model) scene(room chat.RoomID) replica.Timeline {
	if t, is := m.rep.Elsewhere(room); is {
		return t
	}
	return m.rep.Timeline(room)
}

// elsewhere tells whether the open room shows rows that do not reach the
// newest.
func (m *model) elsewhere() bool {
	_, is := m.rep.Elsewhere(m.talk.room)
	return is
}

// jumpToTime shows the first message of the open room at a time or later.
// Where the rows at hand cannot tell, the server is asked.
func (m *model) jumpToTime(at chat.Time) {
	room := m.talk.room
	t := m.rep.Timeline(room)
	if seq := seqAt(&t, at); seq != 0 {
		m.closeToJump(seq)
		return
	}
	m.working()
	ask(m, func(ctx context.Context) (wire.Page, error) { return m.api.MessageAt(ctx, room, at) }, func(p wire.Page, err error) {
		if m.done(err) && m.talk.room == room && m.dialog.kind == dialogDate && len(p.Rows) > 0 {
			m.closeToJump(p.Rows[0].Seq)
		}
	})
}

// closeToJump closes the dialog in which one has said where to: the jump takes
// the keyboard to the message.
func (m *model) closeToJump(seq chat.Seq) {
	m.dialog.from = nil
	m.closeDialog()
	m.jump(seq)
}

// seqAt is the first row at a time or later, 0 if the rows cannot tell: it may
// lie before them.
func seqAt(t *replica.Timeline, at chat.Time) chat.Seq {
	for i, row := range t.Rows {
		switch {
		case row.At < at:
		case i == 0 && !t.Start:
			return 0
		default:
			return row.Seq
		}
	}
	return 0
}

// reachGoal goes on to the message that a room was opened for.
func (m *model) reachGoal() {
	at := m.goal
	m.goal = goal{}
	if at.room == m.talk.room && at.seq != 0 {
		m.jump(at.seq)
	}
}
