package ui

import (
	"strings"

	"parley/shared/chat"
	"parley/shared/replica"
)

// draft is what is being written in a room and has not been sent.
type draft struct {
	text  string
	reply chat.Seq
	edit  chat.Seq // the row whose text is being changed
	kept  string   // the text that was there before the edit
	fault string   // why it was not taken
}

// beginTalk fixes what belongs to the opening of a room, once its rows are
// there: the unread divider stays where it is until the room is left. A room
// that opens from the disk knows only what was unread when that was stored. What
// the connection then tells of was unread as well, and what it tells to be read,
// on another device, was not.
func (m *model) beginTalk() {
	live := m.rep.Live()
	if m.talk.room == 0 || m.talk.began && !(m.talk.early && live) {
		return
	}
	t := m.rep.Timeline(m.talk.room)
	s := m.rep.Room(m.talk.room)
	if !t.Ready || s == nil {
		return
	}
	m.talk.began, m.talk.early = true, !live
	m.talk.upto = s.Head.Seq
	told := m.rep.Told(m.talk.room)
	switch {
	case s.Mentioned:
		m.talk.mention = s.Head.Mention
	case told >= m.talk.mention:
		m.talk.mention = 0
	}
	if m.talk.divider == 0 || told >= m.talk.divider {
		m.talk.divider = dividerAt(t.Rows, s.Head, m.me.ID)
		m.talk.unread = int(s.Unread)
	}
	if s.Head.Kind != chat.KindDirect && m.talk.members == nil {
		m.fetchMembers(m.talk.room)
	}
}

// dividerAt is the row before which the unread divider comes: the first unread
// one. 0 if nothing of others is unread. Rows that are behind the head, as they
// are when they come from the disk, cannot tell whose the others are: what one
// writes oneself is mostly read.
func dividerAt(rows []*chat.Row, head *chat.Head, me chat.AccountID) chat.Seq {
	if head.N <= head.ReadN {
		return 0
	}
	if len(rows) == 0 || rows[len(rows)-1].Seq < head.Seq {
		return head.Read + 1
	}
	for i := len(rows) - 1; i >= 0 && rows[i].Seq > head.Read; i-- {
		if rows[i].By != me && rows[i].Kind != chat.KindSystem {
			return head.Read + 1
		}
	}
	return 0
}

// draftOf is the draft of the open room.
func (m *model) draftOf() draft { return m.drafts[m.talk.room] }

// setDraft keeps the draft of the open room.
func (m *model) setDraft(d draft) {
	m.draftChanged(m.talk.room)
	if d == (draft{}) {
		delete(m.drafts, m.talk.room)
		return
	}
	m.drafts[m.talk.room] = d
}

// keepText keeps what is in the composer, and says that one is writing.
func (m *model) keepText(text string) {
	d := m.draftOf()
	d.text, d.fault = text, ""
	m.setDraft(d)
	if text != "" && d.edit == 0 && m.rep != nil {
		m.step(replica.Typing{Room: m.talk.room})
	}
}

// submit sends what is in the composer, or saves the edit. It tells whether the
// text was taken.
func (m *model) submit(text string) bool {
	text = strings.TrimSpace(clean(text))
	room, d := m.talk.room, m.draftOf()
	if m.rep == nil || room == 0 || len(text) > chat.MaxText {
		return false
	}
	var picks []pick
	if d.edit == 0 {
		picks = m.tray().picks
	}
	if chat.Blank(text) {
		if text = ""; !m.withFiles() {
			return false
		}
	}
	d.text, d.fault = text, ""
	m.setDraft(d)
	if d.edit != 0 {
		if row := m.rep.Row(room, d.edit); row == nil || row.Text != text {
			m.step(replica.Edit{Room: room, Seq: d.edit, Key: m.newKey(), Text: text})
		}
	} else if m.posting(replica.Compose{Room: room, Key: m.newKey(), Text: text, Reply: d.reply,
		Mentions: mentions(text, m.company(room), m.talk.chosen)}, picks) {
		*m.tray() = tray{coming: m.tray().coming}
	}
	if m.draftOf().fault != "" {
		return false
	}
	if d.edit == 0 {
		m.talk.sent++
		m.offerNotify()
	}
	m.setDraft(draft{text: d.kept})
	if len(picks) > 0 {
		m.flushDrafts() // the files are the outbox's now: they must not be in the tray as well after a kill
	}
	m.revs.talk++
	m.revs.list++
	return true
}

