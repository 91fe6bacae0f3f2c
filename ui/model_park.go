package ui

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/replica"
)

// parked is an entry of the outbox that was still being stored when its page
// went.
type parked struct {
	Me chat.AccountID `json:"me"`
	replica.Entry
}

// park puts entries that are being stored into localStorage, which is written
// at once: a browser may drop transactions of a page that goes.
func (m *model) park() {
	if m.rep == nil || m.disk.queue == nil {
		return
	}
	unstored := m.rep.Unstored()
	if len(unstored) == 0 {
		return
	}
	var all []parked
	_ = m.ctx.LocalStorage().Get(keyParked, &all) // of another tab
	for _, e := range unstored {
		all = append(all, parked{Me: m.me.ID, Entry: *e})
	}
	m.setLocal(keyParked, all)
}

// unpark queues them again, under their keys: what was stored or sent after all
// is there once.
func (m *model) unpark() {
	var all []parked
	if err := m.ctx.LocalStorage().Get(keyParked, &all); err != nil || len(all) == 0 {
		return
	}
	var others []parked
	for i := range all {
		switch p := &all[i]; {
		case p.Me != m.me.ID:
			others = append(others, *p)
		case m.rep.Entry(p.Key) == nil:
			if in := again(&p.Entry, m.disk.epoch); in != nil {
				m.step(in)
			}
		}
	}
	if len(others) > 0 {
		m.setLocal(keyParked, others)
	} else {
		m.ctx.LocalStorage().Del(keyParked)
	}
}

// again is what queues an entry once more; nil if nothing of it is left. What
// names a seq means another message under another epoch. Files whose contents
// were to be stored with it are gone.
func again(e *replica.Entry, epoch string) replica.Input {
	same := e.Epoch == epoch
	switch e.Op {
	case replica.OpEdit:
		if same {
			return replica.Edit{Room: e.Room, Seq: e.Seq, Key: e.Key, Text: e.Text}
		}
	case replica.OpRecall:
		if same {
			return replica.Recall{Room: e.Room, Seq: e.Seq, Key: e.Key}
		}
	case replica.OpReact:
		if same {
			return replica.React{Room: e.Room, Seq: e.Seq, Key: e.Key, Emoji: e.Emoji, On: e.On}
		}
	default:
		files := slices.DeleteFunc(slices.Clone(e.Files), func(f replica.Attachment) bool { return f.Blob && f.ID == "" })
		for n := range files {
			files[n].Blob = false
		}
		if len(files) == 0 && chat.Blank(e.Text) {
			return nil
		}
		post := replica.Compose{Room: e.Room, Key: e.Key, Text: e.Text, Mentions: e.Mentions, Files: files}
		if same {
			post.Reply = e.Reply
		}
		return post
	}
	return nil
}
