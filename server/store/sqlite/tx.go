package sqlite

import (
	"errors"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Tx = (*tx)(nil)

// tx is the transaction of a batch, over the writer's connection.
//
// What posting reads and writes goes to memory first: rooms, memberships and
// accounts are read once and then held from batch to batch, since nobody else
// writes; heads, marks, new rows and keys wait until the batch ends, so that a
// room in which many post is written once, and rows go in many at a time.
// Functions of a batch that have ended well have put theirs into the caches
// and into queue; own is what the one that runs would add, so that one that
// fails is taken back by dropping own, without a savepoint.
//
// Everything else is a statement, and ask first brings the database to the
// state that the function would see (through): no reader has to know what
// waits. From then on the function is in a savepoint.
type tx struct {
	reader
	told     []func()
	rooms    cache[chat.RoomID, *heldRoom]
	members  cache[memberKey, *heldMember]
	accounts cache[chat.AccountID, *store.Account]
	queue    queue
	own      own
	flushing bool
	sessions [][32]byte // hashes of those that the batch has changed or ended
}

// own is what the function that runs has read and written.
type own struct {
	running bool
	lone    bool // in its batch
	saved   bool // the database holds all that it sees, and it can be taken back there
	wrote   bool // into the database
	rooms   []heldRoom
	members []heldMember
	rows    []heldRow
	sends   []store.Send
	absent  []sendKey // keys that it was told are new
}

// begin begins a function.
func (t *tx) begin(lone bool) {
	t.told = nil
	o := &t.own
	*o = own{running: true, lone: lone, rooms: o.rooms[:0], members: o.members[:0], rows: o.rows[:0], sends: o.sends[:0], absent: o.absent[:0]}
}

// keep ends a function that succeeded.
func (t *tx) keep() error {
	o := &t.own
	o.running = false
	t.join()
	if o.saved && !o.lone {
		return t.exec(t.askPast("RELEASE one"))
	}
	return nil
}

// takeBack ends a function that failed. What was read after it had written into
// the database may be what it wrote.
func (t *tx) takeBack() error {
	o := &t.own
	o.running = false
	if o.wrote {
		t.forget()
	}
	if !o.saved {
		return nil
	}
	undo, end := "ROLLBACK TO one", "RELEASE one"
	if o.lone { // there is nothing else that its rollback could harm
		undo, end = "ROLLBACK", "BEGIN" // for the commit of nothing
	}
	if err := t.exec(t.askPast(undo)); err != nil {
		return err
	}
	return t.exec(t.askPast(end))
}

// forget empties the caches. What waits must be written, or given up.
func (t *tx) forget() {
	t.rooms.clear()
	t.members.clear()
	t.accounts.clear()
}

// turn lets go of what was not used for long. Nothing waits to be written.
func (t *tx) turn() {
	t.rooms.turn(cached)
	t.members.turn(cached)
	t.accounts.turn(cached)
}

// write runs a statement that changes something.
func (t *tx) write(a *ask) error {
	t.own.wrote = true
	return t.exec(a)
}

// change runs a statement and returns how many rows it changed.
func (t *tx) change(a *ask) (int, error) {
	if err := t.write(a); err != nil {
		return 0, err
	}
	return t.conn.Changes(), nil
}

// room finds a room that is held.
func (t *tx) room(id chat.RoomID) *heldRoom {
	for i := range t.own.rooms {
		if t.own.rooms[i].ID == id {
			return &t.own.rooms[i]
		}
	}
	h, _ := t.rooms.get(id)
	return h
}

// ownRoom is room for who changes it.
func (t *tx) ownRoom(id chat.RoomID) *heldRoom {
	o := &t.own
	h := t.room(id)
	if n := len(o.rooms); h != nil && !slices.ContainsFunc(o.rooms, func(h heldRoom) bool { return h.ID == id }) {
		o.rooms = append(o.rooms, *h)
		h = &o.rooms[n]
	}
	return h
}

func (t *tx) dropRoom(id chat.RoomID) {
	t.own.rooms = slices.DeleteFunc(t.own.rooms, func(h heldRoom) bool { return h.ID == id })
	t.rooms.drop(id)
}

// Room implements store.Reader.
func (t *tx) Room(id chat.RoomID) (store.Room, error) {
	h := t.room(id)
	if h == nil {
		room, err := one(t.askPast(roomByID).int(int64(id)), scanRoom)
		if err != nil {
			return room, err
		}
		h = &heldRoom{Room: room}
		t.rooms.put(id, h)
	}
	room := h.Room
	room.Pins = slices.Clone(room.Pins)
	return room, nil
}

// PutRoom implements store.Tx. What a room is known by is written at once,
// since that may be another's.
func (t *tx) PutRoom(room store.Room) error {
	h := t.ownRoom(room.ID)
	if h == nil || h.Kind != room.Kind || h.Name != room.Name || h.Pair != room.Pair {
		err := t.storeRoom(room)
		t.dropRoom(room.ID)
		return err
	}
	wait := common
	if h.About != room.About || h.Members != room.Members || h.Joins != room.Joins || h.Made != room.Made ||
		h.Reports != room.Reports || !slices.Equal(h.Pins, room.Pins) {
		wait = all
	}
	h.Room, h.wait = room, max(h.wait, wait)
	h.Pins = slices.Clone(room.Pins)
	return nil
}

func (t *tx) member(k memberKey) *heldMember {
	for i := range t.own.members {
		if m := &t.own.members[i]; m.Room == k.room && m.Account == k.account {
			return m
		}
	}
	h, _ := t.members.get(k)
	return h
}

// ownMember is member for who changes it.
func (t *tx) ownMember(k memberKey) *heldMember {
	o := &t.own
	h := t.member(k)
	if n := len(o.members); h != nil && !slices.ContainsFunc(o.members, func(h heldMember) bool { return h.of(k) }) {
		o.members = append(o.members, *h)
		h = &o.members[n]
	}
	return h
}

func (t *tx) dropMember(k memberKey) {
	t.own.members = slices.DeleteFunc(t.own.members, func(h heldMember) bool { return h.of(k) })
	t.members.drop(k)
}

// Member implements store.Reader.
func (t *tx) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	k := memberKey{room, account}
	if h := t.member(k); h != nil {
		return h.Member, nil
	}
	m, err := one(t.askPast(memberByKey).int(int64(room)).int(int64(account)), scanMember)
	if err == nil {
		t.members.put(k, &heldMember{Member: m})
	}
	return m, err
}