// withFiles tells whether what is in the composer goes with files, and so need
// not say anything: those in the tray, or those of the message that is edited.
func (m *model) withFiles() bool {
	d := m.draftOf()
	if d.edit == 0 {
		return len(m.tray().picks) > 0
	}
	if m.rep == nil {
		return false
	}
	row := m.rep.Row(m.talk.room, d.edit)
	return row != nil && len(row.Files) > 0
}

// refused keeps what the replica did not take, and says why.
func (m *model) refused(r replica.Refused) {
	if r.Room == m.talk.room {
		d := m.draftOf()
		d.fault = m.L.Refusal(r.Code, r.Message)
		m.setDraft(d)
		m.revs.talk++
	}
}

// replyTo starts a reply to a row of the open room.
func (m *model) replyTo(seq chat.Seq) {
	d := m.draftOf()
	if d.edit != 0 {
		d.text, d.kept, d.edit = d.kept, "", 0
	}
	d.reply = seq
	m.setDraft(d)
	m.revs.talk++
}

// editRow puts an own row into the composer.
func (m *model) editRow(seq chat.Seq) {
	row := m.rep.Row(m.talk.room, seq)
	if row == nil {
		return
	}
	row, _ = m.rep.Shown(m.talk.room, row)
	if !mayEdit(row, m.me.ID) {
		return
	}
	d := m.draftOf()
	if d.edit == 0 {
		d.kept = d.text
	}
	d.edit, d.reply, d.text = seq, 0, row.Text
	m.setDraft(d)
	m.revs.talk++
}

// editLast puts the last own row into the composer.
func (m *model) editLast() bool {
	rows := m.rep.Timeline(m.talk.room).Rows
	for i := len(rows) - 1; i >= 0; i-- {
		if mayEdit(rows[i], m.me.ID) {
			m.editRow(rows[i].Seq)
			return true
		}
	}
	return false
}

// giveUp leaves the reply or the edit.
func (m *model) giveUp() {
	d := m.draftOf()
	if d.edit != 0 {
		d.text = d.kept
	}
	m.setDraft(draft{text: d.text})
	m.revs.talk++
}

func (m *model) recallRow(seq chat.Seq) {
	if row := m.rep.Row(m.talk.room, seq); row != nil {
		m.recalledText(row)
	}
	m.step(replica.Recall{Room: m.talk.room, Seq: seq, Key: m.newKey()})
}

// recalledText keeps the text of an own row that is being recalled, so that it
// can be edited again on this screen. Nobody else has it.
func (m *model) recalledText(row *chat.Row) {
	if row.By != m.me.ID || row.Text == "" {
		return
	}
	if m.again == nil {
		m.again = map[chat.Key]string{}
	}
	m.again[row.Key] = row.Text
}

// writeAgain puts the text of a recalled own row into the composer.
func (m *model) writeAgain(seq chat.Seq) {
	row := m.rep.Row(m.talk.room, seq)
	if row == nil || m.again[row.Key] == "" {
		return
	}
	m.setDraft(draft{text: m.again[row.Key]})
	m.revs.talk++
}

// react gives or takes back a reaction.
func (m *model) react(seq chat.Seq, emoji string) {
	row := m.rep.Row(m.talk.room, seq)
	if row == nil {
		return
	}
	row, _ = m.rep.Shown(m.talk.room, row)
	on := true
	for _, who := range row.Reactions[emoji] {
		on = on && who != m.me.ID
	}
	m.step(replica.React{Room: m.talk.room, Seq: seq, Key: m.newKey(), Emoji: emoji, On: on})
}

// seen says that rows up to seq were in sight of somebody who looks.
func (m *model) seen(seq chat.Seq) {
	s := m.roomOf(m.talk.room)
	if s == nil || seq <= s.Head.Read {
		return
	}
	m.step(replica.Read{Room: m.talk.room, Seq: seq})
}

// mayEdit tells whether a row's text, or what it says of its files, can be
// changed by me.
func mayEdit(row *chat.Row, me chat.AccountID) bool {
	return row.By == me && (row.Kind == chat.KindText || row.Kind == chat.KindFile) && row.Recalled == 0
}

// mayRecall tells whether a row can be taken back by me in the role that I have.
func mayRecall(row *chat.Row, me chat.AccountID, role string) bool {
	return row.Kind != chat.KindSystem && row.Recalled == 0 &&
		(row.By == me || role == chat.RoleOwner || role == chat.RoleModerator)
}

// clean leaves out what a message must not hold: control characters that come
// along when text is pasted.
func clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, text)
}
