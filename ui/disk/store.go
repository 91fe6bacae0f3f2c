package disk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
)

// format is the form of all records but those of the outbox and of drafts,
// which every version reads. Another form is thrown away.
const format = 1

const keyMeta = "meta"

// Store is what one account keeps on this device. Its methods block, and are
// called one at a time, but for Attach.
type Store struct {
	account chat.AccountID
	engine  engine
	epoch   string // of the rooms that this tab knows

	mu    sync.Mutex
	fresh map[chat.Key][]blob.Blob // of entries that are not stored yet
}

// Open opens the database of an account, made if need be. lost is called when
// another tab deletes or upgrades it, or the browser ends it: it is closed then.
func Open(ctx context.Context, account chat.AccountID, lost func(deleted bool)) (*Store, error) {
	e, err := open(ctx, name(account), lost)
	if err != nil {
		return nil, fmt.Errorf("disk: open: %w", err)
	}
	return &Store{account: account, engine: e}, nil
}

// Wipe deletes the database of an account, closing it in other tabs.
func Wipe(ctx context.Context, account chat.AccountID) error {
	if err := drop(ctx, name(account)); err != nil {
		return fmt.Errorf("disk: wipe: %w", err)
	}
	return nil
}

// Close ends the connection to the database.
func (s *Store) Close() { s.engine.close() }

// Start is what a cold start shows.
type Start struct {
	Restore replica.Restore // with the rows of one room only
	Drafts  []Draft
	Others  []chat.RoomID // rooms whose rows are stored too, the most recent first
	Lost    bool          // the rooms could not be read and were thrown away
}

type metaRecord struct {
	Format int          `json:"format"`
	Me     chat.Account `json:"me"`
	Epoch  string       `json:"epoch"`
}

type roomRecord struct {
	Head   chat.Head `json:"head"`
	Told   chat.Seq  `json:"told,omitempty"`
	Window bool      `json:"window,omitempty"`
	Cursor chat.Rev  `json:"cursor,omitempty"`
	First  chat.Seq  `json:"first,omitempty"` // of the window, 0 without rows
	Last   chat.Seq  `json:"last,omitempty"`
}

// errUnreadable says that a record is not what this version writes.
var errUnreadable = errors.New("unreadable")

// Start reads what is stored, with the rows of the room that open chooses (nil
// for none).
func (s *Store) Start(ctx context.Context, open func(*chat.Head) bool) (Start, error) {
	var start Start
	err := s.engine.view(ctx, func(t tx) error {
		start = Start{}
		if err := s.readOwn(t, &start); err != nil {
			return err
		}
		return s.readRooms(t, &start, open)
	})
	if errors.Is(err, errUnreadable) {
		err = s.throwAway(ctx, &start)
	}
	if err != nil {
		return Start{}, fmt.Errorf("disk: start: %w", err)
	}
	s.epoch = start.Restore.Epoch
	for i := range start.Drafts {
		if d := &start.Drafts[i]; d.Epoch != s.epoch {
			d.Reply, d.Edit = 0, 0
		}
	}
	return start, nil
}

// readOwn reads what nobody else has. What it cannot read it leaves.
func (s *Store) readOwn(t tx, start *Start) error {
	outbox, err := readOutbox(t)
	if err != nil {
		return err
	}
	start.Restore.Outbox = outbox
	values, err := t.scan(tableDrafts, lowest, highest)
	if err != nil {
		return err
	}
	for _, value := range values {
		var d Draft
		if json.Unmarshal([]byte(value), &d) == nil && d.Room != 0 {
			start.Drafts = append(start.Drafts, d)
		}
	}
	return nil
}

func readOutbox(t tx) ([]replica.Entry, error) {
	values, err := t.scan(tableOutbox, lowest, highest)
	if err != nil {
		return nil, err
	}
	var entries []replica.Entry
	for _, value := range values {
		var e replica.Entry
		if json.Unmarshal([]byte(value), &e) == nil && !e.Key.IsZero() {
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b replica.Entry) int { return int(a.Order - b.Order) })
	return entries, nil
}

