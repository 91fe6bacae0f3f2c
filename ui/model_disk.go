package ui

import (
	"context"
	"errors"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/disk"
	"parley/ui/locale"
)

// keeping is what the model has of this device's storage. Each account that
// enters, and each database that is opened, is a turn: what an older one still
// reports is not heard.
type keeping struct {
	turn   int
	queue  *disk.Queue // nil: nothing is stored, see fault
	tabs   *disk.Tabs
	fault  string                 // what is wrong with the storage, for the banner
	asked  bool                   // the browser was asked to keep the storage
	epoch  string                 // under which the database was opened
	drafts map[chat.RoomID]bool   // that have changed
	saving []map[chat.RoomID]bool // that are being stored, in the order of their saves
	warmed map[chat.RoomID]bool   // rooms that are kept current, see warm
	warm   bool                   // warm is at work
	timer  *time.Timer            // flushes drafts
}

const (
	openWithin = 5 * time.Second // to open the database: the chat does not hang on it
	warmRooms  = 30              // the most recent rooms, which are kept current unopened
	warmPause  = 100 * time.Millisecond
)

// ours runs f later, if the account is still the same.
func (m *model) ours(turn int, f func()) {
	m.later(func() {
		if m.disk.turn == turn {
			f()
		}
	})
}

// openDisk reads what is stored of m.me, and has then started with it.
func (m *model) openDisk() {
	m.disk.turn++
	turn, me := m.disk.turn, m.me.ID
	at := placeOf(app.Window().URL().Path)
	want := func(h *chat.Head) bool {
		return h.ID == at.room || at.page == pageOpen && h.Kind == chat.KindOpen && h.Name == at.name
	}
	m.ctx.Async(func() {
		ctx, cancel := context.WithTimeout(m.ctx, openWithin)
		defer cancel()
		store, err := disk.Open(ctx, me, func(deleted bool) { m.ours(turn, func() { m.diskLost(deleted) }) })
		var start disk.Start
		if err == nil {
			if start, err = store.Start(ctx, want); err != nil {
				store.Close()
				store = nil
			}
		}
		m.later(func() {
			if m.disk.turn != turn {
				if store != nil {
					store.Close()
				}
				return
			}
			m.startWith(store, start, err)
		})
	})
}

// startWith starts the replica with what was stored. Without a storage it lives
// as long as the page.
func (m *model) startWith(store *disk.Store, start disk.Start, err error) {
	turn := m.disk.turn
	m.rep = replica.New(replica.Config{Device: m.device(), As: m.me.ID})
	m.rep.CallFormer(m.L.T(locale.Former))
	if err != nil {
		app.Log(err)
		m.disk.fault = m.L.T(locale.NoStorage)
	} else {
		m.disk.fault = ""
		m.disk.queue = disk.NewQueue(store, func(r disk.Report) { m.ours(turn, func() { m.saved(r) }) })
		m.disk.tabs = disk.NewTabs(m.me.ID, func(n disk.News) { m.ours(turn, func() { m.heardNews(n) }) })
		m.disk.queue.Do(func(ctx context.Context, s *disk.Store) {
			if err := s.Tidy(ctx); err != nil {
				m.ours(turn, func() { m.diskFault(err) })
			}
		})
		if !m.disk.tabs.Alone() {
			m.step(replica.Sender{On: false})
		}
	}
	if start.Restore.Me.ID == m.me.ID || len(start.Restore.Outbox) > 0 {
		m.step(start.Restore)
	}
	m.step(replica.Profile{Me: m.me})
	m.disk.epoch = start.Restore.Epoch
	m.takeDrafts(start.Drafts)
	m.unparkDrafts()
	m.unpark()
	m.entered()
	m.warm()
}

// diskLost is called when the database was closed. Another tab deletes it when
// it signs out; otherwise the replica lives on as long as the page.
func (m *model) diskLost(deleted bool) {
	if deleted {
		m.leave(m.L.T(locale.SignedOut))
		return
	}
	m.closeDisk()
	m.disk.fault = m.L.T(locale.NoStorage)
	m.step(replica.Sender{On: true})
	m.revs.status++
}

// closeDisk ends the storage, after what is still to be stored.
func (m *model) closeDisk() {
	m.flushDrafts()
	m.disk.turn++
	if m.disk.queue != nil {
		m.disk.queue.Close()
		m.disk.tabs.Close()
	}
	m.disk.queue, m.disk.tabs, m.disk.fault = nil, nil, ""
	m.disk.warmed, m.disk.warm, m.disk.saving = nil, false, nil
}

// save stores what a step gave out.
func (m *model) save(effects []replica.Effect) {
	if m.disk.queue != nil {
		m.disk.queue.Save(effects)
		return
	}
	if keys := storing(effects); len(keys) > 0 {
		m.step(replica.Stored{Keys: keys})
	}
}

// storing lists the entries that wait for the storage. Where there is none they
// go as they are, and are not said to be safe.
func storing(effects []replica.Effect) []chat.Key {
	var keys []chat.Key
	for _, effect := range effects {
		save, _ := effect.(replica.SaveOutbox)
		for _, e := range save.Entries {
			if e.State == replica.Storing {
				keys = append(keys, e.Key)
			}
		}
	}
	return keys
}

