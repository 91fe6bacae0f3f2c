package ui

import (
	"parley/shared/chat"
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
	m.revs.talk++
}

// reachGoal goes on to the message that a room was opened for.
func (m *model) reachGoal() {
	at := m.goal
	m.goal = goal{}
	if at.room == m.talk.room && at.seq != 0 {
		m.jump(at.seq)
	}
}
