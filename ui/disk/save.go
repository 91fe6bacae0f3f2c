package disk

import (
	"context"
	"fmt"
	"slices"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
)

// KeepRows is how many rows of a room are kept, and KeepRooms of how many.
const (
	KeepRows  = 500
	KeepRooms = 200
)

// Saved is what became of a Save.
type Saved struct {
	Stored []chat.Key    // entries that are durable now, and were waited for
	Behind []chat.RoomID // rooms whose rows did not continue what is stored: to be saved whole
	Rooms  []chat.RoomID // rooms that changed
	Outbox bool          // whether the outbox changed
	Older  []chat.Key    // entries of which another tab has stored other ids of files, or which it has ended: to be read
	Wiped  bool          // all rooms were dropped
}

// Save carries out the effects that store something, in their order, in one
// transaction; the others it passes over.
func (s *Store) Save(ctx context.Context, effects []replica.Effect) (Saved, error) {
	durable := slices.ContainsFunc(effects, func(e replica.Effect) bool {
		_, is := e.(replica.SaveOutbox)
		return is
	})
	var b *batch
	err := s.engine.update(ctx, durable, func(t tx) error {
		b = &batch{tx: t, account: s.account, epoch: s.epoch, fresh: s.freshBlobs}
		for _, e := range effects {
			if err := b.save(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Saved{}, fmt.Errorf("disk: save: %w", err)
	}
	s.epoch = b.epoch
	s.settleBlobs(b)
	return b.saved, nil
}

// saveOutbox stores entries only. Unlike Save it may run beside another call.
func (s *Store) saveOutbox(ctx context.Context, effects []replica.Effect) error {
	return s.engine.update(ctx, true, func(t tx) error {
		b := &batch{tx: t, fresh: s.freshBlobs}
		for _, e := range effects {
			if err := b.save(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// batch is one transaction of Save.
type batch struct {
	tx      tx
	account chat.AccountID
	epoch   string
	checked bool // foreign was asked
	foreign bool
	saved   Saved
	fresh   func(chat.Key) []blob.Blob
	done    []chat.Key // entries that are no longer stored
}

func (b *batch) save(e replica.Effect) error {
	switch e := e.(type) {
	case replica.SaveMeta:
		return b.saveMeta(e)
	case replica.SaveUsers:
		for _, u := range e.Users {
			if err := putJSON(b.tx, tableUsers, userKey(u.ID), u); err != nil {
				return err
			}
		}
	case replica.SaveRoom:
		return b.saveRoom(e)
	case replica.SaveOutbox:
		return b.saveOutbox(e)
	}
	return nil
}

// saveMeta stores whose this is. Rooms of another epoch go, unless another tab
// has done that already, or is ahead of us.
func (b *batch) saveMeta(e replica.SaveMeta) error {
	if e.Me.ID != b.account {
		return fmt.Errorf("account %d in the database of %d", e.Me.ID, b.account)
	}
	value, err := b.tx.get(tableMeta, keyMeta)
	if err != nil {
		return err
	}
	var stored metaRecord
	if value != "" {
		if err := decode(value, &stored); err != nil {
			return err
		}
	}
	epoch := e.Epoch
	switch {
	case stored.Epoch == e.Epoch:
	case e.Epoch == b.epoch && stored.Epoch != "": // no news for us, but for another tab
		epoch = stored.Epoch
	default:
		b.tx.erase(tableRooms, lowest, highest)
		b.tx.erase(tableRows, lowest, highest)
		b.saved.Wiped = true
	}
	b.epoch, b.checked = e.Epoch, false
	return putJSON(b.tx, tableMeta, keyMeta, metaRecord{Format: format, Me: e.Me, Epoch: epoch})
}

func (b *batch) saveOutbox(e replica.SaveOutbox) error {
	for _, entry := range e.Entries {
		record := *entry
		older, ended, err := b.files(&record)
		if err != nil {
			return err
		}
		if ended {
			b.saved.Older = append(b.saved.Older, entry.Key)
			continue
		}
		if entry.State == replica.Storing {
			record.State = replica.Queued
		}
		switch {
		case older:
			b.saved.Older = append(b.saved.Older, entry.Key)
		case entry.State == replica.Storing:
			b.saved.Stored = append(b.saved.Stored, entry.Key)
		}
		if err := putJSON(b.tx, tableOutbox, entry.Key.String(), record); err != nil {
			return err
		}
	}
	b.saved.Outbox = true
	return nil
}

func (b *batch) saveRoom(e replica.SaveRoom) error {
	for _, key := range e.Done {
		b.tx.erase(tableOutbox, key.String(), key.String())
		b.tx.erase(tableBlobs, blobKey(key, 0), key.String()+highest)
		b.done = append(b.done, key)
		b.saved.Outbox = true
	}
	if foreign, err := b.isForeign(); err != nil || foreign {
		return err
	}
	key := roomKey(e.Room)
	if e.Drop {
		b.tx.erase(tableRooms, key, key)
		b.tx.erase(tableRows, rowKey(e.Room, 0), key+highest)
		return nil
	}
	s := Store{}
	stored, rec, err := s.room(b.tx, e.Room)
	switch {
	case err != nil:
		return err
	case stored && e.Head != nil:
		mergeHead(&rec.Head, e.Head)
	case e.Head != nil:
		rec = &roomRecord{Head: *e.Head}
	case !stored:
		if e.Window {
			b.saved.Behind = append(b.saved.Behind, e.Room)
		}
		return nil
	}
	rec.Told = max(rec.Told, e.Told)
	if e.Window {
		if err := b.window(rec, e); err != nil {
			return err
		}
	}
	b.saved.Rooms = append(b.saved.Rooms, e.Room)
	return putJSON(b.tx, tableRooms, key, rec)
}

// isForeign asks once whether another tab has stored another epoch.
func (b *batch) isForeign() (bool, error) {
	if b.checked {
		return b.foreign, nil
	}
	s := Store{epoch: b.epoch}
	foreign, err := s.foreign(b.tx)
	b.checked, b.foreign = err == nil, foreign
	return foreign, err
}

// mergeHead takes in a head: what it says of rows if it is newer, marks as far
// as they grow (Promise 7), all else as it comes.
func mergeHead(into, head *chat.Head) {
	old := *into
	*into = *head
	if old.Rev > head.Rev {
		into.Rev, into.Seq, into.N, into.Last = old.Rev, old.Seq, old.N, old.Last
	}
	into.Read, into.ReadN, into.Got = max(old.Read, head.Read), max(old.ReadN, head.ReadN), max(old.Got, head.Got)
	into.Mention = max(old.Mention, head.Mention)
	into.OthersRead, into.OthersGot = max(old.OthersRead, head.OthersRead), max(old.OthersGot, head.OthersGot)
}

// window merges rows and cursor. A stored window is exactly what the log held
// at its cursor, so that a row in it is outdated only by a rev beyond that.
func (b *batch) window(rec *roomRecord, e replica.SaveRoom) error {
	if e.Reset {
		return b.reset(rec, e)
	}
	if !rec.Window || e.From > rec.Cursor {
		b.saved.Behind = append(b.saved.Behind, e.Room)
		return nil
	}
	rows := slices.Clone(e.Rows)
	slices.SortStableFunc(rows, func(a, b *chat.Row) int { return int(a.Seq - b.Seq) })
	fresh := slices.IndexFunc(rows, func(row *chat.Row) bool { return row.Seq > rec.Last })
	if fresh >= 0 && !contiguous(rows[fresh:], rec.Last+1) {
		b.saved.Behind = append(b.saved.Behind, e.Room)
		return nil
	}
	for _, row := range rows {
		if row.Seq < rec.First || row.Seq <= rec.Last && row.Rev <= rec.Cursor {
			continue
		}
		if err := putJSON(b.tx, tableRows, rowKey(e.Room, row.Seq), row); err != nil {
			return err
		}
		if rec.Last = max(rec.Last, row.Seq); rec.First == 0 {
			rec.First = row.Seq
		}
	}
	if e.Cursor >= rec.Cursor {
		if err := b.older(rec, e.Room, rows); err != nil {
			return err
		}
		rec.Cursor = e.Cursor
	}
	b.cut(rec, e.First)
	return nil
}

// contiguous reports whether rows have the seqs from first on, without gaps.
// The same row twice, its newer form later, is no gap.
func contiguous(rows []*chat.Row, first chat.Seq) bool {
	next := first
	for _, row := range rows {
		switch row.Seq {
		case next:
			next++
		case next - 1:
		default:
			return false
		}
	}
	return true
}

// older puts rows before the window, as far as they meet it.
func (b *batch) older(rec *roomRecord, room chat.RoomID, rows []*chat.Row) error {
	for _, row := range slices.Backward(rows) {
		if row.Seq != rec.First-1 {
			continue
		}
		if err := putJSON(b.tx, tableRows, rowKey(room, row.Seq), row); err != nil {
			return err
		}
		rec.First = row.Seq
	}
	return nil
}

// cut drops rows before first, but keeps the newest KeepRows.
func (b *batch) cut(rec *roomRecord, first chat.Seq) {
	if first = min(first, rec.Last-KeepRows+1); first > rec.First {
		b.tx.erase(tableRows, rowKey(rec.Head.ID, 0), rowKey(rec.Head.ID, first-1))
		rec.First = first
	}
}

// reset replaces the window, if that leads forward, or further back.
func (b *batch) reset(rec *roomRecord, e replica.SaveRoom) error {
	var first, last chat.Seq
	if n := len(e.Rows); n > 0 {
		first, last = e.Rows[0].Seq, e.Rows[n-1].Seq
	}
	if rec.Window && (rec.Cursor > e.Cursor || rec.Cursor == e.Cursor && rec.First <= first) {
		return nil
	}
	b.tx.erase(tableRows, rowKey(e.Room, 0), roomKey(e.Room)+highest)
	for _, row := range e.Rows {
		if err := putJSON(b.tx, tableRows, rowKey(e.Room, row.Seq), row); err != nil {
			return err
		}
	}
	rec.Window, rec.Cursor, rec.First, rec.Last = true, e.Cursor, first, last
	return nil
}

// Tidy drops the rows of all rooms but the most recent, and of those what is
// more than KeepRows. It is for a start, when nothing is scrolled to yet.
func (s *Store) Tidy(ctx context.Context) error { return s.tidy(ctx, KeepRooms, KeepRows) }

// Shrink makes room on a full device: little is kept but the outbox.
func (s *Store) Shrink(ctx context.Context) error { return s.tidy(ctx, 10, 50) }

func (s *Store) tidy(ctx context.Context, rooms int, rows chat.Seq) error {
	err := s.engine.update(ctx, false, func(t tx) error {
		records, err := scan[roomRecord](t, tableRooms, lowest, highest)
		if err != nil {
			return err
		}
		records = slices.DeleteFunc(records, func(r roomRecord) bool { return !r.Window })
		slices.SortFunc(records, recent)
		for i := range records {
			rec := &records[i]
			switch {
			case i >= rooms:
				t.erase(tableRows, rowKey(rec.Head.ID, 0), roomKey(rec.Head.ID)+highest)
				rec.Window, rec.Cursor, rec.First, rec.Last = false, 0, 0, 0
			case rec.Last-rec.First >= rows:
				rec.First = rec.Last - rows + 1
				t.erase(tableRows, rowKey(rec.Head.ID, 0), rowKey(rec.Head.ID, rec.First-1))
			default:
				continue
			}
			if err := putJSON(t, tableRooms, roomKey(rec.Head.ID), rec); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("disk: tidy: %w", err)
	}
	return nil
}