// saved takes what became of a save.
func (m *model) saved(r disk.Report) {
	m.disk.tabs.Tell(disk.News{Rooms: r.Rooms, Outbox: r.Outbox})
	if len(r.Stored) > 0 {
		m.step(replica.Stored{Keys: r.Stored})
		if !m.rep.Live() {
			m.keepForGood()
		}
	}
	if len(r.Older) > 0 {
		m.readOutbox(func() {})
	}
	for _, id := range r.Behind {
		if whole, is := m.rep.Whole(id); is {
			m.save([]replica.Effect{whole})
		}
	}
	if r.Err != nil {
		m.diskFault(r.Err)
	} else if m.disk.fault != "" {
		m.disk.fault = ""
		m.revs.status++
	}
	if len(r.Unsaved) > 0 {
		m.step(replica.Unsaved{Keys: r.Unsaved, Message: r.Err.Error()})
	}
}

// diskFault shows that something could not be stored.
func (m *model) diskFault(err error) {
	app.Log(err)
	m.disk.fault = m.L.T(locale.StorageFault)
	if errors.Is(err, disk.ErrFull) {
		m.disk.fault = m.L.T(locale.DeviceFull)
	}
	m.revs.status++
}

// read reads something after all that is to be stored, and then takes it.
// What could not be read is shown, and not taken for nothing.
func read[T any](m *model, get func(context.Context, *disk.Store) (T, error), take func(got T, read bool)) {
	turn := m.disk.turn
	m.disk.queue.Do(func(ctx context.Context, s *disk.Store) {
		got, err := get(ctx, s)
		m.ours(turn, func() {
			if err != nil {
				m.diskFault(err)
			}
			take(got, err == nil)
		})
	})
}

// readRoom reads a room's rows, gives them to the replica, and goes on.
func (m *model) readRoom(id chat.RoomID, then func()) {
	type found struct {
		room replica.StoredRoom
		held bool
	}
	read(m, func(ctx context.Context, s *disk.Store) (f found, err error) {
		f.room, f.held, err = s.Room(ctx, id)
		return f, err
	}, func(f found, _ bool) {
		if f.held {
			m.step(replica.Held{Room: f.room})
		}
		then()
	})
}

// readOutbox reads what other tabs have written, and goes on.
func (m *model) readOutbox(then func()) {
	read(m, func(ctx context.Context, s *disk.Store) ([]replica.Entry, error) {
		return s.Outbox(ctx)
	}, func(entries []replica.Entry, read bool) {
		if read {
			m.step(replica.Outbox{Entries: entries})
		}
		then()
	})
}

// warm has the most recent rooms kept current, one after the other, so that
// they are there without a network, opened or not.
func (m *model) warm() {
	if m.disk.queue == nil || m.disk.warm {
		return
	}
	for i, room := range m.rep.Rooms() {
		id := room.Head.ID
		if i == warmRooms {
			return
		}
		if room.Gone || m.disk.warmed[id] {
			continue
		}
		if m.disk.warmed == nil {
			m.disk.warmed = map[chat.RoomID]bool{}
		}
		m.disk.warmed[id], m.disk.warm = true, true
		turn := m.disk.turn
		time.AfterFunc(warmPause, func() { m.ours(turn, func() { m.warmRoom(id) }) })
		return
	}
}

func (m *model) warmRoom(id chat.RoomID) {
	next := func() {
		m.step(replica.Keep{Room: id})
		m.disk.warm = false
		m.warm()
	}
	if m.disk.queue == nil || m.rep.Timeline(id).Ready {
		next()
		return
	}
	m.readRoom(id, next)
}

// heardNews takes what another tab has stored. While there is a connection it
// tells of rows by itself.
func (m *model) heardNews(n disk.News) {
	if n.Bye {
		m.leave(m.L.T(locale.SignedOut))
		return
	}
	for _, id := range n.Rooms {
		if !m.rep.Live() && m.rep.Timeline(id).Ready {
			m.readRoom(id, func() {})
		}
	}
	if n.Outbox {
		m.readOutbox(func() {})
	}
	if n.Drafts {
		m.readDrafts()
	}
}

// claim asks to be the tab that sends. Only who is connected holds that right:
// a tab that waits for its turn to reconnect must not keep others from sending.
func (m *model) claim() {
	if m.disk.tabs == nil || m.disk.tabs.Alone() {
		return
	}
	turn := m.disk.turn
	m.disk.tabs.Hold(func() {
		m.ours(turn, func() {
			m.readOutbox(func() { m.step(replica.Sender{On: m.rep.Live()}) })
		})
	})
}

// yield lets another tab send.
func (m *model) yield() {
	if m.disk.tabs == nil || m.disk.tabs.Alone() {
		return
	}
	m.step(replica.Sender{On: false})
	m.disk.tabs.Release()
}

// keepForGood asks the browser not to clear the storage when it wants room.
func (m *model) keepForGood() {
	if m.disk.asked || app.IsServer {
		return
	}
	m.disk.asked = true
	if storage := app.Window().Get("navigator").Get("storage"); storage.Truthy() && storage.Get("persist").Truthy() {
		storage.Call("persist")
	}
}