// readRooms reads what the server has too.
func (s *Store) readRooms(t tx, start *Start, open func(*chat.Head) bool) error {
	value, err := t.get(tableMeta, keyMeta)
	if err != nil || value == "" {
		return err
	}
	var meta metaRecord
	if err := decode(value, &meta); err != nil {
		return err
	}
	if meta.Format != format || meta.Me.ID != s.account {
		return errUnreadable
	}
	in := &start.Restore
	in.Me, in.Epoch = meta.Me, meta.Epoch
	if in.Users, err = scan[chat.User](t, tableUsers, lowest, highest); err != nil {
		return err
	}
	records, err := scan[roomRecord](t, tableRooms, lowest, highest)
	if err != nil {
		return err
	}
	slices.SortFunc(records, recent)
	for i := range records {
		rec := &records[i]
		room := replica.StoredRoom{Head: rec.Head, Told: rec.Told}
		switch {
		case !rec.Window:
		case open != nil && open(&rec.Head):
			if err := rec.read(t, &room); err != nil {
				return err
			}
		default:
			start.Others = append(start.Others, rec.Head.ID)
		}
		in.Rooms = append(in.Rooms, room)
	}
	return nil
}

// recent orders rooms by their last message, the most recent first.
func recent(a, b roomRecord) int {
	at := func(r *roomRecord) chat.Time {
		if r.Head.Last == nil {
			return 0
		}
		return r.Head.Last.At
	}
	return int(at(&b) - at(&a))
}

// read adds the rows of a room's window.
func (rec *roomRecord) read(t tx, room *replica.StoredRoom) error {
	rows, err := scan[chat.Row](t, tableRows, rowKey(rec.Head.ID, rec.First), rowKey(rec.Head.ID, rec.Last))
	if err != nil {
		return err
	}
	if rec.Last > 0 && len(rows) != int(rec.Last-rec.First)+1 {
		return errUnreadable
	}
	room.Window, room.Cursor, room.Rows = true, rec.Cursor, rows
	return nil
}

// throwAway drops all rooms and rows, and leaves what is one's own.
func (s *Store) throwAway(ctx context.Context, start *Start) error {
	*start = Start{Lost: true}
	return s.engine.update(ctx, false, func(t tx) error {
		for _, table := range []string{tableMeta, tableUsers, tableRooms, tableRows} {
			t.erase(table, lowest, highest)
		}
		return s.readOwn(t, start)
	})
}

// Room reads a room with its rows. It is false if no rows are stored.
func (s *Store) Room(ctx context.Context, id chat.RoomID) (replica.StoredRoom, bool, error) {
	var room replica.StoredRoom
	err := s.engine.view(ctx, func(t tx) error {
		room = replica.StoredRoom{}
		stored, rec, err := s.room(t, id)
		if err != nil || !stored || !rec.Window {
			return err
		}
		if foreign, err := s.foreign(t); err != nil || foreign {
			return err
		}
		room.Head, room.Told = rec.Head, rec.Told
		return rec.read(t, &room)
	})
	if err != nil {
		return replica.StoredRoom{}, false, fmt.Errorf("disk: read a room: %w", err)
	}
	return room, room.Window, nil
}

func (s *Store) room(t tx, id chat.RoomID) (bool, *roomRecord, error) {
	value, err := t.get(tableRooms, roomKey(id))
	if err != nil || value == "" {
		return false, nil, err
	}
	rec := &roomRecord{}
	return true, rec, decode(value, rec)
}

// foreign reports whether another tab has stored the rooms of another epoch.
func (s *Store) foreign(t tx) (bool, error) {
	value, err := t.get(tableMeta, keyMeta)
	if err != nil || value == "" {
		return true, err
	}
	var meta metaRecord
	return meta.Epoch != s.epoch, decode(value, &meta)
}

// Outbox reads the outbox.
func (s *Store) Outbox(ctx context.Context) ([]replica.Entry, error) {
	var entries []replica.Entry
	err := s.engine.view(ctx, func(t tx) (err error) {
		entries, err = readOutbox(t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("disk: read the outbox: %w", err)
	}
	return entries, nil
}

func decode(value string, into any) error {
	if err := json.Unmarshal([]byte(value), into); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return nil
}

// scan reads records. They are decoded together: that is faster.
func scan[T any](t tx, table, from, to string) ([]T, error) {
	values, err := t.scan(table, from, to)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	var records []T
	return records, decode("["+strings.Join(values, ",")+"]", &records)
}

func putJSON(t tx, table, key string, record any) error {
	value, err := json.Marshal(record)
	if err != nil {
		return err
	}
	t.put(table, key, string(value))
	return nil
}
