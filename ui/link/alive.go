package link

import (
	"time"

	"parley/shared/wire"
)

// arm sets the one timer that a Link has, in place of the one before.
func (l *Link) arm(d time.Duration) {
	l.disarm()
	l.alarm++
	alarm := l.alarm
	l.due = l.config.Clock.Now().Add(d)
	l.stopTimer = l.config.Clock.After(d, func() { l.note(func() { l.tick(alarm) }) })
}

func (l *Link) disarm() {
	if l.stopTimer != nil {
		l.stopTimer()
		l.stopTimer = nil
	}
	l.alarm++
}

// tick is the timer: an attempt took too long, the next is due, or a
// connection is to be looked at.
func (l *Link) tick(alarm int) {
	if alarm != l.alarm {
		return
	}
	switch l.status.State {
	case Connecting:
		l.socket.Close(1000, "")
		l.lost(noCode, "no answer")
	case Waiting:
		l.connect()
	case Open:
		l.look()
	}
}

// look decides whether an open connection is alive, or when to look again.
func (l *Link) look() {
	now := l.config.Clock.Now()
	late := now.Sub(l.due) > lateBy
	l.mu.Lock()
	news := l.news
	quiet := now.Sub(l.heard)
	l.mu.Unlock()
	if l.asked && news != l.askedAt {
		l.asked, l.graces = false, 0
	}
	switch {
	case !l.asked && quiet >= pingAfter:
		l.ask(answerFor)
	case !l.asked:
		l.arm(min(pingAfter-quiet, pingAfter)) // quiet is negative if the clock was set back
	case l.socket.Buffered() < l.buffered: // the ping may still wait behind the data
		l.buffered = l.socket.Buffered()
		l.arm(answerFor)
	case late && l.graces < maxGraces:
		l.graces++
		l.ask(answerFor)
	default:
		l.socket.Close(1000, "silent")
		l.lost(noCode, "silent")
	}
}

// ask sends a ping and looks after d whether anything came.
func (l *Link) ask(d time.Duration) {
	l.mu.Lock()
	l.asked, l.askedAt = true, l.news
	l.mu.Unlock()
	_ = l.Send(&wire.Ping{}) // refused if hello was never sent: then silence is an answer too
	l.flush()
	l.buffered = l.socket.Buffered()
	l.arm(d)
}