// PutMember implements store.Tx. Who comes, or changes their role, is written
// at once, with their account.
func (t *tx) PutMember(m store.Member) error {
	k := memberKey{m.Room, m.Account}
	h := t.ownMember(k)
	if h == nil || h.Role != m.Role {
		err := t.storeMember(m)
		t.dropMember(k)
		return err
	}
	wait := common
	if m != withMarks(h.Member, m) {
		wait = all
	}
	h.wait = max(h.wait, wait)
	h.Member = m
	return nil
}

// Account implements store.Reader.
func (t *tx) Account(id chat.AccountID) (store.Account, error) {
	h, ok := t.accounts.get(id)
	if !ok {
		a, err := one(t.askPast(accountByID).int(int64(id)), scanAccount)
		if err != nil {
			return a, err
		}
		h = &a
		t.accounts.put(id, h)
	}
	a := *h
	a.Settings = slices.Clone(a.Settings)
	return a, nil
}

// Users implements store.Reader.
func (t *tx) Users(ids []chat.AccountID) ([]chat.User, error) {
	users := make([]chat.User, 0, len(ids))
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		a, err := t.Account(id)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		default:
			users = append(users, chat.User{ID: a.ID, Name: a.Name, Avatar: a.Avatar, Kind: a.Kind})
		}
	}
	return users, nil
}

// Row implements store.Reader.
func (t *tx) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	for i := range t.own.rows {
		if h := &t.own.rows[i]; h.room == room && h.Seq == seq {
			return h.Row, nil
		}
	}
	if i, waits := t.queue.rowAt[rowKey{room, seq}]; waits {
		return t.queue.rows[i].Row, nil
	}
	return one(t.askPast(rowByKey).int(int64(room)).int(int64(seq)), scanRow)
}

// PutRow implements store.Tx. What waits are the plain new rows of a room that
// is held.
func (t *tx) PutRow(room chat.RoomID, row chat.Row) error {
	h := t.ownRoom(room)
	if h == nil {
		return t.storeRow(room, row)
	}
	if row.Seq != max(h.tail, h.Seq)+1 {
		h.last = [2]posted{} // perhaps it was another's
		return t.storeRow(room, row)
	}
	h.tail = row.Seq
	if row.Kind != chat.KindSystem {
		h.note(row.By, row.Seq)
	}
	if !plain(&row) {
		return t.storeRow(room, row)
	}
	t.own.rows = append(t.own.rows, heldRow{room, row})
	return nil
}

// plain reports whether a row is nothing but a text, as most are.
func plain(row *chat.Row) bool {
	return row.Kind == chat.KindText && len(row.Files) == 0 && len(row.Card) == 0 && len(row.Reactions) == 0 &&
		len(row.Mentions) == 0 && row.System == nil && row.Edited == 0 && row.Recalled == 0
}

// OthersAfter implements store.Reader.
func (t *tx) OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error) {
	if h := t.room(room); h != nil && h.othersAfter(account, after) {
		return true, nil
	}
	return t.reader.OthersAfter(room, account, after)
}

// Send implements store.Reader.
func (t *tx) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	for i := range t.own.sends {
		if s := &t.own.sends[i]; s.Key == key && s.Account == account {
			return *s, nil
		}
	}
	k := sendKey{account, key}
	if i, waits := t.queue.sendAt[k]; waits {
		return t.queue.sends[i], nil
	}
	s, err := one(t.askPast(sendByKey).blob(key[:]).int(int64(account)), scanSend)
	if errors.Is(err, store.ErrNotFound) {
		t.own.absent = append(t.own.absent, k)
	}
	return s, err
}

// PutSend implements store.Tx. A key that the function knows is new waits.
func (t *tx) PutSend(s store.Send) error {
	o := &t.own
	i := slices.Index(o.absent, sendKey{s.Account, s.Key})
	if i < 0 {
		return t.storeSend(s)
	}
	o.absent = slices.Delete(o.absent, i, i+1)
	o.sends = append(o.sends, s)
	return nil
}

// OnCommit implements store.Tx.
func (t *tx) OnCommit(fn func()) { t.told = append(t.told, fn) }
