package ui

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/ui/disk"
)

// draftDelay is how long a draft waits to be stored, for the next keystroke.
const draftDelay = 300 * time.Millisecond

// readDrafts reads what other tabs have begun to write.
func (m *model) readDrafts() {
	read(m, func(ctx context.Context, s *disk.Store) ([]disk.Draft, error) {
		return s.Drafts(ctx)
	}, func(drafts []disk.Draft, read bool) {
		if read {
			m.takeDrafts(drafts)
		}
	})
}

// takeDrafts takes stored drafts, but not over what is being written here.
func (m *model) takeDrafts(drafts []disk.Draft) {
	stored := map[chat.RoomID]bool{}
	for _, d := range drafts {
		stored[d.Room] = true
		if d.Room != m.talk.room && !m.disk.drafts[d.Room] {
			m.drafts[d.Room] = draft{text: d.Text, kept: d.Kept, reply: d.Reply, edit: d.Edit}
			m.takeTray(d.Room, d.Files)
		}
	}
	for id := range m.files.trays {
		if !stored[id] && id != m.talk.room && !m.disk.drafts[id] {
			m.takeTray(id, nil)
		}
	}
	for id := range m.drafts {
		if !stored[id] && id != m.talk.room && !m.disk.drafts[id] {
			delete(m.drafts, id)
		}
	}
	m.revs.list++
}

// draftChanged has a draft stored, soon.
func (m *model) draftChanged(id chat.RoomID) {
	if m.disk.queue == nil {
		return
	}
	if m.disk.drafts == nil {
		m.disk.drafts = map[chat.RoomID]bool{}
	}
	m.disk.drafts[id] = true
	if m.disk.timer == nil {
		turn := m.disk.turn
		m.disk.timer = time.AfterFunc(draftDelay, func() { m.ours(turn, m.flushDrafts) })
	}
}

// watchEnd stores what waits to be stored when the page is about to go, or is no
// longer looked at: a phone kills such pages. A page that goes has no later, so
// this does not take the way over the UI goroutine, which waits while the
// browser's events run.
func (m *model) watchEnd() {
	if app.IsServer {
		return
	}
	flush := app.FuncOf(func(app.Value, []app.Value) any {
		if m.disk.queue != nil {
			m.disk.queue.Hurry()
			m.flushDrafts()
		}
		return nil
	})
	app.Window().Call("addEventListener", "pagehide", flush)
	document().Call("addEventListener", "visibilitychange", flush)
	app.Window().Call("addEventListener", "pagehide", app.FuncOf(func(app.Value, []app.Value) any {
		m.park()
		m.parkDrafts()
		return nil
	}))
}

// flushDrafts stores the drafts that have changed, behind what was queued
// before: a text that was sent is in the outbox before it leaves its draft.
func (m *model) flushDrafts() {
	if m.disk.timer != nil {
		m.disk.timer.Stop()
		m.disk.timer = nil
	}
	if m.disk.queue == nil || len(m.disk.drafts) == 0 {
		return
	}
	var drafts []disk.Draft
	for id := range m.disk.drafts {
		drafts = append(drafts, m.draftToStore(id))
	}
	saving := m.disk.drafts
	m.disk.drafts, m.disk.saving = nil, append(m.disk.saving, saving)
	turn := m.disk.turn
	m.disk.queue.Do(func(ctx context.Context, s *disk.Store) {
		err := s.SaveDrafts(ctx, drafts)
		m.ours(turn, func() {
			m.disk.saving = m.disk.saving[1:]
			if err != nil {
				m.diskFault(err)
				return
			}
			m.disk.tabs.Tell(disk.News{Drafts: true})
		})
	})
}

func (m *model) draftToStore(id chat.RoomID) disk.Draft {
	d := m.drafts[id]
	return disk.Draft{Room: id, Text: d.text, Kept: d.kept, Reply: d.reply, Edit: d.edit, Files: m.files.trays[id].toStore()}
}

// parkedDraft is a draft that had changed, or was being stored, when its page
// went.
type parkedDraft struct {
	Me chat.AccountID `json:"me"`
	disk.Draft
}

// parkDrafts does for drafts what park does for messages.
func (m *model) parkDrafts() {
	if m.disk.queue == nil {
		return
	}
	changed := map[chat.RoomID]bool{}
	for _, some := range append(m.disk.saving, m.disk.drafts) {
		maps.Copy(changed, some)
	}
	if len(changed) == 0 {
		return
	}
	var all []parkedDraft
	_ = m.ctx.LocalStorage().Get(keyDrafts, &all) // of another tab
	for id := range changed {
		d := parkedDraft{m.me.ID, m.draftToStore(id)}
		d.Epoch = m.disk.epoch
		all = append(all, d)
	}
	m.setLocal(keyDrafts, all)
}

// unparkDrafts takes them up again: the last of a room is the newest.
func (m *model) unparkDrafts() {
	var all []parkedDraft
	if err := m.ctx.LocalStorage().Get(keyDrafts, &all); err != nil || len(all) == 0 {
		return
	}
	others := slices.DeleteFunc(slices.Clone(all), func(d parkedDraft) bool { return d.Me == m.me.ID })
	for _, d := range all {
		if d.Me != m.me.ID {
			continue
		}
		if d.Epoch != m.disk.epoch {
			d.Reply, d.Edit = 0, 0
		}
		m.drafts[d.Room] = draft{text: d.Text, kept: d.Kept, reply: d.Reply, edit: d.Edit}
		m.takeTray(d.Room, d.Files)
		if m.drafts[d.Room] == (draft{}) {
			delete(m.drafts, d.Room)
		}
		m.draftChanged(d.Room)
	}
	if len(others) > 0 {
		m.setLocal(keyDrafts, others)
	} else {
		m.ctx.LocalStorage().Del(keyDrafts)
	}
}
